//! What a message says: read from arguments, judged, and rendered back as Slack shows it.
//!
//! Used by `chat.*`, response URLs, acknowledgement payloads and file shares.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Args, Refused};
use crate::sandbox::slack::{
    Inner,
    blocks::{self, Refusal},
    model::{Message, World},
};

/// Characters after which Slack cuts a message's text.
const TEXT: usize = 40_000;

/// The words and parts of a message, checked.
#[derive(Debug, Default)]
pub(in crate::sandbox::slack) struct Content {
    pub(super) text: Option<String>,
    pub(super) blocks: Option<Vec<Value>>,
    pub(super) attachments: Option<Vec<Value>>,
    pub(super) metadata: Option<Value>,
    pub(super) truncated: bool,
}

impl Content {
    /// Reads and checks content. Texts over `longest` are refused, over 40,000 cut.
    pub(in crate::sandbox::slack) fn read(args: &Args, longest: Option<usize>) -> Result<Self, Refused> {
        let mut text = args.0.get("text").and_then(Value::as_str).map(str::to_owned);
        let mut blocks = list(args, "blocks", "invalid_blocks_format")?;
        let attachments = list(args, "attachments", "invalid_attachments")?;
        if let Some(markdown) = args.str("markdown_text") {
            if text.as_deref().is_some_and(|text| !text.is_empty()) || blocks.is_some() {
                return Err(Refused::new("markdown_text_conflict"));
            }
            if markdown.chars().count() > 12_000 {
                return Err(Refused::new("msg_too_long"));
            }
            text = Some(markdown.to_owned());
            blocks = Some(vec![json!({"type": "markdown", "text": markdown})]);
        }
        if let Some(blocks) = &blocks {
            judge(blocks::check_message(blocks, "/blocks"))?;
        }
        for (index, attachment) in attachments.iter().flatten().enumerate() {
            if let Some(inside) = attachment.get("blocks") {
                let Some(inside) = inside.as_array() else { return Err(Refused::new("invalid_blocks_format")) };
                judge(blocks::check_message(inside, &format!("/attachments/{index}/blocks")))?;
            }
        }
        if attachments.as_ref().is_some_and(|all| all.len() > 100) {
            return Err(Refused::new("too_many_attachments"));
        }
        let mut truncated = false;
        if let Some(text) = &mut text {
            let length = text.chars().count();
            if longest.is_some_and(|longest| length > longest) {
                return Err(Refused::new("msg_too_long"));
            }
            if length > TEXT {
                *text = text.chars().take(TEXT).collect();
                truncated = true;
            }
        }
        let metadata = metadata(args)?;
        Ok(Self { text, blocks, attachments, metadata, truncated })
    }

    /// Whether there is nothing to show.
    pub(in crate::sandbox::slack) fn is_empty(&self) -> bool {
        self.text.as_deref().unwrap_or_default().trim().is_empty()
            && self.blocks.as_deref().unwrap_or_default().is_empty()
            && self.attachments.as_deref().unwrap_or_default().is_empty()
    }

    /// A new message of the app with this content.
    pub(in crate::sandbox::slack) fn message(
        self,
        inner: &Inner,
        world: &mut World,
        channel: &str,
        now: Timestamp,
    ) -> Message {
        let ts = world.next_ts(now);
        let mut message = Message {
            ts,
            channel: channel.to_owned(),
            user: inner.setup.bot.id.clone(),
            bot_id: Some(inner.setup.bot_id.clone()),
            ..Message::default()
        };
        self.apply(world, &mut message);
        message
    }

    /// Puts this content over a message. Parts not given stay, as `chat.update` documents: an app that wants blocks
    /// gone sends an empty list.
    pub(in crate::sandbox::slack) fn apply(self, world: &mut World, message: &mut Message) {
        if let Some(mut blocks) = self.blocks {
            complete(world, &mut blocks);
            message.blocks = blocks;
            message.state = Map::new();
        }
        if let Some(text) = self.text {
            message.text = text;
        }
        if let Some(mut attachments) = self.attachments {
            for (index, attachment) in attachments.iter_mut().enumerate() {
                if let Some(Value::Array(inside)) = attachment.get_mut("blocks") {
                    complete(world, inside);
                }
                if let Some(object) = attachment.as_object_mut() {
                    object.insert("id".into(), json!(index + 1));
                    object.entry("fallback").or_insert_with(|| json!("[no preview available]"));
                }
            }
            message.attachments = attachments;
        }
        if self.metadata.is_some() {
            message.metadata = self.metadata;
        }
        message.truncated = self.truncated;
    }
}

