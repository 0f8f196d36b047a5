//! What a fake Jira starts with: the edition, who exists and how they sign in, projects, fields, hooks, limits.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Tells the fake the time, so that a test can move it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Which Jira is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Jira Cloud: REST v3 (and v2), account ids, ADF, OAuth 2.0.
    Cloud,
    /// Jira Data Center: REST v2 only, user names, wiki markup, personal access tokens.
    DataCenter,
}

/// Everything a fake Jira starts with.
#[derive(Clone)]
pub struct JiraSetup {
    /// Cloud or Data Center.
    pub edition: Edition,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The site's name, `acme` of `acme.atlassian.net`.
    pub site: String,
    /// The site's id at the gateway: `/ex/jira/{cloud_id}/rest/…`.
    pub cloud_id: String,
    /// The address that people see, in webhooks and in `accessible-resources`; without a slash at the end.
    pub web: String,
    /// Who exists.
    pub people: Vec<JiraPerson>,
    /// API tokens (Cloud) and personal access tokens (Data Center).
    pub tokens: Vec<JiraToken>,
    /// OAuth 2.0 apps.
    pub apps: Vec<JiraApp>,
    /// Projects, each with a board.
    pub projects: Vec<JiraProject>,
    /// Custom fields.
    pub fields: Vec<JiraField>,
    /// Admin webhooks.
    pub hooks: Vec<JiraHook>,
    /// The clock.
    pub now: Now,
    /// Rate limits.
    pub limits: JiraLimits,
    /// How long a new issue stays invisible to the search, which on Jira lags behind.
    pub search_lag: SignedDuration,
    /// How long a failed webhook waits before it is tried again; Jira waits 5 to 15 minutes.
    pub retry_after: SignedDuration,
    /// Largest attachment in bytes; Jira's own default is 10 MB.
    pub attachment_limit: usize,
    /// Paths in entity properties of issues that an app has indexed for the search: `("quarterdeck", "marker")`.
    pub indexed: Vec<(String, String)>,
    /// Who agrees at once when an app asks at `/authorize`; `None`: the page waits for a person to click.
    pub auto_approve: Option<String>,
    /// How many requests and deliveries are remembered; the oldest are forgotten.
    pub keep: usize,
}

impl JiraSetup {
    /// The API token (Basic, with `ana@acme.example`) of [`JiraSetup::sample`], in Data Center her personal access token.
    pub const SAMPLE_TOKEN: &'static str = "sandbox-jira-token-of-ana";
    /// The client id of the OAuth app of [`JiraSetup::sample`].
    pub const SAMPLE_CLIENT: &'static str = "sandbox-client";
    /// The client secret of the OAuth app of [`JiraSetup::sample`].
    pub const SAMPLE_CLIENT_SECRET: &'static str = "sandbox-client-secret";
    /// The account id of Ana, an administrator.
    pub const ANA: &'static str = "712020:0a7a0000-0000-4000-8000-00000000a0a0";
    /// The account id of Ben.
    pub const BEN: &'static str = "712020:0be00000-0000-4000-8000-00000000b0b0";
    /// The account id of Chris, whose e-mail address is hidden.
    pub const CHRIS: &'static str = "712020:0c400000-0000-4000-8000-00000000c0c0";

    /// An empty Jira Cloud.
    pub fn new(now: Now) -> Self {
        Self {
            edition: Edition::Cloud,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            site: "acme".to_owned(),
            cloud_id: "11223344-a1b2-4b33-8c44-def123456789".to_owned(),
            web: "https://acme.atlassian.net".to_owned(),
            people: Vec::new(),
            tokens: Vec::new(),
            apps: Vec::new(),
            projects: Vec::new(),
            fields: vec![JiraField::sprint(10020)],
            hooks: Vec::new(),
            now,
            limits: JiraLimits::default(),
            search_lag: SignedDuration::ZERO,
            retry_after: SignedDuration::from_mins(5),
            attachment_limit: 10 << 20,
            indexed: Vec::new(),
            auto_approve: None,
            keep: 2_000,
        }
    }

