//! Branches, commits, files and releases.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Sight, node, stamp, stamp_or_null, with};
use crate::sandbox::github::data::diff::{FileDiff, diff};
use crate::sandbox::github::data::{Blob, Commit, Release};
use crate::sandbox::github::setup::Protection;

impl Sight<'_> {
    pub(in crate::sandbox::github) fn branch(&self, repo: usize, name: &str, sha: &str) -> Value {
        let commit = json!({ "sha": sha, "url": format!("{}/commits/{sha}", self.repo_api(repo)) });
        json!({ "name": name, "commit": commit, "protected": self.repo(repo).protections.contains_key(name) })
    }

    /// The long form of a branch.
    pub(in crate::sandbox::github) fn full_branch(&self, repo: usize, name: &str, commit: &Commit) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let url = format!("{api}/branches/{name}");
        let rules = self.repo(repo).protections.get(name);
        let checks: Vec<&String> = rules.iter().flat_map(|rules| &rules.checks).collect();
        let level = match rules {
            Some(rules) if rules.admins => "everyone",
            Some(_) => "non_admins",
            None => "off",
        };
        json!({
            "name": name,
            "commit": self.commit(repo, commit),
            "_links": { "self": url, "html": format!("{web}/tree/{name}") },
            "protected": rules.is_some(),
            "protection": {
                "enabled": rules.is_some(),
                "required_status_checks": { "enforcement_level": level, "contexts": checks, "checks": [] },
            },
            "protection_url": format!("{url}/protection"),
        })
    }

    /// Where a commit is.
    pub(in crate::sandbox::github) fn commit_url(&self, repo: usize, sha: &str) -> String {
        format!("{}/commits/{sha}", self.repo_api(repo))
    }

    /// The rules of a branch.
    pub(in crate::sandbox::github) fn protection(&self, repo: usize, name: &str, rules: &Protection) -> Value {
        let url = format!("{}/branches/{name}/protection", self.repo_api(repo));
        let mut value = json!({
            "url": url,
            "enforce_admins": { "url": format!("{url}/enforce_admins"), "enabled": rules.admins },
        });
        for rule in ["required_linear_history", "allow_force_pushes", "allow_deletions", "block_creations"] {
            value[rule] = json!({ "enabled": false });
        }
        if rules.reviews > 0 {
            value["required_pull_request_reviews"] = json!({
                "url": format!("{url}/required_pull_request_reviews"),
                "dismiss_stale_reviews": false,
                "require_code_owner_reviews": false,
                "require_last_push_approval": false,
                "required_approving_review_count": rules.reviews,
            });
        }
        if !rules.checks.is_empty() {
            let checks = rules.checks.iter().map(|name| json!({ "context": name, "app_id": null }));
            value["required_status_checks"] = json!({
                "url": format!("{url}/required_status_checks"),
                "strict": rules.strict,
                "contexts": rules.checks,
                "contexts_url": format!("{url}/required_status_checks/contexts"),
                "checks": checks.collect::<Vec<_>>(),
            });
        }
        value
    }

    /// A reference.
    pub(in crate::sandbox::github) fn reference(&self, repo: usize, name: &str, sha: &str) -> Value {
        let api = self.repo_api(repo);
        json!({
            "ref": format!("refs/heads/{name}"),
            "node_id": format!("REF_{sha}"),
            "url": format!("{api}/git/refs/heads/{name}"),
            "object": { "sha": sha, "type": "commit", "url": format!("{api}/git/commits/{sha}") },
        })
    }

    /// A commit with what it changed.
    pub(in crate::sandbox::github) fn full_commit(&self, repo: usize, commit: &Commit) -> Value {
        let before = commit.parents.first().map(|sha| self.repo(repo).files(sha)).unwrap_or_default();
        let changed = diff(&before, &commit.files);
        let added: usize = changed.iter().map(|file| file.additions).sum();
        let gone: usize = changed.iter().map(|file| file.deletions).sum();
        let files: Vec<Value> = changed.iter().map(|file| self.file(repo, &commit.sha, file)).collect();
        let stats = json!({ "total": added + gone, "additions": added, "deletions": gone });
        with(self.commit(repo, commit), json!({ "stats": stats, "files": files }))
    }

    /// A changed file.
    pub(in crate::sandbox::github) fn file(&self, repo: usize, sha: &str, file: &FileDiff) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let path = &file.path;
        json!({
            "sha": file.sha,
            "filename": path,
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": format!("{web}/blob/{sha}/{path}"),
            "raw_url": format!("{web}/raw/{sha}/{path}"),
            "contents_url": format!("{api}/contents/{path}?ref={sha}"),
            "patch": file.patch(),
        })
    }

    /// A file with what it holds.
    pub(in crate::sandbox::github) fn content(&self, repo: usize, reference: &str, path: &str, blob: &Blob) -> Value {
        let (entry, encoded) = (self.entry(repo, reference, path, blob), STANDARD.encode(blob.text.as_bytes()));
        // In lines of 60, as GitHub does.
        let lines = encoded.as_bytes().chunks(60).map(|line| format!("{}\n", String::from_utf8_lossy(line)));
        with(entry, json!({ "content": lines.collect::<String>(), "encoding": "base64" }))
    }

    /// A file in the list of a folder.
    pub(in crate::sandbox::github) fn entry(&self, repo: usize, reference: &str, path: &str, blob: &Blob) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let url = format!("{api}/contents/{path}?ref={reference}");
        let html = format!("{web}/blob/{reference}/{path}");
        let sha = blob.sha();
        let git = format!("{api}/git/blobs/{sha}");
        json!({
            "name": path.rsplit('/').next(),
            "path": path,
            "sha": sha,
            "size": blob.text.len(),
            "url": url,
            "html_url": html,
            "git_url": git,
            "download_url": format!("{web}/raw/{reference}/{path}"),
            "type": "file",
            "_links": { "self": url, "git": git, "html": html },
        })
    }

    /// The short form of a commit that runs and suites have.
    pub(in crate::sandbox::github) fn head_commit(&self, commit: &Commit) -> Value {
        let person = self.git_person(&commit.author);
        json!({
            "id": commit.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": stamp(commit.at),
            "author": person,
            "committer": person,
        })
    }

    pub(in crate::sandbox::github) fn commit(&self, repo: usize, commit: &Commit) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let sha = &commit.sha;
        let person = self.git_person(&commit.author);
        let signed = with(person, json!({ "date": stamp(commit.at) }));
        let parents: Vec<Value> = commit
            .parents
            .iter()
            .map(|parent| json!({ "sha": parent, "url": format!("{api}/commits/{parent}"), "html_url": format!("{web}/commit/{parent}") }))
            .collect();
        json!({
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "commit": {
                "author": signed,
                "committer": signed,
                "message": commit.message,
                "tree": { "sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree) },
                "url": format!("{api}/git/commits/{sha}"),
                "comment_count": 0,
                "verification": { "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null },
            },
            "url": format!("{api}/commits/{sha}"),
            "html_url": format!("{web}/commit/{sha}"),
            "comments_url": format!("{api}/commits/{sha}/comments"),
            "author": self.user(&commit.author),
            "committer": self.user(&commit.author),
            "parents": parents,
        })
    }

    /// Name and address as git knows them.
    pub(in crate::sandbox::github) fn git_person(&self, login: &str) -> Value {
        let name = self.world.user(login).and_then(|user| user.name.clone()).unwrap_or_else(|| login.to_owned());
        json!({ "name": name, "email": format!("{login}@users.noreply.github.com") })
    }

    /// A commit as it stands in a `push` payload.
    pub(in crate::sandbox::github) fn pushed_commit(&self, repo: usize, commit: &Commit) -> Value {
        let person = with(self.git_person(&commit.author), json!({ "username": commit.author }));
        let before = commit.parents.first().map(|sha| self.repo(repo).files(sha)).unwrap_or_default();
        let changed = diff(&before, &commit.files);
        let of = |status: &str| -> Vec<&str> {
            changed.iter().filter(|file| file.status == status).map(|file| file.path.as_str()).collect()
        };
        json!({
            "id": commit.sha,
            "tree_id": commit.tree,
            "distinct": true,
            "message": commit.message,
            "timestamp": stamp(commit.at),
            "url": format!("{}/commit/{}", self.repo_web(repo), commit.sha),
            "author": person,
            "committer": person,
            "added": of("added"),
            "removed": of("removed"),
            "modified": of("modified"),
        })
    }

    pub(in crate::sandbox::github) fn release(&self, repo: usize, release: &Release) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let (id, tag) = (release.id, &release.tag);
        json!({
            "url": format!("{api}/releases/{id}"),
            "assets_url": format!("{api}/releases/{id}/assets"),
            "upload_url": format!("{api}/releases/{id}/assets{{?name,label}}"),
            "html_url": format!("{web}/releases/tag/{tag}"),
            "id": id,
            "author": self.user(&release.author),
            "node_id": node("RE", id),
            "tag_name": tag,
            "target_commitish": release.target,
            "name": release.name,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "created_at": stamp(release.at),
            "published_at": stamp_or_null((!release.draft).then_some(release.at)),
            "assets": [],
            "tarball_url": format!("{api}/tarball/{tag}"),
            "zipball_url": format!("{api}/zipball/{tag}"),
            "body": release.body,
        })
    }

    /// A release in a payload, where name and text are never nothing.
    pub(in crate::sandbox::github) fn payload_release(&self, repo: usize, release: &Release) -> Value {
        let mut value = self.release(repo, release);
        for field in ["name", "body"] {
            if value[field].is_null() {
                value[field] = json!("");
            }
        }
        value
    }
}
