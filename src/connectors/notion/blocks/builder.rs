//! Collects the Markdown parser's events into Notion's blocks. All nesting is counted, none of it is recursion.

use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};
use serde_json::{Value, json};

use super::pieces::{Piece, Style, tidy};
use super::rich::{is_link, write};
use super::{block, callout, code, table, text_block};

/// How deep blocks stand in one another; what is deeper stands beside what it is in.
const DEEPEST: usize = 12;

/// A part of a paragraph: what stands alone in one becomes a block of its own.
enum Bit {
    Piece(Piece),
    Image { url: String, description: String },
    Formula(String),
}

/// What is open: the page itself, a quote, an item of a list.
struct Frame {
    kind: Kind,
    text: Option<Vec<Piece>>,
    children: Vec<Value>,
}

enum Kind {
    Page,
    Quote(Option<BlockQuoteKind>),
    Item { numbered: bool },
    Task { done: bool },
}

/// The state between two events.
pub(super) struct Builder<'a> {
    source: &'a str,
    frames: Vec<Frame>,
    /// The paragraph, heading, item or cell that is being written.
    bits: Vec<Bit>,
    bold: usize,
    italic: usize,
    strike: usize,
    /// Where the open links lead; the outermost wins.
    links: Vec<String>,
    /// The open images; only the outermost one counts.
    images: Vec<String>,
    description: String,
    /// The open lists; whether each is numbered.
    lists: Vec<bool>,
    code: Option<(String, String)>,
    html: Option<String>,
    rows: Vec<Vec<Vec<Value>>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            frames: vec![Frame { kind: Kind::Page, text: None, children: Vec::new() }],
            bits: Vec::new(),
            bold: 0,
            italic: 0,
            strike: 0,
            links: Vec::new(),
            images: Vec::new(),
            description: String::new(),
            lists: Vec::new(),
            code: None,
            html: None,
            rows: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.write(&text, false),
            },
            Event::Code(code) => self.write(&code, true),
            Event::Html(html) => match &mut self.html {
                Some(whole) => whole.push_str(&html),
                None => self.write(&html, false),
            },
            Event::InlineHtml(html) => self.inline_html(&html),
            Event::SoftBreak | Event::HardBreak => self.line_feed(),
            Event::TaskListMarker(done) => {
                if let Some(frame) = self.frames.last_mut().filter(|frame| matches!(frame.kind, Kind::Item { .. })) {
                    frame.kind = Kind::Task { done };
                }
            }
            Event::InlineMath(math) => self.formula(&math, range.end),
            Event::DisplayMath(math) => {
                let math = one_line(&math);
                if !math.is_empty() {
                    self.bits.push(Bit::Formula(math));
                }
            }
            Event::Rule => {
                self.flush();
                self.push(block("divider", json!({})));
            }
            Event::FootnoteReference(name) => self.write(&format!("[^{name}]"), false),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } => self.flush(),
            Tag::BlockQuote(kind) => self.open(Kind::Quote(kind)),
            Tag::CodeBlock(kind) => {
                self.flush();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::HtmlBlock => {
                self.flush();
                self.html = Some(String::new());
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(first.is_some());
            }
            Tag::Item => {
                let numbered = self.lists.last().copied().unwrap_or(false);
                self.open(Kind::Item { numbered });
            }
            Tag::Table(_) => {
                self.flush();
                self.rows = Vec::new();
            }
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            Tag::Emphasis => self.italic += 1,
            Tag::Strong => self.bold += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { dest_url, .. } => self.links.push(dest_url.into_string()),
            Tag::Image { dest_url, .. } => self.images.push(dest_url.into_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.flush(),
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::BlockQuote(_) | TagEnd::Item => self.close(),
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    let text = visible(text.strip_suffix('\n').unwrap_or(&text));
                    self.push(code(&text, &language));
                }
            }
            TagEnd::HtmlBlock => {
                let html = self.html.take().unwrap_or_default();
                let lines: Vec<String> = without_comments(&html)
                    .lines()
                    .map(|line| line.trim().to_owned())
                    .filter(|line| !line.is_empty())
                    .collect();
                self.write(&lines.join("\n"), false);
                self.flush();
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::TableCell => {
                let cell = write(&self.line());
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                let rows = std::mem::take(&mut self.rows);
                self.push(table(rows));
            }
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::Link => {
                self.links.pop();
            }
            TagEnd::Image => self.image(),
            _ => {}
        }
    }

    /// Text as it looks here.
    fn write(&mut self, text: &str, is_code: bool) {
        let text = visible(text);
        if !self.images.is_empty() {
            self.description.push_str(&text);
            return;
        }
        let piece = self.piece(text, is_code);
        self.bits.push(Bit::Piece(piece));
    }

    fn piece(&self, text: String, is_code: bool) -> Piece {
        let style = Style { bold: self.bold > 0, italic: self.italic > 0, strike: self.strike > 0, code: is_code };
        Piece { text, style, link: self.links.first().filter(|url| is_link(url)).cloned(), equation: false }
    }

    fn line_feed(&mut self) {
        if !self.images.is_empty() {
            self.description.push(' ');
            return;
        }
        // Blanks before a line feed are nobody's.
        if let Some(Bit::Piece(last)) =
            self.bits.last_mut().filter(|bit| matches!(bit, Bit::Piece(piece) if !piece.style.code))
        {
            last.text.truncate(last.text.trim_end_matches([' ', '\t']).len());
        }
        self.write("\n", false);
    }

    fn inline_html(&mut self, html: &str) {
        let name: String = html.chars().filter(|sign| !sign.is_whitespace()).flat_map(char::to_lowercase).collect();
        if matches!(name.as_str(), "<br>" | "<br/>") {
            self.line_feed();
        } else if !html.starts_with("<!--") {
            self.write(html, false);
        }
    }

    /// A formula between text; what is more likely an amount of money stays one.
    fn formula(&mut self, math: &str, end: usize) {
        let behind = self.source.get(end..).and_then(|rest| rest.chars().next());
        let text = one_line(&visible(math));
        if !self.images.is_empty() || behind.is_some_and(char::is_numeric) || text.is_empty() {
            self.write(&format!("${math}$"), false);
            return;
        }
        let piece = Piece { equation: true, ..self.piece(text, false) };
        self.bits.push(Bit::Piece(Piece { link: None, ..piece }));
    }

    fn image(&mut self) {
        let Some(url) = self.images.pop() else { return };
        if !self.images.is_empty() {
            return;
        }
        let description = one_line(&std::mem::take(&mut self.description));
        if self.links.is_empty() && is_image(&url) {
            self.bits.push(Bit::Image { url, description });
        } else {
            let text = if description.is_empty() { "image".to_owned() } else { description };
            let mut piece = self.piece(text, false);
            piece.link = piece.link.or_else(|| is_link(&url).then_some(url));
            self.bits.push(Bit::Piece(piece));
        }
    }

    /// Ends the paragraph and puts it where it belongs.
    fn flush(&mut self) {
        let bits = std::mem::take(&mut self.bits);
        let alone = bits.iter().any(|bit| !matches!(bit, Bit::Piece(_)))
            && bits.iter().all(|bit| !matches!(bit, Bit::Piece(piece) if !piece.is_blank()));
        if alone {
            for bit in bits {
                match bit {
                    Bit::Image { url, description } => self.push(image(&url, &description)),
                    Bit::Formula(formula) => self.push(block("equation", json!({ "expression": formula }))),
                    Bit::Piece(_) => {}
                }
            }
            return;
        }
        let pieces = tidy(bits.into_iter().map(piece_of).collect());
        if pieces.is_empty() {
            return;
        }
        match self.frames.last_mut() {
            Some(frame) if !matches!(frame.kind, Kind::Page) && frame.text.is_none() && frame.children.is_empty() => {
                frame.text = Some(pieces);
            }
            _ => self.push(text_block("paragraph", write(&pieces), Vec::new())),
        }
    }

    /// What was written, as one line.
    fn line(&mut self) -> Vec<Piece> {
        let pieces = std::mem::take(&mut self.bits).into_iter().map(piece_of);
        tidy(pieces.map(|piece| Piece { text: piece.text.replace('\n', " "), ..piece }).collect())
    }

    /// Notion has four levels; what is deeper is the fourth.
    fn heading(&mut self, level: HeadingLevel) {
        let pieces = self.line();
        let kind = match level {
            HeadingLevel::H1 => "heading_1",
            HeadingLevel::H2 => "heading_2",
            HeadingLevel::H3 => "heading_3",
            _ => "heading_4",
        };
        if !pieces.is_empty() {
            self.push(text_block(kind, write(&pieces), Vec::new()));
        }
    }

    fn open(&mut self, kind: Kind) {
        self.flush();
        self.frames.push(Frame { kind, text: None, children: Vec::new() });
    }

    fn close(&mut self) {
        self.flush();
        if self.frames.len() < 2 {
            return;
        }
        let Some(Frame { kind, text, mut children }) = self.frames.pop() else { return };
        if text.is_none() && children.is_empty() {
            return;
        }
        let text = write(&text.unwrap_or_default());
        let beside = if self.frames.len() > DEEPEST { std::mem::take(&mut children) } else { Vec::new() };
        let made = match kind {
            Kind::Page => return,
            Kind::Quote(None) => text_block("quote", text, children),
            Kind::Quote(Some(kind)) => {
                let (emoji, color) = alert(kind);
                callout(emoji, color, text, children)
            }
            Kind::Item { numbered: false } => text_block("bulleted_list_item", text, children),
            Kind::Item { numbered: true } => text_block("numbered_list_item", text, children),
            Kind::Task { done } => {
                let mut task = text_block("to_do", text, children);
                task["to_do"]["checked"] = done.into();
                task
            }
        };
        self.push(made);
        for block in beside {
            self.push(block);
        }
    }

    fn push(&mut self, block: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.children.push(block);
        }
    }

    pub(super) fn finish(mut self) -> Vec<Value> {
        self.flush();
        while self.frames.len() > 1 {
            self.close();
        }
        self.frames.pop().map(|page| page.children).unwrap_or_default()
    }
}

