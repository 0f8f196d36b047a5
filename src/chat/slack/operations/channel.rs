//! `slack.channel.*`

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::directory::NAMES;
use super::super::escape::length;
use super::super::wire::Channel;
use super::super::{NAME, Slack};
use super::refs::{ChannelRef, UserRef, shown};
use super::shown::{Page, channel_data, channel_item, object, twenty, words};
use crate::chat::web::Twice;
use crate::model::{Actor, Card, Effect, Fault, FaultKind, Text, Tone};
use crate::operations::{Caller, Found, Operation, Outcome, Spec};

/// How far Slack's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_secs(120);
/// The longest name that Slack takes, in characters.
const LONGEST_NAME: usize = 80;

/// List the channels that you and Quarterdeck can see, by name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListChannels {
    /// Only channels with this in their name or topic.
    #[serde(default)]
    pub filter: Option<String>,
    /// Only channels that Quarterdeck is in.
    #[serde(default)]
    pub joined: bool,
    /// How many are shown, from 1 to 50.
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: u32,
    /// How many are left out at the beginning.
    #[serde(default)]
    pub skip: u32,
}

impl Operation for ListChannels {
    type On = Slack;

    const SPEC: Spec = Spec::new("slack.channel.list").positional(&["filter"]);

    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let all = slack.directory.channels(&slack.client, NAMES).await?;
        let wanted = self.filter.as_deref().unwrap_or_default().trim().trim_start_matches('#').to_lowercase();
        let mut fitting = Vec::new();
        for channel in all.iter().filter(|one| !self.joined || one.member) {
            let fits = [&channel.name, &channel.topic].iter().any(|text| text.to_lowercase().contains(&wanted));
            if fits && slack.may_see(channel, by).await? {
                fitting.push(channel);
            }
        }
        fitting.sort_by(|one, other| one.name.cmp(&other.name));
        let page = Page::of(fitting, self.skip, self.limit)?;
        let args = json!({ "filter": self.filter, "joined": self.joined, "limit": self.limit });
        let mut args = object(args);
        args.retain(|_, value| !value.is_null());
        let card = page.card("Channels", "No channel fits.", channel_item, Self::SPEC.name, args);
        let channels: Vec<Value> = page.items.iter().map(|channel| channel_data(channel)).collect();
        let data = object(json!({ "channels": channels, "more": page.more }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}

/// Show one channel.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetChannel {
    /// Channel as `#name` or its id.
    #[schemars(extend("x-complete" = "slack.channels"))]
    pub channel: ChannelRef,
}

impl Operation for GetChannel {
    type On = Slack;

    const SPEC: Spec = Spec::new("slack.channel.get").positional(&["channel"]);

    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let channel = slack.channel("channel", &self.channel, by).await?;
        let data = object(json!({ "channel": channel_data(&channel) }));
        Ok(Outcome { data, ..Outcome::private(card(&channel)) })
    }
}

/// The card of one channel.
fn card(channel: &Channel) -> Card {
    let tone = if channel.archived { Tone::Muted } else { Tone::Neutral };
    let seen = match (channel.public, channel.archived) {
        (true, false) => "Public",
        (false, false) => "Private",
        (true, true) => "Public, archived",
        (false, true) => "Private, archived",
    };
    let card = Card::new(tone, channel.called())
        .field("Seen by", seen)
        .field("Members", channel.members.map(|members| members.to_string()).unwrap_or_default())
        .field("Quarterdeck", if channel.member { "Is in it" } else { "Is not in it" })
        .field("Topic", words(&channel.topic, 250))
        .field("Purpose", words(&channel.purpose, 250));
    let card = match channel.created {
        Some(created) => card.field("Created", Text::new().time(created)),
        None => card,
    };
    card.footer(Text::new().plain("Slack · ").code(channel.id.as_str()))
}

/// Create a channel, with you in it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateChannel {
    /// The name: small letters, digits, `-` and `_`.
    #[schemars(example = &"incident-42")]
    pub name: String,
    /// Whether only who is invited sees it.
    #[serde(default)]
    pub private: bool,
    /// Who else is invited, each as `@name` or their id.
    #[serde(default)]
    #[schemars(extend("x-complete" = "slack.users"))]
    pub invite: Vec<UserRef>,
}

impl Operation for CreateChannel {
    type On = Slack;

