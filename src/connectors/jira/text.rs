//! A rich text as Jira knows it, between its two written forms (the Atlassian Document Format of Cloud, the wiki markup of
//! Data Center), Markdown as people write it, and the blocks of a card.
//!
//! Everything goes through [`Doc`], whose nesting is bounded by whoever reads it, so that nothing that walks it can run out
//! of stack. Used by [`super::adf`], [`super::wiki`] and the cards. It fetches nothing and resolves nobody.

mod blocks;
mod reading;
mod tokens;
mod writing;

#[cfg(test)]
pub(super) mod samples;
#[cfg(test)]
mod tests;

use crate::connectors::markdown::Limits;
use crate::model::Block;

/// How deep blocks may stand in blocks; what is deeper is flattened.
pub(super) const DEEPEST: usize = 16;

/// A rich text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doc(pub Vec<Node>);

/// A block of a rich text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading of a level from 1 to 6.
    Heading(u8, Vec<Inline>),
    /// Code.
    Code {
        /// Its language; empty where none is given.
        language: String,
        /// The code, without a line feed at its end.
        text: String,
    },
    /// Somebody's words.
    Quote(Vec<Self>),
    /// A coloured box.
    Panel(Panel, Vec<Self>),
    /// What is shown when one asks for it.
    Expand {
        /// What is always shown.
        title: String,
        /// What is hidden.
        body: Vec<Self>,
    },
    /// A list, numbered from `start` on, or bulleted without it.
    List {
        /// The first number.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Self>>,
    },
    /// Things to do.
    Tasks(Vec<Task>),
    /// A table, row by row.
    Table(Vec<Vec<Cell>>),
    /// A line across.
    Rule,
}

/// A thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Whether it is done.
    pub done: bool,
    /// What is to do.
    pub text: Vec<Inline>,
    /// Its parts.
    pub below: Vec<Self>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Whether it names a column or row.
    pub head: bool,
    /// What is in it.
    pub body: Vec<Node>,
}

/// The kinds of coloured boxes. GitHub's alerts are `NOTE` (info), `IMPORTANT` (note), `TIP` (success), `WARNING` and
/// `CAUTION` (error).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    /// Blue: good to know.
    Info,
    /// Violet: to be noted.
    Note,
    /// Green: it went well, or a hint.
    Success,
    /// Yellow: take care.
    Warning,
    /// Red: it goes wrong.
    Error,
}

/// A stretch of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Text without line feeds.
    Text(String, Marks),
    /// A line break.
    Break,
    /// A person.
    Mention(Mention),
    /// An emoji.
    Emoji {
        /// Its name between colons, such as `:smile:`.
        short: String,
        /// The character; empty where it is not known.
        text: String,
    },
    /// An attached file or a picture.
    File {
        /// Its name.
        name: String,
        /// Where it is, as far as it is known.
        url: Option<String>,
    },
}

/// A person who is mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The account id (Cloud) or the user name (Data Center).
    pub id: String,
    /// What they are called, without `@`; empty where it is not known.
    pub name: String,
}

/// How text looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Strong.
    pub strong: bool,
    /// Emphasised.
    pub em: bool,
    /// Struck through.
    pub strike: bool,
    /// Code; only a link may stand beside it.
    pub code: bool,
    /// Where it leads.
    pub link: Option<String>,
}

impl Marks {
    /// Plain code.
    #[must_use]
    pub fn code() -> Self {
        Self { code: true, ..Self::default() }
    }

    /// A link.
    #[must_use]
    pub fn link(url: impl Into<String>) -> Self {
        Self { link: Some(url.into()), ..Self::default() }
    }

    /// Strong.
    #[must_use]
    pub fn strong() -> Self {
        Self { strong: true, ..Self::default() }
    }
}

impl Mention {
    /// The name, or what stands for it.
    #[must_use]
    pub fn called(&self) -> &str {
        if self.name.is_empty() { "someone" } else { &self.name }
    }
}