/// The alerts of GitHub's Markdown (<https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#alerts>),
/// each with the emoji and colour of its callout.
pub(super) fn alert(kind: BlockQuoteKind) -> (&'static str, &'static str) {
    match kind {
        BlockQuoteKind::Note => ("ℹ️", "blue_background"),
        BlockQuoteKind::Tip => ("💡", "green_background"),
        BlockQuoteKind::Important => ("❗", "purple_background"),
        BlockQuoteKind::Warning => ("⚠️", "yellow_background"),
        BlockQuoteKind::Caution => ("🛑", "red_background"),
    }
}

fn image(url: &str, description: &str) -> Value {
    let mut content = json!({ "type": "external", "external": { "url": url } });
    if !description.is_empty() {
        content["caption"] = write(&[Piece::plain(description)]).into();
    }
    block("image", content)
}

fn is_image(url: &str) -> bool {
    is_link(url) && !url.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"))
}

/// A part of a paragraph that is not alone in it.
fn piece_of(bit: Bit) -> Piece {
    match bit {
        Bit::Piece(piece) => piece,
        Bit::Image { url, description } => {
            let text = if description.is_empty() { "image".to_owned() } else { description };
            Piece { link: Some(url), ..Piece::plain(text) }
        }
        Bit::Formula(formula) => Piece { equation: true, ..Piece::plain(formula) },
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without control characters, which Notion refuses.
fn visible(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\t')).collect()
}

fn without_comments(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}
