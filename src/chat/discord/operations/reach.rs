//! Finding what was named, for who asks: a person reaches what they could reach in Discord itself.
//! <https://docs.discord.com/developers/topics/permissions>

use std::collections::HashSet;

use serde_json::Value;

use super::super::client::Call;
use super::super::faults::Trouble;
use super::super::people::plain;
use super::super::permissions::{MANAGE_THREADS, SEND, SEND_IN_THREADS, VIEW, permitted};
use super::super::send::{MESSAGE, channel_of};
use super::super::{Discord, NAME, platform};
use super::refs::{ChannelRef, MessageName};
use crate::model::{Actor, Fault, FaultKind, Place};
use crate::operations::Caller;

/// The kind of a direct message, and of a thread for its members only.
const DIRECT: u64 = 1;
const PRIVATE_THREAD: u64 = 12;

/// A channel or thread that may be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Its id.
    pub id: String,
    /// How it is named to people.
    pub called: String,
    /// The server that it is in; none for direct messages.
    pub guild: Option<String>,
}

impl Target {
    /// Where people see a message of it.
    pub(super) fn link(&self, message: &str) -> String {
        let guild = self.guild.as_deref().unwrap_or("@me");
        format!("https://discord.com/channels/{guild}/{}/{message}", self.id)
    }

    /// As a place.
    pub(super) fn place(&self) -> Place {
        Place::channel(&platform(), &self.id)
    }
}

/// A message that may be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At {
    /// The channel or thread that it stands in.
    pub channel: Target,
    /// Discord's id of it.
    pub id: String,
}

impl At {
    /// Where people see it.
    pub(super) fn link(&self) -> String {
        self.channel.link(&self.id)
    }

    /// How it is written for machines and people: `discord:1100000000000000001/1100000000000000002`.
    pub(super) fn written(&self) -> String {
        format!("{NAME}:{}/{}", self.channel.id, self.id)
    }
}

/// A name that is wrong can be mended in a form.
fn at_field(field: &str, fault: Fault) -> Fault {
    match fault.kind {
        FaultKind::NotFound | FaultKind::Denied => {
            Fault { kind: FaultKind::BadInput { field: Some(field.to_owned()) }, ..fault }
        }
        _ => fault,
    }
}

fn hidden() -> Fault {
    Fault::not_found("Discord knows no such channel that both you and Quarterdeck may use so. Check the name.")
}

impl Discord {
    /// The channel that is meant, if who asks may do this there.
    pub(super) async fn target(
        &self,
        field: &str,
        asked: &ChannelRef,
        needs: u64,
        by: &Caller,
    ) -> Result<Target, Fault> {
        let id = match asked {
            ChannelRef::Id(id) => id.clone(),
            ChannelRef::Name(name) => {
                let place = Place::channel(&platform(), &format!("#{name}"));
                self.directory.resolve(&place).await.map_err(|fault| at_field(field, fault))?.channel
            }
        };
        self.reach(&id, needs, by).await.map_err(|fault| at_field(field, fault))
    }

    /// The message that is meant, if who asks may do this there.
    pub(super) async fn at(&self, field: &str, asked: &MessageName, needs: u64, by: &Caller) -> Result<At, Fault> {
        let here = || by.place.as_ref().filter(|place| place.platform.as_str() == NAME).map(channel_of);
        let Some(channel) = asked.channel.as_deref().or_else(here) else {
            return Err(Fault::bad_input(field, "In which channel is that message? Paste its link."));
        };
        let channel = self.reach(channel, needs, by).await.map_err(|fault| at_field(field, fault))?;
        Ok(At { channel, id: asked.id.clone() })
    }

    /// The message itself, as Discord shows it; none where it is not there any more.
    pub(super) async fn message(&self, at: &At) -> Result<Option<Value>, Fault> {
        match self.client.call(Call::get(MESSAGE, &[&at.channel.id, &at.id]).patient()).await {
            Ok(message) => Ok(Some(message)),
            Err(Trouble { code: 10008, .. }) => Ok(None),
            Err(trouble) => Err(trouble.fault),
        }
    }

    /// The bot's own id.
    pub(super) async fn own_id(&self) -> Result<String, Fault> {
        let me = self.client.call(Call::get("/users/@me", &[]).patient()).await?;
        text(&me, "id")
            .map(str::to_owned)
            .ok_or_else(|| Fault::unavailable("Discord does not answer properly just now."))
    }

