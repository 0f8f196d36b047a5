//! A message of Telegram's that something is to be made of: the one that a line replies to. Pure.
//! <https://core.telegram.org/bots/api#message>

use serde_json::Value;

use super::hear::{name_of, number, text};
use super::platform;
use crate::model::{Author, FileRef, MessageRef, Place, Quote, Timestamp};

/// What ids of supergroups and channels begin with, where links leave it out.
const SUPERGROUP: &str = "-100";
/// Fields of a message that hold one file: <https://core.telegram.org/bots/api#message>
const FILES: [&str; 7] = ["document", "video", "animation", "audio", "voice", "video_note", "sticker"];

/// What `message` replies to says, in this place; none where it replies to nothing that says something. Who marked a part
/// of it when replying means that part.
pub(super) fn quote(place: &Place, message: &Value) -> Option<Quote> {
    let to = message.get("reply_to_message").filter(|to| to.get("forum_topic_created").is_none())?;
    let id = number(to, "/message_id")?;
    let part = text(message, "/quote/text").filter(|_| message.pointer("/quote/is_manual") == Some(&Value::Bool(true)));
    let said = part.or_else(|| text(to, "/text")).or_else(|| text(to, "/caption")).unwrap_or_default();
    Some(Quote {
        text: said.trim().to_owned(),
        author: author(to),
        link: link(place, to, id),
        at: Timestamp::from_second(number(to, "/forward_origin/date").or_else(|| number(to, "/date"))?).ok()?,
        message: MessageRef { place: place.clone(), id: id.to_string() },
        files: files(to),
    })
}

/// Who wrote it: of what was forwarded, who wrote it first. <https://core.telegram.org/bots/api#messageorigin>
fn author(message: &Value) -> Author {
    let known = |who: &Value| Author {
        name: name_of(who),
        handle: number(who, "/id").map(|id| format!("{}:{id}", platform())),
    };
    let origin = message.get("forward_origin").unwrap_or(message);
    if let Some(hidden) = text(origin, "/sender_user_name") {
        return Author {
            name: hidden.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect(),
            handle: None,
        };
    }
    let who = ["sender_user", "sender_chat", "chat", "from"];
    // A message has a chat, too: there it is where it stands, and not who wrote it.
    let of_origin = message.get("forward_origin").is_some();
    let who = who.into_iter().filter(|key| of_origin || *key != "chat").find_map(|key| origin.get(key));
    let author = who.map(known).filter(|author| !author.name.is_empty());
    author.unwrap_or_else(|| Author { name: "somebody".to_owned(), handle: None })
}

/// The address of a message. Private chats and groups that are none of Telegram's supergroups give none to their messages.
fn link(place: &Place, message: &Value, id: i64) -> Option<String> {
    let chat = match text(message, "/chat/username") {
        Some(name) if name.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_') => name.to_owned(),
        _ => format!("c/{}", place.channel.strip_prefix(SUPERGROUP)?),
    };
    let topic = place.thread.as_ref().map_or_else(String::new, |topic| format!("/{topic}"));
    (text(message, "/chat/type") != Some("private")).then(|| format!("https://t.me/{chat}{topic}/{id}"))
}

fn files(message: &Value) -> Vec<FileRef> {
    let file = |file: &Value, name: &str| {
        let (id, size) = (text(file, "/file_id")?, file.get("file_size").and_then(Value::as_u64));
        let name = text(file, "/file_name").unwrap_or(name).to_owned();
        Some(FileRef {
            name,
            url: format!("{}:file/{id}", platform()),
            size,
            mime: text(file, "/mime_type").map(str::to_owned),
        })
    };
    // Of an image there are several sizes; the last is the largest.
    let photo = message.get("photo").and_then(Value::as_array).and_then(|sizes| sizes.last());
    let photo = photo.and_then(|photo| file(photo, "photo.jpg"));
    // An animation is told of as a document, too.
    let kinds = FILES.into_iter().filter(|kind| *kind != "document" || message.get("animation").is_none());
    photo.into_iter().chain(kinds.filter_map(|kind| file(message.get(kind)?, kind))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(place: &str, to: &Value, more: &Value) -> Quote {
        let mut message = json!({ "message_id": 9, "reply_to_message": to });
        message.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        quote(&place.parse().expect("a place"), &message).expect("a quote")
    }

    #[test]
    fn what_is_replied_to_is_quoted() {
        let to = json!({
            "message_id": 7, "date": 1_700_000_000, "from": { "id": 2, "first_name": "Ben" },
            "chat": { "id": -1001, "type": "supergroup" }, "text": " The API is slow ",
        });
        let quoted = of("telegram:-1001234/5", &to, &json!({}));
        assert_eq!(quoted.text, "The API is slow");
        assert_eq!(quoted.author, Author { name: "Ben".to_owned(), handle: Some("telegram:2".to_owned()) });
        assert_eq!(quoted.link.as_deref(), Some("https://t.me/c/1234/5/7"));
        let part = json!({ "quote": { "text": "slow", "position": 12, "is_manual": true } });
        assert_eq!(of("telegram:-1001234", &to, &part).text, "slow");
        assert_eq!(of("telegram:-77", &to, &json!({})).link, None, "a basic group has no addresses");
    }

    #[test]
    fn what_was_forwarded_is_its_first_authors_and_images_have_captions() {
        let mut to = json!({
            "message_id": 7, "date": 1_700_000_000, "from": { "id": 2, "first_name": "Ben" },
            "chat": { "id": 2, "type": "private" }, "caption": "Look",
            "photo": [{ "file_id": "small", "file_size": 1 }, { "file_id": "large", "file_size": 9 }],
            "forward_origin": { "type": "hidden_user", "date": 1_600_000_000, "sender_user_name": "Cleo" },
        });
        let quoted = of("telegram:2", &to, &json!({}));
        assert_eq!((quoted.text.as_str(), quoted.link), ("Look", None));
        assert_eq!(quoted.author, Author { name: "Cleo".to_owned(), handle: None });
        assert_eq!(quoted.at.as_second(), 1_600_000_000);
        assert_eq!((quoted.files[0].url.as_str(), quoted.files[0].size), ("telegram:file/large", Some(9)));
        to["forward_origin"] =
            json!({ "type": "channel", "date": 1, "chat": { "id": -1009, "title": "News" }, "message_id": 3 });
        assert_eq!(of("telegram:2", &to, &json!({})).author.name, "News");
        let topic = json!({ "reply_to_message": { "message_id": 1, "date": 1, "forum_topic_created": {} } });
        assert_eq!(quote(&"telegram:-1001".parse().expect("a place"), &topic), None);
    }
}
