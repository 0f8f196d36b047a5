//! Collects the parser's events into blocks, counting what it has spent.

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use super::{Limits, cut, is_web, push, visible};
use crate::model::{Block, Span, Text};

/// The deepest list that is still indented.
const DEEPEST: usize = 4;
/// The widest table.
const COLUMNS: usize = 6;

/// The state between two events. All nesting is counted, none of it is recursion.
pub(super) struct Builder {
    limits: Limits,
    out: Vec<Block>,
    /// The paragraph, heading or item that is being written.
    text: Text,
    spent: usize,
    full: bool,
    bold: usize,
    italic: usize,
    strike: usize,
    quote: usize,
    /// Where the open links and images lead; the outermost wins.
    links: Vec<String>,
    /// The open lists; whether each is numbered.
    lists: Vec<bool>,
    items: Vec<Text>,
    ordered: bool,
    code: Option<(String, bool)>,
    html: Option<String>,
    table: Option<(Vec<String>, Vec<Vec<String>>)>,
    row: Vec<String>,
    skipped: usize,
}

impl Builder {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            out: Vec::new(),
            text: Text::new(),
            spent: 0,
            full: false,
            bold: 0,
            italic: 0,
            strike: 0,
            quote: 0,
            links: Vec::new(),
            lists: Vec::new(),
            items: Vec::new(),
            ordered: false,
            code: None,
            html: None,
            table: None,
            row: Vec::new(),
            skipped: 0,
        }
    }

    /// Whether nothing more fits.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn take(&mut self, event: Event<'_>) {
        // Footnotes stand at the end of a page; a card has no such place.
        if self.skipped > 0 {
            match event {
                Event::Start(Tag::FootnoteDefinition(_)) => self.skipped += 1,
                Event::End(TagEnd::FootnoteDefinition) => self.skipped -= 1,
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.write(&text),
            Event::Code(code) => {
                let code = self.spend(&code);
                self.push_styled(code, true);
            }
            Event::Html(html) => match &mut self.html {
                Some(whole) => whole.push_str(&html),
                None => self.write_html(&html),
            },
            Event::InlineHtml(html) => self.write_html(&html),
            Event::SoftBreak | Event::HardBreak => self.write("\n"),
            Event::TaskListMarker(done) => self.write(if done { "☑ " } else { "☐ " }),
            Event::InlineMath(math) | Event::DisplayMath(math) => self.write(&math),
            Event::FootnoteReference(_) | Event::Rule => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            // A second paragraph of a list item or a quote stays in it.
            Tag::Paragraph if !self.text.is_empty() => self.write("\n"),
            Tag::Heading { .. } => {
                self.end_text();
                self.bold += 1;
            }
            Tag::BlockQuote(_) => {
                self.end_text();
                self.quote += 1;
            }
            Tag::CodeBlock(kind) => {
                self.end_text();
                let is_diff =
                    matches!(&kind, CodeBlockKind::Fenced(language) if matches!(&**language, "diff" | "patch"));
                self.code = Some((String::new(), is_diff));
            }
            Tag::HtmlBlock => self.html = Some(String::new()),
            Tag::List(first) => {
                self.end_text();
                if self.lists.is_empty() {
                    self.ordered = first.is_some();
                }
                self.lists.push(first.is_some());
            }
            Tag::Item => {
                self.end_text();
                let deep = self.lists.len().saturating_sub(1).min(DEEPEST);
                if deep > 0 {
                    self.write(&format!("{}◦ ", "  ".repeat(deep)));
                }
            }
            Tag::FootnoteDefinition(_) => self.skipped += 1,
            Tag::Table(_) => {
                self.end_text();
                self.table = Some((Vec::new(), Vec::new()));
            }
            Tag::TableHead | Tag::TableRow => self.row = Vec::new(),
            Tag::Emphasis => self.italic += 1,
            Tag::Strong => self.bold += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.links.push(dest_url.into_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph if self.lists.is_empty() && self.quote == 0 => self.end_text(),
            TagEnd::Heading(_) => {
                self.bold = self.bold.saturating_sub(1);
                self.end_text();
            }
            TagEnd::BlockQuote(_) => {
                self.end_text();
                self.quote = self.quote.saturating_sub(1);
            }
            TagEnd::CodeBlock => {
                if let Some((code, is_diff)) = self.code.take() {
                    let code = code.trim_end().to_owned();
                    self.end_list();
                    if !code.is_empty() {
                        self.block(if is_diff { Block::Diff(code) } else { Block::Code(code) });
                    }
                }
            }
            TagEnd::HtmlBlock => {
                if let Some(html) = self.html.take() {
                    self.write_html(html.trim());
                    if self.lists.is_empty() && self.quote == 0 {
                        self.end_text();
                    }
                }
            }
            TagEnd::List(_) => {
                self.end_text();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.end_list();
                }
            }
            TagEnd::Item => self.end_text(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text).to_plain();
                if self.row.len() < COLUMNS {
                    self.row.push(cell.trim().to_owned());
                }
            }
            TagEnd::TableHead => self.end_row(true),
            TagEnd::TableRow => self.end_row(false),
            TagEnd::Table => {
                if let Some((head, rows)) = self.table.take() {
                    self.end_list();
                    self.block(Block::Table { head, rows });
                }
            }
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::Image => {
                // An image without a description must still be seen to be there.
                let described = self
                    .text
                    .0
                    .last()
                    .is_some_and(|span| matches!(span, Span::Link { url, .. } if self.links.first() == Some(url)));
                if !described {
                    self.write("image");
                }
                self.links.pop();
            }
            TagEnd::Link => {
                self.links.pop();
            }
            _ => {}
        }
    }

    /// Ends the paragraph or item and puts it where it belongs.
    fn end_text(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        trim(&mut text);
        if text.is_empty() {
            return;
        }
        if self.lists.is_empty() {
            self.end_list();
            self.block(if self.quote > 0 { Block::Quote(text) } else { Block::Text(text) });
        } else {
            self.items.push(text);
        }
    }

    fn end_list(&mut self) {
        if !self.items.is_empty() {
            let items = std::mem::take(&mut self.items);
            self.block(Block::List { ordered: self.ordered, items });
        }
    }

    fn end_row(&mut self, is_head: bool) {
        let mut row = std::mem::take(&mut self.row);
        let Some((head, rows)) = &mut self.table else { return };
        if is_head {
            *head = row;
        } else {
            row.resize(head.len(), String::new());
            rows.push(row);
        }
    }

    fn block(&mut self, block: Block) {
        if self.out.len() < self.limits.blocks {
            self.out.push(block);
        } else {
            self.full = true;
        }
    }

    fn write(&mut self, text: &str) {
        if let Some((code, _)) = &mut self.code {
            let left = self.limits.chars.saturating_sub(self.spent);
            let part = cut(text, left);
            code.extend(visible(part));
            self.spent += part.chars().count();
            self.full |= part.len() < text.len();
            return;
        }
        let text = self.spend(text);
        self.push_styled(text, false);
    }

    fn push_styled(&mut self, text: String, is_code: bool) {
        if text.is_empty() {
            return;
        }
        let span = match self.links.first() {
            Some(url) if is_web(url) => Span::Link { text, url: url.clone() },
            _ if is_code => Span::Code(text),
            _ if self.bold > 0 => Span::Bold(text),
            _ if self.italic > 0 => Span::Italic(text),
            _ if self.strike > 0 => Span::Strike(text),
            _ => Span::Text(text),
        };
        push(&mut self.text, span);
    }

    /// Takes `text` off what may still be written.
    fn spend(&mut self, text: &str) -> String {
        let left = self.limits.chars.saturating_sub(self.spent);
        let part = cut(text, left);
        self.spent += part.chars().count();
        self.full |= part.len() < text.len();
        visible(part).collect()
    }

    /// Shows what people would see of raw HTML: its text, its line breaks and its pictures.
    fn write_html(&mut self, html: &str) {
        let mut rest = html;
        while let Some(open) = rest.find('<') {
            let (before, tag) = rest.split_at(open);
            self.write(before);
            let end =
                if tag.starts_with("<!--") { tag.find("-->").map(|at| at + 3) } else { tag.find('>').map(|at| at + 1) };
            // An open comment or tag hides the rest, as it does in a browser.
            let Some(end) = end else { return };
            let (tag, after) = tag.split_at(end);
            let name = tag.trim_start_matches('<').trim_start().to_ascii_lowercase();
            if name.starts_with("br") {
                self.write("\n");
            } else if name.starts_with("img") {
                let url = attribute(tag, "src").unwrap_or_default();
                let alt =
                    attribute(tag, "alt").filter(|alt| !alt.trim().is_empty()).unwrap_or_else(|| "image".to_owned());
                self.links.push(url);
                self.write(&alt);
                self.links.pop();
            }
            rest = after;
        }
        self.write(rest);
    }

    /// The blocks; `cut` says that there was more than was read.
    pub(super) fn finish(mut self, cut: bool) -> Vec<Block> {
        if let Some((code, is_diff)) = self.code.take() {
            self.end_list();
            self.block(if is_diff { Block::Diff(code) } else { Block::Code(code) });
        }
        if let Some((head, rows)) = self.table.take() {
            self.end_list();
            self.block(Block::Table { head, rows });
        }
        self.end_text();
        self.end_list();
        if self.full || cut {
            ellipsis(&mut self.out);
        }
        self.out
    }
}

