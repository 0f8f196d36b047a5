//! The body of a card: one rich text block a block, as many as there is room for.

use serde_json::{Value, json};

use super::super::escape::{clean, cut, length};
use super::{rich, weight};
use crate::chat::text::{aligned, plural};
use crate::model::{Block, Text};

/// How much room the body has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// In blocks, the notice of what was left out not among them.
    pub blocks: usize,
    /// In units of text.
    pub total: usize,
    /// In units of text, for any one block.
    pub each: usize,
}

/// Widest column of a table. It is shown as lines: a table block would bear one table a message only, and no wide one on a phone.
const COLUMN: usize = 40;

/// Renders the blocks that there is room for, and says below how much there was more. `link` leads to all of it.
pub(super) fn body(blocks: &[Block], link: Option<&str>, mut room: Room, lost: &mut Vec<String>) -> Vec<Value> {
    let mut out = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let left = blocks.len() - at;
        // Less than a line's room: nothing of the block would be worth showing.
        if room.blocks == 0 || room.total < 40.min(room.each) {
            lost.push(format!("{left} blocks of the body"));
            out.push(notice(&format!("+{left} more"), link));
            break;
        }
        let (part, more) = one(block, room.each.min(room.total));
        if let Some(part) = part {
            let part = rich::block(vec![part]);
            room.total = room.total.saturating_sub(weight(&part));
            room.blocks -= 1;
            out.push(part);
        }
        if let Some(more) = more {
            lost.push(format!("{more} of block {}", at + 1));
            // The notice takes a block of its own here only if the one that is kept for the end stays.
            if room.blocks > 0 {
                let said = notice(&format!("+{more} more"), link);
                room.total = room.total.saturating_sub(weight(&said));
                room.blocks -= 1;
                out.push(said);
            } else {
                let rest = left - 1;
                let said = if rest == 0 { format!("+{more} more") } else { format!("+{more} and {rest} blocks more") };
                if rest > 0 {
                    lost.push(format!("{rest} blocks of the body"));
                }
                out.push(notice(&said, link));
                break;
            }
        }
    }
    out
}

fn notice(said: &str, link: Option<&str>) -> Value {
    let mut elements = vec![rich::text(said, &["italic"])];
    if let Some(url) = link {
        elements.push(rich::text(" ", &[]));
        elements.push(json!({ "type": "link", "url": url, "text": "Read all of it" }));
    }
    rich::block(vec![rich::section(elements)])
}

/// One block in at most `most` units, and what of it was left out, such as `14 lines`.
fn one(block: &Block, most: usize) -> (Option<Value>, Option<String>) {
    match block {
        Block::Text(text) => inline("rich_text_section", text, most),
        Block::Quote(text) => inline("rich_text_quote", text, most),
        Block::Code(code) | Block::Diff(code) => preformatted(&lines(code), most),
        Block::List { ordered, items } => list(*ordered, items, most),
        Block::Table { head, rows } => preformatted(&aligned(head, rows, COLUMN), most),
    }
}

fn inline(kind: &str, text: &Text, most: usize) -> (Option<Value>, Option<String>) {
    let all = length(&text.to_plain());
    let (elements, was_cut) = rich::spans(text, most);
    let more = was_cut.then(|| format!("{} characters", all.saturating_sub(most).max(1)));
    if elements.is_empty() {
        return (None, more);
    }
    (Some(json!({ "type": kind, "elements": elements })), more)
}

fn lines(code: &str) -> Vec<String> {
    clean(code).trim_end_matches('\n').lines().map(str::to_owned).collect()
}

/// As many whole lines as fit, in a fixed-width face.
fn preformatted(lines: &[String], most: usize) -> (Option<Value>, Option<String>) {
    let mut shown = String::new();
    let mut used = 0;
    let mut taken = 0;
    for line in lines {
        let more = length(line) + 1;
        if used + more > most {
            break;
        }
        if taken > 0 {
            shown.push('\n');
        }
        shown.push_str(line);
        used += more;
        taken += 1;
    }
    let mut left = lines.len() - taken;
    if taken == 0 && left > 0 {
        // One line longer than all the room: its beginning, rather than nothing.
        shown = cut(&lines[0], most).0;
        left -= 1;
        let more = match left {
            0 => "the end of the line".to_owned(),
            left => format!("the end of the line and {left} lines"),
        };
        return (code(&shown), Some(more));
    }
    (code(&shown), (left > 0).then(|| plural(left, "line")))
}

fn code(shown: &str) -> Option<Value> {
    let shown = if shown.trim().is_empty() { return None } else { shown };
    Some(json!({ "type": "rich_text_preformatted", "elements": [rich::text(shown, &[])] }))
}

fn list(ordered: bool, items: &[Text], most: usize) -> (Option<Value>, Option<String>) {
    let mut shown = Vec::new();
    let mut left = most;
    for (at, item) in items.iter().enumerate() {
        let (elements, was_cut) = rich::spans(item, left);
        let used: usize = elements.iter().map(weight).sum();
        if (was_cut && !shown.is_empty()) || left < 10 {
            return (bullets(ordered, shown), Some(plural(items.len() - at, "item")));
        }
        if was_cut {
            shown.push(rich::section(elements));
            let more = match items.len() - at - 1 {
                0 => "the end of the item".to_owned(),
                more => format!("the end of the item and {}", plural(more, "item")),
            };
            return (bullets(ordered, shown), Some(more));
        }
        if !elements.is_empty() {
            shown.push(rich::section(elements));
            left = left.saturating_sub(used);
        }
    }
    (bullets(ordered, shown), None)
}

fn bullets(ordered: bool, items: Vec<Value>) -> Option<Value> {
    let style = if ordered { "ordered" } else { "bullet" };
    (!items.is_empty()).then(|| json!({ "type": "rich_text_list", "style": style, "elements": Value::Array(items) }))
}
