//! The Web API, one file a family: the table of methods and what they share.
//!
//! `web` calls them after tokens, scopes and limits; each does its work on the workspace and answers with
//! Slack's fields or one of Slack's error codes (docs.slack.dev/reference/methods).

mod apps;
mod chat;
mod content;
mod conversations;
pub(super) mod files;
pub(super) mod hooks;
pub(super) mod reactions;
mod users;
mod views;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub(super) use self::{
    chat::{forget, tell},
    content::{Content, render},
    views::{open_on, replace, shown},
};
use super::{Inner, limits::Tier};

/// One method of the Web API.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: &'static str,
    /// Any of these scopes will do.
    pub(super) scopes: &'static [&'static str],
    pub(super) tier: Tier,
    /// Whether it reads JSON bodies.
    pub(super) json: bool,
    pub(super) run: fn(&Call<'_>) -> Result<Value, Refused>,
}

const fn writes(
    name: &'static str,
    scopes: &'static [&'static str],
    tier: Tier,
    run: fn(&Call<'_>) -> Result<Value, Refused>,
) -> Method {
    Method { name, scopes, tier, json: true, run }
}

const fn reads(
    name: &'static str,
    scopes: &'static [&'static str],
    tier: Tier,
    run: fn(&Call<'_>) -> Result<Value, Refused>,
) -> Method {
    Method { name, scopes, tier, json: false, run }
}

const READ: &[&str] = &["channels:read", "groups:read", "im:read"];
const MANAGE: &[&str] = &["channels:manage", "groups:write"];
const INVITE: &[&str] = &["channels:manage", "channels:write.invites", "groups:write", "groups:write.invites"];
const HISTORY: &[&str] = &["channels:history", "groups:history", "im:history"];

static METHODS: &[Method] = &[
    writes("chat.postMessage", &["chat:write"], Tier::Post, chat::post_message),
    writes("chat.postEphemeral", &["chat:write"], Tier::Four, chat::post_ephemeral),
    writes("chat.update", &["chat:write"], Tier::Three, chat::update),
    writes("chat.delete", &["chat:write"], Tier::Three, chat::delete),
    reads("chat.getPermalink", &[], Tier::Special, chat::get_permalink),
    writes("views.open", &[], Tier::Four, views::open),
    writes("views.update", &[], Tier::Four, views::update),
    writes("views.push", &[], Tier::Four, views::push),
    writes("reactions.add", &["reactions:write"], Tier::Three, reactions::add),
    writes("reactions.remove", &["reactions:write"], Tier::Two, reactions::remove),
    reads("reactions.get", &["reactions:read"], Tier::Three, reactions::get),
    reads("conversations.list", READ, Tier::Two, conversations::list),
    reads("conversations.info", READ, Tier::Three, conversations::info),
    reads("conversations.members", READ, Tier::Four, conversations::members),
    reads("conversations.history", HISTORY, Tier::Three, conversations::history),
    reads("conversations.replies", HISTORY, Tier::Three, conversations::replies),
    writes("conversations.open", &["im:write"], Tier::Three, conversations::open),
    writes("conversations.create", MANAGE, Tier::Two, conversations::create),
    writes("conversations.invite", INVITE, Tier::Three, conversations::invite),
    writes("conversations.join", &["channels:join"], Tier::Three, conversations::join),
    reads("users.info", &["users:read"], Tier::Four, users::info),
    reads("users.list", &["users:read"], Tier::Two, users::list),
    reads("users.lookupByEmail", &["users:read.email"], Tier::Three, users::lookup_by_email),
    reads("usergroups.list", &["usergroups:read"], Tier::Two, users::groups),
    reads("usergroups.users.list", &["usergroups:read"], Tier::Two, users::group_members),
    reads("team.info", &["team:read"], Tier::Three, users::team),
    writes("auth.test", &[], Tier::Special, users::auth_test),
    writes("apps.connections.open", &[], Tier::One, apps::connections_open),
    reads("files.getUploadURLExternal", &["files:write"], Tier::Four, files::get_upload_url),
    writes("files.completeUploadExternal", &["files:write"], Tier::Four, files::complete_upload),
];

/// The method of this name.
pub(super) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// A method being called.
pub(super) struct Call<'a> {
    pub(super) inner: &'a Arc<Inner>,
    pub(super) args: &'a Args,
    pub(super) now: Timestamp,
}

/// `ok: false`, with what Slack adds for some codes.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: String,
    pub(super) more: Map<String, Value>,
}

impl Refused {
    pub(super) fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), more: Map::new() }
    }

    /// With reasons, as Slack lists them in `errors` and in `response_metadata.messages`.
    pub(super) fn because(code: &str, reasons: &[String]) -> Self {
        let mut refused = Self::new(code);
        let messages: Vec<_> = reasons.iter().map(|reason| format!("[ERROR] {reason}")).collect();
        refused.more.insert("errors".into(), json!(reasons));
        refused.more.insert("response_metadata".into(), json!({"messages": messages}));
        refused
    }
}

impl Inner {
    /// Refuses with `missing_scope` unless the bot token holds one of `scopes`.
    pub(super) fn need_any(&self, scopes: &[&str]) -> Result<(), Refused> {
        let held = |scope: &&&str| self.setup.scopes.iter().any(|held| held == **scope);
        if scopes.is_empty() || scopes.iter().any(|scope| held(&scope)) {
            return Ok(());
        }
        let mut refused = Refused::new("missing_scope");
        refused.more.insert("needed".into(), json!(scopes.join(",")));
        refused.more.insert("provided".into(), json!(self.setup.scopes.join(",")));
        Err(refused)
    }
}

/// Arguments by name: strings from forms, anything from JSON.
#[derive(Debug)]
pub(super) struct Args(pub(super) Map<String, Value>);

impl Args {
    /// A non-empty string.
    pub(super) fn str(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn need(&self, name: &str) -> Result<&str, Refused> {
        self.str(name).ok_or_else(|| missing(name))
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => matches!(text.as_str(), "true" | "1"),
            Some(Value::Number(number)) => number.as_u64() == Some(1),
            _ => false,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match self.0.get(name)? {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        }
    }

    /// Structured data: as it is from JSON, or as JSON text from a form. `Err` when the text is no JSON.
    pub(super) fn data(&self, name: &str) -> Result<Option<Value>, ()> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| ()),
            Some(value) => Ok(Some(value.clone())),
        }
    }
}

fn missing(name: &str) -> Refused {
    Refused::because("invalid_arguments", &[format!("missing required field: {name}")])
}

/// One page of `items` by Slack's cursors: base64 of `next:<offset>`.
fn page<T>(call: &Call<'_>, items: Vec<T>, default: usize, most: usize) -> Result<(Vec<T>, String), Refused> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let limit = match call.args.number("limit") {
        None if call.args.str("limit").is_some() => return Err(Refused::new("invalid_limit")),
        None | Some(0) => default,
        Some(limit) => usize::try_from(limit).unwrap_or(most).min(most),
    };
    let start = match call.args.str("cursor") {
        None => 0,
        Some(cursor) => STANDARD
            .decode(cursor)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.strip_prefix("next:")?.parse::<usize>().ok())
            .ok_or_else(|| Refused::new("invalid_cursor"))?,
    };
    let end = start.saturating_add(limit);
    let next = if end < items.len() { STANDARD.encode(format!("next:{end}")) } else { String::new() };
    Ok((items.into_iter().skip(start).take(limit).collect(), next))
}
