//! What a fake workspace starts with.
//!
//! Filled in by tests, benches and the demo, then handed to [`super::SlackFake::start`] and never changed.

use std::{fmt, net::SocketAddr, sync::Arc};

use jiff::Timestamp;

use super::{
    limits::RateLimits,
    model::{Channel, Team, User, UserGroup},
};

/// Tells the time; tests move it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where Slack sends what people do, when the app does not use Socket Mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestUrls {
    /// Events API.
    pub events: Option<String>,
    /// Slash commands.
    pub commands: Option<String>,
    /// Buttons, menus and modals.
    pub interactivity: Option<String>,
    /// Asked for the options of external selects (the app's "options load URL").
    pub options: Option<String>,
}

/// How the app hears of things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Over WebSockets opened with `apps.connections.open`.
    SocketMode,
    /// As signed POST requests.
    Http(RequestUrls),
}

/// A workspace, an app installed in it, and the fake's habits.
#[derive(Clone)]
pub struct SlackSetup {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `xoxb-…`.
    pub bot_token: String,
    /// `xapp-…`.
    pub app_token: String,
    /// Key of `X-Slack-Signature`.
    pub signing_secret: String,
    /// `A…`.
    pub app_id: String,
    /// `B…`.
    pub bot_id: String,
    /// The app's bot user; it is added to `users` when missing.
    pub bot: User,
    /// The workspace.
    pub team: Team,
    /// Its people.
    pub users: Vec<User>,
    /// Its user groups.
    pub groups: Vec<UserGroup>,
    /// Its channels; direct messages open by themselves.
    pub channels: Vec<Channel>,
    /// Scopes the bot token holds.
    pub scopes: Vec<String>,
    /// Event subscriptions, such as `app_mention` and `message.im`.
    pub events: Vec<String>,
    /// Registered slash commands, each with its slash.
    pub commands: Vec<String>,
    /// Socket Mode or request URLs.
    pub delivery: Delivery,
    /// Rate limits.
    pub limits: RateLimits,
    /// Requests kept for [`super::SlackFake::requests`]; the oldest go first.
    pub keep_requests: usize,
    /// The clock.
    pub now: Now,
}

fn owned(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

impl Default for SlackSetup {
    /// A small workspace: Ana (admin), Ben and Cleo; `#general`, `#deploys` and `#alerts` with the bot in them,
    /// `#random` without it, and the private `#incident`. All scopes, Socket Mode, Slack's limits, the real clock.
    fn default() -> Self {
        let bot = "U0QUARTERBOT";
        let (ana, ben, cleo) = ("U0ANA000001", "U0BEN000002", "U0CLEO00003");
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            bot_token: "xoxb-100000000001-200000000002-sandboxsandboxsandboxsand".into(),
            app_token: "xapp-1-A0QUARTER01-300000000003-sandboxsandboxsandbox".into(),
            signing_secret: "8f742231b10e8888abcd99yyyzzz85a5".into(),
            app_id: "A0QUARTER01".into(),
            bot_id: "B0QUARTER01".into(),
            bot: User {
                id: bot.into(),
                name: "quarterdeck".into(),
                real_name: "Quarterdeck".into(),
                email: None,
                is_bot: true,
                is_admin: false,
            },
            team: Team { id: "T0ACME00001".into(), name: "Acme".into(), domain: "acme".into() },
            users: vec![
                User::person(ana, "ana", "Ana Reyes").admin(),
                User::person(ben, "ben", "Ben Okafor"),
                User::person(cleo, "cleo", "Cleo Martin"),
            ],
            groups: vec![UserGroup {
                id: "S0ONCALL001".into(),
                handle: "oncall".into(),
                name: "On call".into(),
                users: owned(&[ana, cleo]),
            }],
            channels: vec![
                Channel::public("C0GENERAL01", "general", &[ana, ben, cleo, bot]),
                Channel::public("C0DEPLOYS02", "deploys", &[ana, ben, bot]),
                Channel::public("C0ALERTS003", "alerts", &[ana, cleo, bot]),
                Channel::public("C0RANDOM004", "random", &[ana, ben, cleo]),
                Channel::private("C0INCIDENT5", "incident", &[ana, cleo, bot]),
            ],
            scopes: owned(&[
                "app_mentions:read",
                "channels:history",
                "channels:join",
                "channels:manage",
                "channels:read",
                "chat:write",
                "chat:write.customize",
                "commands",
                "files:write",
                "groups:history",
                "groups:read",
                "groups:write",
                "im:history",
                "im:read",
                "im:write",
                "reactions:read",
                "reactions:write",
                "team:read",
                "usergroups:read",
                "users:read",
                "users:read.email",
            ]),
            events: owned(&[
                "app_mention",
                "message.im",
                "reaction_added",
                "reaction_removed",
                "member_joined_channel",
                "channel_left",
                "group_left",
                "channel_archive",
                "channel_unarchive",
                "channel_deleted",
                "group_archive",
                "group_unarchive",
                "group_deleted",
            ]),
            commands: owned(&["/qd"]),
            delivery: Delivery::SocketMode,
            limits: RateLimits::default(),
            keep_requests: 10_000,
            now: Arc::new(Timestamp::now),
        }
    }
}

impl fmt::Debug for SlackSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackSetup").field("team", &self.team).field("delivery", &self.delivery).finish_non_exhaustive()
    }
}
