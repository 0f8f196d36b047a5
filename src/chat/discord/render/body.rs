//! The body of a card as the description of an embed, and all of it as a file where that is not enough.

use super::super::escape::{clean, cut, fenced, length, one_line};
use super::super::limits::Limits;
use super::Attachment;
use super::inline::inline;
use crate::chat::text::{aligned, plural};
use crate::model::{Block, Span, Text};

/// Widest column of a table, which is shown as lines: Discord knows no tables.
const COLUMN: usize = 40;
/// Lines of code that are shown: about what a phone shows at once.
const LINES: usize = 25;
/// Less room than that shows nothing of a block that would be worth it.
const LEAST: usize = 40;
/// Kept free for saying what was left out.
const NOTICE: usize = 120;

/// A body that was rendered.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The description.
    pub text: String,
    /// All of the body, where the description does not hold it.
    pub file: Option<Attachment>,
}

/// Renders as much as `room` units hold. `title` heads the file.
pub(super) fn body(title: &str, blocks: &[Block], room: usize, limits: &Limits, lost: &mut Vec<String>) -> Body {
    let name = file_name(blocks);
    let mut text = String::new();
    let mut left = room.saturating_sub(NOTICE);
    let mut short = false;
    let mut before: Option<&Block> = None;
    for (at, block) in blocks.iter().enumerate() {
        let rest = blocks.len() - at;
        if left < LEAST {
            lost.push(format!("{rest} blocks of the body"));
            text.push_str(&notice(&plural(rest, "more block"), name));
            short = true;
            break;
        }
        // What follows a long block is shown, too.
        let most = if rest == 1 { left } else { left / 3 * 2 };
        let (part, more) = one(block, most.saturating_sub(2), limits.code);
        if part.is_empty() && more.is_none() {
            continue;
        }
        let joint = before.map_or("", |before| between(before, block));
        text.push_str(joint);
        text.push_str(&part);
        left = left.saturating_sub(length(joint) + length(&part));
        before = Some(block);
        if let Some(more) = more {
            lost.push(format!("{more} of block {}", at + 1));
            short = true;
            let said = notice(&more, name);
            // The last notice has its own room.
            left = left.saturating_sub(length(&said));
            text.push_str(&said);
            if left < LEAST && rest > 1 {
                lost.push(format!("{} blocks of the body", rest - 1));
                break;
            }
        }
    }
    let file = short.then(|| Attachment { name, text: whole(title, blocks, name, limits.file) });
    Body { text, file }
}

/// What the file with all of it is called.
fn file_name(blocks: &[Block]) -> &'static str {
    let longest = blocks.iter().max_by_key(|block| match block {
        Block::Text(text) | Block::Quote(text) => text.to_plain().len(),
        Block::Code(code) | Block::Diff(code) => code.len(),
        Block::List { items, .. } => items.iter().map(|item| item.to_plain().len()).sum(),
        Block::Table { rows, .. } => rows.iter().flatten().map(String::len).sum(),
    });
    if matches!(longest, Some(Block::Code(_))) { "log.txt" } else { "details.md" }
}

fn notice(more: &str, name: &str) -> String {
    let plus = if more.starts_with(|sign: char| sign.is_ascii_digit()) { "+" } else { "" };
    format!("\n-# {plus}{more}: see {name} below")
}

/// What stands between two blocks: a blank line where they would run into each other.
fn between(before: &Block, block: &Block) -> &'static str {
    let spaced = |block: &Block| matches!(block, Block::Text(_));
    let alike = std::mem::discriminant(before) == std::mem::discriminant(block);
    let fixed = |block: &Block| matches!(block, Block::Code(_) | Block::Diff(_) | Block::Table { .. });
    if (alike && !fixed(block)) || (spaced(before) && spaced(block)) { "\n\n" } else { "\n" }
}

/// One block in at most `most` units, and what of it was left out, such as `14 lines`.
fn one(block: &Block, most: usize, code: usize) -> (String, Option<String>) {
    match block {
        Block::Text(text) => paragraph(text, most, ""),
        Block::Quote(text) => {
            let (text, more) = paragraph(text, most.saturating_sub(2), "> ");
            (if text.is_empty() { text } else { format!("> {text}") }, more)
        }
        Block::Code(text) => preformatted("", &lines(text), most.min(code)),
        Block::Diff(text) => preformatted("diff", &lines(text), most.min(code)),
        Block::List { ordered, items } => list(*ordered, items, most),
        Block::Table { head, rows } => preformatted("", &aligned(head, rows, COLUMN), most.min(code)),
    }
}

