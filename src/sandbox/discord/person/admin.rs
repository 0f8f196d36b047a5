//! What people who manage a guild do: the bot comes and goes, channels are made, renamed and deleted, members join.

use super::{
    super::{
        DiscordFake, Impossible, lock,
        model::{Channel, Member, Overwrite},
        perm,
        world::World,
    },
    may, seen, user,
};

fn guild(world: &World, wanted: &str) -> Result<String, Impossible> {
    let found = world.guild_named(wanted).map(|guild| guild.id.clone());
    found.ok_or_else(|| Impossible::new(format!("no guild {wanted}")))
}

impl DiscordFake {
    /// Removes the application from a guild: its commands and webhooks there go too.
    ///
    /// # Errors
    /// When there is no such guild, or the bot is not in it.
    pub fn remove_bot(&self, wanted: &str) -> Result<(), Impossible> {
        let mut world = lock(&self.inner.world);
        let id = guild(&world, wanted)?;
        if world.guild(&id).is_none_or(|guild| !guild.has_bot) {
            return Err(Impossible::new("the bot is not in this guild"));
        }
        self.inner.leave(&mut world, &id);
        Ok(())
    }

    /// Installs the application in a guild.
    ///
    /// # Errors
    /// When there is no such guild, or the bot is in it.
    pub fn add_bot(&self, wanted: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let id = guild(&world, wanted)?;
        let (bot, now) = (inner.setup.bot.id.clone(), inner.now());
        let Some(guild) = world.guild_mut(&id).filter(|guild| !guild.has_bot) else {
            return Err(Impossible::new("the bot is in this guild"));
        };
        guild.has_bot = true;
        let roles = guild.roles.iter().filter(|role| role.managed).map(|role| role.id.clone()).collect();
        guild.members.push(Member { user: bot, roles, nick: None, joined_at: now });
        inner.tell_guild(&world, &id);
        inner.changed();
        Ok(())
    }

    /// Takes the right to see a channel from the bot, by a permission overwrite.
    ///
    /// # Errors
    /// When there is no such channel in a guild.
    pub fn remove_from_channel(&self, channel: &str) -> Result<(), Impossible> {
        self.overwrite(channel, 0, perm::VIEW_CHANNEL)
    }

    /// Lets the bot see a channel, by a permission overwrite.
    ///
    /// # Errors
    /// When there is no such channel in a guild.
    pub fn add_to_channel(&self, channel: &str) -> Result<(), Impossible> {
        self.overwrite(channel, perm::VIEW_CHANNEL, 0)
    }

    /// Sets what a channel allows and denies the bot, as Discord's permission bits.
    ///
    /// # Errors
    /// When there is no such channel in a guild.
    pub fn set_bot_permissions(&self, channel: &str, allow: u64, deny: u64) -> Result<(), Impossible> {
        self.overwrite(channel, allow, deny)
    }