    /// A small company: site `acme`; Ana (admin), Ben and Chris; project ACME with a Scrum board, a running and a planned
    /// sprint and the fields Story Points, Severity and Customer; project OPS with a Kanban board.
    pub fn sample(now: Now) -> Self {
        let person = |id: &str, name: &str, display: &str| JiraPerson::new(id, name, display);
        Self {
            people: vec![
                person(Self::ANA, "ana", "Ana Duarte"),
                person(Self::BEN, "ben", "Ben Okafor"),
                person(Self::CHRIS, "chris", "Chris Meyer").hidden_email(),
            ],
            tokens: vec![JiraToken::new(Self::SAMPLE_TOKEN, Self::ANA)],
            apps: vec![JiraApp::new(Self::SAMPLE_CLIENT, Self::SAMPLE_CLIENT_SECRET)],
            projects: vec![
                JiraProject::new("ACME", "Acme Platform")
                    .component("API")
                    .component("Web")
                    .version("1.0")
                    .sprint("ACME Sprint 1", true)
                    .sprint("ACME Sprint 2", false)
                    .issue("Story", "Customers can export invoices", Self::BEN, 5)
                    .issue("Bug", "Login loops on Safari", Self::CHRIS, 3)
                    .issue("Task", "Rotate the staging keys", "", 1),
                JiraProject::new("OPS", "Operations").kanban(),
            ],
            fields: vec![
                JiraField::new(10016, "Story Points", FieldKind::Number),
                JiraField::sprint(10020),
                JiraField::new(10031, "Severity", FieldKind::Select)
                    .options(&["Critical", "Major", "Minor"])
                    .on(&["Bug"])
                    .required(),
                JiraField::new(10032, "Customer", FieldKind::Line).inside("ACME"),
                JiraField::new(10033, "Steps to reproduce", FieldKind::Paragraph).on(&["Bug"]),
                JiraField::new(10034, "Platforms", FieldKind::MultiSelect).options(&["iOS", "Android", "Web"]),
            ],
            ..Self::new(now)
        }
    }

    /// The same as a Data Center: REST v2, user names, personal access tokens.
    pub fn data_center(mut self) -> Self {
        self.edition = Edition::DataCenter;
        self.web = "https://jira.acme.example".to_owned();
        self
    }
}

impl fmt::Debug for JiraSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JiraSetup").field("edition", &self.edition).field("site", &self.site).finish_non_exhaustive()
    }
}

/// Someone with an account.
#[derive(Debug, Clone)]
pub struct JiraPerson {
    pub(super) account: String,
    pub(super) name: String,
    pub(super) display: String,
    pub(super) email: String,
    pub(super) email_hidden: bool,
    pub(super) active: bool,
}

impl JiraPerson {
    /// An active person with `name@acme.example`. In Data Center `name` is the user name.
    pub fn new(account: &str, name: &str, display: &str) -> Self {
        Self {
            account: account.to_owned(),
            name: name.to_owned(),
            display: display.to_owned(),
            email: format!("{name}@acme.example"),
            email_hidden: false,
            active: true,
        }
    }

    /// The same with an e-mail address that only they themselves see; the search by it still finds nobody.
    pub fn hidden_email(mut self) -> Self {
        self.email_hidden = true;
        self
    }

    /// The same, deactivated.
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }
}

/// An API token (Basic, with the person's e-mail address) or a personal access token (Data Center, Bearer).
#[derive(Clone)]
pub struct JiraToken {
    pub(super) value: String,
    pub(super) account: String,
    pub(super) scopes: Option<Vec<String>>,
}

impl JiraToken {
    /// A token that may do what the person may.
    pub fn new(value: &str, account: &str) -> Self {
        Self { value: value.to_owned(), account: account.to_owned(), scopes: None }
    }

    /// A token with scopes, which works only at the gateway, `/ex/jira/{cloud_id}`.
    pub fn scoped(value: &str, account: &str, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        Self { scopes: Some(scopes), ..Self::new(value, account) }
    }
}

impl fmt::Debug for JiraToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JiraToken").field("account", &self.account).finish_non_exhaustive()
    }
}

/// An OAuth 2.0 (3LO) app.
#[derive(Clone)]
pub struct JiraApp {
    pub(super) client_id: String,
    pub(super) secret: String,
    pub(super) redirects: Vec<String>,
}

impl JiraApp {
    /// An app that may send people back to any address on loopback.
    pub fn new(client_id: &str, secret: &str) -> Self {
        Self { client_id: client_id.to_owned(), secret: secret.to_owned(), redirects: Vec::new() }
    }

    /// The same with exactly these addresses to send people back to.
    pub fn redirect(mut self, address: &str) -> Self {
        self.redirects.push(address.to_owned());
        self
    }
}

impl fmt::Debug for JiraApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JiraApp").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A project to start with: the issue types Story, Task, Bug, Sub-task and Epic, a workflow and a board.
#[derive(Debug, Clone)]
pub struct JiraProject {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) scrum: bool,
    pub(super) members: Option<Vec<String>>,
    pub(super) components: Vec<String>,
    pub(super) versions: Vec<String>,
    pub(super) sprints: Vec<(String, bool)>,
    pub(super) issues: Vec<(String, String, String, u32)>,
}

