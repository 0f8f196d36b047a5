//! What a fake GitHub starts with: who exists, what they may do, which repositories and hooks there are.

mod app;
mod repo;
mod workflow;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use app::{GithubApp, GithubInstallation};
pub use repo::{GithubRepo, Protection};
pub use workflow::{GithubWorkflow, WorkflowInput};

/// Tells the fake the time, so that a test can move it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything a fake GitHub starts with.
#[derive(Clone)]
pub struct GithubSetup {
    /// Tokens that are accepted; everything else is answered `401 Bad credentials`.
    pub tokens: Vec<GithubToken>,
    /// People and organisations. A login named anywhere else (token, collaborator) is added as a plain user.
    pub users: Vec<GithubUser>,
    /// Repositories.
    pub repos: Vec<GithubRepo>,
    /// Webhooks put on every repository above; each is pinged at the start, as GitHub does.
    pub hooks: Vec<HookTarget>,
    /// The clock.
    pub now: Now,
    /// Rate limits.
    pub limits: RateLimits,
    /// Start of `html_url` for callers of the plain API. Callers under `/api/v3` get the fake's own address.
    pub web: String,
    /// How long a new issue stays invisible to the search, which on GitHub lags behind the lists.
    pub search_lag: SignedDuration,
    /// How a re-run ends. `None`: it stays queued until [`super::GithubFake::finish_run`].
    pub reruns_end: Option<Conclusion>,
    /// GitHub Apps and where they are installed.
    pub apps: Vec<GithubApp>,
    /// How long after a push GitHub does not know yet whether a pull request can be merged.
    pub merge_lag: SignedDuration,
    /// Whether workflow runs also tell hooks of their jobs and checks (`workflow_job`, `check_run`, `check_suite`), as
    /// GitHub does. Off spares a test the noise.
    pub job_events: bool,
    /// How many requests and deliveries are remembered; the oldest are forgotten.
    pub keep: usize,
}

impl GithubSetup {
    /// An empty GitHub with GitHub's own limits.
    pub fn new(now: Now) -> Self {
        Self {
            tokens: Vec::new(),
            users: Vec::new(),
            repos: Vec::new(),
            hooks: Vec::new(),
            now,
            limits: RateLimits::default(),
            web: "https://github.com".to_owned(),
            search_lag: SignedDuration::ZERO,
            reruns_end: Some(Conclusion::Success),
            apps: Vec::new(),
            merge_lag: SignedDuration::ZERO,
            job_events: false,
            keep: 2_000,
        }
    }

    /// A small company: organisation `acme` with `acme/api` (public) and `acme/web` (private), the people `ana` (admin),
    /// `ben` and `kim` (writers), and the token [`GithubSetup::SAMPLE_TOKEN`] for `ana`.
    pub fn sample(now: Now) -> Self {
        let team = |repo: GithubRepo| {
            repo.collaborator("ana", Role::Admin).collaborator("ben", Role::Write).collaborator("kim", Role::Write)
        };
        Self {
            tokens: vec![GithubToken::classic(Self::SAMPLE_TOKEN, "ana", &["repo", "admin:repo_hook"])],
            users: vec![
                GithubUser::organization("acme"),
                GithubUser::person("ana", "Ana Duarte"),
                GithubUser::person("ben", "Ben Okafor"),
                GithubUser::person("kim", "Kim Nowak"),
            ],
            repos: vec![
                team(GithubRepo::new("acme", "api").described("The public API").milestone("v1.0")),
                team(GithubRepo::new("acme", "web").described("The web shop").private()),
            ],
            ..Self::new(now)
        }
    }

    /// The sample with what releases and deployments need: `acme/api` has the workflows *CI* and *Deploy*
    /// (`.github/workflows/deploy.yml`, started by hand, with inputs of every type), the environments `staging` (open) and
    /// `production` (`ana` and `kim` approve), and the app [`GithubApp::sample`] installed on all of `acme`.
    pub fn with_delivery(now: Now) -> Self {
        let mut setup = Self::sample(now);
        if let Some(api) = setup.repos.first_mut() {
            let repo = api.clone().workflow(&GithubWorkflow::new("CI", "ci.yml").jobs(&["build", "test"]));
            let repo = repo.workflow(&GithubWorkflow::sample_deploy());
            *api = repo.environment("staging", &[]).environment("production", &["ana", "kim"]);
        }
        setup.apps = vec![GithubApp::sample().installed_on("acme", None)];
        setup
    }

    /// The token of [`GithubSetup::sample`].
    pub const SAMPLE_TOKEN: &'static str = "sandbox-token-of-ana";
}

impl fmt::Debug for GithubSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubSetup").field("tokens", &self.tokens).field("repos", &self.repos).finish_non_exhaustive()
    }
}

/// A token and what it may do.
#[derive(Clone)]
pub struct GithubToken {
    pub(super) value: String,
    pub(super) login: String,
    pub(super) access: Access,
    /// For a token that an app's installation was given over the API.
    pub(super) minted: Option<Minted>,
}

/// Where a token of an installation came from, and how far it reaches.
#[derive(Debug, Clone)]
pub(super) struct Minted {
    /// The installation.
    pub installation: u64,
    /// Identifiers of the repositories it is for; none: all of the installation.
    pub repos: Option<Vec<u64>>,
    /// When it ends.
    pub until: Timestamp,
}

/// How far a token reaches.
#[derive(Debug, Clone)]
pub(super) enum Access {
    /// A classic personal access token with OAuth scopes.
    Classic(Vec<String>),
    /// A fine-grained personal access token with a level for each permission.
    FineGrained(BTreeMap<String, Level>),
    /// The installation token of a GitHub App.
    Installation(BTreeMap<String, Level>),
}

