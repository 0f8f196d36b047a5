//! Markdown into a [`Doc`]. Nesting is a stack on the heap, and what is too deep is flattened.

use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::tokens::{self, Kind as TokenKind};
use super::{Cell, DEEPEST, Doc, Inline, Marks, Mention, Node, Panel, Task, box_of, push, trim};

/// How a mention is written: a link of this scheme.
pub(super) const PERSON: &str = "jira-user:";

pub(super) fn read(markdown: &str, resolve: &dyn Fn(&str) -> Option<Mention>) -> Doc {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM;
    let mut reader = Reader {
        source: markdown,
        resolve,
        open: vec![Open::new(Kind::Root)],
        line: Vec::new(),
        plain: String::new(),
        literal: Vec::new(),
        heading: None,
        strong: 0,
        em: 0,
        strike: 0,
        links: Vec::new(),
        code: None,
        html: None,
        title: false,
    };
    for (event, at) in Parser::new_ext(markdown, options).into_offset_iter() {
        reader.take(event, at);
    }
    reader.finish()
}

/// What is being read, outermost first.
enum Kind {
    Root,
    Quote(Option<Panel>),
    Expand(String),
    List(Option<u64>),
    Item(Option<bool>),
    Table,
    Row(bool),
    Cell,
    /// Too deep: what is in it belongs to what is around it.
    Flat,
}

struct Open {
    kind: Kind,
    nodes: Vec<Node>,
    items: Vec<(Option<bool>, Vec<Node>)>,
    rows: Vec<Vec<Cell>>,
    cells: Vec<Cell>,
}

impl Open {
    fn new(kind: Kind) -> Self {
        Self { kind, nodes: Vec::new(), items: Vec::new(), rows: Vec::new(), cells: Vec::new() }
    }
}