impl Doc {
    /// The text of Markdown as people write it: CommonMark with tables, task lists, strike-through and alerts, bare links,
    /// `:emoji:`, `@name` and `[~account id]`. Whom a name means is what `resolve` says; who is nobody stays text.
    /// A line feed breaks the line, as in chat.
    #[must_use]
    pub fn from_markdown(markdown: &str, resolve: &dyn Fn(&str) -> Option<Mention>) -> Self {
        reading::read(markdown, resolve)
    }

    /// The names and ids that [`Doc::from_markdown`] would ask for, each once: to look them up before.
    #[must_use]
    pub fn mentioned(markdown: &str) -> Vec<String> {
        let names = std::cell::RefCell::new(Vec::new());
        let _ = Self::from_markdown(markdown, &|name| {
            let mut names = names.borrow_mut();
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
            None
        });
        names.into_inner()
    }

    /// The text as Markdown, that [`Doc::from_markdown`] reads back.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        writing::write(&self.0)
    }

    /// The text as blocks of a card; what goes beyond the limits is cut and shown as `…`.
    #[must_use]
    pub fn blocks(&self, limits: Limits) -> Vec<Block> {
        blocks::blocks(&self.0, limits)
    }

    /// The text as one run for a quote or a note, its blocks separated by line feeds.
    #[must_use]
    pub fn line(&self, chars: usize) -> crate::model::Text {
        crate::connectors::markdown::joined(self.blocks(Limits { blocks: 12, chars }))
    }

    /// Whether there is nothing to see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks(Limits { blocks: 1, chars: 8 }).is_empty()
    }

    /// Everyone who is mentioned, each once, in order.
    #[must_use]
    pub fn mentions(&self) -> Vec<Mention> {
        let mut found: Vec<Mention> = Vec::new();
        let mut copy = self.clone();
        each(&mut copy.0, &mut |inline| {
            if let Inline::Mention(mention) = inline
                && !found.iter().any(|known| known.id == mention.id)
            {
                found.push(mention.clone());
            }
        });
        found
    }

    /// With the names of people whom the text knows by id only.
    #[must_use]
    pub fn named(mut self, name: &dyn Fn(&str) -> Option<String>) -> Self {
        each(&mut self.0, &mut |inline| {
            if let Inline::Mention(mention) = inline
                && mention.name.is_empty()
                && let Some(name) = name(&mention.id)
            {
                mention.name = name;
            }
        });
        self
    }

    /// With links to files which the text knows by name only.
    #[must_use]
    pub fn with_files(mut self, find: &dyn Fn(&str) -> Option<String>) -> Self {
        each(&mut self.0, &mut |inline| {
            if let Inline::File { name, url } = inline
                && url.is_none()
            {
                *url = find(name);
            }
        });
        self
    }
}

/// The end of the bare link that a text begins with, `before` which something stands.
pub(super) fn url_end(text: &str, before: Option<char>) -> Option<usize> {
    tokens::url(text, before)
}

/// Shows every stretch of every line to `see`.
fn each(nodes: &mut [Node], see: &mut dyn FnMut(&mut Inline)) {
    for node in nodes {
        match node {
            Node::Paragraph(line) | Node::Heading(_, line) => line.iter_mut().for_each(&mut *see),
            Node::Quote(body) | Node::Panel(_, body) | Node::Expand { body, .. } => each(body, see),
            Node::List { items, .. } => items.iter_mut().for_each(|item| each(item, see)),
            Node::Tasks(tasks) => each_task(tasks, see),
            Node::Table(rows) => rows.iter_mut().flatten().for_each(|cell| each(&mut cell.body, see)),
            Node::Code { .. } | Node::Rule => {}
        }
    }
}

fn each_task(tasks: &mut [Task], see: &mut dyn FnMut(&mut Inline)) {
    for task in tasks {
        task.text.iter_mut().for_each(&mut *see);
        each_task(&mut task.below, see);
    }
}

