//! `slack.user.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Slack;
use super::super::directory::NAMES;
use super::refs::UserRef;
use super::shown::{Page, line, object, twenty, user_data, user_item, words};
use crate::model::{Card, Fault, Text, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// List the people of the workspace, by name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListUsers {
    /// Only people with this in their name or title.
    #[serde(default)]
    pub filter: Option<String>,
    /// Whether bots are listed, too.
    #[serde(default)]
    pub bots: bool,
    /// How many are shown, from 1 to 50.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: u32,
    /// How many are left out at the beginning.
    #[serde(default)]
    pub skip: u32,
}

impl Operation for ListUsers {
    type On = Slack;

    const SPEC: Spec = Spec::new("slack.user.list").positional(&["filter"]);

    async fn run(self, slack: &Slack, _: &Caller) -> Result<Outcome, Fault> {
        let all = slack.directory.users(&slack.client, NAMES).await?;
        let wanted = self.filter.as_deref().unwrap_or_default().trim().trim_start_matches('@').to_lowercase();
        let mut fitting: Vec<_> = all
            .iter()
            .filter(|user| !user.deleted && (self.bots || !user.bot))
            .filter(|user| {
                let texts = [&user.name, &user.display, &user.real, &user.title];
                texts.iter().any(|text| text.to_lowercase().contains(&wanted))
            })
            .collect();
        fitting.sort_by(|one, other| one.name.cmp(&other.name));
        let page = Page::of(fitting, self.skip, self.limit)?;
        let mut args = object(json!({ "filter": self.filter, "bots": self.bots, "limit": self.limit }));
        args.retain(|_, value| !value.is_null());
        let card = page.card("People", "Nobody fits.", user_item, Self::SPEC.name, args);
        let users: Vec<Value> = page.items.iter().map(|user| user_data(user)).collect();
        let data = object(json!({ "users": users, "more": page.more }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}

/// Show one person of the workspace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetUser {
    /// Person as `@name` or their id.
    #[schemars(extend("x-complete" = "slack.users"))]
    pub user: UserRef,
}

impl Operation for GetUser {
    type On = Slack;

    const SPEC: Spec = Spec::new("slack.user.get").positional(&["user"]);

    async fn run(self, slack: &Slack, _: &Caller) -> Result<Outcome, Fault> {
        let id = slack.user_id("user", &self.user).await?;
        let user = slack.directory.user(&slack.client, &id).await?;
        let kind = match (user.deleted, user.bot, user.admin) {
            (true, _, _) => "Account closed",
            (false, true, _) => "Bot",
            (false, false, true) => "Admin of the workspace",
            (false, false, false) => "",
        };
        let title = if user.real.is_empty() { user.called() } else { &user.real };
        let tone = if user.deleted { Tone::Muted } else { Tone::Neutral };
        let card = Card::new(tone, line(title, 120))
            .field("User name", format!("@{}", line(&user.name, 80)))
            .field("Shown as", if user.display == user.name { String::new() } else { line(&user.display, 80) })
            .field("Title", line(&user.title, 120))
            .field("Status", words(&user.status, 120))
            .field("Time zone", line(&user.zone, 60))
            .field("Account", kind)
            .footer(Text::new().plain("Slack · ").code(user.id.as_str()));
        let data = object(json!({ "user": user_data(&user) }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}
