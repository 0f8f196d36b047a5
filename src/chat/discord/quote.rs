//! A message of Discord's that something is to be made of: the target of a message command, and what a message replies to.
//! Pure. <https://docs.discord.com/developers/resources/message#message-object>

use serde_json::Value;

use super::hear::text;
use super::people::display_name;
use super::platform;
use crate::model::{Author, FileRef, MessageRef, Place, Quote, Timestamp};

/// So many files of a message are told of; Discord takes ten.
const FILES: usize = 20;

/// What a message in this place says; `guild` is the server that it is in.
pub(super) fn quote(place: &Place, guild: Option<&str>, message: &Value) -> Result<Quote, String> {
    let id = text(message, "/id").ok_or("the message has no `id`")?;
    let at = text(message, "/timestamp").and_then(|at| at.parse::<Timestamp>().ok());
    let author = message.get("author").unwrap_or(&Value::Null);
    let name = display_name(message.get("member"), author).unwrap_or_else(|| "somebody".to_owned());
    let bot = author.get("bot").and_then(Value::as_bool) == Some(true)
        || message.get("webhook_id").is_some_and(|it| !it.is_null());
    let handle = text(author, "/id").filter(|_| !bot).map(|id| format!("{}:{id}", platform()));
    let channel = place.thread.as_ref().unwrap_or(&place.channel);
    // What was forwarded stands in a copy, whose author Discord does not say.
    let copied = message.pointer("/message_snapshots/0/message");
    let spoken = copied.unwrap_or(message);
    let mut files = files(message);
    files.extend(copied.map(self::files).unwrap_or_default());
    Ok(Quote {
        text: said(spoken, guild),
        author: Author { name, handle },
        link: Some(format!("https://discord.com/channels/{}/{channel}/{id}", guild.unwrap_or("@me"))),
        at: at.ok_or("the message's `timestamp` is no time")?,
        message: MessageRef { place: place.clone(), id: id.to_owned() },
        files,
    })
}

/// The text; of a message that has none, what its embeds say.
fn said(message: &Value, guild: Option<&str>) -> String {
    let own = text(message, "/content").map(|content| plain(content, message, guild)).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    let embeds = message.get("embeds").and_then(Value::as_array).into_iter().flatten();
    let parts = embeds.flat_map(|embed| ["/title", "/description"].map(|part| text(embed, part))).flatten();
    parts.map(|part| plain(part, message, guild)).collect::<Vec<_>>().join("\n")
}

fn files(message: &Value) -> Vec<FileRef> {
    let all = message.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let file = |file: &Value| {
        Some(FileRef {
            name: text(file, "/filename")?.to_owned(),
            url: text(file, "/url")?.to_owned(),
            size: file.get("size").and_then(Value::as_u64),
            mime: text(file, "/content_type").map(str::to_owned),
        })
    };
    all.filter_map(file).take(FILES).collect()
}

/// A message's text as people see it: Discord's markup as names and addresses.
/// <https://docs.discord.com/developers/reference#message-formatting>
fn plain(content: &str, message: &Value, guild: Option<&str>) -> String {
    let mut out = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let read = after.split_once('>').and_then(|(markup, after)| Some((word(markup, message, guild)?, after)));
        match read {
            Some((word, after)) => {
                out.push_str(&word);
                rest = after;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}

/// What stands between `<` and `>`, where it is markup of Discord's.
fn word(markup: &str, message: &Value, guild: Option<&str>) -> Option<String> {
    let is_id = |id: &&str| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit());
    let among = |list: &str, id: &str| {
        let all = message.get(list).and_then(Value::as_array).into_iter().flatten();
        all.into_iter().find(|one| text(one, "/id") == Some(id)).cloned()
    };
    if let Some(role) = markup.strip_prefix("@&").filter(is_id) {
        return Some(format!("@role {role}"));
    }
    if let Some(user) = markup.strip_prefix("@!").or_else(|| markup.strip_prefix('@')).filter(is_id) {
        let name = among("mentions", user).and_then(|user| display_name(user.get("member"), &user));
        return Some(name.map_or_else(|| format!("{}:{user}", platform()), |name| format!("@{name}")));
    }
    if let Some(channel) = markup.strip_prefix('#').filter(is_id) {
        let named = among("mention_channels", channel).and_then(|it| text(&it, "/name").map(|name| format!("#{name}")));
        let link = || format!("https://discord.com/channels/{}/{channel}", guild.unwrap_or("@me"));
        return Some(named.unwrap_or_else(link));
    }
    if let Some((command, id)) = markup.strip_prefix('/').and_then(|rest| rest.rsplit_once(':')) {
        return is_id(&id).then(|| format!("/{command}"));
    }
    if let Some(at) = markup.strip_prefix("t:") {
        let at = at.split(':').next()?.parse().ok().and_then(|at| Timestamp::from_second(at).ok())?;
        return Some(at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    }
    let emoji = markup.strip_prefix("a:").or_else(|| markup.strip_prefix(':'));
    if let Some((emoji, id)) = emoji.and_then(|rest| rest.split_once(':')) {
        return is_id(&id).then(|| format!(":{emoji}:"));
    }
    let address = markup.starts_with("https://") || markup.starts_with("http://");
    (address && !markup.contains(char::is_whitespace)).then(|| markup.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_reads_as_people_see_it() {
        let message = json!({
            "id": "900", "timestamp": "2026-11-20T14:03:20.123000+00:00", "author": { "id": "12", "global_name": "Ben" },
            "content": "<@12> and <@13> in <#34>: <:ship:9> at <t:1700000000:R>, </github issue list:5> a < b <@&7>",
            "mentions": [{ "id": "12", "username": "ben", "global_name": "Ben" }],
            "attachments": [{ "id": "1", "filename": "a.png", "url": "https://cdn.example/a", "size": 7, "content_type": "image/png" }],
        });
        let place: Place = "discord:20/30".parse().expect("a place");
        let quote = quote(&place, Some("5"), &message).expect("readable");
        assert_eq!(
            quote.text,
            "@Ben and discord:13 in https://discord.com/channels/5/34: :ship: at 2023-11-14 22:13 UTC, \
             /github issue list a < b @role 7"
        );
        assert_eq!(quote.link.as_deref(), Some("https://discord.com/channels/5/30/900"));
        assert_eq!(quote.author, Author { name: "Ben".to_owned(), handle: Some("discord:12".to_owned()) });
        assert_eq!((quote.files[0].name.as_str(), quote.files[0].size), ("a.png", Some(7)));
        assert_eq!(quote.message.id, "900");
    }

    #[test]
    fn a_card_and_a_forwarded_message_have_words_too() {
        let place: Place = "discord:20".parse().expect("a place");
        let bot = json!({
            "id": "1", "timestamp": "2026-11-20T14:03:20Z", "author": { "id": "9", "username": "ci", "bot": true },
            "content": "", "embeds": [{ "title": "Build failed", "description": "on main" }],
        });
        let quoted = quote(&place, None, &bot).expect("readable");
        assert_eq!((quoted.text.as_str(), quoted.author.handle), ("Build failed\non main", None));
        assert_eq!(quoted.link.as_deref(), Some("https://discord.com/channels/@me/20/1"));
        let forwarded = json!({
            "id": "1", "timestamp": "2026-11-20T14:03:20Z", "author": { "id": "9", "username": "ana" }, "content": "",
            "message_snapshots": [{ "message": { "content": "It fails" } }],
        });
        assert_eq!(quote(&place, None, &forwarded).expect("readable").text, "It fails");
    }
}