/// Adds text, broken at its line feeds, to what looks the same.
pub(super) fn push(line: &mut Vec<Inline>, text: &str, marks: &Marks) {
    for (index, part) in text.split('\n').enumerate() {
        if index > 0 {
            line.push(Inline::Break);
        }
        let part: String = part.chars().filter(|char| !char.is_control() || *char == '\t').collect();
        if part.is_empty() {
            continue;
        }
        match line.last_mut() {
            Some(Inline::Text(before, same)) if same == marks => before.push_str(&part),
            _ => line.push(Inline::Text(part, marks.clone())),
        }
    }
}

/// Takes white space and line breaks off both ends.
pub(super) fn trim(line: &mut Vec<Inline>) {
    loop {
        match line.last_mut() {
            Some(Inline::Text(text, marks)) if !marks.code => {
                text.truncate(text.trim_end().len());
                if !text.is_empty() {
                    break;
                }
            }
            Some(Inline::Break) => {}
            _ => break,
        }
        line.pop();
    }
    let blank = |inline: &Inline| match inline {
        Inline::Text(text, marks) => !marks.code && text.trim().is_empty(),
        Inline::Break => true,
        _ => false,
    };
    let first = line.iter().position(|inline| !blank(inline)).unwrap_or(line.len());
    line.drain(..first);
    if let Some(Inline::Text(text, marks)) = line.first_mut()
        && !marks.code
    {
        *text = text.trim_start().to_owned();
    }
}

/// The blocks of a place that only has room for lines: paragraphs joined by line breaks.
pub(super) fn flat(nodes: &[Node]) -> Vec<Inline> {
    let mut out = Vec::new();
    for node in nodes {
        let line = match node {
            Node::Paragraph(line) | Node::Heading(_, line) => line.clone(),
            Node::Code { text, .. } => {
                let mut line = Vec::new();
                push(&mut line, text, &Marks::code());
                line
            }
            Node::Quote(body) | Node::Panel(_, body) => flat(body),
            Node::Expand { title, body } => {
                let mut line = Vec::new();
                push(&mut line, title, &Marks::strong());
                add(&mut line, flat(body));
                line
            }
            Node::List { start, items } => {
                let mut line = Vec::new();
                for (number, item) in (start.unwrap_or(0)..).zip(items) {
                    let mut one = Vec::new();
                    let lead = if start.is_some() { format!("{number}. ") } else { "• ".to_owned() };
                    push(&mut one, &lead, &Marks::default());
                    one.extend(flat(item));
                    add(&mut line, one);
                }
                line
            }
            Node::Tasks(tasks) => flat(&[bulleted(tasks)]),
            Node::Table(rows) => {
                let mut line = Vec::new();
                for row in rows {
                    add(&mut line, row_line(row));
                }
                line
            }
            Node::Rule => Vec::new(),
        };
        add(&mut out, line);
    }
    out
}

/// A row of a table as a line.
pub(super) fn row_line(row: &[Cell]) -> Vec<Inline> {
    let mut line = Vec::new();
    for (index, cell) in row.iter().enumerate() {
        if index > 0 {
            push(&mut line, " · ", &Marks::default());
        }
        line.extend(flat(&cell.body));
    }
    line
}

fn add(to: &mut Vec<Inline>, more: Vec<Inline>) {
    if !to.is_empty() && !more.is_empty() {
        to.push(Inline::Break);
    }
    to.extend(more);
}

/// Things to do as a plain list, for places that know no other.
pub(super) fn bulleted(tasks: &[Task]) -> Node {
    let items = tasks.iter().map(|task| {
        let mut line = Vec::new();
        push(&mut line, box_of(task.done), &Marks::default());
        line.extend(task.text.iter().cloned());
        let mut item = vec![Node::Paragraph(line)];
        if !task.below.is_empty() {
            item.push(bulleted(&task.below));
        }
        item
    });
    Node::List { start: None, items: items.collect() }
}

/// The sign before a thing to do.
pub(super) fn box_of(done: bool) -> &'static str {
    if done { "☑ " } else { "☐ " }
}
