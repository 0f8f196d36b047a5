//! What people do with channels: the app is let in and removed, channels are archived and deleted.
//!
//! As in `person`, each checks what Slack's client would check and sends the app what Slack would send.

use serde_json::{Value, json};

use super::{
    Delivered, Impossible, SlackFake, lock,
    model::{ChannelKind, World},
    person::member,
};

/// The event about a channel, named as Slack names it for the channel's kind.
fn event(world: &World, id: &str, what: &str, event_ts: &str) -> Value {
    let private = world.channel(id).is_some_and(|channel| channel.kind == ChannelKind::Private);
    let family = if private { "group" } else { "channel" };
    json!({"type": format!("{family}_{what}"), "channel": id, "event_ts": event_ts})
}

impl SlackFake {
    /// Removes the app from a channel: it is told so, and then hears and sees nothing of it any more.
    ///
    /// # Errors
    /// When it is not in it.
    pub fn remove_app_from_channel(&self, channel: &str) -> Result<Option<Delivered>, Impossible> {
        let inner = &self.inner;
        let event = {
            let mut world = lock(&inner.world);
            let bot = inner.setup.bot.id.clone();
            let (_, id) = member(&world, &bot, channel)?;
            let event_ts = world.next_ts(inner.now());
            if let Some(channel) = world.channel_mut(&id) {
                channel.members.retain(|member| *member != bot);
            }
            event(&world, &id, "left", &event_ts)
        };
        inner.changed();
        Ok(self.announce(&event))
    }

    /// Adds the app to a channel.
    ///
    /// # Errors
    /// When `by` is not in the channel, or the app already is.
    pub fn invite_bot(&self, by: &str, channel: &str) -> Result<Option<Delivered>, Impossible> {
        let inner = &self.inner;
        let (by, id) = {
            let mut world = lock(&inner.world);
            let (by, id) = member(&world, by, channel)?;
            let bot = inner.setup.bot.id.clone();
            let channel = world.channel_mut(&id).ok_or_else(|| Impossible::new("no such channel"))?;
            if channel.has(&bot) {
                return Err(Impossible::new("already_in_channel"));
            }
            channel.members.push(bot);
            (by, id)
        };
        inner.changed();
        Ok(inner.emit_joined(&id, &inner.setup.bot.id, Some(&by)))
    }

    /// Archives a channel, so that nobody can post to it.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn archive(&self, channel: &str) -> Result<Option<Delivered>, Impossible> {
        self.set_archived(channel, true)
    }

    /// Brings an archived channel back.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn unarchive(&self, channel: &str) -> Result<Option<Delivered>, Impossible> {
        self.set_archived(channel, false)
    }

    fn set_archived(&self, channel: &str, archived: bool) -> Result<Option<Delivered>, Impossible> {
        let event = {
            let mut world = lock(&self.inner.world);
            let id = world.channel(channel).map(|channel| channel.id.clone());
            let id = id.ok_or_else(|| Impossible::new("no such channel"))?;
            let event_ts = world.next_ts(self.inner.now());
            let here = world.channel_mut(&id).is_some_and(|channel| {
                channel.is_archived = archived;
                channel.has(&self.inner.setup.bot.id)
            });
            here.then(|| event(&world, &id, if archived { "archive" } else { "unarchive" }, &event_ts))
        };
        self.inner.changed();
        Ok(event.and_then(|event| self.announce(&event)))
    }

    /// Deletes a channel with all that was said in it.
    ///
    /// # Errors
    /// When there is no such channel.
    pub fn delete_channel(&self, channel: &str) -> Result<Option<Delivered>, Impossible> {
        let event = {
            let mut world = lock(&self.inner.world);
            let found = world.channel(channel).ok_or_else(|| Impossible::new("no such channel"))?;
            let (id, here) = (found.id.clone(), found.has(&self.inner.setup.bot.id));
            let event_ts = world.next_ts(self.inner.now());
            let event = event(&world, &id, "deleted", &event_ts);
            world.channels.retain(|channel| channel.id != id);
            world.messages.remove(&id);
            here.then_some(event)
        };
        self.inner.changed();
        Ok(event.and_then(|event| self.announce(&event)))
    }

    fn announce(&self, event: &Value) -> Option<Delivered> {
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.inner.emit(&kind, event)
    }
}
