//! The methods of the Bot API: what each checks and does.
//!
//! `web` has read the arguments, and looked at token, rate limits and faults. A method refuses in Telegram's words.

mod bot;
mod callback;
mod chats;
mod commands;
mod edit;
mod files;
mod forum;
mod forward;
mod reactions;
mod send;
mod webhook;

pub(super) use self::{
    files::{LARGEST_UPLOAD, store},
    reactions::known as known_reaction,
    send::entities,
};

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Inner, args::Args};

/// What a method answers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) result: Value,
    /// Some methods say something beside their result.
    pub(super) note: Option<&'static str>,
}

impl From<Value> for Reply {
    fn from(result: Value) -> Self {
        Self { result, note: None }
    }
}

/// Why a method refuses.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    pub(super) code: u16,
    pub(super) description: String,
    pub(super) parameters: Option<Value>,
}

impl Refused {
    pub(super) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), parameters: None }
    }

    /// `Bad Request`. As on the servers the reason begins small, unless it is a constant in capitals.
    pub(super) fn bad(reason: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", small(reason.as_ref())))
    }

    /// `Forbidden`.
    pub(super) fn forbidden(reason: impl AsRef<str>) -> Self {
        Self::new(403, format!("Forbidden: {}", small(reason.as_ref())))
    }

    /// 429, to be asked again in so many seconds.
    pub(super) fn too_many(seconds: i64) -> Self {
        Self {
            parameters: Some(json!({"retry_after": seconds})),
            ..Self::new(429, format!("Too Many Requests: retry after {seconds}"))
        }
    }
}

fn small(reason: &str) -> String {
    let mut characters = reason.chars();
    match (characters.next(), reason.chars().nth(1)) {
        (Some(first), Some(second)) if second != '_' && !second.is_ascii_uppercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => reason.to_owned(),
    }
}

/// A call under way.
pub(super) struct Call<'c> {
    pub(super) inner: &'c Arc<Inner>,
    pub(super) args: &'c Args,
    pub(super) now: Timestamp,
}

impl Call<'_> {
    fn bot(&self) -> i64 {
        self.inner.setup.bot.id
    }

    /// The message id of an argument; 0 when it is none.
    fn message_id(&self, name: &str) -> i64 {
        self.args.number(name).unwrap_or_default().max(0)
    }
}

pub(super) type Answer = Result<Reply, Refused>;

/// What the rate limits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    Nothing,
    Message,
    Edit,
}

/// A method of the Bot API.
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) counts: Counts,
    pub(super) run: fn(&Call<'_>) -> Answer,
}

const fn method(name: &'static str, counts: Counts, run: fn(&Call<'_>) -> Answer) -> Method {
    Method { name, counts, run }
}

/// Every method but `getUpdates`, which waits.
const METHODS: [Method; 50] = [
    method("getMe", Counts::Nothing, bot::get_me),
    method("logOut", Counts::Nothing, bot::log_out),
    method("close", Counts::Nothing, bot::close),
    method("setWebhook", Counts::Nothing, webhook::set),
    method("deleteWebhook", Counts::Nothing, webhook::delete),
    method("getWebhookInfo", Counts::Nothing, webhook::info),
    method("sendMessage", Counts::Message, send::message),
    method("sendDocument", Counts::Message, files::send_document),
    method("sendPhoto", Counts::Message, files::send_photo),
    method("getFile", Counts::Nothing, files::get),
    method("forwardMessage", Counts::Message, forward::forward),
    method("copyMessage", Counts::Message, forward::copy),
    method("editMessageText", Counts::Edit, edit::text),
    method("editMessageCaption", Counts::Edit, edit::caption),
    method("editMessageReplyMarkup", Counts::Edit, edit::markup),
    method("deleteMessage", Counts::Nothing, edit::delete),
    method("deleteMessages", Counts::Nothing, edit::delete_many),
    method("answerCallbackQuery", Counts::Nothing, callback::answer),
    method("setMessageReaction", Counts::Nothing, reactions::set),
    method("sendChatAction", Counts::Nothing, chats::action),
    method("setMyCommands", Counts::Nothing, commands::set),
    method("getMyCommands", Counts::Nothing, commands::get),
    method("deleteMyCommands", Counts::Nothing, commands::delete),
    method("setMyName", Counts::Nothing, bot::set_name),
    method("getMyName", Counts::Nothing, bot::get_name),
    method("setMyDescription", Counts::Nothing, bot::set_description),
    method("getMyDescription", Counts::Nothing, bot::get_description),
    method("setMyShortDescription", Counts::Nothing, bot::set_short_description),
    method("getMyShortDescription", Counts::Nothing, bot::get_short_description),
    method("getChat", Counts::Nothing, chats::get),
    method("getChatMember", Counts::Nothing, chats::member),
    method("getChatAdministrators", Counts::Nothing, chats::administrators),
    method("getChatMemberCount", Counts::Nothing, chats::member_count),
    method("getChatMembersCount", Counts::Nothing, chats::member_count),
    method("leaveChat", Counts::Nothing, chats::leave),
    method("pinChatMessage", Counts::Nothing, chats::pin),
    method("unpinChatMessage", Counts::Nothing, chats::unpin),
    method("unpinAllChatMessages", Counts::Nothing, chats::unpin_all),
    method("createForumTopic", Counts::Nothing, forum::create),
    method("editForumTopic", Counts::Nothing, forum::edit),
    method("closeForumTopic", Counts::Nothing, forum::close),
    method("reopenForumTopic", Counts::Nothing, forum::reopen),
    method("deleteForumTopic", Counts::Nothing, forum::delete),
    method("closeGeneralForumTopic", Counts::Nothing, forum::close_general),
    method("reopenGeneralForumTopic", Counts::Nothing, forum::reopen_general),
    method("getForumTopicIconStickers", Counts::Nothing, forum::icons),
    method("getUserProfilePhotos", Counts::Nothing, bot::profile_photos),
    method("setChatMenuButton", Counts::Nothing, bot::set_menu_button),
    method("getChatMenuButton", Counts::Nothing, bot::get_menu_button),
    method("getMyDefaultAdministratorRights", Counts::Nothing, bot::default_rights),
];

/// A method by its name, in any case.
pub(super) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name.eq_ignore_ascii_case(name))
}
