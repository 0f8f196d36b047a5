//! All settings: one section a room.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::platforms;
use crate::chat::discord::DiscordConfig;
use crate::chat::slack::SlackConfig;
use crate::chat::telegram::TelegramConfig;
use crate::config::{self, Complaint, ConfigError};
use crate::connectors::github::{GithubConfig, RepoRef};
use crate::delivery::{DeliveryConfig, EndpointConfig};
use crate::http::{ApiKeyConfig, HttpConfig};
use crate::model::{Place, Role};
use crate::operations::{AccessConfig, Grantee, PersonConfig, RuleConfig};
use crate::routing::{PlaceConfig, SubscriptionConfig};
use crate::store::StoreConfig;
use crate::telemetry::{self, TelemetryConfig};
use crate::vault::VaultConfig;

/// The settings of the daemon. Secrets are written as references, `env:NAME` or `file:/path`, and never themselves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where and how state is kept.
    pub store: StoreConfig,
    /// How secrets are kept that are got while running.
    pub vault: VaultConfig,
    /// The listener for webhooks, the API and metrics.
    pub http: HttpConfig,
    /// The log.
    pub telemetry: TelemetryConfig,
    /// Retry, breakers and how long records are kept.
    pub delivery: DeliveryConfig,
    /// The Slack workspace. Without the section there is none.
    pub slack: Option<SlackConfig>,
    /// The Discord application. Without the section there is none.
    pub discord: Option<DiscordConfig>,
    /// The Telegram bot. Without the section there is none.
    pub telegram: Option<TelegramConfig>,
    /// GitHub. Without the section there is none.
    pub github: Option<GithubConfig>,
    /// Who may do what.
    pub access: AccessConfig,
    /// Who is who: the same person on several platforms and services.
    pub people: Vec<PersonConfig>,
    /// Keys for the API.
    pub api_keys: Vec<ApiKeyConfig>,
    /// What places take for granted.
    pub places: Vec<PlaceConfig>,
    /// Which events are told where. More are made in chat with `/qd subscribe`.
    pub subscriptions: Vec<SubscriptionConfig>,
    /// Outgoing webhooks.
    pub webhooks: Vec<EndpointConfig>,
    /// Operations that run when something happens.
    pub rules: Vec<RuleConfig>,
}

impl Settings {
    /// Whether the service of this name has a section; what has none is always there.
    #[must_use]
    pub fn has(&self, service: &str) -> bool {
        match service {
            "slack" => self.slack.is_some(),
            "discord" => self.discord.is_some(),
            "telegram" => self.telegram.is_some(),
            "github" => self.github.is_some(),
            _ => true,
        }
    }
}

/// Reads and validates the settings; what only the running daemon can know is left for later.
///
/// # Errors
/// Everything that is wrong, with file and line.
pub fn load(file: Option<&Path>, env: impl IntoIterator<Item = (String, String)>) -> Result<Settings, ConfigError> {
    config::load_with(file, env, validate)
}

/// The example configuration.
#[must_use]
pub fn example() -> String {
    config::example::<Settings>()
}

