//! What happens to chats, whoever does it: membership, topics, pins, and the service messages and updates of that.
//!
//! Methods and the people's side both come here; rights were looked at before.

use serde_json::{Map, Value, json};

use super::{
    Inner, lock,
    model::{Chat, ChatKind, Member, Message, Status, Topic, World},
    shapes,
};

impl Inner {
    /// Puts a service message into a chat and tells the bot of it.
    pub(super) fn service(
        &self,
        world: &mut World,
        chat: i64,
        topic: Option<i64>,
        by: i64,
        name: &str,
        value: Value,
    ) -> i64 {
        let id = world.next_message(chat);
        self.service_with(world, chat, topic, by, id, Map::from_iter([(name.to_owned(), value)]));
        id
    }

    fn service_with(
        &self,
        world: &mut World,
        chat: i64,
        topic: Option<i64>,
        by: i64,
        id: i64,
        extra: Map<String, Value>,
    ) -> Option<i64> {
        let channel = world.chat(chat).is_some_and(|chat| chat.kind == ChatKind::Channel);
        let message = Message {
            chat,
            id,
            date: self.now().as_second(),
            from: (!channel).then_some(by),
            author: by,
            sender_chat: channel.then_some(chat),
            topic,
            extra,
            service: true,
            ..Message::default()
        };
        world.put(message.clone());
        self.tell_message(world, &message)
    }

    /// Changes what someone is in a chat, and tells the bot where it may know.
    pub(super) fn change_member(&self, world: &mut World, chat: i64, by: i64, user: i64, status: Status) {
        let bot = self.setup.bot.id;
        let Some(found) = world.chat(chat) else { return };
        let old = found.status(user);
        if old == status {
            return;
        }
        let before = shapes::member(world, found, Member { user, status: old });
        let after = shapes::member(world, found, Member { user, status });
        let bot_is_admin = found.status(bot).is_admin();
        let payload = self.member_changed(world, chat, by, &before, &after);
        if let Some(found) = world.chat_mut(chat) {
            found.set_status(user, status);
        }
        if user == bot {
            self.tell("my_chat_member", &payload, chat);
        } else if bot_is_admin {
            self.tell("chat_member", &payload, chat);
        }
        let group = world.chat(chat).is_some_and(Chat::is_group);
        if group && old.is_in() && !status.is_in() {
            let who = shapes::user_by_id(world, user);
            self.service(world, chat, None, by, "left_chat_member", who);
        }
    }

    /// `ChatMemberUpdated`.
    fn member_changed(&self, world: &World, chat: i64, by: i64, before: &Value, after: &Value) -> Value {
        json!({
            "chat": shapes::chat_by_id(world, chat),
            "from": shapes::user_by_id(world, by),
            "date": self.now().as_second(),
            "old_chat_member": before,
            "new_chat_member": after,
        })
    }

    /// A person blocks the bot, or lets it write again.
    pub(super) fn block(&self, user: i64, blocked: bool) {
        let mut world = lock(&self.world);
        let bot = self.setup.bot.id;
        let Some(person) = world.user_mut(user) else { return };
        if person.blocked == blocked {
            return;
        }
        person.blocked = blocked;
        let Some(chat) = world.chat(user) else { return };
        let side = |status: Status| shapes::member(&world, chat, Member { user: bot, status });
        let (free, barred) = (side(Status::Member), side(Status::Kicked));
        let (before, after) = if blocked { (free, barred) } else { (barred, free) };
        let payload = self.member_changed(&world, user, user, &before, &after);
        self.tell("my_chat_member", &payload, user);
    }

    /// Pins a message, with the service message of that.
    pub(super) fn pin(&self, world: &mut World, chat: i64, message: i64, by: i64) {
        let Some(pinned) = world.message(chat, message) else { return };
        let topic = pinned.topic;
        let shown = shapes::message(world, pinned, false);
        if let Some(chat) = world.chat_mut(chat) {
            chat.pinned.retain(|other| *other != message);
            chat.pinned.push(message);
        }
        self.service(world, chat, topic, by, "pinned_message", shown);
    }

    /// Opens a topic; its id is the id of the message that says so.
    pub(super) fn open_topic(&self, world: &mut World, chat: i64, mut topic: Topic, by: i64) -> Topic {
        topic.id = world.next_message(chat);
        let mut told = json!({"name": topic.name, "icon_color": topic.icon_color});
        if let Some(icon) = &topic.icon_custom_emoji_id {
            told["icon_custom_emoji_id"] = json!(icon);
        }
        if let Some(chat) = world.chat_mut(chat) {
            chat.topics.push(topic.clone());
        }
        let extra = Map::from_iter([("forum_topic_created".to_owned(), told)]);
        self.service_with(world, chat, Some(topic.id), by, topic.id, extra);
        topic
    }

    /// Closes or reopens a topic.
    pub(super) fn close_topic(&self, world: &mut World, chat: i64, topic: i64, by: i64, closed: bool) {
        if let Some(topic) = world.chat_mut(chat).and_then(|chat| chat.topic_mut(topic)) {
            topic.closed = closed;
        }
        let name = if closed { "forum_topic_closed" } else { "forum_topic_reopened" };
        self.service(world, chat, Some(topic), by, name, json!({}));
    }

    /// Makes a supergroup of a basic group, and says so in both.
    pub(super) fn upgrade(&self, world: &mut World, old: i64, by: i64) -> Option<i64> {
        let new = -1_001_900_000_000 - i64::try_from(world.next_serial()).unwrap_or_default();
        let mut chat = world.chat(old)?.clone();
        chat.id = new;
        chat.kind = ChatKind::Supergroup;
        chat.pinned.clear();
        chat.migrated_from = Some(old);
        world.chats.push(chat);
        // The group says it first; only then is it closed.
        self.service(world, old, None, by, "migrate_to_chat_id", json!(new));
        if let Some(old) = world.chat_mut(old) {
            old.migrated_to = Some(new);
        }
        self.service(world, new, None, by, "migrate_from_chat_id", json!(old));
        Some(new)
    }
}
