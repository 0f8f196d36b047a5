//! `telegram.file.*`

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Telegram;
use super::super::client::FilePart;
use super::super::escape::{cut, one_line};
use super::super::send::{Sent, Target, with};
use super::refs::{ChatRef, MessageName};
use super::said::caption;
use crate::chat::web::Twice;
use crate::model::{Effect, Fault};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// The largest file, in bytes. Telegram takes 50 MB; this is a text that somebody writes or a rule composes.
const LARGEST: usize = 1 << 20;

/// Send a text file to a chat.
///
/// The message that shows it says who had it sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendFile {
    /// Chat as `@name`, its id or a link; `telegram:id/topic` for a topic.
    #[schemars(extend("x-complete" = "telegram.chats_and_people"))]
    pub chat: ChatRef,
    /// The file's name.
    #[schemars(example = &"report.csv")]
    pub name: String,
    /// What is in it.
    #[schemars(extend("x-widget" = "long"))]
    pub content: String,
    /// What to say with it.
    #[serde(default)]
    #[schemars(extend("x-widget" = "long"))]
    pub caption: Option<String>,
    /// Message to reply to, by its link or number.
    #[serde(default)]
    pub reply_to: Option<MessageName>,
}

impl Operation for SendFile {
    type On = Telegram;

    const SPEC: Spec =
        Spec::new("telegram.file.send").positional(&["chat", "name", "content"]).rest().effect(Effect::Change);

    async fn run(self, telegram: &Telegram, by: &Caller) -> Result<Outcome, Fault> {
        let name = file_name(&self.name)?;
        if self.content.trim().is_empty() {
            return Err(Fault::bad_input("content", "The content is empty; write what is in the file."));
        }
        if self.content.len() > LARGEST {
            let text = format!("The content has {} bytes; a file may have {LARGEST}.", self.content.len());
            return Err(Fault::bad_input("content", text));
        }
        let caption = caption(self.caption.as_deref(), &by.actor)?;
        let place = telegram.addressed("chat", &self.chat, by).await?;
        let reply = telegram.reply_in(&place, self.reply_to.as_ref(), by).await?;
        let target = Target::of(&place)?.replying(reply);
        let args = with(target.args(), json!({ "caption": caption, "parse_mode": "HTML" }));
        let file = FilePart {
            field: "document".to_owned(),
            name,
            mime: "text/plain; charset=utf-8".to_owned(),
            content: Bytes::from(self.content.into_bytes()),
        };
        telegram.client.limits().pay(&telegram.pace(&place.channel)).await;
        let answer = telegram.client.upload("sendDocument", Twice::Seen, &args, vec![file]).await?;
        let number = |path: &str| answer.pointer(path).and_then(Value::as_i64);
        let (Some(message), Some(chat)) = (number("/message_id"), number("/chat/id")) else {
            return Err(Fault::unknown("Telegram did not say whether the file arrived; it may have.")
                .inside("sendDocument: an answer without `message_id`"));
        };
        Ok(telegram.sent(&place, &Sent { chat, message, moved: None }, "Sent the file to"))
    }
}

/// A name that is no path.
fn file_name(name: &str) -> Result<String, Fault> {
    let name = cut(&one_line(name), 120).0;
    let fine = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '"']);
    fine.then_some(name).ok_or_else(|| Fault::bad_input("name", "`name`: write a file's name, such as `report.csv`."))
}
