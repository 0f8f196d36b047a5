//! The people's side: what someone at a Telegram client does beside writing.
//!
//! Tests and the demo page call these on the handle. Each checks what the client would check, changes the company, and
//! queues what Telegram would tell the bot.

use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    Impossible, Pressed, Said, TelegramFake,
    api::known_reaction,
    lock,
    model::{Callback, Chat, ChatKind, Reaction, Status, Topic, World},
    shapes,
};

/// The chat, if the person is in it.
pub(super) fn inside(world: &World, user: i64, chat: i64) -> Result<&Chat, Impossible> {
    let person = world.user(user).filter(|user| !user.is_bot);
    let person = person.ok_or_else(|| Impossible::new(format!("no person {user}")))?;
    let found = world.chat(chat).ok_or_else(|| Impossible::new(format!("no chat {chat}")))?;
    if !found.has(person.id) {
        return Err(Impossible::new(format!("{} is not in this chat", person.first_name)));
    }
    if found.migrated_to.is_some() {
        return Err(Impossible::new("this group has become a supergroup"));
    }
    Ok(found)
}

/// The same for those who administer it; in private chats that is the person.
fn governed(world: &World, user: i64, chat: i64) -> Result<&Chat, Impossible> {
    let chat = inside(world, user, chat)?;
    let may = chat.kind == ChatKind::Private || chat.status(user).is_admin();
    if may { Ok(chat) } else { Err(Impossible::new("only administrators can do this")) }
}

