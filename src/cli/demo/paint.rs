//! A message as a terminal shows it: the texts of the payload that was really posted, line by line.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::slack::{Message, User};

/// Names by id.
#[derive(Debug)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    pub(super) fn new<'u>(users: impl IntoIterator<Item = &'u User>) -> Self {
        Self(users.into_iter().map(|user| (user.id.clone(), user.real_name.clone())).collect())
    }

    /// The name of this id.
    pub(super) fn of<'n>(&'n self, id: &'n str) -> &'n str {
        self.0.get(id).map_or(id, String::as_str)
    }

    /// The lines of a message.
    pub(super) fn lines(&self, message: &Message) -> Vec<String> {
        let mut lines = Vec::new();
        for block in &message.blocks {
            self.block(block, &mut lines);
        }
        for attachment in &message.attachments {
            for block in list(attachment, "blocks") {
                self.block(block, &mut lines);
            }
        }
        if lines.is_empty() {
            lines.extend(self.mrkdwn(&message.text).lines().map(str::to_owned));
        }
        lines
    }

    /// The lines of a modal: its title, then its inputs with what they ask.
    pub(super) fn form(&self, title: &str, blocks: &[Value]) -> Vec<String> {
        let mut lines = vec![title.to_owned()];
        for block in blocks {
            if text(block, "type") == "input" {
                let needed = if block["optional"] == true { "" } else { " *" };
                lines.push(format!("{}{needed}: ______", words(&block["label"])));
            } else {
                self.block(block, &mut lines);
            }
        }
        lines
    }

    fn block(&self, block: &Value, lines: &mut Vec<String>) {
        match text(block, "type") {
            "rich_text" => list(block, "elements").for_each(|part| self.rich(part, lines)),
            "section" => {
                if block.get("text").is_some() {
                    lines.extend(self.object(&block["text"]).lines().map(str::to_owned));
                }
                let fields: Vec<String> = list(block, "fields")
                    .map(|field| self.object(field).replace('\n', ": ").replace("::", ":"))
                    .collect();
                lines.extend(fields.chunks(2).map(|pair| pair.join("   ")));
            }
            "context" => {
                let parts: Vec<String> = list(block, "elements").map(|element| self.object(element)).collect();
                lines.push(parts.join(" "));
            }
            "actions" => {
                let label = |element: &Value| match text(element, "type") {
                    "button" => format!("[ {} ]", words(&element["text"])),
                    _ => format!("[ {} ▾ ]", words(&element["placeholder"])),
                };
                lines.push(list(block, "elements").map(label).collect::<Vec<_>>().join(" "));
            }
            "header" => lines.push(words(&block["text"]).to_owned()),
            "divider" => lines.push("────".to_owned()),
            _ => {}
        }
    }

    fn rich(&self, part: &Value, lines: &mut Vec<String>) {
        let spans = || list(part, "elements").map(|span| self.span(span)).collect::<String>();
        match text(part, "type") {
            "rich_text_list" => {
                let ordered = text(part, "style") == "ordered";
                for (at, item) in list(part, "elements").enumerate() {
                    let mut inside = Vec::new();
                    self.rich(item, &mut inside);
                    let mark = if ordered { format!("{}.", at + 1) } else { "•".to_owned() };
                    lines.extend(
                        inside
                            .iter()
                            .enumerate()
                            .map(|(line, text)| if line == 0 { format!("{mark} {text}") } else { format!("  {text}") }),
                    );
                }
            }
            "rich_text_quote" => lines.extend(spans().lines().map(|line| format!("> {line}"))),
            "rich_text_preformatted" => lines.extend(spans().lines().map(|line| format!("    {line}"))),
            _ => lines.extend(spans().lines().map(str::to_owned)),
        }
    }

    fn span(&self, span: &Value) -> String {
        match text(span, "type") {
            "user" => format!("@{}", self.of(text(span, "user_id"))),
            "emoji" => emoji(text(span, "name")),
            "date" => text(span, "fallback").to_owned(),
            "link" if span.get("text").is_none() => text(span, "url").to_owned(),
            _ => text(span, "text").to_owned(),
        }
    }

    /// A text object.
    fn object(&self, object: &Value) -> String {
        let content = text(object, "text");
        if text(object, "type") == "mrkdwn" { self.mrkdwn(content) } else { content.to_owned() }
    }

    /// Slack's markup as plain text.
    fn mrkdwn(&self, markup: &str) -> String {
        let mut out = String::new();
        let mut rest = markup;
        while let Some((before, after)) = rest.split_once('<') {
            out.push_str(before);
            let Some((inside, after)) = after.split_once('>') else {
                rest = after;
                continue;
            };
            let (target, label) =
                inside.split_once('|').map_or((inside, None), |(target, label)| (target, Some(label)));
            match (target.strip_prefix('@'), label) {
                (Some(id), _) => out.extend(["@", self.of(id)]),
                (None, Some(label)) => out.push_str(label),
                (None, None) => out.push_str(target),
            }
            rest = after;
        }
        out.push_str(rest);
        out.replace(['*', '`'], "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn words(object: &Value) -> &str {
    text(object, "text")
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The emoji that cards use; others by name.
fn emoji(name: &str) -> String {
    match name {
        "hourglass_flowing_sand" => "⏳",
        "white_check_mark" => "✅",
        "warning" => "⚠️",
        "red_circle" => "🔴",
        "white_circle" => "⚪",
        other => return format!(":{other}:"),
    }
    .to_owned()
}
