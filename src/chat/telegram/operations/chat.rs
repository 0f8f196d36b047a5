//! `telegram.chat.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Telegram;
use super::super::escape::{cut, one_line};
use super::super::send::Target;
use super::refs::ChatRef;
use super::said::object;
use crate::chat::web::Twice;
use crate::model::{Card, Fault, Text, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// Show a chat: what it is, who may write, how many are in it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetChat {
    /// Chat as `@name`, its id or a link; by default this one.
    #[serde(default)]
    #[schemars(extend("x-complete" = "telegram.chats"))]
    pub chat: Option<ChatRef>,
}

impl Operation for GetChat {
    type On = Telegram;

    const SPEC: Spec = Spec::new("telegram.chat.get").positional(&["chat"]);

    async fn run(self, telegram: &Telegram, by: &Caller) -> Result<Outcome, Fault> {
        let place = telegram.named("chat", self.chat.as_ref(), by).await?;
        let args = json!({ "chat_id": Target::of(&place)?.chat() });
        let chat = telegram.client.call("getChat", Twice::Harmless, &args).await?;
        let text = |key: &str| chat.get(key).and_then(Value::as_str).map(one_line).filter(|text| !text.is_empty());
        let kind = text("type").unwrap_or_default();
        let members = match kind.as_str() {
            "private" => None,
            _ => telegram.client.call("getChatMemberCount", Twice::Harmless, &args).await.ok().and_then(|n| n.as_u64()),
        };
        let name = text("title").or_else(|| {
            let names: Vec<String> = [text("first_name"), text("last_name")].into_iter().flatten().collect();
            (!names.is_empty()).then(|| names.join(" "))
        });
        let username = text("username");
        let forum = chat.get("is_forum").and_then(Value::as_bool) == Some(true);
        let may_write = chat.pointer("/permissions/can_send_messages").and_then(Value::as_bool);
        let id = chat.get("id").and_then(Value::as_i64).unwrap_or_default();
        let about = text("description").or_else(|| text("bio")).map(|about| cut(&about, 350).0);

        let mut card = Card::new(Tone::Neutral, cut(&name.clone().unwrap_or_else(|| id.to_string()), 200).0);
        if let Some(username) = &username {
            card = card.link(format!("https://t.me/{username}"));
        }
        if let Some(about) = about {
            card = card.text(about);
        }
        let card = card
            .field("Kind", kind_words(&kind, forum))
            .field("Name", username.as_ref().map(|name| format!("@{name}")).unwrap_or_default())
            .field("Id", Text::new().code(id.to_string()))
            .field("Members", members.map(|members| members.to_string()).unwrap_or_default())
            .field("Members may write", may_write.map(|may| if may { "yes" } else { "no" }).unwrap_or_default());
        let data = object(json!({
            "chat": id, "kind": kind, "name": name, "username": username, "members": members, "forum": forum,
            "members_may_write": may_write,
        }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}

fn kind_words(kind: &str, forum: bool) -> &'static str {
    match kind {
        "private" => "a person",
        "group" => "a group",
        "supergroup" if forum => "a group with topics",
        "supergroup" => "a supergroup",
        "channel" => "a channel",
        _ => "",
    }
}
