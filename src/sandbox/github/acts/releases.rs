//! Releases.

use serde_json::json;

use crate::sandbox::github::data::Release;
use crate::sandbox::github::state::State;

/// A release to be made.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct NewRelease {
    pub tag: String,
    pub name: Option<String>,
    pub body: Option<String>,
    pub target: String,
    pub draft: bool,
    pub prerelease: bool,
}

impl State {
    /// Makes a release; returns its identifier. A draft is not told of.
    pub(in crate::sandbox::github) fn publish(&mut self, repo: usize, actor: &str, new: NewRelease) -> u64 {
        let (id, at) = (self.world.id(), self.now);
        self.world.add_login(actor, at);
        let NewRelease { tag, name, body, target, draft, prerelease } = new;
        let release = Release { id, tag, name, body, author: actor.to_owned(), target, draft, prerelease, at };
        let shown = self.sight().payload_release(repo, &release);
        self.world.repos[repo].releases.push(release);
        if !draft {
            self.emit(repo, "release", Some("published"), actor, json!({ "release": shown }));
        }
        id
    }
}
