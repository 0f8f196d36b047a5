//! `slack.file.*`

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Slack;
use super::super::escape::clean;
use super::super::speech::{LONGEST, checked, comment};
use super::reach::Target;
use super::refs::{ChannelRef, MessageName, shown};
use super::shown::{line, object};
use crate::chat::web::Twice;
use crate::model::{Card, Effect, Fault, Tone};
use crate::operations::{Caller, Found, Operation, Outcome, Spec};

/// The largest file, in bytes: what Slack shows as a text of its own.
const LARGEST: usize = 1 << 20;
/// How many messages a look-up reads.
const READ: u32 = 200;
/// How far Slack's clock may be behind ours, in seconds.
const SKEW: i64 = 120;

/// Upload a text file to a channel or to a person.
///
/// The message that shows it says who had it uploaded.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadFile {
    /// Channel as `#name` or its id; or a person as `@name`, for a direct message.
    #[schemars(extend("x-complete" = "slack.channels"))]
    pub channel: ChannelRef,
    /// The file's name.
    #[schemars(example = &"report.csv")]
    pub name: String,
    /// What is in it.
    #[schemars(extend("x-widget" = "long"))]
    pub content: String,
    /// What to say with it.
    #[serde(default)]
    #[schemars(extend("x-widget" = "long"))]
    pub comment: Option<String>,
    /// Message to answer in its thread, by its link.
    #[serde(default)]
    pub thread: Option<MessageName>,
}

impl Operation for UploadFile {
    type On = Slack;

    const SPEC: Spec =
        Spec::new("slack.file.upload").positional(&["channel", "name", "content"]).rest().effect(Effect::Change);

    /// <https://docs.slack.dev/messaging/working-with-files#upload>
    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let name = checked_name(&self.name)?;
        if self.content.trim().is_empty() {
            return Err(Fault::bad_input("content", "The content is empty; write what is in the file."));
        }
        if self.content.len() > LARGEST {
            return Err(Fault::bad_input(
                "content",
                format!("The content has {} bytes; a file may have {LARGEST}.", self.content.len()),
            ));
        }
        let said = match self.comment.as_deref().filter(|text| !clean(text).trim().is_empty()) {
            Some(text) => checked("comment", text)?,
            None => String::new(),
        };
        let target = self.target(slack, by).await?;
        let names = slack.names(&said, by).await;

        let args = HashMap::from([("filename", name.clone()), ("length", self.content.len().to_string())]);
        let place = slack.client.read("files.getUploadURLExternal", &args).await?;
        let text = |key: &str| place.get(key).and_then(Value::as_str);
        let (Some(url), Some(id)) = (text("upload_url"), text("file_id")) else {
            return Err(Fault::unavailable("Slack named no address to upload to. Try again in a moment."));
        };
        slack.client.upload(url, self.content.clone().into_bytes()).await?;
        let mut args = json!({
            "files": [{ "id": id, "title": name }],
            "channel_id": target.id,
            "initial_comment": comment(&said, &names, &by.actor),
        });
        if let Some(thread) = &self.thread {
            args["thread_ts"] = thread.ts.as_str().into();
        }
        // Until now nobody saw anything; this shows it.
        let answer = slack.client.post("files.completeUploadExternal", Twice::Seen, &args).await?;
        Ok(uploaded(&target, &name, id, answer.pointer("/files/0/permalink").and_then(Value::as_str)))
    }

    /// A file bears no mark of ours: one of this name and size that the bot showed there since is taken for it. That
    /// there is none tells nothing, because Slack shows a file some time after it was uploaded.
    async fn find(&self, slack: &Slack, by: &Caller) -> Result<Found, Fault> {
        let name = checked_name(&self.name)?;
        let target = self.target(slack, by).await?;
        let oldest = by.accepted_at.as_second() - SKEW;
        let mut args = HashMap::from([
            ("channel", target.id.clone()),
            ("oldest", format!("{oldest}.000000")),
            ("limit", READ.to_string()),
        ]);
        let method = match &self.thread {
            Some(thread) => {
                args.insert("ts", thread.ts.clone());
                "conversations.replies"
            }
            None => "conversations.history",
        };
        let told = ["not_in_channel", "channel_not_found", "missing_scope", "thread_not_found"];
        let page = slack.client.read_unless(method, &args, &told).await?;
        let own = slack.ears.identity.get().map(|identity| identity.user.as_str());
        let messages = page.get("messages").and_then(Value::as_array).into_iter().flatten();
        let ours = messages.filter(|message| own.is_some() && message.get("user").and_then(Value::as_str) == own);
        let mut files = ours.filter_map(|message| message.get("files")?.as_array()).flatten();
        let same = files.find(|file| {
            file.get("name").and_then(Value::as_str) == Some(name.as_str())
                && file.get("size").and_then(Value::as_u64) == u64::try_from(self.content.len()).ok()
        });
        let text = |file: &Value, key: &str| file.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(match same.and_then(|file| Some((text(file, "id")?, text(file, "permalink")))) {
            Some((id, link)) => Found::Happened(Box::new(uploaded(&target, &name, &id, link.as_deref()))),
            None => Found::CannotTell,
        })
    }
}

impl UploadFile {
    async fn target(&self, slack: &Slack, by: &Caller) -> Result<Target, Fault> {
        let target = slack.target("channel", &self.channel, by).await?;
        let elsewhere = self.thread.as_ref().and_then(|thread| thread.channel.as_ref());
        if elsewhere.is_some_and(|channel| *channel != target.id) {
            return Err(Fault::bad_input("thread", format!("That message is not in {}.", target.called)));
        }
        Ok(target)
    }
}

fn checked_name(written: &str) -> Result<String, Fault> {
    let name = line(written, LONGEST);
    if name.is_empty() || name.chars().count() > 150 || name.contains(['/', '\\']) {
        return Err(Fault::bad_input(
            "name",
            format!("`{}` is no name for a file; write one such as `report.csv`.", shown(written)),
        ));
    }
    Ok(name)
}

fn uploaded(target: &Target, name: &str, id: &str, link: Option<&str>) -> Outcome {
    let data = object(json!({ "file": id, "channel": target.id, "url": link }));
    let card = Card::new(Tone::Good, format!("Uploaded {name} to {}", target.called));
    let card = match link {
        Some(link) => card.link(link),
        None => card,
    };
    Outcome { data, ..Outcome::private(card) }
}
