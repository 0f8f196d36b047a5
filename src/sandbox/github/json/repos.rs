//! Repositories, branches, commits and releases.

use serde_json::{Map, Value, json};

use super::{Sight, node, stamp, with};
use crate::sandbox::github::setup::Role;

/// The address templates of a repository: field and what follows the repository's own address.
const TEMPLATES: [(&str, &str); 36] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

impl Sight<'_> {
    /// The shortest form, used in workflow runs: identity and addresses.
    pub(in crate::sandbox::github) fn repo_lite(&self, index: usize) -> Value {
        let repo = self.repo(index);
        let api = self.repo_api(index);
        let mut map = Map::new();
        for (field, rest) in TEMPLATES {
            map.insert(field.to_owned(), json!(format!("{api}{rest}")));
        }
        with(
            json!({
                "id": repo.id,
                "node_id": node("R", repo.id),
                "name": repo.name,
                "full_name": repo.full_name(),
                "private": repo.private,
                "owner": self.user(&repo.owner),
                "html_url": self.repo_web(index),
                "description": repo.description,
                "fork": false,
                "url": api,
            }),
            Value::Object(map),
        )
    }

    /// The form that the API and the webhooks have in common.
    pub(in crate::sandbox::github) fn repository(&self, index: usize) -> Value {
        let repo = self.repo(index);
        let web = self.repo_web(index);
        let host = self.links.web.split_once("://").map_or("", |(_, host)| host);
        let open = repo.issues.values().filter(|issue| issue.open).count();
        with(
            self.repo_lite(index),
            json!({
                "git_url": format!("git://{host}/{}.git", repo.full_name()),
                "ssh_url": format!("git@{host}:{}.git", repo.full_name()),
                "clone_url": format!("{web}.git"),
                "svn_url": web,
                "homepage": null,
                "size": repo.commits.len(),
                "stargazers_count": repo.stars.len(),
                "watchers_count": repo.stars.len(),
                "language": null,
                "has_issues": repo.has_issues,
                "has_projects": true,
                "has_downloads": true,
                "has_wiki": true,
                "has_pages": false,
                "has_discussions": false,
                "forks_count": 0,
                "mirror_url": null,
                "archived": repo.archived,
                "disabled": false,
                "open_issues_count": open,
                "license": null,
                "allow_forking": true,
                "is_template": false,
                "web_commit_signoff_required": false,
                "topics": [],
                "visibility": if repo.private { "private" } else { "public" },
                "forks": 0,
                "open_issues": open,
                "watchers": repo.stars.len(),
                "default_branch": repo.default_branch,
                "created_at": stamp(repo.created_at),
                "updated_at": stamp(repo.updated_at),
                "pushed_at": stamp(repo.pushed_at),
                "custom_properties": {},
            }),
        )
    }

    /// An entry of a list: with what the caller may do.
    pub(in crate::sandbox::github) fn listed_repo(&self, index: usize, caller: Option<&str>) -> Value {
        let role = self.world.role(index, caller);
        let at_least = |wanted: Role| role.is_some_and(|role| role >= wanted);
        with(
            self.repository(index),
            json!({
                "permissions": {
                    "admin": at_least(Role::Admin),
                    "maintain": at_least(Role::Maintain),
                    "push": at_least(Role::Write),
                    "triage": at_least(Role::Triage),
                    "pull": at_least(Role::Read),
                },
            }),
        )
    }

    /// The full form of a single repository.
    pub(in crate::sandbox::github) fn full_repo(&self, index: usize, caller: Option<&str>) -> Value {
        let (owner, merges) = (&self.repo(index).owner, self.repo(index).merges);
        let mut full = with(
            self.listed_repo(index, caller),
            json!({
                "temp_clone_token": null,
                "allow_squash_merge": merges.squash,
                "allow_merge_commit": merges.merge,
                "allow_rebase_merge": merges.rebase,
                "allow_auto_merge": false,
                "delete_branch_on_merge": false,
                "allow_update_branch": false,
                "use_squash_pr_title_as_default": false,
                "network_count": 0,
                "subscribers_count": 0,
            }),
        );
        if self.organization(owner).is_some() {
            full = with(full, json!({ "organization": self.user(owner) }));
        }
        full
    }
}
