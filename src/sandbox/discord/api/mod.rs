//! The REST API, one file a family: the table of routes and what they share.
//!
//! `web` calls them after token, faults and limits, with the world locked; each does its work and answers with
//! Discord's object or refuses with one of its error codes.

mod applications;
mod channels;
mod commands;
mod followups;
mod guilds;
mod interactions;
mod messages;
mod reactions;
mod threads;
mod users;
mod webhooks;

use std::sync::Arc;

use axum::http::{Method as Verb, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

pub(super) use self::{
    messages::{forget, unarchive},
    reactions::{put_reaction, take_reaction},
};
use super::{
    Inner,
    body::Upload,
    model::{Channel, Message},
    perm,
    refused::Refused,
    world::World,
};

/// One route.
#[derive(Debug)]
pub(super) struct Route {
    verb: &'static str,
    /// Path below the version, `{…}` for arguments.
    pub(super) path: &'static str,
    /// Whether it takes the bot's token; the others carry their own.
    pub(super) bot: bool,
    pub(super) run: fn(&mut Call<'_>) -> Result<Reply, Refused>,
}

const fn bot(verb: &'static str, path: &'static str, run: fn(&mut Call<'_>) -> Result<Reply, Refused>) -> Route {
    Route { verb, path, bot: true, run }
}

const fn open(verb: &'static str, path: &'static str, run: fn(&mut Call<'_>) -> Result<Reply, Refused>) -> Route {
    Route { verb, path, bot: false, run }
}

static ROUTES: &[Route] = &[
    open("GET", "/gateway", applications::gateway),
    bot("GET", "/gateway/bot", applications::gateway_bot),
    bot("GET", "/applications/@me", applications::me),
    bot("GET", "/oauth2/applications/@me", applications::me),
    bot("GET", "/users/@me", users::me),
    bot("GET", "/users/@me/guilds", users::guilds),
    bot("DELETE", "/users/@me/guilds/{guild}", users::leave),
    bot("POST", "/users/@me/channels", users::direct),
    bot("GET", "/users/{user}", users::get),
    bot("GET", "/guilds/{guild}", guilds::get),
    bot("GET", "/guilds/{guild}/channels", guilds::channels),
    bot("POST", "/guilds/{guild}/channels", guilds::create_channel),
    bot("GET", "/guilds/{guild}/roles", guilds::roles),
    bot("GET", "/guilds/{guild}/members", guilds::members),
    bot("GET", "/guilds/{guild}/members/search", guilds::search),
    bot("GET", "/guilds/{guild}/members/{user}", guilds::member),
    bot("GET", "/guilds/{guild}/threads/active", threads::active),
    bot("GET", "/guilds/{guild}/webhooks", webhooks::of_guild),
    bot("GET", "/channels/{channel}", channels::get),
    bot("PATCH", "/channels/{channel}", channels::edit),
    bot("DELETE", "/channels/{channel}", channels::delete),
    bot("POST", "/channels/{channel}/typing", channels::typing),
    bot("GET", "/channels/{channel}/messages", messages::list),
    bot("POST", "/channels/{channel}/messages", messages::create),
    bot("GET", "/channels/{channel}/messages/{message}", messages::get),
    bot("PATCH", "/channels/{channel}/messages/{message}", messages::edit),
    bot("DELETE", "/channels/{channel}/messages/{message}", messages::delete),
    bot("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me", reactions::put),
    bot("DELETE", "/channels/{channel}/messages/{message}/reactions/{emoji}/{user}", reactions::delete),
    bot("GET", "/channels/{channel}/messages/{message}/reactions/{emoji}", reactions::list),
    bot("POST", "/channels/{channel}/messages/{message}/threads", threads::from_message),
    bot("POST", "/channels/{channel}/threads", threads::create),
    bot("GET", "/channels/{channel}/threads/archived/public", threads::archived_public),
    bot("GET", "/channels/{channel}/threads/archived/private", threads::archived_private),
    bot("GET", "/channels/{channel}/thread-members", threads::members),
    bot("PUT", "/channels/{channel}/thread-members/{user}", threads::add),
    bot("DELETE", "/channels/{channel}/thread-members/{user}", threads::remove),
    bot("GET", "/channels/{channel}/webhooks", webhooks::of_channel),
    bot("POST", "/channels/{channel}/webhooks", webhooks::create),
    bot("GET", "/webhooks/{webhook}", webhooks::get),
    bot("DELETE", "/webhooks/{webhook}", webhooks::delete),
    open("GET", "/webhooks/{webhook}/{token}", webhooks::get_with_token),
    open("DELETE", "/webhooks/{webhook}/{token}", webhooks::delete_with_token),
    open("POST", "/webhooks/{webhook}/{token}", webhooks::execute),
    open("GET", "/webhooks/{webhook}/{token}/messages/{message}", webhooks::message),
    open("PATCH", "/webhooks/{webhook}/{token}/messages/{message}", webhooks::edit_message),
    open("DELETE", "/webhooks/{webhook}/{token}/messages/{message}", webhooks::delete_message),
    open("POST", "/interactions/{interaction}/{token}/callback", interactions::callback),
    bot("GET", "/applications/{application}/commands", commands::list),
    bot("POST", "/applications/{application}/commands", commands::create),
    bot("PUT", "/applications/{application}/commands", commands::overwrite),
    bot("GET", "/applications/{application}/commands/{command}", commands::get),
    bot("PATCH", "/applications/{application}/commands/{command}", commands::edit),
    bot("DELETE", "/applications/{application}/commands/{command}", commands::delete),
    bot("GET", "/applications/{application}/guilds/{guild}/commands", commands::list),
    bot("POST", "/applications/{application}/guilds/{guild}/commands", commands::create),
    bot("PUT", "/applications/{application}/guilds/{guild}/commands", commands::overwrite),
    bot("GET", "/applications/{application}/guilds/{guild}/commands/{command}", commands::get),
    bot("PATCH", "/applications/{application}/guilds/{guild}/commands/{command}", commands::edit),
    bot("DELETE", "/applications/{application}/guilds/{guild}/commands/{command}", commands::delete),
];

/// The route for this request, and its arguments, decoded.
pub(super) fn find(verb: &Verb, path: &str) -> Result<(&'static Route, Vec<String>), Refused> {
    let asked: Vec<_> = path.split('/').collect();
    let mut other_verb = false;
    for route in ROUTES {
        let Some(arguments) = fits(route.path, &asked) else { continue };
        if route.verb == verb.as_str() {
            return Ok((route, arguments));
        }
        other_verb = true;
    }
    Err(if other_verb { Refused::method_not_allowed() } else { Refused::not_found() })
}

fn fits(template: &str, asked: &[&str]) -> Option<Vec<String>> {
    let wanted: Vec<_> = template.split('/').collect();
    if wanted.len() != asked.len() {
        return None;
    }
    let mut arguments = Vec::new();
    for (wanted, asked) in wanted.iter().zip(asked) {
        if wanted.starts_with('{') {
            arguments.push(decoded(asked));
        } else if wanted != asked {
            return None;
        }
    }
    Some(arguments)
}

/// A path segment without its percent signs.
fn decoded(segment: &str) -> String {
    // In a query `+` is a space, in a path it is not.
    let pair = format!("x={}", segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"));
    let value = url::form_urlencoded::parse(pair.as_bytes()).next();
    value.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// A good answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Option<Value>,
}

#[expect(clippy::unnecessary_wraps, reason = "what every handler ends with")]
impl Reply {
    fn ok(body: Value) -> Result<Self, Refused> {
        Ok(Self { status: StatusCode::OK, body: Some(body) })
    }

    fn created(body: Value) -> Result<Self, Refused> {
        Ok(Self { status: StatusCode::CREATED, body: Some(body) })
    }

    fn nothing() -> Result<Self, Refused> {
        Ok(Self { status: StatusCode::NO_CONTENT, body: None })
    }
}

/// A route being called.
pub(super) struct Call<'a> {
    pub(super) inner: &'a Arc<Inner>,
    pub(super) world: &'a mut World,
    /// The route's path.
    pub(super) template: &'static str,
    pub(super) path: &'a [String],
    pub(super) query: &'a [(String, String)],
    pub(super) body: &'a Value,
    pub(super) uploads: &'a [Upload],
    pub(super) now: Timestamp,
}

impl Call<'_> {
    /// The bot's user id.
    fn bot(&self) -> String {
        self.inner.setup.bot.id.clone()
    }

    /// An argument of the path; those that are ids must be snowflakes.
    fn argument(&self, at: usize) -> &str {
        self.path.get(at).map_or("", String::as_str)
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn query_flag(&self, name: &str) -> bool {
        matches!(self.query(name), Some("true" | "True" | "1"))
    }

    /// A number of the query in this range.
    fn limit(&self, name: &str, default: usize, most: usize) -> Result<usize, Refused> {
        let Some(text) = self.query(name) else { return Ok(default) };
        let number: usize = text
            .parse()
            .map_err(|_| Refused::form_at(name, "NUMBER_TYPE_COERCE", &format!("Value \"{text}\" is not int.")))?;
        if number == 0 {
            let message = "int value should be greater than or equal to 1.";
            return Err(Refused::form_at(name, "NUMBER_TYPE_MIN", message));
        }
        if number > most {
            let message = format!("int value should be less than or equal to {most}.");
            return Err(Refused::form_at(name, "NUMBER_TYPE_MAX", &message));
        }
        Ok(number)
    }

    /// The channel of the path, which the bot must see, and what the bot may do there.
    fn channel(&self, at: usize) -> Result<(Channel, u64), Refused> {
        self.channel_of(self.argument(at))
    }

    /// A channel which the bot must see, and what the bot may do there.
    fn channel_of(&self, id: &str) -> Result<(Channel, u64), Refused> {
        snowflake("channel_id", id)?;
        let channel = self.world.channel(id).ok_or_else(Refused::unknown_channel)?;
        let bits = perm::in_channel(self.world, &self.bot(), channel);
        if bits & perm::VIEW_CHANNEL == 0 {
            return Err(Refused::missing_access());
        }
        Ok((channel.clone(), bits))
    }

    /// The message of the path.
    fn message(&self, channel: &Channel, at: usize) -> Result<Message, Refused> {
        let id = self.argument(at);
        snowflake("message_id", id)?;
        let message = self.world.message(&channel.id, id).filter(|message| message.ephemeral_to.is_none());
        message.cloned().ok_or_else(Refused::unknown_message)
    }

    /// The guild of the path, which the bot must be in; its id.
    fn guild(&self, at: usize) -> Result<String, Refused> {
        let id = self.argument(at);
        snowflake("guild_id", id)?;
        let guild = self.world.guild(id).ok_or_else(Refused::unknown_guild)?;
        if !guild.has_bot {
            return Err(Refused::missing_access());
        }
        Ok(guild.id.clone())
    }
}

/// Refuses what is no id, under the name of the argument.
fn snowflake(name: &str, id: &str) -> Result<(), Refused> {
    if id.parse::<u64>().is_ok() {
        return Ok(());
    }
    Err(Refused::form_at(name, "NUMBER_TYPE_COERCE", &format!("Value \"{id}\" is not snowflake.")))
}

/// Refuses without this permission.
fn need(bits: u64, wanted: u64) -> Result<(), Refused> {
    if bits & wanted == wanted { Ok(()) } else { Err(Refused::missing_permissions()) }
}