    /// The channel or thread of this id, if who asks may do this in it.
    async fn reach(&self, id: &str, needs: u64, by: &Caller) -> Result<Target, Fault> {
        let channel = self.client.call(Call::get("/channels/{}", &[id]).patient()).await?;
        let kind = channel.get("type").and_then(Value::as_u64).unwrap_or_default();
        let guild = text(&channel, "guild_id");
        let called = match text(&channel, "name") {
            Some(name) => format!("#{}", plain(name, 100)),
            None => "direct messages".to_owned(),
        };
        let target = Target { id: id.to_owned(), called, guild: guild.map(str::to_owned) };
        let Actor::User { platform, id: user, .. } = &by.actor else { return Ok(target) };
        let user = Some(user.as_str()).filter(|_| platform.as_str() == NAME);
        let Some(guild) = guild else {
            // Direct messages are for who is in them.
            let there = list(&channel, "recipients").iter().any(|one| user.is_some() && text(one, "id") == user);
            return if kind == DIRECT && there { Ok(target) } else { Err(hidden()) };
        };
        let parent = text(&channel, "parent_id").filter(|_| channel.get("thread_metadata").is_some());
        let (ruling, needs) = match parent {
            // A thread has the permissions of the channel above, but for writing.
            Some(parent) => {
                let above = self.client.call(Call::get("/channels/{}", &[parent]).patient()).await?;
                (above, if needs & SEND != 0 { needs & !SEND | SEND_IN_THREADS } else { needs })
            }
            None => (channel.clone(), needs),
        };
        let has = self.permissions(guild, &ruling, user).await?;
        if has & (needs | VIEW) != needs | VIEW {
            return Err(hidden());
        }
        if kind == PRIVATE_THREAD && has & MANAGE_THREADS == 0 && !self.is_in_thread(id, user).await? {
            return Err(hidden());
        }
        Ok(target)
    }

    /// The channels of a server that who asks sees; all that the bot sees, where it is no person who asks.
    pub(super) async fn visible(&self, guild: &str, by: &Caller) -> Result<Option<HashSet<String>>, Fault> {
        let Actor::User { platform, id: user, .. } = &by.actor else { return Ok(None) };
        let user = Some(user.as_str()).filter(|_| platform.as_str() == NAME);
        let server = self.client.call(Call::get("/guilds/{}", &[guild]).patient()).await?;
        let Some(member) = self.member(guild, user).await? else { return Ok(Some(HashSet::new())) };
        let channels = self.client.call(Call::get("/guilds/{}/channels", &[guild]).patient()).await?;
        let sees = |channel: &&Value| permitted(&server, channel, user, member.as_ref()) & VIEW != 0;
        let all = channels.as_array().into_iter().flatten();
        Ok(Some(all.filter(sees).filter_map(|channel| text(channel, "id")).map(str::to_owned).collect()))
    }

    /// Somebody as a member of a server: `None` where they are none, and nobody in particular where no user is named.
    async fn member(&self, guild: &str, user: Option<&str>) -> Result<Option<Option<Value>>, Fault> {
        let Some(user) = user else { return Ok(Some(None)) };
        match self.client.call(Call::get("/guilds/{}/members/{}", &[guild, user]).patient()).await {
            Ok(member) => Ok(Some(Some(member))),
            Err(Trouble { status: 404, .. }) => Ok(None),
            Err(trouble) => Err(trouble.fault),
        }
    }

    async fn is_in_thread(&self, thread: &str, user: Option<&str>) -> Result<bool, Fault> {
        let Some(user) = user else { return Ok(false) };
        match self.client.call(Call::get("/channels/{}/thread-members/{}", &[thread, user]).patient()).await {
            Ok(_) => Ok(true),
            Err(Trouble { status: 404, .. }) => Ok(false),
            Err(trouble) => Err(trouble.fault),
        }
    }

    /// What a person may do in a channel; what everybody may, where it is nobody on Discord.
    async fn permissions(&self, guild: &str, channel: &Value, user: Option<&str>) -> Result<u64, Fault> {
        let server = self.client.call(Call::get("/guilds/{}", &[guild]).patient()).await?;
        let Some(member) = self.member(guild, user).await? else { return Ok(0) };
        Ok(permitted(&server, channel, user, member.as_ref()))
    }
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
