//! What a fake Notion starts with: the workspace, its people, integrations and webhooks.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::limits::NotionLimits;

/// Tells the fake the time, so that a test can move it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything a fake Notion starts with.
#[derive(Clone)]
pub struct NotionSetup {
    /// Name of the workspace.
    pub workspace: String,
    /// People who belong to it.
    pub people: Vec<NotionPerson>,
    /// Integrations; every other token is answered `401 unauthorized`.
    pub integrations: Vec<NotionIntegration>,
    /// Webhooks that are subscribed at the start, for the first integration.
    pub hooks: Vec<NotionHook>,
    /// Whether the workspace begins with the sample content, or empty.
    pub sample: bool,
    /// The clock.
    pub now: Now,
    /// Rate limits.
    pub limits: NotionLimits,
    /// Start of the addresses of pages.
    pub web: String,
    /// How long a new or renamed page stays invisible to the search.
    pub search_lag: SignedDuration,
    /// Whether webhooks are held back, and aggregated, until they are let go.
    pub hold_webhooks: bool,
    /// The largest file, in bytes: 5 MiB in a free workspace, 5 GiB in a paid one.
    pub largest_file: u64,
    /// How many requests and deliveries are remembered; the oldest are forgotten.
    pub keep: usize,
}

impl NotionSetup {
    /// The token of the integration of [`NotionSetup::sample`].
    pub const SAMPLE_TOKEN: &'static str = "ntn_1234567890sandboxOfAcmeDoNotUseElsewhere00";

    /// An empty workspace of that name with nobody in it.
    pub fn new(workspace: &str, now: Now) -> Self {
        Self {
            workspace: workspace.to_owned(),
            people: Vec::new(),
            integrations: Vec::new(),
            hooks: Vec::new(),
            sample: false,
            now,
            limits: NotionLimits::documented(),
            web: "https://www.notion.so".to_owned(),
            search_lag: SignedDuration::ZERO,
            hold_webhooks: false,
            largest_file: 5 << 20,
            keep: 2_000,
        }
    }

    /// The workspace Acme with the people Ana, Ben and Chris, an integration `Quarterdeck` that may do everything, and
    /// a page `Engineering` shared with it, which holds the database `Tasks` (one data source: Name, Status, Assignee,
    /// Due, Priority, Tags, Estimate) and the pages `Runbook` and `Reports`. The page `Board minutes` is not shared.
    pub fn sample(now: Now) -> Self {
        Self {
            people: vec![
                NotionPerson::new("ana", "Ana Duarte", "ana@acme.example"),
                NotionPerson::new("ben", "Ben Okafor", "ben@acme.example"),
                NotionPerson::new("chris", "Chris Nowak", "chris@acme.example"),
            ],
            integrations: vec![NotionIntegration::new("Quarterdeck", Self::SAMPLE_TOKEN)],
            sample: true,
            ..Self::new("Acme", now)
        }
    }
}

impl fmt::Debug for NotionSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotionSetup")
            .field("workspace", &self.workspace)
            .field("people", &self.people)
            .field("integrations", &self.integrations)
            .finish_non_exhaustive()
    }
}

/// Someone who works in the workspace.
#[derive(Debug, Clone)]
pub struct NotionPerson {
    /// Short name by which the fake's handle knows them.
    pub login: String,
    /// Display name.
    pub name: String,
    /// Address.
    pub email: String,
}

impl NotionPerson {
    /// A person.
    pub fn new(login: &str, name: &str, email: &str) -> Self {
        Self { login: login.to_owned(), name: name.to_owned(), email: email.to_owned() }
    }
}

/// What an integration may know of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserInformation {
    /// Nothing: the user endpoints are refused.
    None,
    /// Names, but no addresses.
    WithoutEmail,
    /// Everything.
    WithEmail,
}

/// What an integration may do: <https://developers.notion.com/reference/capabilities>.
#[derive(Debug, Clone)]
pub struct Capabilities {
    /// Read content.
    pub read: bool,
    /// Update content.
    pub update: bool,
    /// Insert content.
    pub insert: bool,
    /// Read comments.
    pub read_comments: bool,
    /// Insert comments.
    pub insert_comments: bool,
    /// User information.
    pub users: UserInformation,
}

impl Capabilities {
    /// Everything there is.
    pub const fn all() -> Self {
        Self {
            read: true,
            update: true,
            insert: true,
            read_comments: true,
            insert_comments: true,
            users: UserInformation::WithEmail,
        }
    }
}

/// An integration (Notion also says connection) with its token.
#[derive(Clone)]
pub struct NotionIntegration {
    /// Its name, which is also its bot's.
    pub name: String,
    /// `ntn_…`
    pub token: String,
    /// What it may do.
    pub capabilities: Capabilities,
    /// Whether it is a public one; only their events say whom they are accessible to.
    pub public: bool,
}

impl NotionIntegration {
    /// An internal integration that may do everything.
    pub fn new(name: &str, token: &str) -> Self {
        let capabilities = Capabilities::all();
        Self { name: name.to_owned(), token: token.to_owned(), capabilities, public: false }
    }

    /// The same with other capabilities.
    pub fn may(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }
}

impl fmt::Debug for NotionIntegration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, capabilities, .. } = self;
        f.debug_struct("NotionIntegration")
            .field("name", name)
            .field("capabilities", capabilities)
            .finish_non_exhaustive()
    }
}

/// A webhook subscription. Only loopback addresses are served.
#[derive(Clone)]
pub struct NotionHook {
    /// Address that is POSTed to.
    pub url: String,
    /// Types of events, or `*` for all of them.
    pub events: Vec<String>,
    /// The verification token of a subscription that is active already. `None`: it begins pending, and the token is
    /// sent to the address.
    pub token: Option<String>,
}

impl NotionHook {
    /// A subscription to all events that still has to be verified.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), events: vec!["*".to_owned()], token: None }
    }

    /// The same, verified already with this token.
    pub fn verified(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }
}

impl fmt::Debug for NotionHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotionHook").field("url", &self.url).field("events", &self.events).finish_non_exhaustive()
    }
}