    const SPEC: Spec = Spec::new("slack.channel.create").positional(&["name"]).effect(Effect::Change);

    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let name = checked_name(&self.name)?;
        // Who is not to be found is found missing before there is a channel.
        let guests = self.guests(slack, by).await?;
        let args = json!({ "name": name, "is_private": self.private });
        let answer =
            slack.client.post("conversations.create", Twice::Seen, &args).await.map_err(|fault| match fault.kind {
                FaultKind::BadInput { field: None } => {
                    Fault { kind: FaultKind::BadInput { field: Some("name".to_owned()) }, ..fault }
                }
                _ => fault,
            })?;
        let channel = answer.get("channel").and_then(Channel::read).ok_or_else(|| {
            Fault::unknown("Slack's answer makes no sense, so the channel may be there. Look before creating it again.")
        })?;
        Ok(created(slack, channel, &guests).await)
    }

    async fn find(&self, slack: &Slack, by: &Caller) -> Result<Found, Fault> {
        let name = checked_name(&self.name)?;
        let since = by.accepted_at.checked_sub(SKEW).unwrap_or(by.accepted_at);
        let own = slack.ears.identity.get().map(|identity| identity.user.clone());
        // Nothing is believed of what was read before it may have been made.
        let all = slack.directory.channels(&slack.client, SignedDuration::ZERO).await?;
        let Some(channel) = all.iter().find(|channel| channel.name == name) else { return Ok(Found::Absent) };
        let ours = own.is_some_and(|own| own == channel.creator);
        if !ours || channel.created.is_none_or(|created| created < since) {
            return Ok(Found::Absent);
        }
        let guests = self.guests(slack, by).await?;
        Ok(Found::Happened(Box::new(created(slack, channel.clone(), &guests).await)))
    }
}

impl CreateChannel {
    /// Who is invited, by id: who asks, where they are on Slack, and whom they name.
    async fn guests(&self, slack: &Slack, by: &Caller) -> Result<Vec<String>, Fault> {
        let mut guests = Vec::new();
        if let Actor::User { platform, id, .. } = &by.actor
            && platform.as_str() == NAME
        {
            guests.push(id.clone());
        }
        for guest in &self.invite {
            let id = slack.user_id("invite", guest).await?;
            if !guests.contains(&id) {
                guests.push(id);
            }
        }
        Ok(guests)
    }
}

/// Invites the guests to the channel that is there now, and tells of both. What is done is done: a guest who cannot be
/// invited is told of and does not undo the channel.
async fn created(slack: &Slack, channel: Channel, guests: &[String]) -> Outcome {
    let mut missing = Vec::new();
    for guest in guests {
        let args = json!({ "channel": channel.id, "users": guest });
        let fine = ["already_in_channel", "cant_invite_self"];
        if let Err(fault) = slack.client.post_unless("conversations.invite", Twice::Harmless, &args, &fine).await {
            tracing::info!(%fault, channel = %channel.id, "somebody could not be invited");
            let name = slack.directory.name_of(&slack.client, guest).await.unwrap_or_else(|_| guest.clone());
            missing.push((format!("@{}", words(&name, 80)), fault.outside));
        }
    }
    let kind = if channel.public { "channel" } else { "private channel" };
    let card = Card::new(Tone::Good, format!("Created the {kind} {}", channel.called()));
    let card = missing.iter().fold(card, |card, (name, why)| card.text(format!("{name} could not be invited: {why}")));
    let card = Card { tone: if missing.is_empty() { Tone::Good } else { Tone::Warning }, ..card };
    let card = card.footer(Text::new().plain("Slack · ").code(channel.id.as_str()));
    let missing: Vec<&String> = missing.iter().map(|(name, _)| name).collect();
    let data = object(json!({ "channel": channel_data(&channel), "not_invited": missing }));
    let outcome = Outcome { data, ..Outcome::public(card) };
    // The name of a private channel is for those in it.
    if channel.public { outcome } else { Outcome { show: crate::model::Show::Private, ..outcome } }
}

/// The name as Slack takes it.
fn checked_name(written: &str) -> Result<String, Fault> {
    let name = written.trim().trim_start_matches('#').to_lowercase().replace(' ', "-");
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty()
        || length(&name) > LONGEST_NAME
        || !name.chars().all(fine)
        || !name.chars().any(char::is_alphanumeric)
    {
        return Err(Fault::bad_input(
            "name",
            format!(
                "`{}` is no name for a channel; write at most {LONGEST_NAME} small letters, digits, `-` and `_`.",
                shown(written)
            ),
        ));
    }
    Ok(name)
}