fn paragraph(text: &Text, most: usize, indent: &'static str) -> (String, Option<String>) {
    let (written, was_cut) = inline(text, most, indent);
    let all = text.to_plain().chars().count();
    let more = was_cut.then(|| plural(all.saturating_sub(written.chars().count()).max(1), "character"));
    (written, more)
}

fn lines(code: &str) -> Vec<String> {
    clean(code).trim_matches('\n').lines().map(str::to_owned).collect()
}

/// As many whole lines as fit, in a fixed-width face.
fn preformatted(kind: &str, lines: &[String], most: usize) -> (String, Option<String>) {
    if lines.iter().all(|line| line.trim().is_empty()) {
        return (String::new(), None);
    }
    let lines: Vec<String> = lines.iter().map(|line| fenced(line)).collect();
    let block = |shown: &str| format!("```{kind}\n{shown}\n```");
    let mut room = most.saturating_sub(length(&block("")));
    let all = room;
    let mut shown: Vec<&str> = Vec::new();
    for line in &lines {
        let more = length(line) + 1;
        if more > room || shown.len() == LINES {
            break;
        }
        room -= more;
        shown.push(line);
    }
    let left = lines.len() - shown.len();
    if shown.iter().all(|line| line.trim().is_empty()) && left > 0 {
        // One line longer than all the room: its beginning, rather than nothing.
        let line = cut(&lines[shown.len()], all).0;
        let more = match left - 1 {
            0 => "the end of the line".to_owned(),
            left => format!("the end of the line and {}", plural(left, "line")),
        };
        return (block(&line), Some(more));
    }
    (block(&shown.join("\n")), (left > 0).then(|| plural(left, "more line")))
}

fn list(ordered: bool, items: &[Text], most: usize) -> (String, Option<String>) {
    let mut shown = String::new();
    for (at, item) in items.iter().enumerate() {
        let bullet = if ordered { format!("{}. ", at + 1) } else { "- ".to_owned() };
        let room = most.saturating_sub(length(&shown) + bullet.len() + 1);
        let (text, was_cut) = if room < 10 { (String::new(), true) } else { inline(item, room, "  ") };
        let left = items.len() - at;
        if was_cut && !shown.is_empty() {
            return (shown, Some(plural(left, "more item")));
        }
        if !text.is_empty() {
            if !shown.is_empty() {
                shown.push('\n');
            }
            shown.push_str(&bullet);
            shown.push_str(&text);
        }
        if was_cut {
            let more = match left - 1 {
                0 => "the end of the item".to_owned(),
                left => format!("the end of the item and {}", plural(left, "item")),
            };
            return (shown, Some(more));
        }
    }
    (shown, None)
}

/// All of the body, for the file.
fn whole(title: &str, blocks: &[Block], name: &str, most: usize) -> String {
    let marked = std::path::Path::new(name).extension().is_some_and(|extension| extension == "md");
    let mut parts = vec![if marked { format!("# {title}") } else { title.to_owned() }];
    parts.extend(blocks.iter().map(|block| match block {
        Block::Text(text) => outside(text),
        Block::Quote(text) => outside(text).lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n"),
        Block::Code(code) if marked => format!("```\n{}\n```", fenced(&lines(code).join("\n"))),
        Block::Diff(code) if marked => format!("```diff\n{}\n```", fenced(&lines(code).join("\n"))),
        Block::Code(code) | Block::Diff(code) => lines(code).join("\n"),
        Block::List { ordered, items } => {
            let bullet = |at: usize| if *ordered { format!("{}. ", at + 1) } else { "- ".to_owned() };
            let item = |(at, item): (usize, &Text)| format!("{}{}", bullet(at), outside(item));
            items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
        }
        Block::Table { head, rows } => aligned(head, rows, COLUMN).join("\n"),
    }));
    let mut text = parts.join("\n\n");
    text.push('\n');
    if text.len() > most {
        let mut end = most;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(text[..end].rfind('\n').map_or(end, |at| at + 1));
        text.push_str("… the rest was left out\n");
    }
    text
}

/// Text for a file, in which links are written out.
fn outside(text: &Text) -> String {
    let part = |span: &Span| match span {
        Span::Link { text, url } if text != url => format!("{} ({})", clean(text), one_line(url)),
        span => clean(&Text(vec![span.clone()]).to_plain()),
    };
    text.0.iter().map(part).collect()
}