/// Fills in ids in Slack's five-character style.
pub(super) fn complete(world: &mut World, blocks: &mut [Value]) {
    blocks::complete(blocks, &mut || {
        let id = world.next_id('b');
        id[id.len() - 5..].to_owned()
    });
}

fn judge(result: Result<(), Refusal>) -> Result<(), Refused> {
    match result {
        Ok(()) => Ok(()),
        Err(Refusal::TooLong) => Err(Refused::new("msg_blocks_too_long")),
        Err(Refusal::Invalid(reasons)) => Err(Refused::because("invalid_blocks", &reasons)),
    }
}

fn list(args: &Args, name: &str, code: &str) -> Result<Option<Vec<Value>>, Refused> {
    match args.data(name) {
        Ok(None) => Ok(None),
        Ok(Some(Value::Array(items))) => Ok(Some(items)),
        Ok(Some(_)) | Err(()) => Err(Refused::new(code)),
    }
}

fn metadata(args: &Args) -> Result<Option<Value>, Refused> {
    let wrong = || Refused::new("invalid_metadata_format");
    let Some(value) = args.data("metadata").map_err(|()| wrong())? else { return Ok(None) };
    let known =
        value.as_object().is_some_and(|o| o.keys().all(|k| matches!(k.as_str(), "event_type" | "event_payload")));
    let named = value.get("event_type").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    let loaded = value.get("event_payload").is_some_and(Value::is_object);
    if !known || !named || !loaded {
        return Err(wrong());
    }
    if value.to_string().len() > 8 << 10 {
        return Err(Refused::new("metadata_too_large"));
    }
    Ok(Some(value))
}

/// A message as the API and payloads show it. Thread counts and metadata only where asked for.
pub(in crate::sandbox::slack) fn render(
    inner: &Inner,
    world: &World,
    message: &Message,
    threads: bool,
    metadata: bool,
) -> Value {
    let mut shown = json!({"type": "message", "ts": message.ts, "user": message.user, "text": message.text});
    shown["team"] = json!(inner.setup.team.id);
    if let Some(subtype) = &message.subtype {
        shown["subtype"] = json!(subtype);
    }
    if let Some(bot_id) = &message.bot_id {
        shown["bot_id"] = json!(bot_id);
        shown["app_id"] = json!(inner.setup.app_id);
        shown["bot_profile"] = json!({
            "id": bot_id,
            "app_id": inner.setup.app_id,
            "name": inner.setup.bot.name,
            "deleted": false,
            "team_id": inner.setup.team.id,
        });
    }
    if let Some(username) = &message.username {
        shown["username"] = json!(username);
    }
    if !message.blocks.is_empty() {
        shown["blocks"] = json!(message.blocks);
    }
    if !message.attachments.is_empty() {
        shown["attachments"] = json!(message.attachments);
    }
    if let Some(edited) = &message.edited {
        shown["edited"] = json!(edited);
    }
    if let Some(thread_ts) = &message.thread_ts {
        shown["thread_ts"] = json!(thread_ts);
    }
    if !message.reactions.is_empty() {
        let all = message.reactions.iter();
        let all: Vec<_> = all.map(|r| json!({"name": r.name, "users": r.users, "count": r.users.len()})).collect();
        shown["reactions"] = Value::Array(all);
    }
    if !message.files.is_empty() {
        let files = message.files.iter().filter_map(|id| world.files.get(id));
        shown["files"] = files.map(|file| super::files::shown(inner, file)).collect();
    }
    if metadata && let Some(metadata) = &message.metadata {
        shown["metadata"] = metadata.clone();
    }
    if threads && message.thread_ts.is_none() {
        let replies: Vec<_> = world.replies(&message.channel, &message.ts).collect();
        if let Some(latest) = replies.last() {
            let mut users: Vec<&str> = Vec::new();
            for reply in &replies {
                if !users.contains(&reply.user.as_str()) {
                    users.push(&reply.user);
                }
            }
            shown["thread_ts"] = json!(message.ts);
            shown["reply_count"] = json!(replies.len());
            shown["reply_users_count"] = json!(users.len());
            shown["reply_users"] = json!(users);
            shown["latest_reply"] = json!(latest.ts);
            shown["subscribed"] = json!(false);
        }
    }
    shown
}
