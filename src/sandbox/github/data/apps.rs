//! GitHub Apps and where they are installed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Repo, World};
use crate::sandbox::github::setup::{HookTarget, Level};

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct App {
    pub id: u64,
    pub slug: String,
    pub name: String,
    pub owner: String,
    pub client_id: String,
    /// The public key, PKCS#1 in DER.
    pub key: Vec<u8>,
    pub permissions: BTreeMap<String, Level>,
    pub events: Vec<String>,
    pub hook: Option<HookTarget>,
    pub hook_id: u64,
    pub created_at: Timestamp,
    pub installations: Vec<Installation>,
}

impl App {
    /// Who acts when the app does.
    pub(in crate::sandbox::github) fn login(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Installation {
    pub id: u64,
    pub account: String,
    /// Identifiers of the repositories that were chosen; none: all of the account.
    pub repos: Option<Vec<u64>>,
    /// When it was suspended, and by whom.
    pub suspended: Option<(Timestamp, String)>,
    pub created_at: Timestamp,
}

impl Installation {
    /// Whether the installation has to do with a repository.
    pub(in crate::sandbox::github) fn covers(&self, repo: &Repo) -> bool {
        repo.owner.eq_ignore_ascii_case(&self.account)
            && self.repos.as_ref().is_none_or(|repos| repos.contains(&repo.id))
    }
}

impl World {
    /// An installation and its app.
    pub(in crate::sandbox::github) fn installation(&self, id: u64) -> Option<(&App, &Installation)> {
        let all = self.apps.iter().flat_map(|app| app.installations.iter().map(move |found| (app, found)));
        all.into_iter().find(|(_, found)| found.id == id)
    }
}
