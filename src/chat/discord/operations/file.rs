//! `discord.file.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Discord;
use super::super::client::Upload;
use super::super::escape::{clean, one_line};
use super::super::permissions::{ATTACH, SEND};
use super::message::sent;
use super::reach::{At, list, text};
use super::refs::{ChannelRef, shown};
use super::speech::{allowed, checked, signed};
use crate::model::{Effect, Fault};
use crate::operations::{Caller, Found, Operation, Outcome, Spec};

/// The largest file, in bytes: Discord takes 10 MiB, and shows as text what is much less.
const LARGEST: usize = 1 << 20;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// Send a text file to a channel or thread.
///
/// The message that shows it says who had it sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendFile {
    /// Channel as `#name`, its id or its link; of a thread, its link.
    #[schemars(extend("x-complete" = "discord.channels"))]
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
}

impl SendFile {
    fn said(&self, by: &Caller) -> Result<String, Fault> {
        let comment = self.comment.as_deref().filter(|comment| !comment.trim().is_empty());
        let comment = comment.map(|comment| checked("comment", comment)).transpose()?.unwrap_or_default();
        Ok(signed(&comment, "Sent", &by.actor).trim().to_owned())
    }
}

impl Operation for SendFile {
    type On = Discord;

    const SPEC: Spec =
        Spec::new("discord.file.send").positional(&["channel", "name", "content"]).rest().effect(Effect::Change);

    async fn run(self, discord: &Discord, by: &Caller) -> Result<Outcome, Fault> {
        let name = checked_name(&self.name)?;
        if self.content.trim().is_empty() {
            return Err(Fault::bad_input("content", "The content is empty; write what is in the file."));
        }
        if self.content.len() > LARGEST {
            let size = self.content.len();
            return Err(Fault::bad_input("content", format!("The content has {size} bytes; at most {LARGEST} go.")));
        }
        let said = self.said(by)?;
        let target = discord.target("channel", &self.channel, SEND | ATTACH, by).await?;
        let body = json!({
            "content": said,
            "attachments": [{ "id": "0", "filename": name }],
            "allowed_mentions": allowed(&said, &by.actor),
        });
        let kind = "text/plain; charset=utf-8".to_owned();
        let file = Upload { name, kind, bytes: clean_lines(&self.content).into() };
        let id = discord.say(&target, body, vec![file], by).await?;
        Ok(sent(&At { channel: target, id }))
    }

    async fn find(&self, discord: &Discord, by: &Caller) -> Result<Found, Fault> {
        let (name, said) = (checked_name(&self.name)?, self.said(by)?);
        let target = discord.target("channel", &self.channel, SEND | ATTACH, by).await?;
        let is = |message: &Value| {
            message["content"] == said.as_str()
                && list(message, "attachments").iter().any(|file| text(file, "filename") == Some(&name))
        };
        discord.sought(target, by, is).await
    }
}

/// A file keeps its tabs and signs; only the ends of its lines are made one kind.
fn clean_lines(content: &str) -> String {
    content.replace("\r\n", "\n")
}

/// A name that a file can have everywhere.
fn checked_name(name: &str) -> Result<String, Fault> {
    let name = one_line(&clean(name));
    let fine = |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '-' | '_');
    if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(fine) || name.starts_with('.') {
        return Err(Fault::bad_input(
            "name",
            format!(
                "`{}` is no file name; write letters, digits, `.`, `-` and `_`, such as `report.csv`.",
                shown(&name)
            ),
        ));
    }
    Ok(name)
}
