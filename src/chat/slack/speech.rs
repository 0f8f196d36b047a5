//! What somebody has the bot say, as blocks.
//!
//! A person writes as they would in Slack itself, and may do what they could do themselves and no more:
//!
//! - Formatting (`*bold*`, `_italic_`, `~struck~`, code, quotes, `:emoji:`) and links work.
//! - People and user groups are mentioned by `@name`, `slack:U…` or `<@U…>`, and hear of it; public channels are linked.
//! - `@channel`, `@here` and `@everyone` stay words. Who may call everybody is a setting of the workspace that an app
//!   cannot see and that does not bind its bot, so nobody calls everybody through us.
//! - What else looks like Slack's markup is shown as it was written.
//!
//! A program or a rule fills in text from outside, in which none of that is meant: it is shown literally, with its
//! addresses as links. Below stands who asked. <https://docs.slack.dev/messaging/formatting-message-text>

use std::collections::HashMap;

use serde_json::{Value, json};

use super::config::is_id;
use super::escape::{clean, cut, entities, length, one_line, safe_url};
use super::limits;
use crate::model::{Actor, Fault};

/// The longest text that is taken, in UTF-16 units: what Slack shows in one message, less our own words.
pub(super) const LONGEST: usize = 10_000;
/// What one section is filled to; a fence of code that is closed and opened again must still fit.
const SECTION: usize = limits::SECTION - 16;
/// A line of the source that is longer is broken, so that it fits its section with all that escaping adds.
const LINE: usize = 400;

/// Whom and what a text may name, in lower case and without their signs, and what Slack calls them.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// People, such as `ana` to `U02ABCDEF`.
    pub people: HashMap<String, String>,
    /// User groups.
    pub groups: HashMap<String, String>,
    /// Channels that everybody may see.
    pub channels: HashMap<String, String>,
}

/// Refuses a text that says nothing or is too long; gives it without what cannot be seen.
pub(super) fn checked(field: &str, text: &str) -> Result<String, Fault> {
    let text = clean(text).trim().to_owned();
    let length = length(&text);
    if text.is_empty() {
        return Err(Fault::bad_input(field, format!("The {field} is empty; write what to say.")));
    }
    if length > LONGEST {
        return Err(Fault::bad_input(
            field,
            format!(
                "The {field} has {length} characters, one message holds {LONGEST}. Shorten it, or send it as a file: \
                 `slack file upload`."
            ),
        ));
    }
    Ok(text)
}

/// Which kinds of names occur, so that only those are looked up: people or groups, and channels.
pub(super) fn names_in(text: &str) -> (bool, bool) {
    let has = |sign: char| {
        text.match_indices(sign).any(|(at, _)| text[at + 1..].chars().next().is_some_and(char::is_alphanumeric))
    };
    (has('@'), has('#'))
}

/// The blocks of a checked text: what is said, then who had it said.
pub(super) fn blocks(text: &str, names: &Names, by: &Actor) -> Vec<Value> {
    let mut blocks = match by {
        Actor::User { .. } => sections(text, names),
        Actor::ApiKey { .. } | Actor::Rule { .. } => vec![literal(text)],
    };
    let who = json!({ "type": "plain_text", "text": cut(&sender(by), 300).0, "emoji": false });
    blocks.push(json!({ "type": "context", "elements": [who] }));
    blocks
}

/// The text beside the blocks, for notifications: already escaped, and shown without formatting.
pub(super) fn fallback(text: &str) -> String {
    entities(&cut(&one_line(text), limits::FALLBACK).0)
}

/// The text as one message's own words, with who had it said: for places that take no blocks.
pub(super) fn comment(text: &str, names: &Names, by: &Actor) -> String {
    let said = match by {
        Actor::User { .. } => {
            let mut fenced = false;
            text.split('\n').map(|line| spoken(line, names, &mut fenced)).collect::<Vec<_>>().join("\n")
        }
        Actor::ApiKey { .. } | Actor::Rule { .. } => entities(text),
    };
    let who = entities(&sender(by));
    if said.is_empty() { who } else { format!("{said}\n{who}") }
}

/// Who had it said, such as `— ana`.
fn sender(by: &Actor) -> String {
    let name = one_line(by.name());
    match by {
        Actor::User { platform, .. } if platform.as_str() == super::NAME => format!("— {name}"),
        Actor::User { platform, .. } => format!("— {name}, on {}", one_line(platform.as_str())),
        Actor::ApiKey { .. } => format!("— the API key {name}"),
        Actor::Rule { .. } => format!("— the rule {name}"),
    }
}

/// The text as it is, with its addresses as links.
fn literal(text: &str) -> Value {
    let mut elements = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((url, after)) = address(rest).filter(|_| at_word(&plain)) {
            if !plain.is_empty() {
                elements.push(json!({ "type": "text", "text": std::mem::take(&mut plain) }));
            }
            elements.push(json!({ "type": "link", "url": url, "text": &rest[..rest.len() - after.len()] }));
            rest = after;
            continue;
        }
        let mut chars = rest.chars();
        plain.extend(chars.next());
        rest = chars.as_str();
    }
    if !plain.is_empty() {
        elements.push(json!({ "type": "text", "text": plain }));
    }
    json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": elements }] })
}