impl JiraProject {
    /// A project with a Scrum board, whose workflow asks for a resolution at the end.
    pub fn new(key: &str, name: &str) -> Self {
        Self {
            key: key.to_owned(),
            name: name.to_owned(),
            scrum: true,
            members: None,
            components: Vec::new(),
            versions: Vec::new(),
            sprints: Vec::new(),
            issues: Vec::new(),
        }
    }

    /// The same with a Kanban board and the simple workflow: from every status to every status, nothing asked.
    pub fn kanban(mut self) -> Self {
        self.scrum = false;
        self
    }

    /// The same, seen only by these accounts; for everyone else it does not exist.
    pub fn only_for(mut self, accounts: &[&str]) -> Self {
        self.members = Some(accounts.iter().map(|&account| account.to_owned()).collect());
        self
    }

    /// The same with a component.
    pub fn component(mut self, name: &str) -> Self {
        self.components.push(name.to_owned());
        self
    }

    /// The same with an unreleased version.
    pub fn version(mut self, name: &str) -> Self {
        self.versions.push(name.to_owned());
        self
    }

    /// The same with a sprint, running or planned.
    pub fn sprint(mut self, name: &str, running: bool) -> Self {
        self.sprints.push((name.to_owned(), running));
        self
    }

    /// The same with an issue in the running sprint; an empty account leaves it unassigned.
    pub fn issue(mut self, kind: &str, summary: &str, assignee: &str, points: u32) -> Self {
        self.issues.push((kind.to_owned(), summary.to_owned(), assignee.to_owned(), points));
        self
    }
}

/// What a custom field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Text of several paragraphs: ADF in v3.
    Paragraph,
    /// A number.
    Number,
    /// One option.
    Select,
    /// Several options.
    MultiSelect,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// A person.
    Person,
    /// A web address.
    Url,
    /// Labels.
    Labels,
    /// The sprints of an issue.
    Sprint,
}

/// A custom field.
#[derive(Debug, Clone)]
pub struct JiraField {
    pub(super) number: u64,
    pub(super) name: String,
    pub(super) kind: FieldKind,
    pub(super) options: Vec<String>,
    pub(super) types: Vec<String>,
    pub(super) projects: Vec<String>,
    pub(super) required: bool,
    pub(super) default: Option<Value>,
}

impl JiraField {
    /// The field `customfield_<number>`, on every project and issue type, not required.
    pub fn new(number: u64, name: &str, kind: FieldKind) -> Self {
        Self {
            number,
            name: name.to_owned(),
            kind,
            options: Vec::new(),
            types: Vec::new(),
            projects: Vec::new(),
            required: false,
            default: None,
        }
    }

    /// The field in which Jira Software keeps an issue's sprints.
    pub fn sprint(number: u64) -> Self {
        Self::new(number, "Sprint", FieldKind::Sprint)
    }

    /// The same with options to choose from.
    pub fn options(mut self, values: &[&str]) -> Self {
        self.options = values.iter().map(|&value| value.to_owned()).collect();
        self
    }

    /// The same only for these issue types.
    pub fn on(mut self, types: &[&str]) -> Self {
        self.types = types.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// The same only in this project (and those named before).
    pub fn inside(mut self, project: &str) -> Self {
        self.projects.push(project.to_owned());
        self
    }

    /// The same, required.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same with a default; of an option field it is the option's text.
    pub fn default_value(mut self, value: Value) -> Self {
        self.default = Some(value);
        self
    }
}

/// An admin webhook.
#[derive(Clone)]
pub struct JiraHook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    pub(super) events: Vec<String>,
    pub(super) jql: String,
}

impl JiraHook {
    /// A signed hook for every event.
    pub fn new(url: &str, secret: &str) -> Self {
        Self { url: url.to_owned(), secret: Some(secret.to_owned()), events: Vec::new(), jql: String::new() }
    }

    /// A hook without a secret: its deliveries are not signed.
    pub fn unsigned(url: &str) -> Self {
        Self { secret: None, ..Self::new(url, "") }
    }

    /// The same only for these events, such as `jira:issue_created`.
    pub fn events(mut self, names: &[&str]) -> Self {
        self.events = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// The same only for issues (and what belongs to them) that this JQL finds.
    pub fn filter(mut self, jql: &str) -> Self {
        self.jql = jql.to_owned();
        self
    }
}

impl fmt::Debug for JiraHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JiraHook").field("url", &self.url).field("events", &self.events).finish_non_exhaustive()
    }
}

/// Rate limits; `None` switches one off. <https://developer.atlassian.com/cloud/jira/platform/rate-limiting/>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JiraLimits {
    /// Requests a second to one endpoint with one method.
    pub burst_per_second: Option<u32>,
    /// Points an hour, of OAuth callers only: one a request, and one more for each issue changed.
    pub points_per_hour: Option<u32>,
    /// Writes to one issue in two seconds.
    pub writes_per_issue: Option<u32>,
}