impl TelegramFake {
    /// Presses an inline button, named by its label or its callback data.
    ///
    /// # Errors
    /// When the person sees no such message or button, or the button does something else.
    pub fn press(&self, user: i64, chat: i64, message: i64, button: &str) -> Result<Pressed, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        inside(&world, user, chat)?;
        let found = world.message(chat, message).ok_or_else(|| Impossible::new("no such message"))?;
        let keyboard = found.keyboard();
        let mut buttons = keyboard.into_iter().flatten();
        let button = buttons.find(|one| one["text"] == button || one["callback_data"] == button);
        let button = button.ok_or_else(|| Impossible::new("no such button"))?;
        let data = button["callback_data"].as_str().ok_or_else(|| Impossible::new("this button sends nothing"))?;
        let (data, shown) = (data.to_owned(), shapes::message(&world, found, true));
        let id = (4_382_000_000_000_000_000 + i64::try_from(world.next_serial()).unwrap_or_default()).to_string();
        let expires = inner.now().saturating_add(inner.setup.callback_life).unwrap_or(jiff::Timestamp::MAX);
        world.callbacks.insert(id.clone(), Callback { user, chat, message, expires });
        let (settle, done) = watch::channel(None);
        lock(&inner.notes).presses.insert(id.clone(), settle);
        let payload = json!({
            "id": id,
            "from": shapes::user_by_id(&world, user),
            "message": shown,
            "chat_instance": (chat.unsigned_abs() * 7_919).to_string(),
            "data": data,
        });
        let update = inner.tell("callback_query", &payload, user + (3 << 33));
        drop(world);
        inner.bring();
        Ok(Pressed { id, data, update, done })
    }

    /// Puts an emoji on a message in place of the person's earlier one; `None` takes it away.
    ///
    /// # Errors
    /// When the person sees no such message, or the emoji is no reaction.
    pub fn react(&self, user: i64, chat: i64, message: i64, emoji: Option<&str>) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let found = inside(&world, user, chat)?;
        let bot = inner.setup.bot.id;
        let told = found.kind == ChatKind::Private || found.status(bot).is_admin();
        let counted = found.kind == ChatKind::Channel;
        let new = emoji.map(|emoji| known_reaction(emoji).ok_or_else(|| Impossible::new("not among the reactions")));
        let new = new.transpose()?;
        let message = world.message_mut(chat, message).ok_or_else(|| Impossible::new("no such message"))?;
        let kind = |emoji: &str| json!({"type": "emoji", "emoji": emoji});
        let old: Vec<Value> = message.reactions.iter().filter(|r| r.user == user).map(|r| kind(&r.emoji)).collect();
        message.reactions.retain(|reaction| reaction.user != user);
        message.reactions.extend(new.map(|emoji| Reaction { user, emoji: emoji.to_owned() }));
        let message = message.clone();
        let chat_shown = shapes::chat_by_id(&world, chat);
        let mut payload = json!({"chat": chat_shown, "message_id": message.id, "date": inner.now().as_second()});
        if counted {
            let count = |emoji: &str| message.reactions.iter().filter(|reaction| reaction.emoji == emoji).count();
            let mut all: Vec<&str> = message.reactions.iter().map(|reaction| reaction.emoji.as_str()).collect();
            all.dedup();
            payload["reactions"] =
                all.into_iter().map(|emoji| json!({"type": kind(emoji), "total_count": count(emoji)})).collect();
        } else {
            payload["user"] = shapes::user_by_id(&world, user);
            payload["old_reaction"] = json!(old);
            payload["new_reaction"] = new.into_iter().map(kind).collect();
        }
        if told {
            inner.tell(if counted { "message_reaction_count" } else { "message_reaction" }, &payload, chat);
        }
        drop(world);
        inner.changed();
        inner.bring();
        Ok(())
    }

    /// Deletes a message for everyone. Bots are not told.
    ///
    /// # Errors
    /// When there is no such message, or it is someone else's and the person is no administrator.
    pub fn delete_message(&self, user: i64, chat: i64, message: i64) -> Result<(), Impossible> {
        let mut world = lock(&self.inner.world);
        let admin = governed(&world, user, chat).is_ok();
        inside(&world, user, chat)?;
        let found = world.message_mut(chat, message).ok_or_else(|| Impossible::new("no such message"))?;
        if found.author != user && !admin {
            return Err(Impossible::new("this is someone else's message"));
        }
        found.deleted = true;
        if let Some(chat) = world.chat_mut(chat) {
            chat.pinned.retain(|pinned| *pinned != message);
        }
        drop(world);
        self.inner.changed();
        Ok(())
    }

    /// Presses START in the private chat, also after having blocked the bot; `payload` is that of a `t.me` link.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn start_bot(&self, user: i64, payload: Option<&str>) -> Result<Said, Impossible> {
        self.unblock_bot(user)?;
        if let Some(person) = lock(&self.inner.world).user_mut(user) {
            person.started = true;
        }
        let text = payload.map_or_else(|| "/start".to_owned(), |payload| format!("/start {payload}"));
        self.say(user, user, None, &text, None)
    }

    /// Blocks the bot.
    ///
    /// # Errors
    /// When there is no such person, or no chat with the bot.
    pub fn block_bot(&self, user: i64) -> Result<(), Impossible> {
        let started = lock(&self.inner.world).user(user).is_some_and(|person| person.started);
        if !started {
            return Err(Impossible::new("there is no chat with the bot"));
        }
        self.inner.block(user, true);
        self.inner.bring();
        Ok(())
    }

    /// Lets the bot write again.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn unblock_bot(&self, user: i64) -> Result<(), Impossible> {
        let known = lock(&self.inner.world).user(user).is_some_and(|person| !person.is_bot);
        if !known {
            return Err(Impossible::new(format!("no person {user}")));
        }
        self.inner.block(user, false);
        self.inner.bring();
        Ok(())
    }

    /// Removes the bot from a chat; it is banned then, as the client does it.
    ///
    /// # Errors
    /// When `by` does not administer the chat or the bot is not in it.
    pub fn remove_bot(&self, chat: i64, by: i64) -> Result<(), Impossible> {
        self.set_bot_status(chat, by, Status::Kicked)
    }

    /// Adds the bot to a chat: as an ordinary member, to a channel as an administrator.
    ///
    /// # Errors
    /// When `by` is not in the chat, or the bot is, or the bot is banned and `by` no administrator.
    pub fn add_bot(&self, chat: i64, by: i64) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let bot = inner.setup.bot.id;
        let found = inside(&world, by, chat)?;
        let (kind, status) = (found.kind, found.status(bot));
        if kind == ChatKind::Private || status.is_in() {
            return Err(Impossible::new("the bot is there already"));
        }
        if (status == Status::Kicked || kind == ChatKind::Channel) && !found.status(by).is_admin() {
            return Err(Impossible::new("only administrators can do this"));
        }
        let new = if kind == ChatKind::Channel { Status::Administrator } else { Status::Member };
        inner.change_member(&mut world, chat, by, bot, new);
        if kind != ChatKind::Channel {
            let who = json!([shapes::user_by_id(&world, bot)]);
            inner.service(&mut world, chat, None, by, "new_chat_members", who);
        }
        drop(world);
        inner.bring();
        Ok(())
    }

    /// Promotes, demotes, restricts or removes the bot.
    ///
    /// # Errors
    /// When `by` does not administer the chat, the bot is not in it, or the chat has no such status.
    pub fn set_bot_status(&self, chat: i64, by: i64, status: Status) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let bot = inner.setup.bot.id;
        let found = governed(&world, by, chat)?;
        if !found.has(bot) {
            return Err(Impossible::new("the bot is not in this chat"));
        }
        if status == Status::Creator || (status == Status::Restricted && found.kind != ChatKind::Supergroup) {
            return Err(Impossible::new("the bot can't be that here"));
        }
        inner.change_member(&mut world, chat, by, bot, status);
        drop(world);
        inner.bring();
        Ok(())
    }

    /// Takes in a person; the chat shows it.
    ///
    /// # Errors
    /// When `by` is not in the chat, or the person is.
    pub fn add_member(&self, chat: i64, by: i64, user: i64) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let found = inside(&world, by, chat)?;
        if found.kind == ChatKind::Private || found.has(user) || world.user(user).is_none() {
            return Err(Impossible::new("this person can't be added"));
        }
        let channel = found.kind == ChatKind::Channel;
        inner.change_member(&mut world, chat, by, user, Status::Member);
        if !channel {
            let who = json!([shapes::user_by_id(&world, user)]);
            inner.service(&mut world, chat, None, by, "new_chat_members", who);
        }
        drop(world);
        inner.bring();
        Ok(())
    }

    /// Leaves a chat; the chat shows it.
    ///
    /// # Errors
    /// When the person is not in it.
    pub fn leave(&self, chat: i64, user: i64) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let found = inside(&world, user, chat)?;
        if found.kind == ChatKind::Private {
            return Err(Impossible::new("a private chat is not left but blocked"));
        }
        inner.change_member(&mut world, chat, user, user, Status::Left);
        drop(world);
        inner.bring();
        Ok(())
    }

    /// Upgrades a basic group to a supergroup, and says its new id.
    ///
    /// # Errors
    /// When it is no basic group or `by` does not own it.
    pub fn migrate(&self, chat: i64, by: i64) -> Result<i64, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let found = inside(&world, by, chat)?;
        if found.kind != ChatKind::Group || found.status(by) != Status::Creator {
            return Err(Impossible::new("only the owner upgrades a basic group"));
        }
        let new = inner.upgrade(&mut world, chat, by).ok_or_else(|| Impossible::new("no such chat"))?;
        drop(world);
        inner.bring();
        Ok(new)
    }

    /// Opens a topic in a forum, and says its thread id.
    ///
    /// # Errors
    /// When the chat is no forum, the person no administrator, or the name empty or too long.
    pub fn create_topic(&self, user: i64, chat: i64, name: &str) -> Result<i64, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        if !governed(&world, user, chat)?.is_forum {
            return Err(Impossible::new("this chat has no topics"));
        }
        if !(1..=128).contains(&name.trim().chars().count()) {
            return Err(Impossible::new("a topic's name has 1 to 128 characters"));
        }
        let topic = inner.open_topic(&mut world, chat, Topic::new(0, name.trim()), user);
        drop(world);
        inner.bring();
        Ok(topic.id)
    }

    /// Closes a topic.
    ///
    /// # Errors
    /// When there is no such open topic, or the person is no administrator.
    pub fn close_topic(&self, user: i64, chat: i64, topic: i64) -> Result<(), Impossible> {
        self.toggle_topic(user, chat, topic, true)
    }

    /// Opens a closed topic again.
    ///
    /// # Errors
    /// When there is no such closed topic, or the person is no administrator.
    pub fn reopen_topic(&self, user: i64, chat: i64, topic: i64) -> Result<(), Impossible> {
        self.toggle_topic(user, chat, topic, false)
    }

    fn toggle_topic(&self, user: i64, chat: i64, topic: i64, closed: bool) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let found = governed(&world, user, chat)?.topic(topic).filter(|topic| topic.closed != closed);
        found.ok_or_else(|| Impossible::new("no such topic"))?;
        inner.close_topic(&mut world, chat, topic, user, closed);
        drop(world);
        inner.bring();
        Ok(())
    }

    /// Pins a message.
    ///
    /// # Errors
    /// When the person is no administrator or sees no such message.
    pub fn pin(&self, user: i64, chat: i64, message: i64) -> Result<(), Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        governed(&world, user, chat)?;
        if world.message(chat, message).is_none_or(|message| message.service) {
            return Err(Impossible::new("no such message"));
        }
        inner.pin(&mut world, chat, message, user);
        drop(world);
        inner.bring();
        Ok(())
    }

    /// Queues an update of a kind that nobody knows yet: these fields beside the `update_id` that is returned.
    pub fn send_unknown_update(&self, fields: &Value) -> i64 {
        let inner = &self.inner;
        let id = {
            let mut queue = lock(&inner.queue);
            let mut all = fields.as_object().into_iter().flatten();
            let (kind, payload) = all.next().map_or(("unknown", Value::Null), |(kind, value)| (kind, value.clone()));
            let id = queue.push(kind, &payload, 0, inner.now());
            if let Some(update) = queue.updates.back_mut() {
                for (name, value) in all {
                    update.body[name] = value.clone();
                }
            }
            id
        };
        inner.changed();
        inner.bring();
        id
    }
}