/// What is wrong with the settings as a whole. Pure.
#[must_use]
pub fn validate(settings: &Settings) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    // The sections say `section.field: what is wrong`.
    let mut section = |text: &str| {
        let (path, what) = text.split_once(": ").unwrap_or(("", text));
        complaints.push(Complaint::new(path, what, ""));
    };
    if let Some(slack) = &settings.slack {
        slack.validate().iter().for_each(|text| section(text));
    }
    if let Some(discord) = &settings.discord {
        discord.validate().iter().for_each(|text| section(text));
    }
    if let Some(telegram) = &settings.telegram {
        telegram.validate().iter().for_each(|text| section(text));
    }
    if let Some(Err(fault)) = settings.github.as_ref().map(GithubConfig::validate) {
        section(&fault.outside);
    }
    unique(&mut complaints, "api_keys", settings.api_keys.iter().map(|key| key.name.as_str()));
    unique(&mut complaints, "webhooks", settings.webhooks.iter().map(|webhook| webhook.name.as_str()));
    unique(&mut complaints, "rules", settings.rules.iter().map(|rule| rule.name.as_str()));
    for (index, key) in settings.api_keys.iter().enumerate() {
        if key.role == Role::Viewer {
            let fix = "write `operator` (publishes events) or `admin` (also sees to the outbox)";
            complaints.push(Complaint::new(
                format!("api_keys[{index}].role"),
                "a key of the role viewer may do nothing",
                fix,
            ));
        }
    }
    for (index, webhook) in settings.webhooks.iter().enumerate() {
        let local = webhook.url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        if !(webhook.url.scheme() == "https" || (webhook.url.scheme() == "http" && local)) {
            let path = format!("webhooks[{index}].url");
            complaints.push(Complaint::new(path, "events would travel unencrypted", "write an `https` address"));
        }
    }
    for (path, place) in places(settings) {
        let platform = place.platform.as_str();
        if !platforms::names(settings).contains(&platform) {
            let what = format!("`{place}` is on a platform that is not configured");
            let fix = if platforms::NAMES.contains(&platform) {
                format!("add a `[{platform}]` section (with `enabled = true`), or take this out")
            } else {
                format!("the platforms that there are: `{}`", platforms::NAMES.join("`, `"))
            };
            complaints.push(Complaint::new(path, what, fix));
        }
    }
    let spans = [
        ("delivery.breaker_pause", settings.delivery.breaker_pause),
        ("delivery.keep_history", settings.delivery.keep_history),
        ("delivery.keep_dead", settings.delivery.keep_dead),
        ("delivery.keep_seen", settings.delivery.keep_seen),
        ("delivery.keep_buttons", settings.delivery.keep_buttons),
        ("http.timeout", settings.http.timeout),
    ];
    let spans = spans.into_iter().map(|(path, span)| (path.to_owned(), span));
    let timeouts = settings.webhooks.iter().enumerate();
    let timeouts = timeouts.map(|(index, webhook)| (format!("webhooks[{index}].timeout"), webhook.timeout));
    let waits = settings.delivery.schedule.iter().enumerate();
    let waits = waits.map(|(index, wait)| (format!("delivery.schedule[{index}]"), *wait));
    for (path, span) in spans.chain(timeouts).chain(waits) {
        if span <= SignedDuration::ZERO {
            complaints.push(Complaint::new(path, "a duration must be longer than nothing", "write one such as `30s`"));
        }
    }
    unknown_people(settings, &mut complaints);
    names_for_ids(settings, &mut complaints);
    useless(settings, &mut complaints);
    complaints
}

/// People that are not told apart, and handles that are none.
fn unknown_people(settings: &Settings, complaints: &mut Vec<Complaint>) {
    unique(complaints, "people", settings.people.iter().map(|person| person.name.as_str()));
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (index, person) in settings.people.iter().enumerate() {
        if person.handles.is_empty() {
            let fix = "write `handles = [\"slack:U02ABCDEF\", \"telegram:1042\"]`, or take the person out";
            complaints.push(Complaint::new(format!("people[{index}].handles"), "says of nobody who it is", fix));
        }
        for (at, handle) in person.handles.iter().enumerate() {
            let path = format!("people[{index}].handles[{at}]");
            let sound = handle.split_once(':').is_some_and(|(platform, id)| {
                !platform.is_empty()
                    && !id.is_empty()
                    && !id.starts_with(['@', '#'])
                    && !id.contains(char::is_whitespace)
            });
            if handle.starts_with("key:") || handle.starts_with("rule:") {
                let what = format!("`{}` is no person's", handle.escape_debug());
                complaints.push(Complaint::new(path, what, "give keys and rules a role under `[[access.members]]`"));
            } else if !sound {
                let fix = "write `platform:id`, such as `slack:U02ABCDEF`, `telegram:1042` or `github:ana`";
                complaints.push(Complaint::new(path, format!("`{}` is no handle", handle.escape_debug()), fix));
            } else if let Some(other) = seen.insert(handle.to_lowercase(), &person.name) {
                let what = format!("`{handle}` is {other}'s already");
                complaints.push(Complaint::new(path, what, "a handle belongs to one person; take one of the two out"));
            }
        }
    }
}

