//! Commits, the files they hold, and what follows from their history. Light: files are whole texts, and two sides that
//! changed the same file conflict wherever they changed it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::Repo;
use crate::sandbox::github::setup::GithubWorkflow;

/// The files of a commit by path.
pub(in crate::sandbox::github) type Tree = Arc<BTreeMap<String, Blob>>;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox::github) struct Blob {
    pub text: Arc<str>,
    /// What GitHub reads in it, when it is a workflow.
    pub workflow: Option<Arc<GithubWorkflow>>,
}

impl Blob {
    pub(in crate::sandbox::github) fn text(text: &str) -> Self {
        Self { text: text.into(), workflow: None }
    }

    pub(in crate::sandbox::github) fn workflow(workflow: &GithubWorkflow) -> Self {
        Self { text: workflow.yaml().into(), workflow: Some(Arc::new(workflow.clone())) }
    }

    /// A hash as long as git's.
    pub(in crate::sandbox::github) fn sha(&self) -> String {
        let digest = Sha256::digest(format!("blob {}\0{}", self.text.len(), self.text));
        hex::encode(digest.iter().copied().take(20).collect::<Vec<u8>>())
    }
}

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Commit {
    pub sha: String,
    pub tree: String,
    pub parents: Vec<String>,
    pub message: String,
    pub author: String,
    pub at: Timestamp,
    pub files: Tree,
}

impl Repo {
    pub(in crate::sandbox::github) fn commit(&self, sha: &str) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.sha == sha)
    }

    /// The commit that a branch, a tag, or a hash (seven digits or more) names.
    pub(in crate::sandbox::github) fn resolve(&self, name: &str) -> Option<&Commit> {
        let plain = name.strip_prefix("refs/").unwrap_or(name);
        let plain = plain.strip_prefix("heads/").or_else(|| plain.strip_prefix("tags/")).unwrap_or(plain);
        let tag = || self.releases.iter().find(|release| release.tag == plain && !release.draft);
        let tagged = || tag().and_then(|release| self.branches.get(&release.target).or(Some(&release.target)));
        let sha = self.branches.get(plain).or_else(tagged).map_or(plain, String::as_str);
        let short = |commit: &&Commit| sha.len() >= 7 && commit.sha.starts_with(sha);
        self.commits.iter().find(short)
    }

    /// Everything that can be reached from a commit, itself included.
    pub(in crate::sandbox::github) fn reachable(&self, sha: &str) -> HashSet<&str> {
        let mut found = HashSet::new();
        let mut next = vec![sha];
        while let Some(sha) = next.pop() {
            if let Some(commit) = self.commit(sha)
                && found.insert(commit.sha.as_str())
            {
                next.extend(commit.parents.iter().map(String::as_str));
            }
        }
        found
    }

    /// The commits that `head` has and `base` has not; newest first.
    pub(in crate::sandbox::github) fn history(&self, head: &str, base: Option<&str>) -> Vec<&Commit> {
        let here = self.reachable(head);
        let known = base.map(|base| self.reachable(base)).unwrap_or_default();
        // Commits are kept in the order they were made, so parents always come first.
        let new = |commit: &&Commit| here.contains(commit.sha.as_str()) && !known.contains(commit.sha.as_str());
        self.commits.iter().rev().filter(new).collect()
    }

    /// The newest commit that both have.
    pub(in crate::sandbox::github) fn merge_base(&self, one: &str, other: &str) -> Option<&Commit> {
        let (one, other) = (self.reachable(one), self.reachable(other));
        self.commits
            .iter()
            .rev()
            .find(|commit| one.contains(commit.sha.as_str()) && other.contains(commit.sha.as_str()))
    }

    /// The files of a commit; none for one that does not exist.
    pub(in crate::sandbox::github) fn files(&self, sha: &str) -> Tree {
        self.commit(sha).map(|commit| Arc::clone(&commit.files)).unwrap_or_default()
    }

    /// The files when `head` is merged into `base`, or the paths that conflict.
    pub(in crate::sandbox::github) fn merged(&self, base: &str, head: &str) -> Result<Tree, Vec<String>> {
        let common = self.merge_base(base, head).map(|commit| Arc::clone(&commit.files)).unwrap_or_default();
        let (ours, theirs) = (self.files(base), self.files(head));
        let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        let (mut merged, mut conflicts) = (BTreeMap::new(), Vec::new());
        for path in paths {
            let (was, our, their) = (common.get(path), ours.get(path), theirs.get(path));
            let kept = match (our == their, our == was, their == was) {
                (true, ..) | (_, _, true) => our,
                (_, true, _) => their,
                _ => {
                    conflicts.push(path.clone());
                    continue;
                }
            };
            if let Some(blob) = kept {
                merged.insert(path.clone(), blob.clone());
            }
        }
        if conflicts.is_empty() { Ok(Arc::new(merged)) } else { Err(conflicts) }
    }
}
