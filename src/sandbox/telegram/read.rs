//! The reading side: what tests and the demo page look at.
//!
//! Nothing here changes the company; the token is masked.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    Inner, Message, TelegramFake, Toast, Violation, lock,
    model::{Chat, World},
    typed,
};

/// A request the bot made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// When it came, by the fake's clock.
    pub at: Timestamp,
    /// HTTP verb, or `webhook` for a call in a webhook's answer.
    pub verb: String,
    /// Method in Telegram's spelling.
    pub method: String,
    /// The chat it was about.
    pub chat: Option<i64>,
    /// Its arguments; uploads by name and size.
    pub body: Value,
    /// HTTP status of the answer.
    pub status: u16,
    /// Telegram's description, when it was refused.
    pub error: Option<String>,
}

/// A question to which a client has opened an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prompt {
    /// Who is asked.
    pub user: i64,
    /// In which chat.
    pub chat: i64,
    /// The bot's message.
    pub message: i64,
    /// What the empty field shows.
    pub placeholder: Option<String>,
}

impl Inner {
    /// Remembers a request, forgetting the oldest beyond the limit.
    pub(super) fn note(&self, entry: LoggedRequest) {
        if self.setup.keep_requests > 0 {
            let mut notes = lock(&self.notes);
            while notes.requests.len() >= self.setup.keep_requests {
                notes.requests.pop_front();
            }
            notes.requests.push_back(entry);
        }
        self.changed();
    }
}

impl TelegramFake {
    /// Messages of a chat in order, without deleted ones.
    pub fn messages(&self, chat: i64) -> Vec<Message> {
        let world = lock(&self.inner.world);
        let all = world.messages.get(&chat).into_iter().flat_map(|all| all.values());
        all.filter(|message| !message.deleted).cloned().collect()
    }

    /// A message, deleted ones included.
    pub fn message(&self, chat: i64, id: i64) -> Option<Message> {
        lock(&self.inner.world).messages.get(&chat)?.get(&id).cloned()
    }

    /// A chat as it stands.
    pub fn chat(&self, id: i64) -> Option<Chat> {
        lock(&self.inner.world).chat(id).cloned()
    }

    /// What the bot told this person after presses, oldest first.
    pub fn toasts(&self, user: i64) -> Vec<Toast> {
        lock(&self.inner.world).toasts.iter().filter(|toast| toast.user == user).cloned().collect()
    }

    /// The bytes of a file.
    pub fn file(&self, file_id: &str) -> Option<Vec<u8>> {
        lock(&self.inner.world).files.get(file_id).map(|file| file.content.clone())
    }

    /// Chat actions such as `typing`, with their chat, oldest first.
    pub fn actions(&self) -> Vec<(i64, String)> {
        lock(&self.inner.world).actions.clone()
    }

    /// Requests the bot made, in the order of their answers.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.inner.notes).requests.iter().cloned().collect()
    }

    /// Methods and paths that do not exist but were asked for.
    pub fn unknown_routes(&self) -> Vec<String> {
        lock(&self.inner.notes).unknown.clone()
    }

    /// Calls made although a 429 had said to wait.
    pub fn violations(&self) -> Vec<Violation> {
        lock(&self.inner.limiter).violations.clone()
    }

    /// Updates that the bot has not confirmed, oldest first.
    pub fn pending_updates(&self) -> Vec<Value> {
        lock(&self.inner.queue).updates.iter().map(|update| update.body.clone()).collect()
    }

    /// The first update id that the bot has not confirmed; 0 before it confirmed any.
    pub fn confirmed_offset(&self) -> i64 {
        lock(&self.inner.queue).confirmed
    }

    /// Whether a `getUpdates` waits right now.
    pub fn polling(&self) -> bool {
        lock(&self.inner.queue).polling > 0
    }

    /// `WebhookInfo` as the bot would read it.
    pub fn webhook_info(&self) -> Value {
        self.inner.webhook_info()
    }

    /// How many updates the bot has not confirmed.
    pub fn unsettled(&self) -> usize {
        lock(&self.inner.queue).updates.len()
    }

    /// Counts changes of the company and of the fake's notes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Waits until `look` finds something.
    pub async fn until<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let mut changes = self.changes();
        loop {
            changes.borrow_and_update();
            if let Some(found) = look(self) {
                return found;
            }
            if changes.changed().await.is_err() {
                // The sender lives in the handle, so this cannot happen while `self` does.
                std::future::pending::<()>().await;
            }
        }
    }

    /// The whole company for the demo page: people, chats with messages, open questions, toasts and commands.
    pub fn state(&self) -> Value {
        let world = lock(&self.inner.world);
        let bot = &self.inner.setup.bot;
        let chats: Vec<_> = world.chats.iter().map(|chat| shown(&world, chat)).collect();
        let people = world.users.iter().filter(|user| !user.is_bot);
        let prompts: Vec<_> = people
            .flat_map(|user| world.chats.iter().filter_map(|chat| typed::prompt(&world, user.id, chat.id)))
            .collect();
        let commands = world.commands.iter().map(|list| {
            let commands = list.commands.iter().map(|(name, text)| json!({"command": name, "description": text}));
            json!({
                "scope": list.scope,
                "language_code": list.language,
                "commands": commands.collect::<Vec<_>>(),
            })
        });
        json!({
            "bot": {"id": bot.id, "first_name": bot.first_name, "username": bot.username},
            "users": world.users.iter().filter(|user| !user.is_bot).collect::<Vec<_>>(),
            "chats": chats,
            "prompts": prompts,
            "toasts": world.toasts,
            "commands": commands.collect::<Vec<_>>(),
        })
    }
}

fn shown(world: &World, chat: &Chat) -> Value {
    let all = world.messages.get(&chat.id).into_iter().flat_map(|all| all.values());
    let messages: Vec<_> = all.filter(|message| !message.deleted).map(message).collect();
    json!({
        "id": chat.id,
        "kind": chat.kind,
        "title": chat.title,
        "username": chat.username,
        "is_forum": chat.is_forum,
        "members": chat.members,
        "topics": chat.topics,
        "pinned": chat.pinned,
        "migrated_to": chat.migrated_to,
        "messages": messages,
    })
}

fn message(message: &Message) -> Value {
    let button = |button: &&Value| {
        let mut shown = json!({"text": button["text"], "data": button["callback_data"], "url": button["url"]});
        if let Some(style) = button.get("style") {
            shown["style"] = style.clone();
        }
        shown
    };
    let keyboard: Vec<Vec<Value>> = message.keyboard().iter().map(|row| row.iter().map(button).collect()).collect();
    let markup = message.reply_markup.as_ref();
    json!({
        "id": message.id,
        "date": message.date,
        "edit_date": message.edit_date,
        "from": message.from,
        "author": message.author,
        "text": message.text,
        "entities": message.entities,
        "topic": message.topic,
        "reply_to": message.reply_to,
        "keyboard": keyboard,
        "reply_keyboard": markup.and_then(|markup| markup.get("keyboard")),
        "force_reply": markup.is_some_and(|markup| markup.get("force_reply").is_some()),
        "file": message.file.as_ref().map(|file| json!({"kind": file.kind, "name": file.name, "size": file.size})),
        "service": message.service.then_some(&message.extra),
        "reactions": message.reactions,
    })
}
