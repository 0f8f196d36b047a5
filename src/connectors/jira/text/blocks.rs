//! A [`super::Doc`] as the blocks of a card, within limits.

use super::{Cell, Inline, Marks, Node, Panel, Task, box_of, flat};
use crate::connectors::markdown::{Limits, cut, ellipsis, is_web, push, visible};
use crate::model::{Block, Span, Text};

/// The widest table.
const COLUMNS: usize = 6;
/// The deepest list that is still indented.
const DEEPEST: usize = 4;

pub(super) fn blocks(nodes: &[Node], limits: Limits) -> Vec<Block> {
    let mut writer = Writer { limits, out: Vec::new(), spent: 0, full: false };
    writer.nodes(nodes);
    if writer.full {
        ellipsis(&mut writer.out);
    }
    writer.out
}

struct Writer {
    limits: Limits,
    out: Vec<Block>,
    spent: usize,
    full: bool,
}

impl Writer {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            if self.full {
                return;
            }
            match node {
                Node::Paragraph(line) => {
                    let text = self.line(line, false);
                    self.text(text);
                }
                Node::Heading(_, line) => {
                    let text = self.line(line, true);
                    self.text(text);
                }
                Node::Code { language, text } => {
                    let code = self.spend(text.trim_end());
                    let is_diff = matches!(language.as_str(), "diff" | "patch");
                    if !code.trim().is_empty() {
                        self.block(if is_diff { Block::Diff(code) } else { Block::Code(code) });
                    }
                }
                Node::Quote(body) => self.quote("", body),
                Node::Panel(panel, body) => self.quote(sign(*panel), body),
                Node::Expand { title, body } => {
                    let title = self.line(&[Inline::Text(title.clone(), Marks::default())], true);
                    self.text(title);
                    self.nodes(body);
                }
                Node::List { start, items } => {
                    let mut out = Vec::new();
                    for item in items {
                        self.item(item, 0, &mut out);
                    }
                    self.list(start.is_some(), out);
                }
                Node::Tasks(tasks) => {
                    let mut out = Vec::new();
                    self.tasks(tasks, 0, &mut out);
                    self.list(false, out);
                }
                Node::Table(rows) => self.table(rows),
                Node::Rule => {}
            }
        }
    }

    fn quote(&mut self, sign: &str, body: &[Node]) {
        let line = flat(body);
        let text = self.line(&line, false);
        if !blank(&text) {
            let mut whole = Text::new();
            for span in std::iter::once(Span::Text(sign.to_owned())).filter(|_| !sign.is_empty()).chain(text.0) {
                push(&mut whole, span);
            }
            self.block(Block::Quote(whole));
        }
    }

    fn text(&mut self, text: Text) {
        if !blank(&text) {
            self.block(Block::Text(text));
        }
    }

    fn list(&mut self, ordered: bool, items: Vec<Text>) {
        if !items.is_empty() {
            self.block(Block::List { ordered, items });
        }
    }

    fn item(&mut self, item: &[Node], deep: usize, out: &mut Vec<Text>) {
        let lines: Vec<Node> = item.iter().filter(|node| !is_list(node)).cloned().collect();
        self.entry(&flat(&lines), "", deep, out);
        for node in item.iter().filter(|_| !self.full).collect::<Vec<_>>() {
            match node {
                Node::List { items, .. } => items.iter().for_each(|item| self.item(item, deep + 1, out)),
                Node::Tasks(tasks) => self.tasks(tasks, deep + 1, out),
                _ => {}
            }
        }
    }

    fn tasks(&mut self, tasks: &[Task], deep: usize, out: &mut Vec<Text>) {
        for task in tasks {
            self.entry(&task.text, box_of(task.done), deep, out);
            self.tasks(&task.below, deep + 1, out);
        }
    }

    fn entry(&mut self, line: &[Inline], sign: &str, deep: usize, out: &mut Vec<Text>) {
        if self.full {
            return;
        }
        let text = self.line(line, false);
        if blank(&text) {
            return;
        }
        let lead = if deep > 0 { format!("{}◦ {sign}", "  ".repeat(deep.min(DEEPEST))) } else { sign.to_owned() };
        let mut whole = Text::new();
        for span in std::iter::once(Span::Text(lead.clone())).filter(|_| !lead.is_empty()).chain(text.0) {
            push(&mut whole, span);
        }
        out.push(whole);
    }

    fn table(&mut self, rows: &[Vec<Cell>]) {
        let width = rows.iter().map(Vec::len).max().unwrap_or(0).min(COLUMNS);
        let mut cells = Vec::new();
        for row in rows {
            if self.full {
                break;
            }
            let mut out: Vec<String> = Vec::new();
            for cell in row.iter().take(width) {
                let text = self.line(&flat(&cell.body), false).to_plain();
                out.push(text.replace('\n', " ").trim().to_owned());
            }
            out.resize(width, String::new());
            cells.push(out);
        }
        if cells.is_empty() || width == 0 {
            return;
        }
        let headed = rows.first().is_some_and(|row| row.iter().all(|cell| cell.head));
        let head = if headed { cells.remove(0) } else { vec![String::new(); width] };
        self.block(Block::Table { head, rows: cells });
    }

    fn block(&mut self, block: Block) {
        if self.out.len() < self.limits.blocks {
            self.out.push(block);
        } else {
            self.full = true;
        }
    }

    /// Takes `text` off what may still be written.
    fn spend(&mut self, text: &str) -> String {
        let left = self.limits.chars.saturating_sub(self.spent);
        let part = cut(text, left);
        self.spent += part.chars().count();
        self.full |= part.len() < text.len();
        visible(part).collect()
    }

    fn line(&mut self, line: &[Inline], bold: bool) -> Text {
        let mut out = Text::new();
        for inline in line {
            if self.full {
                break;
            }
            let span = match inline {
                Inline::Text(text, marks) => {
                    let text = self.spend(text);
                    match &marks.link {
                        Some(url) if is_web(url) => Span::Link { text, url: url.clone() },
                        _ if marks.code => Span::Code(text),
                        _ if marks.strong || bold => Span::Bold(text),
                        _ if marks.em => Span::Italic(text),
                        _ if marks.strike => Span::Strike(text),
                        _ => Span::Text(text),
                    }
                }
                Inline::Break => Span::Text("\n".to_owned()),
                Inline::Mention(mention) => {
                    let name = self.spend(&crate::connectors::markdown::line(mention.called(), 60));
                    Span::Mention { handle: format!("jira:{}", mention.id), name }
                }
                Inline::Emoji { short, text } => Span::Text(self.spend(if text.is_empty() { short } else { text })),
                Inline::File { name, url } => {
                    let name = self.spend(&crate::connectors::markdown::line(name, 120));
                    match url {
                        Some(url) if is_web(url) => Span::Link { text: format!("📎 {name}"), url: url.clone() },
                        _ => Span::Text(format!("📎 {name}")),
                    }
                }
            };
            let empty = matches!(&span, Span::Link { text, .. } if text.is_empty())
                || (!matches!(span, Span::Link { .. }) && Text(vec![span.clone()]).to_plain().is_empty());
            if !empty {
                push(&mut out, span);
            }
        }
        out
    }
}

fn blank(text: &Text) -> bool {
    text.to_plain().trim().is_empty()
}

fn is_list(node: &Node) -> bool {
    matches!(node, Node::List { .. } | Node::Tasks(_))
}

fn sign(panel: Panel) -> &'static str {
    match panel {
        Panel::Info => "ℹ️ ",
        Panel::Note => "📝 ",
        Panel::Success => "✅ ",
        Panel::Warning => "⚠️ ",
        Panel::Error => "❌ ",
    }
}
