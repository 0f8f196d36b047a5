//! Explicit `entities` and `caption_entities` (core.telegram.org/bots/api#messageentity).

use serde_json::Value;

use super::{
    super::api::Refused,
    entity::{Entity, Kind, utf16},
    found::link,
};

fn cannot(problem: &str) -> Refused {
    Refused::bad(format!("can't parse MessageEntity: {problem}"))
}

fn number(entity: &Value, name: &str) -> Result<i64, Refused> {
    let found = entity.get(name).ok_or_else(|| cannot(&format!("Can't find field \"{name}\"")))?;
    let read = found.as_i64().or_else(|| found.as_str().and_then(|text| text.parse().ok()));
    read.ok_or_else(|| cannot(&format!("Field \"{name}\" must be of type Number")))
}

fn text<'e>(entity: &'e Value, name: &str) -> Result<&'e str, Refused> {
    let found = entity.get(name).ok_or_else(|| cannot(&format!("Can't find field \"{name}\"")))?;
    found.as_str().ok_or_else(|| cannot(&format!("Field \"{name}\" must be of type String")))
}

/// Reads entities; those that Telegram finds by itself, such as mentions, are looked past.
pub(super) fn read(given: &[Value]) -> Result<Vec<Entity>, Refused> {
    let mut entities = Vec::new();
    for entity in given {
        if !entity.is_object() {
            return Err(cannot("expected an Object"));
        }
        let (offset, length) = (number(entity, "offset")?, number(entity, "length")?);
        let kind = match text(entity, "type")? {
            "" => return Err(cannot("Type is not specified")),
            "bold" => Kind::Bold,
            "italic" => Kind::Italic,
            "underline" => Kind::Underline,
            "strikethrough" => Kind::Strikethrough,
            "spoiler" => Kind::Spoiler,
            "code" => Kind::Code,
            "pre" => Kind::Pre(entity["language"].as_str().filter(|name| !name.is_empty()).map(str::to_owned)),
            "text_link" => {
                let url = text(entity, "url")?;
                link(url).ok_or_else(|| Refused::bad(format!("entity URL '{url}' is invalid: Wrong HTTP URL")))?
            }
            "text_mention" => {
                let user = entity.get("user").ok_or_else(|| cannot("Can't find field \"user\""))?;
                Kind::TextMention(number(user, "id")?)
            }
            "custom_emoji" => Kind::CustomEmoji(number(entity, "custom_emoji_id")?.to_string()),
            "blockquote" => Kind::Blockquote,
            "expandable_blockquote" => Kind::ExpandableBlockquote,
            "date_time" => {
                let format = entity["date_time_format"].as_str().unwrap_or_default();
                Kind::DateTime(number(entity, "unix_time")?, format.to_owned())
            }
            "mention" | "hashtag" | "cashtag" | "bot_command" | "url" | "email" | "phone_number"
            | "bank_card_number" => continue,
            _ => return Err(cannot("Unsupported type specified")),
        };
        let place = |value: i64, what: &str| {
            let inside = usize::try_from(value).ok().filter(|value| *value <= 1_000_000);
            inside.ok_or_else(|| Refused::bad(format!("receive an entity with incorrect {what} {value}")))
        };
        entities.push(Entity::new(kind, place(offset, "offset")?, place(length, "length")?));
    }
    Ok(entities)
}

/// Whether every entity lies within the text and cuts no character in two.
pub(super) fn check(sent: &str, entities: &[Entity]) -> Result<(), Refused> {
    let end = utf16(sent);
    for entity in entities.iter().filter(|entity| entity.length > 0) {
        let (offset, stop) = (entity.offset, entity.offset + entity.length);
        if offset >= end {
            return Err(Refused::bad(format!("entity begins after the end of the text at UTF-16 offset {offset}")));
        }
        if stop > end {
            return Err(Refused::bad(format!(
                "entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {stop}"
            )));
        }
        if let Err(byte) = boundary(sent, offset) {
            return Err(Refused::bad(format!("entity begins in a middle of a UTF-16 symbol at byte offset {byte}")));
        }
        if let Err(byte) = boundary(sent, stop) {
            return Err(Refused::bad(format!(
                "entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol at byte offset {byte}"
            )));
        }
    }
    Ok(())
}

/// Whether a character begins at this UTF-16 offset; else the byte offset behind the one that is cut.
fn boundary(text: &str, wanted: usize) -> Result<(), usize> {
    let mut units = 0;
    for (byte, character) in text.char_indices() {
        if units == wanted {
            return Ok(());
        }
        if units > wanted {
            return Err(byte);
        }
        units += character.len_utf16();
    }
    if units == wanted { Ok(()) } else { Err(text.len()) }
}
