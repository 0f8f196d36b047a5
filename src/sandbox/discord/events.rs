//! What the gateway is told of changes: which event, under which intents, with which contents.
//!
//! Handlers and the person side call these with the world locked, so that events come in the order of the changes.

use serde_json::{Value, json};

use super::{
    Inner,
    gateway::intents::{
        DIRECT_MESSAGE_REACTIONS, DIRECT_MESSAGES, GUILD_MEMBERS, GUILD_MESSAGE_REACTIONS, GUILD_MESSAGES,
        GUILD_WEBHOOKS, GUILDS,
    },
    model::{Channel, Message},
    perm, show,
    world::World,
};

impl Inner {
    fn sees(&self, world: &World, channel: &Channel) -> bool {
        perm::sees(world, &self.setup.bot.id, channel)
    }

    /// Tells of a new or edited message. Returns how many sessions were told.
    pub(super) fn tell_message(&self, world: &World, name: &'static str, message: &Message) -> usize {
        let Some(channel) = world.channel(&message.channel).filter(|channel| self.sees(world, channel)) else {
            return 0;
        };
        if message.ephemeral_to.is_some() {
            return 0;
        }
        let guild = channel.guild.as_deref().and_then(|guild| world.guild(guild));
        let dress = |blank: bool| {
            let mut shown = show::message(self, world, message, blank, true);
            shown["channel_type"] = json!(channel.kind.number());
            if let Some(guild) = guild {
                shown["guild_id"] = json!(guild.id);
                if let Some(member) = guild.member(&message.author) {
                    shown["member"] = show::partial_member(member);
                }
                for mention in shown["mentions"].as_array_mut().into_iter().flatten() {
                    let member = mention["id"].as_str().and_then(|id| guild.member(id));
                    mention["member"] = member.map_or(Value::Null, show::partial_member);
                }
            }
            shown
        };
        let full = dress(false);
        let blank = self.is_private(world, message).then(|| dress(true));
        let intent = if guild.is_some() { GUILD_MESSAGES } else { DIRECT_MESSAGES };
        self.emit(name, intent, guild.map(|guild| guild.id.as_str()), &full, blank.as_ref())
    }

    /// Tells of a message that is gone.
    pub(super) fn tell_deleted(&self, world: &World, message: &Message) -> usize {
        let Some(channel) = world.channel(&message.channel).filter(|channel| self.sees(world, channel)) else {
            return 0;
        };
        if message.ephemeral_to.is_some() {
            return 0;
        }
        let mut data = json!({"id": message.id, "channel_id": message.channel});
        if let Some(guild) = &channel.guild {
            data["guild_id"] = json!(guild);
        }
        let intent = if channel.guild.is_some() { GUILD_MESSAGES } else { DIRECT_MESSAGES };
        self.emit("MESSAGE_DELETE", intent, channel.guild.as_deref(), &data, None)
    }

    /// Tells of a reaction put or taken away.
    pub(super) fn tell_reaction(
        &self,
        world: &World,
        name: &'static str,
        message: &Message,
        user: &str,
        emoji: &str,
    ) -> usize {
        let Some(channel) = world.channel(&message.channel).filter(|channel| self.sees(world, channel)) else {
            return 0;
        };
        let mut data = json!({
            "user_id": user,
            "channel_id": message.channel,
            "message_id": message.id,
            "emoji": show::emoji(emoji),
            "burst": false,
            "type": 0,
        });
        if let Some(guild) = channel.guild.as_deref().and_then(|guild| world.guild(guild)) {
            data["guild_id"] = json!(guild.id);
            if let Some(member) = guild.member(user).filter(|_| name == "MESSAGE_REACTION_ADD") {
                data["member"] = show::member(world, member);
            }
        }
        if name == "MESSAGE_REACTION_ADD" {
            data["message_author_id"] = json!(message.author);
        }
        let intent = if channel.guild.is_some() { GUILD_MESSAGE_REACTIONS } else { DIRECT_MESSAGE_REACTIONS };
        self.emit(name, intent, channel.guild.as_deref(), &data, None)
    }

    /// Tells of a channel or thread: `CHANNEL_CREATE` becomes `THREAD_CREATE` for a thread, and so on.
    pub(super) fn tell_channel(&self, world: &World, what: &str, channel: &Channel, newly: bool) -> usize {
        if !self.sees(world, channel) {
            return 0;
        }
        let thread = channel.thread.is_some();
        let name = match (thread, what) {
            (true, "CREATE") => "THREAD_CREATE",
            (true, "UPDATE") => "THREAD_UPDATE",
            (true, _) => "THREAD_DELETE",
            (false, "CREATE") => "CHANNEL_CREATE",
            (false, "UPDATE") => "CHANNEL_UPDATE",
            (false, _) => "CHANNEL_DELETE",
        };
        let mut data = show::channel(world, channel, &self.setup.bot.id);
        if name == "THREAD_CREATE" && newly {
            data["newly_created"] = json!(true);
        }
        if name == "THREAD_DELETE" {
            data = json!({
                "id": channel.id,
                "guild_id": channel.guild,
                "parent_id": channel.parent,
                "type": channel.kind.number(),
            });
        }
        self.emit(name, GUILDS, channel.guild.as_deref(), &data, None)
    }

    /// Tells that the bot can no longer see a channel, which to it looks as if the channel were gone.
    pub(super) fn tell_lost(&self, world: &World, channel: &Channel) -> usize {
        let data = show::channel(world, channel, &self.setup.bot.id);
        self.emit("CHANNEL_DELETE", GUILDS, channel.guild.as_deref(), &data, None)
    }

    /// Tells of someone who came, changed or went.
    pub(super) fn tell_member(&self, world: &World, name: &'static str, guild: &str, user: &str) -> usize {
        let Some(member) = world.guild(guild).and_then(|guild| guild.member(user)) else { return 0 };
        let mut data = show::member(world, member);
        data["guild_id"] = json!(guild);
        if name == "GUILD_MEMBER_REMOVE" {
            data = json!({"guild_id": guild, "user": data["user"]});
        }
        // The bot hears of itself in any case.
        let intent = if user == self.setup.bot.id && name == "GUILD_MEMBER_UPDATE" { 0 } else { GUILD_MEMBERS };
        self.emit(name, intent, Some(guild), &data, None)
    }

    /// Tells that the members of a thread changed; of others than the bot only under `GUILD_MEMBERS`.
    pub(super) fn tell_thread_members(&self, thread: &Channel, added: &[&str], removed: &[&str]) -> usize {
        let Some(info) = &thread.thread else { return 0 };
        let own = added.iter().chain(removed).any(|user| *user == self.setup.bot.id);
        let data = json!({
            "id": thread.id,
            "guild_id": thread.guild,
            "member_count": info.members.len().min(50),
            "added_members":
                added.iter().map(|user| show::thread_member(thread, user, self.now())).collect::<Vec<_>>(),
            "removed_member_ids": removed,
        });
        let intent = if own { GUILDS } else { GUILD_MEMBERS };
        self.emit("THREAD_MEMBERS_UPDATE", intent, thread.guild.as_deref(), &data, None)
    }

    /// Tells that the webhooks of a channel changed.
    pub(super) fn tell_webhooks(&self, channel: &str, guild: &str) -> usize {
        let data = json!({"guild_id": guild, "channel_id": channel});
        self.emit("WEBHOOKS_UPDATE", GUILD_WEBHOOKS, Some(guild), &data, None)
    }
}
