//! Messages, reactions and threads of people.

use serde_json::json;

use super::{
    super::{
        DiscordFake, Impossible, Said,
        api::{forget, put_reaction, take_reaction, unarchive},
        lock,
        model::{ChannelKind, Message},
        perm,
        world::World,
        write::{fits, notify},
    },
    may, message, seen, user,
};

fn may_write(world: &World, user: &str, channel: &super::Channel) -> Result<(), Impossible> {
    if !channel.kind.holds_messages() || !perm::writes(world, user, channel) {
        return Err(Impossible::new(format!("{user} may not write in {}", channel.id)));
    }
    let locked = channel.thread.as_ref().is_some_and(|thread| thread.locked);
    if locked && perm::in_channel(world, user, channel) & perm::MANAGE_THREADS == 0 {
        return Err(Impossible::new("the thread is locked"));
    }
    Ok(())
}

impl DiscordFake {
    /// Writes a message, as a reply when a message is named. `<@id>` and `<@&id>` mention.
    ///
    /// # Errors
    /// When the person may not write there, or the text is empty or longer than 2000 characters.
    pub fn say(&self, user: &str, channel: &str, text: &str, reply_to: Option<&str>) -> Result<Said, Impossible> {
        let inner = &self.inner;
        let now = inner.now();
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        may_write(&world, &user, &channel)?;
        if !fits(text) {
            return Err(Impossible::new("the text is empty or too long"));
        }
        let mut written = Message::new(world.snowflake(now), &channel.id, &user, now);
        text.trim().clone_into(&mut written.content);
        written.nonce = Some(json!(written.id));
        if let Some(target) = reply_to {
            let target = message(&world, &user, &channel, target)?;
            written.kind = 19;
            let mut reference = json!({"type": 0, "message_id": target.id, "channel_id": channel.id});
            if let Some(guild) = &channel.guild {
                reference["guild_id"] = json!(guild);
            }
            written.reference = Some(reference);
        }
        let everyone = perm::in_channel(&world, &user, &channel) & perm::MENTION_EVERYONE != 0;
        notify(&world, &mut written, None, everyone);
        unarchive(inner, &mut world, &channel.id);
        world.put(written.clone());
        let joins = channel.thread.as_ref().is_some_and(|thread| !thread.members.contains(&user));
        if joins && let Some(thread) = world.channel_mut(&channel.id) {
            if let Some(info) = &mut thread.thread {
                info.members.push(user.clone());
            }
            let thread = thread.clone();
            inner.tell_thread_members(&thread, &[&user], &[]);
        }
        let heard = inner.tell_message(&world, "MESSAGE_CREATE", &written);
        inner.changed();
        Ok(Said { channel: channel.id, message: written.id, heard })
    }

    /// Edits one's own message.
    ///
    /// # Errors
    /// When the message is somebody else's, or the text is empty or too long.
    pub fn edit_message(&self, user: &str, channel: &str, id: &str, text: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        let mut after = message(&world, &user, &channel, id)?;
        if after.author != user || !fits(text) {
            return Err(Impossible::new("this cannot be edited so"));
        }
        text.trim().clone_into(&mut after.content);
        after.edited_at = Some(inner.now());
        let everyone = perm::in_channel(&world, &user, &channel) & perm::MENTION_EVERYONE != 0;
        notify(&world, &mut after, None, everyone);
        if let Some(slot) = world.message_mut(&channel.id, id) {
            *slot = after.clone();
        }
        inner.tell_message(&world, "MESSAGE_UPDATE", &after);
        inner.changed();
        Ok(())
    }

    /// Deletes a message: one's own, or anyone's where the person may manage messages. An ephemeral one is dismissed.
    ///
    /// # Errors
    /// When the person may not.
    pub fn delete_message(&self, user: &str, channel: &str, id: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        let gone = message(&world, &user, &channel, id)?;
        if gone.author != user && gone.ephemeral_to.is_none() {
            may(&world, &user, &channel, perm::MANAGE_MESSAGES, "delete this message")?;
        }
        forget(inner, &mut world, &gone);
        inner.changed();
        Ok(())
    }

