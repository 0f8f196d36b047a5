//! A card as plain text: all of it for a file, or its few words for a notice.

use super::super::escape::{clean, one_line};
use super::symbol;
use crate::chat::text::aligned;
use crate::model::{Block, Card};

/// Widest column of a table in a file.
const COLUMN: usize = 60;

/// All of the card.
pub(super) fn text(card: &Card) -> String {
    let mut sections = vec![one_line(&card.title)];
    sections.extend(card.link.as_deref().map(one_line));
    sections.extend(card.body.iter().map(block));
    let facts: Vec<String> = card
        .fields
        .iter()
        .map(|field| format!("{}: {}", one_line(&field.label), one_line(&field.value.to_plain())))
        .collect();
    sections.push(facts.join("\n"));
    sections.extend(card.footer.as_ref().map(|footer| one_line(&footer.to_plain())));
    sections.retain(|section| !section.trim().is_empty());
    sections.join("\n\n") + "\n"
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(text) | Block::Quote(text) => clean(&text.to_plain()),
        Block::Code(code) | Block::Diff(code) => clean(code),
        Block::List { ordered, items } => items
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let sign = if *ordered { format!("{}.", at + 1) } else { "-".to_owned() };
                format!("{sign} {}", clean(&item.to_plain()))
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Block::Table { head, rows } => aligned(head, rows, COLUMN).join("\n"),
    }
}

/// Its few words: the title, and what stands below it.
pub(super) fn short(card: &Card) -> String {
    let mut words = vec![one_line(&card.title)];
    words.extend(card.body.iter().map(block).map(|block| one_line(&block)));
    words.extend(
        card.fields.iter().map(|field| format!("{}: {}", one_line(&field.label), one_line(&field.value.to_plain()))),
    );
    words.retain(|words| !words.is_empty());
    let symbol = symbol(card.tone).map(|symbol| format!("{symbol} ")).unwrap_or_default();
    format!("{symbol}{}", words.join("\n"))
}