    fn overwrite(&self, wanted: &str, allow: u64, deny: u64) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let channel = world.channel_named(wanted).filter(|channel| channel.guild.is_some() && channel.thread.is_none());
        let channel = channel.cloned().ok_or_else(|| Impossible::new(format!("no channel {wanted}")))?;
        let bot = inner.setup.bot.id.clone();
        let saw = perm::sees(&world, &bot, &channel);
        let mut after = channel;
        after.overwrites.retain(|one| one.id != bot);
        after.overwrites.push(Overwrite { id: bot.clone(), kind: 1, allow, deny });
        if let Some(slot) = world.channel_mut(&after.id) {
            *slot = after.clone();
        }
        match (saw, perm::sees(&world, &bot, &after)) {
            (true, false) => drop(inner.tell_lost(&world, &after)),
            (false, true) => drop(inner.tell_channel(&world, "CREATE", &after, false)),
            _ => drop(inner.tell_channel(&world, "UPDATE", &after, false)),
        }
        inner.changed();
        Ok(())
    }

    /// Makes a text channel that everyone sees. Returns its id.
    ///
    /// # Errors
    /// When the person may not manage channels.
    pub fn create_channel(&self, who: &str, wanted: &str, name: &str) -> Result<String, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (who, id) = (user(&world, who)?, guild(&world, wanted)?);
        let bits = world.guild(&id).map_or(0, |guild| perm::in_guild(guild, &who));
        if bits & perm::MANAGE_CHANNELS == 0 {
            return Err(Impossible::new("this person may not make channels"));
        }
        let channel = Channel::text(&world.snowflake(inner.now()), &id, name);
        if let Some(guild) = world.guild_mut(&id) {
            guild.channels.push(channel.clone());
        }
        inner.tell_channel(&world, "CREATE", &channel, true);
        inner.changed();
        Ok(channel.id)
    }

    /// Renames a channel or thread.
    ///
    /// # Errors
    /// When the person may not manage channels.
    pub fn rename_channel(&self, who: &str, channel: &str, name: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (who, mut channel) = seen(&world, who, channel)?;
        let bit = if channel.thread.is_some() { perm::MANAGE_THREADS } else { perm::MANAGE_CHANNELS };
        may(&world, &who, &channel, bit, "rename")?;
        name.clone_into(&mut channel.name);
        if let Some(slot) = world.channel_mut(&channel.id) {
            *slot = channel.clone();
        }
        inner.tell_channel(&world, "UPDATE", &channel, false);
        inner.changed();
        Ok(())
    }

    /// Deletes a channel or thread.
    ///
    /// # Errors
    /// When the person may not manage channels.
    pub fn delete_channel(&self, who: &str, channel: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (who, channel) = seen(&world, who, channel)?;
        if channel.guild.is_none() {
            return Err(Impossible::new("direct messages cannot be deleted"));
        }
        let bit = if channel.thread.is_some() { perm::MANAGE_THREADS } else { perm::MANAGE_CHANNELS };
        may(&world, &who, &channel, bit, "delete")?;
        inner.drop_channel(&mut world, &channel);
        inner.changed();
        Ok(())
    }

    /// Someone joins a guild.
    ///
    /// # Errors
    /// When there is no such guild or user, or they are in it.
    pub fn join_guild(&self, wanted: &str, who: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (id, who) = (guild(&world, wanted)?, user(&world, who)?);
        let now = inner.now();
        let Some(guild) = world.guild_mut(&id).filter(|guild| guild.member(&who).is_none()) else {
            return Err(Impossible::new("they are in this guild"));
        };
        guild.members.push(Member { user: who.clone(), roles: Vec::new(), nick: None, joined_at: now });
        inner.tell_member(&world, "GUILD_MEMBER_ADD", &id, &who);
        inner.changed();
        Ok(())
    }

    /// Gives someone another name in a guild, or with `None` takes it away.
    ///
    /// # Errors
    /// When there is no such guild or user, or they are not in it.
    pub fn set_nick(&self, wanted: &str, who: &str, nick: Option<&str>) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (id, who) = (guild(&world, wanted)?, user(&world, who)?);
        let members = world.guild_mut(&id).map(|guild| &mut guild.members);
        let Some(member) = members.into_iter().flatten().find(|member| member.user == who) else {
            return Err(Impossible::new("they are not in this guild"));
        };
        member.nick = nick.map(str::to_owned);
        inner.tell_member(&world, "GUILD_MEMBER_UPDATE", &id, &who);
        inner.changed();
        Ok(())
    }

    /// Someone leaves a guild.
    ///
    /// # Errors
    /// When there is no such guild or user, or they are not in it.
    pub fn leave_guild(&self, wanted: &str, who: &str) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (id, who) = (guild(&world, wanted)?, user(&world, who)?);
        if world.guild(&id).is_none_or(|guild| guild.member(&who).is_none()) {
            return Err(Impossible::new("they are not in this guild"));
        }
        inner.tell_member(&world, "GUILD_MEMBER_REMOVE", &id, &who);
        if let Some(guild) = world.guild_mut(&id) {
            guild.members.retain(|member| member.user != who);
        }
        inner.changed();
        Ok(())
    }
}
