//! A [`Doc`] as wiki markup.

use super::super::text::{Cell, Doc, Inline, Marks, Node, Panel, Task, box_of, flat};

pub(super) fn write(doc: &Doc) -> String {
    nodes(&doc.0).join("\n\n")
}

fn nodes(nodes: &[Node]) -> Vec<String> {
    nodes.iter().map(node).filter(|text| !text.is_empty()).collect()
}

fn node(node: &Node) -> String {
    match node {
        Node::Paragraph(text) => line(text),
        Node::Heading(level, text) => format!("h{}. {}", (*level).clamp(1, 6), line(text).replace('\n', " ")),
        Node::Code { language, text } if language.is_empty() => format!("{{noformat}}\n{}\n{{noformat}}", safe(text)),
        Node::Code { language, text } => {
            let known: String =
                language.chars().filter(|char| char.is_ascii_alphanumeric() || "+#_-".contains(*char)).collect();
            format!("{{code:{known}}}\n{}\n{{code}}", safe(text))
        }
        Node::Quote(body) => format!("{{quote}}\n{}\n{{quote}}", nodes(body).join("\n\n")),
        Node::Panel(panel, body) => {
            format!("{{panel:bgColor={}}}\n{}\n{{panel}}", colour(*panel), nodes(body).join("\n\n"))
        }
        Node::Expand { title, body } => {
            let title = escaped(title);
            let title = if title.trim().is_empty() { String::new() } else { format!("*{}*\n\n", title.trim()) };
            format!("{title}{}", nodes(body).join("\n\n"))
        }
        Node::List { start, items } => {
            let mut out = Vec::new();
            list(if start.is_some() { "#" } else { "*" }, items, &mut out);
            out.join("\n")
        }
        Node::Tasks(tasks) => {
            let mut out = Vec::new();
            self::tasks("*", tasks, &mut out);
            out.join("\n")
        }
        Node::Table(rows) => rows.iter().map(|row| self::row(row)).collect::<Vec<_>>().join("\n"),
        Node::Rule => "----".to_owned(),
    }
}

/// Code cannot hold the end of its own macro.
fn safe(text: &str) -> String {
    text.replace("{code}", "{ code}").replace("{noformat}", "{ noformat}")
}

fn list(signs: &str, items: &[Vec<Node>], out: &mut Vec<String>) {
    for item in items {
        let lines: Vec<Node> = item.iter().filter(|node| !is_list(node)).cloned().collect();
        let text = line(&flat(&lines));
        if !text.is_empty() {
            out.push(format!("{signs} {text}"));
        }
        for node in item {
            match node {
                Node::List { start, items } => {
                    list(&format!("{signs}{}", if start.is_some() { '#' } else { '*' }), items, out);
                }
                Node::Tasks(below) => tasks(&format!("{signs}*"), below, out),
                _ => {}
            }
        }
    }
}

fn tasks(signs: &str, all: &[Task], out: &mut Vec<String>) {
    for task in all {
        out.push(format!("{signs} {}{}", box_of(task.done), line(&task.text)));
        tasks(&format!("{signs}*"), &task.below, out);
    }
}

fn is_list(node: &Node) -> bool {
    matches!(node, Node::List { .. } | Node::Tasks(_))
}

fn row(row: &[Cell]) -> String {
    let mut out = String::new();
    let mut last = "|";
    for cell in row {
        last = if cell.head { "||" } else { "|" };
        let text = line(&flat(&cell.body)).replace('\n', " \\\\ ");
        out.extend([last, " ", &text, " "]);
    }
    out + last
}

/// The background of a panel; it is read back as the panel's kind.
fn colour(panel: Panel) -> &'static str {
    match panel {
        Panel::Info => "#deebff",
        Panel::Note => "#eae6ff",
        Panel::Success => "#e3fcef",
        Panel::Warning => "#fffae6",
        Panel::Error => "#ffebe6",
    }
}

pub(super) fn panel_of(background: &str) -> Panel {
    let all = [Panel::Note, Panel::Success, Panel::Warning, Panel::Error];
    all.into_iter().find(|panel| colour(*panel).eq_ignore_ascii_case(background.trim())).unwrap_or(Panel::Info)
}

fn line(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(text, marks) => out.push_str(&marked(text, marks)),
            Inline::Break => out.push('\n'),
            Inline::Mention(mention) => {
                let id: String = mention.id.chars().filter(|char| !matches!(char, ']' | '\n')).collect();
                // Account ids of Cloud have a form that no user name has.
                let cloud = id.len() >= 24 || id.contains(':');
                out.extend(["[~", if cloud { "accountid:" } else { "" }, &id, "]"]);
            }
            Inline::Emoji { short, text } => out.push_str(if text.is_empty() { short } else { text }),
            Inline::File { name, url: None } => out.extend(["[^", &name.replace(']', ""), "]"]),
            Inline::File { name, url: Some(url) } => out.extend(["[", &escaped(name), "|", &address(url), "]"]),
        }
    }
    // What begins a line and would make it a list, a table or a heading.
    let lines: Vec<String> = out.split('\n').map(|line| guarded(line.trim())).collect();
    lines.join("\n").trim().to_owned()
}

fn guarded(line: &str) -> String {
    let signs = line.bytes().take_while(|byte| b"#-*".contains(byte)).count();
    let listed = signs > 0 && line.as_bytes().get(signs) == Some(&b' ');
    let ruled = line.len() >= 4 && signs == line.len();
    let titled = line.len() > 3 && line.starts_with('h') && line.as_bytes().get(2..4) == Some(b". ");
    if titled || line.starts_with("bq. ") {
        let dot = line.find('.').unwrap_or(0);
        return format!("{}\\{}", &line[..dot], &line[dot..]);
    }
    if listed || ruled { format!("\\{line}") } else { line.to_owned() }
}

fn marked(text: &str, marks: &Marks) -> String {
    let body = text.trim();
    if body.is_empty() {
        return text.to_owned();
    }
    let start = text.len() - text.trim_start().len();
    let (before, after) = (&text[..start], &text[start + body.len()..]);
    let mut out = if marks.code { format!("{{{{{}}}}}", escaped(body)) } else { escaped(body) };
    if let Some(url) = &marks.link {
        out = if url == body { url.clone() } else { format!("[{out}|{}]", address(url)) };
    }
    for (on, sign) in [(marks.strike, '-'), (marks.em, '_'), (marks.strong, '*')] {
        if on {
            out = format!("{sign}{out}{sign}");
        }
    }
    format!("{before}{out}{after}")
}

fn address(url: &str) -> String {
    url.replace(' ', "%20").replace('|', "%7C").replace(']', "%5D").replace('\n', "")
}

/// Text that is only text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let next = chars.peek().copied();
        let in_word = before.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric);
        let edge = before.is_some_and(char::is_alphanumeric) || next.is_none_or(|next| !next.is_whitespace());
        match char {
            '{' | '}' | '[' | ']' | '|' | '\\' | '*' => out.extend(['\\', char]),
            '_' | '-' | '+' | '^' | '~' if !in_word && edge => out.extend(['\\', char]),
            '!' if next.is_some_and(char::is_alphanumeric) => out.extend(['\\', char]),
            '?' if next == Some('?') => out.extend(['\\', char]),
            _ => out.push(char),
        }
        before = Some(char);
    }
    out
}
