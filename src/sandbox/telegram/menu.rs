//! The command menu as a client shows it (core.telegram.org/bots/api#determining-list-of-commands).

use serde_json::{Value, json};

use super::{
    TelegramFake, lock,
    model::{ChatKind, World},
};

/// The scopes that count for someone in a chat, narrowest first.
fn scopes(world: &World, user: i64, chat: i64) -> Vec<Value> {
    let Some(found) = world.chat(chat) else { return Vec::new() };
    let mut scopes = Vec::new();
    match found.kind {
        ChatKind::Private => {
            scopes.push(json!({"type": "chat", "chat_id": chat}));
            scopes.push(json!({"type": "all_private_chats"}));
        }
        ChatKind::Group | ChatKind::Supergroup => {
            let admin = found.status(user).is_admin();
            scopes.push(json!({"type": "chat_member", "chat_id": chat, "user_id": user}));
            if admin {
                scopes.push(json!({"type": "chat_administrators", "chat_id": chat}));
            }
            scopes.push(json!({"type": "chat", "chat_id": chat}));
            if admin {
                scopes.push(json!({"type": "all_chat_administrators"}));
            }
            scopes.push(json!({"type": "all_group_chats"}));
        }
        ChatKind::Channel => return scopes,
    }
    scopes.push(json!({"type": "default"}));
    scopes
}

impl TelegramFake {
    /// Commands (without `/`) and descriptions that the person's client offers in this chat.
    pub fn commands_for(&self, user: i64, chat: i64) -> Vec<(String, String)> {
        let world = lock(&self.inner.world);
        let language = world.user(user).and_then(|person| person.language_code.as_deref()).unwrap_or_default();
        let language = language.split('-').next().unwrap_or_default();
        for scope in scopes(&world, user, chat) {
            for wanted in [language, ""] {
                let found = world.commands.iter().find(|list| list.scope == scope && list.language == wanted);
                if let Some(found) = found {
                    return found.commands.clone();
                }
            }
        }
        Vec::new()
    }
}
