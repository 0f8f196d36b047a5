//! Apps: installing, suspending, tokens.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::sandbox::github::data::{App, Installation};
use crate::sandbox::github::setup::{Access, GithubApp, GithubToken, Level, Minted};
use crate::sandbox::github::state::State;

/// How long a token of an installation is good for.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl State {
    /// Adds an app with its installations.
    pub(in crate::sandbox::github) fn add_app(&mut self, app: &GithubApp) {
        let now = self.now;
        let hook_id = self.world.id();
        let installations = app.installations.iter().map(|place| {
            let here = |name: &String| self.world.find(&place.account, name).map(|at| self.world.repos[at].id);
            let repos = place.repos.as_ref().map(|names| names.iter().filter_map(here).collect());
            let id = self.world.id();
            Installation { id, account: place.account.clone(), repos, suspended: None, created_at: now }
        });
        let installations = installations.collect();
        let permissions = app.permissions.iter().cloned().chain([("metadata".to_owned(), Level::Read)]).collect();
        let app = App {
            id: app.id,
            slug: app.slug.clone(),
            name: app.slug.clone(),
            owner: app.owner.clone(),
            client_id: format!("Iv23li{:014}", app.id),
            key: pem(&app.public_key),
            permissions,
            events: app.events.clone(),
            hook: app.hook.clone(),
            hook_id,
            created_at: now,
            installations,
        };
        self.world.add_login(&app.login(), now);
        self.world.apps.push(app);
    }

    /// Suspends an installation, or lets it go on. False when there is none.
    pub(in crate::sandbox::github) fn suspend(&mut self, installation: u64, by: Option<&str>) -> bool {
        let now = self.now;
        let all = self.world.apps.iter_mut().flat_map(|app| &mut app.installations);
        let Some(found) = all.into_iter().find(|found| found.id == installation) else { return false };
        found.suspended = by.map(|by| (now, by.to_owned()));
        true
    }

    /// Makes a token of an installation.
    pub(in crate::sandbox::github) fn mint(
        &mut self,
        login: &str,
        installation: u64,
        repos: Option<Vec<u64>>,
        levels: BTreeMap<String, Level>,
    ) -> (String, jiff::Timestamp) {
        let until = self.now + HOUR;
        let seed = format!("{} {installation} {}", self.world.id(), self.now);
        let value = format!("ghs_{}", &hex::encode(Sha256::digest(seed))[..36]);
        let minted = Some(Minted { installation, repos, until });
        let access = Access::Installation(levels);
        let token = GithubToken { value: value.clone(), login: login.to_owned(), access, minted };
        self.tokens.insert(value.clone(), token);
        (value, until)
    }
}

/// What a PEM file holds.
fn pem(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap_or_default()
}