    /// Dismisses an ephemeral message.
    ///
    /// # Errors
    /// When the person sees no such message.
    pub fn dismiss(&self, who: &str, id: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let who = user(&world, who)?;
        let found = world.ephemerals().into_iter().find(|one| one.id == id && one.ephemeral_to.as_ref() == Some(&who));
        let found = found.cloned().ok_or_else(|| Impossible::new(format!("no ephemeral message {id}")))?;
        forget(inner, &mut world, &found);
        inner.changed();
        Ok(())
    }

    /// Reacts with a Unicode emoji or `name:id`.
    ///
    /// # Errors
    /// When the person may not react there.
    pub fn react(&self, user: &str, channel: &str, id: &str, emoji: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        let target = message(&world, &user, &channel, id)?;
        if target.ephemeral_to.is_some() {
            return Err(Impossible::new("nobody reacts to ephemeral messages"));
        }
        if !target.reactions.iter().any(|reaction| reaction.emoji == emoji) {
            may(&world, &user, &channel, perm::ADD_REACTIONS, "react")?;
        }
        put_reaction(inner, &mut world, &target, &user, emoji);
        inner.changed();
        Ok(())
    }

    /// Takes one's own reaction away.
    ///
    /// # Errors
    /// When there was none.
    pub fn unreact(&self, user: &str, channel: &str, id: &str, emoji: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        let target = message(&world, &user, &channel, id)?;
        let taken = take_reaction(inner, &mut world, &target, &user, emoji);
        inner.changed();
        if taken { Ok(()) } else { Err(Impossible::new("there was no such reaction")) }
    }

    /// Starts a public thread, from a message when one is named. Returns its id.
    ///
    /// # Errors
    /// When the person may not, or the message has a thread already.
    pub fn create_thread(
        &self,
        user: &str,
        channel: &str,
        from: Option<&str>,
        name: &str,
    ) -> Result<String, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        may(&world, &user, &channel, perm::CREATE_PUBLIC_THREADS, "start threads")?;
        if !matches!(channel.kind, ChannelKind::Text | ChannelKind::Announcement) {
            return Err(Impossible::new("there are no threads in this channel"));
        }
        let from = from.map(|id| message(&world, &user, &channel, id)).transpose()?;
        if from.as_ref().is_some_and(|message| world.channel(&message.id).is_some()) {
            return Err(Impossible::new("this message has a thread"));
        }
        let thread = inner.start_thread(&mut world, &channel, from.as_ref(), name, &user, None);
        inner.changed();
        Ok(thread.id)
    }

    /// Archives a thread, and locks it if asked to.
    ///
    /// # Errors
    /// When the person may not.
    pub fn archive_thread(&self, user: &str, thread: &str, locked: bool) -> Result<(), Impossible> {
        let mut world = lock(&self.inner.world);
        let (user, channel) = seen(&world, user, thread)?;
        let info = channel.thread.as_ref().ok_or_else(|| Impossible::new("this is no thread"))?;
        if info.owner_id != user || locked {
            may(&world, &user, &channel, perm::MANAGE_THREADS, "archive this thread")?;
        }
        self.inner.archive(&mut world, &channel.id, locked);
        Ok(())
    }

    /// The direct messages between a person and the app, opened when there are none. Returns the channel's id.
    ///
    /// # Errors
    /// When there is no such user, or they share no guild with the app.
    pub fn direct_channel(&self, who: &str) -> Result<String, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let who = user(&world, who)?;
        let shared = world.guilds.iter().any(|guild| guild.has_bot && guild.member(&who).is_some());
        if !shared {
            return Err(Impossible::new("they share no guild with the app"));
        }
        Ok(world.direct(&who, &inner.setup.bot.id, inner.now()).0)
    }

    /// Lets the app write direct messages to a person, or not.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn set_dms_open(&self, who: &str, open: bool) -> Result<(), Impossible> {
        let mut world = lock(&self.inner.world);
        let who = user(&world, who)?;
        for user in world.users.iter_mut().filter(|user| user.id == who) {
            user.dms_open = open;
        }
        Ok(())
    }
}