/// Ends what was cut with `…`.
pub(in super::super) fn ellipsis(blocks: &mut Vec<Block>) {
    match blocks.last_mut() {
        Some(Block::Text(text) | Block::Quote(text)) => push(text, Span::Text(" …".to_owned())),
        Some(Block::Code(code) | Block::Diff(code)) => code.push_str("\n…"),
        Some(Block::List { items, .. }) => items.push(Text::from("…")),
        Some(Block::Table { head, rows }) => {
            let mut row = vec![String::new(); head.len()];
            if let Some(first) = row.first_mut() {
                "…".clone_into(first);
            }
            rows.push(row);
        }
        None => blocks.push(Block::Text(Text::from("…"))),
    }
}

/// Takes white space off both ends of a run of text, and empties one that holds nothing else.
fn trim(text: &mut Text) {
    if let Some(Span::Text(last)) = text.0.last_mut() {
        last.truncate(last.trim_end().len());
    }
    if let Some(Span::Text(first)) = text.0.first_mut() {
        *first = first.trim_start_matches('\n').to_owned();
    }
    text.0.retain(|span| !matches!(span, Span::Text(text) if text.is_empty()));
    if text.to_plain().trim().is_empty() {
        text.0.clear();
    }
}

/// The value of an attribute of an HTML tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let start = lower.find(&format!(" {name}="))? + name.len() + 2;
    let value = tag.get(start..)?;
    let quote = value.chars().next().filter(|char| matches!(char, '"' | '\''));
    let value = match quote {
        Some(quote) => value.get(1..)?.split(quote).next()?,
        None => value.split([' ', '>', '\t', '\n']).next()?,
    };
    Some(value.to_owned())
}
