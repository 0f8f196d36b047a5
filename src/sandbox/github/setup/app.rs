//! GitHub Apps to start with.

use std::fmt;

use super::{HookTarget, Level};

/// The key pair that [`GithubApp::sample`] is known by. It was made for this fake and opens nothing else.
const SAMPLE_PRIVATE: &str = include_str!("app-key.pem");
const SAMPLE_PUBLIC: &str = include_str!("app-key.pub.pem");

/// A GitHub App: <https://docs.github.com/en/apps/creating-github-apps>.
#[derive(Clone)]
pub struct GithubApp {
    pub(in crate::sandbox::github) id: u64,
    pub(in crate::sandbox::github) slug: String,
    pub(in crate::sandbox::github) owner: String,
    pub(in crate::sandbox::github) public_key: String,
    pub(in crate::sandbox::github) permissions: Vec<(String, Level)>,
    pub(in crate::sandbox::github) events: Vec<String>,
    pub(in crate::sandbox::github) hook: Option<HookTarget>,
    pub(in crate::sandbox::github) installations: Vec<GithubInstallation>,
}

/// Where an app is installed.
#[derive(Debug, Clone)]
pub struct GithubInstallation {
    /// Login of the user or the organisation.
    pub account: String,
    /// Names (without owner) of the repositories that were chosen; none: all of them.
    pub repos: Option<Vec<String>>,
}

impl GithubApp {
    /// What [`GithubApp::sample`] is called on GitHub.
    pub const SAMPLE_ID: u64 = 4_711;
    /// Its private key in PEM (PKCS#1), as GitHub hands it out.
    pub const SAMPLE_KEY: &'static str = SAMPLE_PRIVATE;

    /// An app that is installed nowhere. The key is its public key in PEM: PKCS#1, `RSA PUBLIC KEY`.
    pub fn new(id: u64, slug: &str, owner: &str, public_key: &str) -> Self {
        Self {
            id,
            slug: slug.to_owned(),
            owner: owner.to_owned(),
            public_key: public_key.to_owned(),
            permissions: Vec::new(),
            events: Vec::new(),
            hook: None,
            installations: Vec::new(),
        }
    }

    /// `acme-bot` of `acme` with all that a chat daemon may do, known by [`GithubApp::SAMPLE_KEY`], installed nowhere.
    pub fn sample() -> Self {
        let app = Self::new(Self::SAMPLE_ID, "acme-bot", "acme", SAMPLE_PUBLIC);
        let writes = [
            "actions",
            "administration",
            "checks",
            "contents",
            "deployments",
            "issues",
            "pull_requests",
            "repository_hooks",
            "statuses",
        ];
        let app = writes.iter().fold(app, |app, name| app.permission(name, Level::Write));
        let reads = ["security_events", "vulnerability_alerts", "secret_scanning_alerts", "members"];
        reads.iter().fold(app, |app, name| app.permission(name, Level::Read))
    }

    /// The same with a permission.
    pub fn permission(mut self, name: &str, level: Level) -> Self {
        self.permissions.push((name.to_owned(), level));
        self
    }

    /// The same with a webhook of the app, which hears of everything in the repositories it is installed on.
    pub fn hook(mut self, target: HookTarget) -> Self {
        self.events.clone_from(&target.events);
        self.hook = Some(target);
        self
    }

    /// The same, installed on an account; `None` means on all its repositories.
    pub fn installed_on(mut self, account: &str, repos: Option<&[&str]>) -> Self {
        let repos = repos.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        self.installations.push(GithubInstallation { account: account.to_owned(), repos });
        self
    }
}

impl fmt::Debug for GithubApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, slug, installations, .. } = self;
        f.debug_struct("GithubApp")
            .field("id", id)
            .field("slug", slug)
            .field("installations", installations)
            .finish_non_exhaustive()
    }
}