struct Reader<'a> {
    source: &'a str,
    resolve: &'a dyn Fn(&str) -> Option<Mention>,
    open: Vec<Open>,
    /// The paragraph, heading, item or cell that is being read.
    line: Vec<Inline>,
    /// Text whose tokens are not yet looked for, and which parts of it are to be taken as they are.
    plain: String,
    literal: Vec<Range<usize>>,
    heading: Option<u8>,
    strong: usize,
    em: usize,
    strike: usize,
    /// Where the open links lead, and where on the line they began; the outermost wins.
    links: Vec<(String, usize)>,
    code: Option<(String, String)>,
    html: Option<String>,
    /// Whether text belongs to the title of what can be expanded.
    title: bool,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, at: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, at),
            Event::Code(code) => {
                self.flush();
                let marks = Marks { code: true, ..self.marks() };
                push(&mut self.line, &code, &Marks { strong: false, em: false, strike: false, ..marks });
            }
            Event::Html(html) => match &mut self.html {
                Some(whole) => whole.push_str(&html),
                None => self.html(&html),
            },
            Event::InlineHtml(html) => self.html(&html),
            Event::SoftBreak | Event::HardBreak => self.line_break(),
            Event::Rule => {
                self.end_line();
                self.node(Node::Rule);
            }
            Event::TaskListMarker(done) => {
                if let Some(Open { kind: Kind::Item(mark), .. }) = self.open.last_mut() {
                    *mark = Some(done);
                } else {
                    self.plain.push_str(box_of(done));
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, at: Range<usize>) {
        if let Some((_, code)) = &mut self.code {
            code.push_str(text);
            return;
        }
        // What was written with a backslash or as an entity is meant as it is.
        let start = self.plain.len();
        self.plain.push_str(text);
        let escaped = at.start.checked_sub(1).and_then(|before| self.source.as_bytes().get(before)) == Some(&b'\\');
        if self.source.get(at) != Some(text) {
            self.literal.push(start..self.plain.len());
        } else if escaped && let Some(first) = text.chars().next() {
            self.literal.push(start..start + first.len_utf8());
        }
    }

    fn line_break(&mut self) {
        self.flush();
        if self.heading.is_some() {
            push(&mut self.line, " ", &Marks::default());
        } else {
            self.line.push(Inline::Break);
        }
    }

    fn marks(&self) -> Marks {
        Marks {
            strong: self.strong > 0,
            em: self.em > 0,
            strike: self.strike > 0,
            code: false,
            link: self.links.first().map(|(url, _)| url.clone()).filter(|url| !url.is_empty()),
        }
    }

    /// Looks for what means more in the text so far, and puts it on the line.
    fn flush(&mut self) {
        let plain = std::mem::take(&mut self.plain);
        let literal = std::mem::take(&mut self.literal);
        if plain.is_empty() {
            return;
        }
        if self.title {
            if let Some(Open { kind: Kind::Expand(title), .. }) = self.open.last_mut() {
                title.push_str(&plain);
            }
            return;
        }
        let marks = self.marks();
        let mut done = 0;
        let tokens = if marks.link.is_some() { Vec::new() } else { tokens::scan(&plain) };
        for token in tokens {
            if literal.iter().any(|range| range.start < token.at.end && token.at.start < range.end) {
                continue;
            }
            let said = &plain[token.at.clone()];
            let inline = match token.kind {
                TokenKind::Url => None,
                TokenKind::Name => (self.resolve)(&said[1..]).map(Inline::Mention),
                TokenKind::Id => (self.resolve)(tokens::id_of(said)).map(Inline::Mention),
                TokenKind::Emoji => Some(Inline::Emoji { short: said.to_owned(), text: String::new() }),
            };
            if inline.is_none() && token.kind != TokenKind::Url {
                continue;
            }
            push(&mut self.line, &plain[done..token.at.start], &marks);
            match inline {
                Some(inline) => self.line.push(inline),
                None => push(&mut self.line, said, &Marks { link: Some(said.to_owned()), ..marks.clone() }),
            }
            done = token.at.end;
        }
        push(&mut self.line, &plain[done..], &marks);
    }

    /// Ends the paragraph or heading.
    fn end_line(&mut self) {
        self.flush();
        let mut line = std::mem::take(&mut self.line);
        trim(&mut line);
        let heading = self.heading.take();
        if line.is_empty() {
            return;
        }
        self.node(match heading {
            Some(level) => Node::Heading(level, line),
            None => Node::Paragraph(line),
        });
    }

    fn node(&mut self, node: Node) {
        if let Some(open) = self.open.last_mut() {
            open.nodes.push(node);
        }
    }

    fn push(&mut self, kind: Kind) {
        self.end_line();
        // Rows and cells take two levels more than their table.
        let room = if matches!(kind, Kind::Row(_) | Kind::Cell | Kind::Item(_)) { DEEPEST + 2 } else { DEEPEST };
        let parent = matches!(self.open.last(), Some(Open { kind: Kind::Flat, .. }));
        let orphan = parent && matches!(kind, Kind::Row(_) | Kind::Cell | Kind::Item(_));
        self.open.push(Open::new(if orphan || self.open.len() > room { Kind::Flat } else { kind }));
    }

    fn pop(&mut self) {
        self.end_line();
        if self.open.len() < 2 {
            return;
        }
        let Some(mut done) = self.open.pop() else { return };
        let Some(parent) = self.open.last_mut() else { return };
        match done.kind {
            Kind::Root | Kind::Flat => {
                parent.nodes.append(&mut done.nodes);
                parent.nodes.extend(done.items.into_iter().flat_map(|(_, nodes)| nodes));
            }
            Kind::Quote(_) | Kind::Expand(_) if done.nodes.is_empty() => {}
            Kind::Quote(None) => parent.nodes.push(Node::Quote(done.nodes)),
            Kind::Quote(Some(panel)) => parent.nodes.push(Node::Panel(panel, done.nodes)),
            Kind::Expand(title) => {
                let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
                parent.nodes.push(Node::Expand { title, body: done.nodes });
            }
            Kind::Item(mark) => parent.items.push((mark, done.nodes)),
            Kind::List(start) => parent.nodes.push(list(start, done.items)),
            Kind::Table => {
                done.rows.retain(|row| !row.is_empty());
                if !done.rows.is_empty() {
                    parent.nodes.push(Node::Table(done.rows));
                }
            }
            Kind::Row(head) => {
                // A head without words is there only because Markdown knows no table without one.
                if !(head && done.cells.iter().all(|cell| cell.body.is_empty())) {
                    parent.rows.push(done.cells.into_iter().map(|cell| Cell { head, ..cell }).collect());
                }
            }
            Kind::Cell => parent.cells.push(Cell { head: false, body: done.nodes }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.end_line(),
            Tag::Heading { level, .. } => {
                self.end_line();
                self.heading = Some(level as u8);
            }
            Tag::BlockQuote(kind) => self.push(Kind::Quote(kind.map(panel))),
            Tag::CodeBlock(kind) => {
                self.end_line();
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default().to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::HtmlBlock => {
                self.end_line();
                self.html = Some(String::new());
            }
            Tag::List(start) => self.push(Kind::List(start)),
            Tag::Item => self.push(Kind::Item(None)),
            Tag::Table(_) => self.push(Kind::Table),
            Tag::TableHead => self.push(Kind::Row(true)),
            Tag::TableRow => self.push(Kind::Row(false)),
            Tag::TableCell => self.push(Kind::Cell),
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {
                self.flush();
                *self.mark(tag.to_end()) += 1;
            }
            Tag::Link { link_type, dest_url, .. } => {
                self.flush();
                let mail = matches!(link_type, LinkType::Email) && !dest_url.starts_with("mailto:");
                let url = if mail { format!("mailto:{dest_url}") } else { dest_url.into_string() };
                self.links.push((url, self.line.len()));
            }
            Tag::Image { dest_url, .. } => {
                self.flush();
                self.links.push((dest_url.into_string(), self.line.len()));
            }
            _ => {}
        }
    }

    fn mark(&mut self, tag: TagEnd) -> &mut usize {
        match tag {
            TagEnd::Emphasis => &mut self.em,
            TagEnd::Strong => &mut self.strong,
            _ => &mut self.strike,
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.end_line(),
            TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Table
            | TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::TableCell => {
                // What can be expanded ends with what it stands in.
                self.end_line();
                while matches!(self.open.last(), Some(Open { kind: Kind::Expand(_), .. })) {
                    self.title = false;
                    self.pop();
                }
                self.pop();
            }
            TagEnd::CodeBlock => {
                if let Some((language, mut text)) = self.code.take() {
                    if text.ends_with('\n') {
                        text.pop();
                    }
                    self.node(Node::Code { language, text });
                }
            }
            TagEnd::HtmlBlock => {
                if let Some(html) = self.html.take() {
                    self.html(html.trim());
                    self.end_line();
                }
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.flush();
                let mark = self.mark(tag);
                *mark = mark.saturating_sub(1);
            }
            TagEnd::Link => {
                self.flush();
                if let Some((url, from)) = self.links.pop() {
                    self.person(&url, from);
                }
            }
            TagEnd::Image => {
                self.flush();
                if self.links.last().is_some_and(|(_, from)| *from == self.line.len()) {
                    let marks = self.marks();
                    push(&mut self.line, "image", &marks);
                }
                self.links.pop();
            }
            _ => {}
        }
    }

    /// Makes a mention of what was read since `from`, where the link that ended there is one.
    fn person(&mut self, url: &str, from: usize) {
        let Some(id) = url.strip_prefix(PERSON).filter(|_| self.links.is_empty()) else { return };
        let said = self.line.split_off(from.min(self.line.len()));
        let name: String =
            said.iter().map(|inline| if let Inline::Text(text, _) = inline { text } else { "" }).collect();
        match (self.resolve)(id) {
            Some(found) => {
                let name = name.trim().trim_start_matches('@').to_owned();
                let name = if name.is_empty() { found.name } else { name };
                self.line.push(Inline::Mention(Mention { id: found.id, name }));
            }
            None => push(&mut self.line, &name, &Marks::default()),
        }
    }

    /// What people would see of raw HTML, and what can be expanded.
    fn html(&mut self, html: &str) {
        let mut rest = html;
        while let Some(open) = rest.find('<') {
            let (before, tag) = rest.split_at(open);
            self.html_text(before);
            let end =
                if tag.starts_with("<!--") { tag.find("-->").map(|at| at + 3) } else { tag.find('>').map(|at| at + 1) };
            // An open comment or tag hides the rest, as it does in a browser.
            let Some(end) = end else { return };
            let (tag, after) = tag.split_at(end);
            self.html_tag(tag);
            rest = after;
        }
        self.html_text(rest);
    }

    fn html_text(&mut self, text: &str) {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        let start = self.plain.len();
        self.plain.push_str(&text);
        self.literal.push(start..self.plain.len());
    }

    fn html_tag(&mut self, tag: &str) {
        let name = tag.trim_start_matches('<').trim_start().to_ascii_lowercase();
        let name = name.split(|char: char| !(char.is_ascii_alphanumeric() || char == '/')).next().unwrap_or_default();
        let in_expand = matches!(self.open.last(), Some(Open { kind: Kind::Expand(_), .. }));
        match name {
            "br" | "br/" => self.line_break(),
            "img" | "img/" => self.html_text("image"),
            "details" => self.push(Kind::Expand(String::new())),
            "summary" if in_expand => {
                self.end_line();
                self.title = true;
            }
            "/summary" if self.title => {
                self.flush();
                self.title = false;
            }
            "/details" if in_expand => {
                self.flush();
                self.title = false;
                self.pop();
            }
            _ => self.flush(),
        }
    }

    fn finish(mut self) -> Doc {
        if let Some((language, text)) = self.code.take() {
            self.node(Node::Code { language, text });
        }
        self.title = false;
        while self.open.len() > 1 {
            self.pop();
        }
        self.end_line();
        Doc(self.open.pop().map(|root| root.nodes).unwrap_or_default())
    }
}

fn panel(kind: BlockQuoteKind) -> Panel {
    match kind {
        BlockQuoteKind::Note => Panel::Info,
        BlockQuoteKind::Tip => Panel::Success,
        BlockQuoteKind::Important => Panel::Note,
        BlockQuoteKind::Warning => Panel::Warning,
        BlockQuoteKind::Caution => Panel::Error,
    }
}

/// A list of things to do, where all its items are that and hold no more than a line and their parts.
fn list(start: Option<u64>, items: Vec<(Option<bool>, Vec<Node>)>) -> Node {
    let simple = |(mark, nodes): &(Option<bool>, Vec<Node>)| {
        mark.is_some() && matches!(nodes.as_slice(), [Node::Paragraph(_)] | [Node::Paragraph(_), Node::Tasks(_)])
    };
    if start.is_none() && !items.is_empty() && items.iter().all(simple) {
        let tasks = items.into_iter().map(|(done, nodes)| {
            let mut nodes = nodes.into_iter();
            let text = if let Some(Node::Paragraph(line)) = nodes.next() { line } else { Vec::new() };
            let below = if let Some(Node::Tasks(tasks)) = nodes.next() { tasks } else { Vec::new() };
            Task { done: done == Some(true), text, below }
        });
        return Node::Tasks(tasks.collect());
    }
    let items = items.into_iter().map(|(mark, mut nodes)| {
        if let Some(done) = mark {
            let mut line = Vec::new();
            push(&mut line, box_of(done), &Marks::default());
            match nodes.first_mut() {
                Some(Node::Paragraph(first)) => {
                    line.append(first);
                    *first = line;
                }
                _ => nodes.insert(0, Node::Paragraph(line)),
            }
        }
        nodes
    });
    Node::List { start, items: items.collect() }
}
