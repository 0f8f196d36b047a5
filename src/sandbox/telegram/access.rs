//! Which chat a call means, and whether the bot may do there what it asks.
//!
//! Every method with a chat asks here first. Order and texts follow the Bot API server's own checks.

use serde_json::json;

use super::{
    api::Refused,
    model::{Chat, ChatKind, Message, Status, World},
};

/// How much a method needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// To look.
    Read,
    /// To look at the members.
    Members,
    /// To change what is there.
    Edit,
    /// To write.
    Write,
}

/// What is to be sent, for the texts about rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    Text,
    Document,
    Photo,
}

impl Sending {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text messages",
            Self::Document => "documents",
            Self::Photo => "photos",
        }
    }
}

impl World {
    /// The chat that `chat_id` names, if the bot has that much access.
    pub(super) fn reach(&self, bot: i64, chat_id: &str, need: Need) -> Result<&Chat, Refused> {
        let chat_id = chat_id.trim();
        if chat_id.is_empty() {
            return Err(Refused::bad("chat_id is empty"));
        }
        let missing = || Refused::bad("chat not found");
        let chat = if chat_id.starts_with('@') {
            self.public(chat_id).ok_or_else(missing)?
        } else {
            self.chat(chat_id.parse().map_err(|_| missing())?).ok_or_else(missing)?
        };
        match chat.kind {
            ChatKind::Private if !self.known(chat.id, bot) => Err(missing()),
            ChatKind::Private => Ok(chat),
            ChatKind::Group => in_group(chat, chat.status(bot), need),
            ChatKind::Supergroup | ChatKind::Channel => in_supergroup(chat, chat.status(bot), need),
        }
    }

    /// Whether the bot may send there, once the chat is reached.
    pub(super) fn may_send(&self, bot: i64, chat: &Chat, sending: Sending) -> Result<(), Refused> {
        if chat.kind == ChatKind::Private {
            let person = self.user(chat.id);
            if person.is_some_and(|person| person.blocked) {
                return Err(Refused::forbidden("bot was blocked by the user"));
            }
            if !person.is_some_and(|person| person.started) {
                return Err(Refused::forbidden("bot can't initiate conversation with a user"));
            }
            return Ok(());
        }
        let status = chat.status(bot);
        let may = match chat.kind {
            ChatKind::Channel if !status.is_admin() => {
                return Err(Refused::bad("need administrator rights in the channel chat"));
            }
            _ => status.is_admin() || (status == Status::Member && chat.can_send),
        };
        if may {
            Ok(())
        } else {
            Err(Refused::bad(format!("not enough rights to send {} to the chat", sending.name())))
        }
    }

    /// Whether the bot may write into this topic; `None` is General, or a chat without topics.
    pub(super) fn may_write_in(bot: i64, chat: &Chat, topic: Option<i64>) -> Result<(), Refused> {
        let closed = match topic {
            None => chat.is_forum && chat.general_closed,
            Some(id) => chat.topic(id).is_some_and(|topic| topic.closed),
        };
        if closed && !chat.status(bot).is_admin() { Err(Refused::bad("TOPIC_CLOSED")) } else { Ok(()) }
    }

    /// A message of a chat that the bot can reach; `what` names it in the error.
    pub(super) fn reach_message(&self, bot: i64, chat: &Chat, id: i64, what: &str) -> Result<&Message, Refused> {
        let missing = || Refused::bad(format!("{what} not found"));
        let supergroup = matches!(chat.kind, ChatKind::Supergroup | ChatKind::Channel);
        if id <= 0 || (supergroup && !chat.has(bot)) {
            return Err(missing());
        }
        self.message(chat.id, id).ok_or_else(missing)
    }
}

fn in_group(chat: &Chat, status: Status, need: Need) -> Result<&Chat, Refused> {
    let write = matches!(need, Need::Write | Need::Members);
    if let Some(to) = chat.migrated_to.filter(|_| write) {
        let mut refused = Refused::bad("group chat was upgraded to a supergroup chat");
        refused.parameters = Some(json!({"migrate_to_chat_id": to}));
        return Err(refused);
    }
    match status {
        _ if need == Need::Read || chat.migrated_to.is_some() => Ok(chat),
        Status::Kicked => Err(Refused::forbidden("bot was kicked from the group chat")),
        Status::Left => Err(Refused::forbidden("bot is not a member of the group chat")),
        _ => Ok(chat),
    }
}

fn in_supergroup(chat: &Chat, status: Status, need: Need) -> Result<&Chat, Refused> {
    let name = if chat.kind == ChatKind::Channel { "channel" } else { "supergroup" };
    if status == Status::Kicked {
        return Err(Refused::forbidden(format!("bot was kicked from the {name} chat")));
    }
    let public = chat.username.is_some();
    let needs_membership = !public || matches!(need, Need::Edit | Need::Write);
    if !status.is_in() && needs_membership {
        return Err(Refused::forbidden(format!("bot is not a member of the {name} chat")));
    }
    Ok(chat)
}
