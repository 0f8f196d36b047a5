//! Formatted text: what `parse_mode` and `entities` make of it, and what Telegram finds in it by itself.
//!
//! The methods call [`formatted`] for what bots send and [`typed`] for what people type. Texts of errors are those of
//! Telegram's servers. Offsets are in UTF-16 units, lengths of messages in characters.

mod entity;
mod found;
mod given;
mod html;
mod markdown;
mod old_markdown;

use serde_json::Value;

pub(super) use self::{
    entity::{Formatted, utf16},
    found::checked,
};
use super::{api::Refused, args::Args};

/// More bytes than this are refused before anything is parsed.
const LARGEST_TEXT: usize = 1 << 15;

/// Reads a text argument with its parse mode or entities, and tidies it as the servers do.
pub(super) fn formatted(args: &Args, text: &str, entities: &str) -> Result<Formatted, Refused> {
    let given = args.parsed(entities, "entities").unwrap_or_default();
    read(args.get(text), args.get("parse_mode"), given.as_ref())
}

/// Reads a text that came with a parse mode or entities.
pub(super) fn read(text: &str, parse_mode: &str, entities: Option<&Value>) -> Result<Formatted, Refused> {
    if text.len() > LARGEST_TEXT {
        return Err(Refused::bad("text is too long"));
    }
    let mode = parse_mode.to_ascii_lowercase();
    let parsed = if text.is_empty() || mode.is_empty() || mode == "none" {
        let entities = match entities {
            Some(Value::Array(entities)) => given::read(entities)?,
            _ => Vec::new(),
        };
        given::check(text, &entities)?;
        Formatted { text: text.to_owned(), entities }
    } else {
        let parsed = match mode.as_str() {
            "html" => html::parse(text),
            "markdownv2" => markdown::parse(text),
            "markdown" => old_markdown::parse(text),
            _ => return Err(Refused::bad("unsupported parse_mode")),
        };
        parsed.map_err(|problem| Refused::bad(format!("can't parse entities: {problem}")))?
    };
    let mut tidy = parsed.tidied();
    tidy.add(found::entities(&tidy.text));
    Ok(tidy)
}

/// What a person's client makes of a typed text.
pub(super) fn typed(text: &str) -> Formatted {
    let mut tidy = Formatted { text: text.to_owned(), entities: Vec::new() }.tidied();
    tidy.add(found::entities(&tidy.text));
    tidy
}

#[cfg(test)]
mod tests;
