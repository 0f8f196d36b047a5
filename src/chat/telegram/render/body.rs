//! The body of a card: one part a block, as many as there is room for; what is over is kept for a second message.

use super::super::escape::{clean, length, one_line};
use super::page::{Line, Mark, Part, Run, Unit, Wrap};
use super::rich::{Breaks, Budget, runs};
use crate::chat::text::aligned;
use crate::model::{Block, Text};

/// A quotation that is longer is folded.
const FOLD: usize = 400;
/// Widest table, in characters, that a phone shows without breaking its lines.
const WIDE: usize = 34;
/// A block that would get less room is left out whole.
const LEAST: usize = 40;
/// Kept for each notice of what was left out, but for its link.
pub(super) const NOTICE: usize = 64;

/// How much room the body has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// In units of text.
    pub(super) total: usize,
    /// In units of text, for any one block that others follow.
    pub(super) each: usize,
}

/// A body as it fits into a message.
#[derive(Debug, Default)]
pub(super) struct Fitted {
    /// What is shown, with notices of what is not.
    pub(super) shown: Vec<Part>,
    /// What is not shown.
    pub(super) over: Vec<Part>,
    /// What is not shown, in words.
    pub(super) said: Vec<String>,
}

/// The blocks of a card, in full.
pub(super) fn parts(blocks: &[Block], budget: &mut Budget) -> Vec<Part> {
    blocks.iter().filter_map(|block| part(block, budget)).filter(|part| !part.is_blank()).collect()
}

fn part(block: &Block, budget: &mut Budget) -> Option<Part> {
    Some(match block {
        Block::Text(text) => paragraph(Wrap::Nothing, text, budget),
        Block::Quote(text) => {
            let plain = text.to_plain();
            let long = length(&plain) > FOLD || plain.lines().count() > 8;
            if !budget.take(1, 0) {
                return Some(paragraph(Wrap::Nothing, text, budget));
            }
            paragraph(if long { Wrap::Folded } else { Wrap::Quote }, text, budget)
        }
        Block::Code(code) => lines(Wrap::Code, code, budget),
        Block::Diff(code) => lines(Wrap::Diff, code, budget),
        Block::List { ordered, items } => {
            let line = |(at, item): (usize, &Text)| {
                let sign = if *ordered { format!("{}. ", at + 1) } else { "• ".to_owned() };
                let item = runs(item, Breaks::Stay, budget);
                (!item.is_empty()).then(|| [vec![Run::new(sign, Mark::Plain)], item].concat())
            };
            Part::new(Wrap::Nothing, Unit::Item, items.iter().enumerate().filter_map(line).collect())
        }
        Block::Table { head, rows } => table(head, rows, budget),
    })
}

fn paragraph(wrap: Wrap, text: &Text, budget: &mut Budget) -> Part {
    let mut line = runs(text, Breaks::Stay, budget);
    // Blank lines at the edges would stand beside those between the blocks.
    if let Some(first) = line.first_mut() {
        first.text = first.text.trim_start_matches('\n').to_owned();
    }
    if let Some(last) = line.last_mut() {
        last.text = last.text.trim_end().to_owned();
    }
    line.retain(|run| !run.text.is_empty());
    Part::new(wrap, Unit::Text, vec![line])
}

/// Lines in a fixed-width face.
fn lines(wrap: Wrap, code: &str, budget: &mut Budget) -> Part {
    let entities = if wrap == Wrap::Diff { 2 } else { 1 };
    let (wrap, mark) = if budget.take(entities, 0) { (wrap, Mark::Code) } else { (Wrap::Nothing, Mark::Plain) };
    let text = clean(code);
    let line = |line: &str| -> Line {
        match mark {
            // The part around it is the code; the line itself must only be taken as it is.
            Mark::Code => vec![Run::new(line, Mark::Plain)],
            _ => vec![budget.run(line, Mark::Plain, None)],
        }
    };
    Part::new(wrap, Unit::Line, text.trim_matches('\n').lines().map(line).collect())
}

/// Aligned where a phone shows the lines unbroken; else a list, in which each row says what its cells are.
fn table(head: &[String], rows: &[Vec<String>], budget: &mut Budget) -> Part {
    let aligned = aligned(head, rows, WIDE);
    if aligned.iter().all(|line| line.chars().count() <= WIDE) {
        return lines(Wrap::Code, &aligned.join("\n"), budget);
    }
    let row = |row: &Vec<String>| -> Line {
        let mut line = vec![Run::new("• ", Mark::Plain)];
        for (at, cell) in row.iter().map(|cell| one_line(cell)).enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let label = head.get(at).map(|label| one_line(label)).filter(|label| !label.is_empty());
            if line.len() > 1 {
                line.push(Run::new(" · ", Mark::Plain));
            }
            match label {
                Some(label) if at > 0 => line.push(budget.run(&format!("{label}: {cell}"), Mark::Plain, None)),
                _ if at == 0 => line.push(budget.run(&cell, Mark::Bold, None)),
                _ => line.push(budget.run(&cell, Mark::Plain, None)),
            }
        }
        line
    };
    Part::new(Wrap::Nothing, Unit::Item, rows.iter().map(row).filter(|line| line.len() > 1).collect())
}

/// As much of the body as there is room for. `link` is said beside what is left out; its length is a part of no limit.
pub(super) fn fit(parts: Vec<Part>, link: Option<&str>, mut room: Room, budget: &mut Budget) -> Fitted {
    let mut out = Fitted::default();
    let mut following: usize = parts.iter().map(|part| part.weight() + 2).sum();
    let mut parts = parts.into_iter();
    let mut number = 0;
    while let Some(part) = parts.next() {
        number += 1;
        let last = parts.len() == 0;
        let whole = part.weight();
        following -= whole + 2;
        // Where all that follows is short, a block may take what is left.
        let most = room.each.max(room.total.saturating_sub(following + NOTICE)).min(room.total);
        let most = if last { room.total } else { most };
        if whole + 2 <= most {
            room.total = room.total.saturating_sub(whole + 2);
            out.shown.push(part);
            continue;
        }
        let (shown, over) = if most < LEAST { (None, Some(part)) } else { part.split(most.saturating_sub(NOTICE + 4)) };
        let begun = shown.is_some() && cuts_a_line(shown.as_ref());
        if let Some(shown) = shown {
            room.total = room.total.saturating_sub(shown.weight() + 2);
            out.shown.push(shown);
        }
        let Some(over) = over else { continue };
        let more = over.count(begun);
        out.said.push(format!("{more} of block {number}"));
        out.over.push(over);
        room.total = room.total.saturating_sub(NOTICE);
        if following > room.total && room.total < LEAST {
            let rest = parts.len();
            let rest = crate::chat::text::plural(rest, "block");
            out.said.push(format!("{rest} of the body"));
            out.over.extend(parts);
            out.shown.push(notice(&format!("+{more} and {rest} more"), link, budget));
            break;
        }
        out.shown.push(notice(&format!("+{more} more"), link, budget));
    }
    out
}

/// Whether what is shown ends within a line.
fn cuts_a_line(shown: Option<&Part>) -> bool {
    let last = shown.and_then(|part| part.lines.last()?.last());
    shown.is_some_and(|part| part.lines.len() == 1) && last.is_some_and(|run| run.text == "…")
}

fn notice(said: &str, link: Option<&str>, budget: &mut Budget) -> Part {
    let mut line = vec![Run::new(said, Mark::Plain)];
    if let Some(url) = link {
        line.push(Run::new(" · ", Mark::Plain));
        line.push(budget.run("Read all of it", Mark::Link(url.to_owned()), None));
    }
    Part::quiet(line)
}