/// Names where only ids count: they could never match.
fn names_for_ids(settings: &Settings, complaints: &mut Vec<Complaint>) {
    let people = settings.people.iter().enumerate().flat_map(|(index, person)| {
        let handles = person.handles.iter().enumerate();
        handles.map(move |(at, handle)| (format!("people[{index}].handles[{at}]"), handle.as_str()))
    });
    let members = settings.access.members.iter().enumerate().flat_map(|(index, member)| {
        member.who.iter().enumerate().filter_map(move |(at, who)| match who {
            Grantee::Actor(handle) => Some((format!("access.members[{index}].who[{at}]"), handle.as_str())),
            Grantee::Group(..) | Grantee::Everyone(_) => None,
        })
    });
    for (path, handle) in people.chain(members) {
        let Some((platform, id)) = handle.split_once(':') else { continue };
        // A sign before it, or a space in it, was complained of already.
        if let Some(fix) = platforms::no_person(platform, id).filter(|_| !id.starts_with(['@', '#'])) {
            let what = format!("`{}` is a name, and only ids count", handle.escape_debug());
            complaints.push(Complaint::new(path, what, fix));
        }
    }
}

/// What can be read and would never work: no room, nothing to wait for, a level that is none.
fn useless(settings: &Settings, complaints: &mut Vec<Complaint>) {
    let counts = [
        ("store.group", settings.store.group == 0, "no write would ever be made"),
        ("http.event_kib", settings.http.event_kib == 0, "no event would ever be accepted"),
        ("delivery.inbox_rows", settings.delivery.inbox_rows == 0, "everything that comes in would be turned away"),
        ("delivery.breaker_failures", settings.delivery.breaker_failures == 0, "nothing would ever be sent"),
    ];
    for (path, _, why) in counts.into_iter().filter(|(_, zero, _)| *zero) {
        complaints.push(Complaint::new(path, format!("must be 1 or more; with 0, {why}"), "take the line out"));
    }
    let subscriptions = settings.subscriptions.iter().map(|subscription| &subscription.events);
    let webhooks = settings.webhooks.iter().map(|webhook| &webhook.events);
    let rules = settings.rules.iter().map(|rule| &rule.events);
    let lists = (subscriptions.enumerate().map(|(index, events)| ("subscriptions", index, events)))
        .chain(webhooks.enumerate().map(|(index, events)| ("webhooks", index, events)))
        .chain(rules.enumerate().map(|(index, events)| ("rules", index, events)));
    for (list, index, _) in lists.filter(|(_, _, events)| events.is_empty()) {
        let path = format!("{list}[{index}].events");
        complaints.push(Complaint::new(path, "names no events, so it never does anything", "write `[\"*\"]` for all"));
    }
    for (index, place) in settings.places.iter().enumerate() {
        if place.repository.parse::<RepoRef>().is_err() {
            let what = format!("`{}` is no repository", place.repository.escape_debug());
            complaints.push(Complaint::new(format!("places[{index}].repository"), what, "write it as `owner/name`"));
        }
    }
    if let Err(fault) = telemetry::check_level(&settings.telemetry.level) {
        complaints.push(Complaint::new("telemetry.level", fault.outside, ""));
    }
}

/// Every place that the settings name, with where they do.
pub(super) fn places(settings: &Settings) -> Vec<(String, &Place)> {
    let named = |list: &str, index: usize| format!("{list}[{index}].place");
    let subscriptions = settings.subscriptions.iter().enumerate();
    let places = settings.places.iter().enumerate();
    let rules = settings.rules.iter().enumerate();
    subscriptions
        .map(|(index, subscription)| (named("subscriptions", index), &subscription.place))
        .chain(places.map(|(index, place)| (named("places", index), &place.place)))
        .chain(rules.filter_map(|(index, rule)| Some((named("rules", index), rule.place.as_ref()?))))
        .collect()
}

fn unique<'a>(complaints: &mut Vec<Complaint>, list: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for (index, name) in names.enumerate() {
        if name.is_empty() {
            complaints.push(Complaint::new(format!("{list}[{index}].name"), "a name must not be empty", "give it one"));
        } else if !seen.insert(name) {
            let what = format!("there are two of the name `{name}`");
            complaints.push(Complaint::new(format!("{list}[{index}].name"), what, "give one of them another name"));
        }
    }
}