/// The pieces of a text, each with what joins it to the one before: its lines, the longest ones broken between words, or
/// anywhere where there is no word's end.
fn pieces(text: &str) -> Vec<(&'static str, &str)> {
    let mut out = Vec::new();
    for line in text.split('\n') {
        let (mut rest, mut joint) = (line, "\n");
        while length(rest) > LINE {
            let (mut end, mut used) = (0, 0);
            for c in rest.chars() {
                used += c.len_utf16();
                if used > LINE {
                    break;
                }
                end += c.len_utf8();
            }
            let blank = rest[..end].rfind(' ').filter(|at| *at > 0);
            out.push((joint, &rest[..blank.unwrap_or(end)]));
            rest = &rest[blank.map_or(end, |at| at + 1)..];
            joint = if blank.is_some() { " " } else { "" };
        }
        out.push((joint, rest));
    }
    out
}

/// Sections of mrkdwn, each within its limit; a block of code goes on from one to the next.
fn sections(text: &str, names: &Names) -> Vec<Value> {
    let (mut sections, mut now, mut fenced) = (Vec::new(), String::new(), false);
    for (joint, piece) in pieces(text) {
        let before = fenced;
        let piece = spoken(piece, names, &mut fenced);
        if !now.is_empty() && length(&now) + joint.len() + length(&piece) > SECTION {
            if before {
                now.push_str("\n```");
            }
            sections.push(std::mem::take(&mut now));
            if before {
                now.push_str("```");
            }
        }
        if !now.is_empty() {
            now.push_str(joint);
        }
        now.push_str(&piece);
    }
    sections.push(now);
    // Verbatim, so that Slack finds no addresses, names and mentions in it but those that are marked as such.
    let section =
        |text: String| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } });
    sections.into_iter().filter(|text| !text.trim().is_empty()).map(section).collect()
}

/// A line, or a piece of one, as mrkdwn; `fenced` is whether it is within a block of code.
fn spoken(line: &str, names: &Names, fenced: &mut bool) -> String {
    let (mut out, mut rest, mut code) = (String::new(), line, false);
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("```") {
            *fenced = !*fenced;
            out.push_str("```");
            rest = &rest[3..];
            continue;
        }
        if c == '`' && !*fenced {
            code = !code;
        }
        if !*fenced
            && !code
            && let Some((said, after)) = named(rest, &out, names)
        {
            out.push_str(&said);
            rest = after;
            continue;
        }
        out.push_str(&entities(c.encode_utf8(&mut [0; 4])));
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// What the text begins with, if it is somebody, something or an address; and what follows it.
fn named<'a>(rest: &'a str, before: &str, names: &Names) -> Option<(String, &'a str)> {
    if let Some(inside) = rest.strip_prefix('<') {
        let (inside, after) = inside.split_once('>')?;
        let (target, label) = inside.split_once('|').map_or((inside, None), |(target, label)| (target, Some(label)));
        let said = match target.chars().next()? {
            '@' if is_id(&target[1..], &['U', 'W']) => format!("<{target}>"),
            '#' if is_id(&target[1..], &['C']) => format!("<{target}>"),
            '!' => {
                let group = target.strip_prefix("!subteam^").filter(|id| is_id(id, &['S']))?;
                format!("<!subteam^{group}>")
            }
            _ => link(target, label)?,
        };
        return Some((said, after));
    }
    if !at_word(before) {
        return None;
    }
    if let Some((url, after)) = address(rest) {
        return Some((format!("<{}>", entities(&url)), after));
    }
    if let Some(handle) = rest.strip_prefix("slack:") {
        let end = handle.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(handle.len());
        let (id, after) = handle.split_at(end);
        return match () {
            () if is_id(id, &['U', 'W']) => Some((format!("<@{id}>"), after)),
            () if is_id(id, &['C']) => Some((format!("<#{id}>"), after)),
            () => None,
        };
    }
    let sign = rest.chars().next().filter(|c| matches!(c, '@' | '#'))?;
    let end = rest[1..]
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .map_or(rest.len(), |at| at + 1);
    // A full stop may end the sentence and not be part of the name.
    let whole = &rest[1..end];
    [whole, whole.trim_end_matches('.')].into_iter().find_map(|name| {
        let key = name.to_lowercase();
        let said = match sign {
            '#' => format!("<#{}>", names.channels.get(&key)?),
            _ => match (names.people.get(&key), names.groups.get(&key)) {
                (Some(person), _) => format!("<@{person}>"),
                (None, group) => format!("<!subteam^{}>", group?),
            },
        };
        Some((said, &rest[1 + name.len()..]))
    })
}

/// Whether a word may begin after this.
fn at_word(before: &str) -> bool {
    before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '/' | '.' | '-' | ':' | '>'))
}

/// The address that the text begins with, and what follows it.
fn address(rest: &str) -> Option<(String, &str)> {
    if !rest.starts_with("https://") && !rest.starts_with("http://") {
        return None;
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '|' | '`')).unwrap_or(rest.len());
    let end = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '*', '_', '~', '\'']).len();
    Some((safe_url(&rest[..end])?, &rest[end..]))
}

fn link(target: &str, label: Option<&str>) -> Option<String> {
    let url = safe_url(target)?;
    let label = one_line(label.unwrap_or(target)).replace('|', "¦");
    Some(format!("<{}|{}>", entities(&url), entities(&label)))
}

#[cfg(test)]
#[path = "speech_tests.rs"]
mod tests;