impl GithubToken {
    /// A classic personal access token: `repo` reaches everything, `public_repo` what is public.
    pub fn classic(value: &str, login: &str, scopes: &[&str]) -> Self {
        let access = Access::Classic(scopes.iter().map(|&scope| scope.to_owned()).collect());
        Self { value: value.to_owned(), login: login.to_owned(), access, minted: None }
    }

    /// A fine-grained personal access token, for example `&[("issues", Level::Write)]`; `metadata: read` is implied.
    pub fn fine_grained(value: &str, login: &str, permissions: &[(&str, Level)]) -> Self {
        Self {
            value: value.to_owned(),
            login: login.to_owned(),
            access: Access::FineGrained(levels(permissions)),
            minted: None,
        }
    }

    /// The installation token of a GitHub App, whose login ends in `[bot]`.
    pub fn installation(value: &str, login: &str, permissions: &[(&str, Level)]) -> Self {
        Self {
            value: value.to_owned(),
            login: login.to_owned(),
            access: Access::Installation(levels(permissions)),
            minted: None,
        }
    }
}

impl GithubToken {
    /// Whether it is still good.
    pub(super) fn lives(&self, now: Timestamp) -> bool {
        self.minted.as_ref().is_none_or(|minted| minted.until > now)
    }
}

fn levels(permissions: &[(&str, Level)]) -> BTreeMap<String, Level> {
    permissions
        .iter()
        .map(|&(name, level)| (name.to_owned(), level))
        .chain([("metadata".to_owned(), Level::Read)])
        .collect()
}

impl fmt::Debug for GithubToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubToken").field("login", &self.login).field("access", &self.access).finish_non_exhaustive()
    }
}

/// A level of a permission of a fine-grained token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// May look.
    Read,
    /// May change.
    Write,
}

impl Level {
    /// GitHub's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// What someone is on a repository, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May look and open issues.
    Read,
    /// May label, assign, close.
    Triage,
    /// May push and merge.
    Write,
    /// May manage all but the dangerous things.
    Maintain,
    /// May do all, hooks included.
    Admin,
}

impl Role {
    /// GitHub's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

/// A person, a bot or an organisation.
#[derive(Debug, Clone)]
pub struct GithubUser {
    pub(super) login: String,
    pub(super) name: Option<String>,
    pub(super) organization: bool,
}

impl GithubUser {
    /// A person with a display name.
    pub fn person(login: &str, name: &str) -> Self {
        Self { login: login.to_owned(), name: Some(name.to_owned()), organization: false }
    }

    /// An organisation.
    pub fn organization(login: &str) -> Self {
        Self { login: login.to_owned(), name: None, organization: true }
    }
}

/// Where a webhook goes. Only loopback addresses are served.
#[derive(Clone)]
pub struct HookTarget {
    /// Address that is POSTed to.
    pub url: String,
    /// Key of the signature; without one nothing is signed.
    pub secret: Option<String>,
    /// Event names, or `*` for all of them.
    pub events: Vec<String>,
    /// Whether the body is a form (`payload=…`) instead of JSON.
    pub form: bool,
}

impl HookTarget {
    /// A target that hears every event as signed JSON.
    pub fn new(url: &str, secret: &str) -> Self {
        Self { url: url.to_owned(), secret: Some(secret.to_owned()), events: vec!["*".to_owned()], form: false }
    }
}

impl fmt::Debug for HookTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, secret, events, form } = self;
        let signed = secret.is_some();
        f.debug_struct("HookTarget")
            .field("url", url)
            .field("signed", &signed)
            .field("events", events)
            .field("form", form)
            .finish()
    }
}

/// Rate limits, by default GitHub's own:
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.
#[derive(Debug, Clone)]
pub struct RateLimits {
    /// Requests an hour for a token.
    pub core_per_hour: u32,
    /// Requests an hour without a token.
    pub anonymous_per_hour: u32,
    /// Searches a minute for a token.
    pub search_per_minute: u32,
    /// Points a minute (1 for reading, 5 for writing); `None` switches it off.
    pub points_per_minute: Option<u32>,
    /// Content-creating requests a minute; `None` switches it off.
    pub content_per_minute: Option<u32>,
    /// Content-creating requests an hour; `None` switches it off.
    pub content_per_hour: Option<u32>,
    /// Status of a refusal, 403 or 429: GitHub uses both.
    pub status: u16,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            core_per_hour: 5_000,
            anonymous_per_hour: 60,
            search_per_minute: 30,
            points_per_minute: Some(900),
            content_per_minute: Some(80),
            content_per_hour: Some(500),
            status: 403,
        }
    }
}

impl RateLimits {
    /// Limits nobody reaches, for benches.
    pub fn off() -> Self {
        Self {
            core_per_hour: u32::MAX,
            anonymous_per_hour: u32::MAX,
            search_per_minute: u32::MAX,
            points_per_minute: None,
            content_per_minute: None,
            content_per_hour: None,
            status: 403,
        }
    }
}

/// How a workflow run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// All jobs passed.
    Success,
    /// A job failed.
    Failure,
    /// Someone stopped it.
    Cancelled,
    /// A job took too long.
    TimedOut,
    /// It waits for a person.
    ActionRequired,
    /// There was nothing to do.
    Skipped,
}

impl Conclusion {
    /// GitHub's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::ActionRequired => "action_required",
            Self::Skipped => "skipped",
        }
    }
}

/// What a reviewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Approved.
    Approve,
    /// Changes requested.
    Changes,
    /// Only a remark.
    Comment,
}
