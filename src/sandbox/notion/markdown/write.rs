//! Blocks as markdown.

use serde_json::Value;

use super::inline::SIGNS;
use crate::sandbox::notion::data::{Block, Id, World};
use crate::sandbox::notion::rich::plain;

impl World {
    /// The content of a page: each outermost block with its lines, and which blocks have no markdown.
    pub(in crate::sandbox::notion) fn markdown_blocks(&self, page: &str) -> (Vec<(Id, String)>, Vec<Id>) {
        let mut unknown = Vec::new();
        let mut found = Vec::new();
        let mut number = 0;
        for id in self.children(page) {
            let text = self.block_markdown(&id, &mut number, &mut unknown);
            found.push((id, text));
        }
        (found, unknown)
    }

    /// The content of a page in one text.
    pub(in crate::sandbox::notion) fn markdown(&self, page: &str) -> (String, Vec<Id>) {
        let (blocks, unknown) = self.markdown_blocks(page);
        let lines: Vec<String> = blocks.into_iter().map(|(_, text)| text).collect();
        (lines.join("\n"), unknown)
    }

    fn below(&self, id: &str, unknown: &mut Vec<Id>) -> String {
        let mut number = 0;
        let texts = self.children(id).into_iter().map(|id| self.block_markdown(&id, &mut number, unknown));
        let texts: Vec<String> = texts.collect();
        let lines: Vec<String> = texts.join("\n").lines().map(|line| format!("\t{line}")).collect();
        lines.join("\n")
    }

    fn block_markdown(&self, id: &str, number: &mut u32, unknown: &mut Vec<Id>) -> String {
        if let Some(page) = self.pages.get(id) {
            let title = page.title();
            return format!("<page url=\"{}\">{}</page>", self.address(id, &title), escaped(&title));
        }
        if let Some(database) = self.databases.get(id) {
            let inline = database.inline;
            let address = self.address(id, "");
            return format!(
                "<database url=\"{address}\" inline=\"{inline}\">{}</database>",
                escaped(&plain(&database.title))
            );
        }
        let Some(block) = self.blocks.get(id) else { return String::new() };
        *number = if block.kind == "numbered_list_item" { *number + 1 } else { 0 };
        let below = self.below(id, unknown);
        let with = |text: String| if below.is_empty() { text } else { format!("{text}\n{below}") };
        let rich = || rich_markdown(block.content.get("rich_text").unwrap_or(&Value::Null));
        match block.kind.as_str() {
            "paragraph" => {
                let text = rich();
                with(if text.is_empty() { "<empty-block/>".to_owned() } else { text })
            }
            "heading_1" => with(format!("# {}", rich())),
            "heading_2" => with(format!("## {}", rich())),
            "heading_3" => with(format!("### {}", rich())),
            "heading_4" => with(format!("#### {}", rich())),
            "bulleted_list_item" => with(format!("- {}", rich())),
            "numbered_list_item" => with(format!("{number}. {}", rich())),
            "quote" => with(format!("> {}", rich())),
            "to_do" => {
                let checked = block.content.get("checked") == Some(&Value::Bool(true));
                with(format!("- [{}] {}", if checked { "x" } else { " " }, rich()))
            }
            "toggle" => format!("{}\n</details>", with(format!("<details>\n<summary>{}</summary>", rich()))),
            "callout" => {
                let icon = block.content.get("icon").and_then(|icon| icon["emoji"].as_str()).unwrap_or("💡");
                format!("{}\n</callout>", with(format!("<callout icon=\"{icon}\">\n\t{}", rich())))
            }
            "code" => {
                let language = block.content.get("language").and_then(Value::as_str).unwrap_or("plain text");
                let text = plain(block.content.get("rich_text").unwrap_or(&Value::Null));
                format!("```{language}\n{text}\n```")
            }
            "equation" => {
                format!("$$\n{}\n$$", block.content.get("expression").and_then(Value::as_str).unwrap_or_default())
            }
            "divider" => "---".to_owned(),
            "table_of_contents" => "<table_of_contents/>".to_owned(),
            "column_list" => format!("<columns>\n{below}\n</columns>"),
            "column" => format!("<column>\n{below}\n</column>"),
            "table" => self.table_markdown(block),
            "image" | "video" | "file" | "pdf" | "audio" => self.media_markdown(block),
            other => {
                unknown.push(id.to_owned());
                format!("<unknown url=\"{}\" alt=\"{other}\"/>", self.address(id, ""))
            }
        }
    }

    fn table_markdown(&self, table: &Block) -> String {
        let header = table.content.get("has_column_header") == Some(&Value::Bool(true));
        let mut lines = vec![format!("<table header-row=\"{header}\">")];
        for row in self.children(&table.id) {
            lines.push("<tr>".to_owned());
            let cells = self.blocks.get(&row).and_then(|row| row.content.get("cells")?.as_array());
            lines.extend(cells.into_iter().flatten().map(|cell| format!("<td>{}</td>", rich_markdown(cell))));
            lines.push("</tr>".to_owned());
        }
        lines.push("</table>".to_owned());
        lines.join("\n")
    }

    fn media_markdown(&self, block: &Block) -> String {
        let external = block.content.get("external").and_then(|external| external["url"].as_str());
        let upload = || block.content.get("file").and_then(|file| file["upload"].as_str());
        let url = external.map(str::to_owned).or_else(|| upload().map(|id| format!("{}/files/{id}", self.base)));
        let url = url.unwrap_or_default();
        let caption = rich_markdown(block.content.get("caption").unwrap_or(&Value::Null));
        match block.kind.as_str() {
            "image" => format!("![{caption}]({url})"),
            kind => format!("<{kind} src=\"{url}\">{caption}</{kind}>"),
        }
    }
}

/// Text whose signs mean themselves.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if sign == '\n' {
            out.push_str("<br>");
            continue;
        }
        if SIGNS.contains(sign) && sign != '_' {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}

fn rich_markdown(rich: &Value) -> String {
    rich.as_array().into_iter().flatten().map(one).collect()
}

fn one(piece: &Value) -> String {
    let text = piece["plain_text"].as_str().unwrap_or_default();
    let on = |mark: &str| piece["annotations"][mark] == true;
    match piece["type"].as_str() {
        Some("equation") => return format!("$`{text}`$"),
        Some("mention") => {
            let mention = &piece["mention"];
            let kind = mention["type"].as_str().unwrap_or("page");
            let id = mention[kind]["id"].as_str().unwrap_or_default();
            return match kind {
                "date" => format!("<mention-date start=\"{text}\"/>"),
                "user" => format!("<mention-user url=\"user://{id}\">{}</mention-user>", text.trim_start_matches('@')),
                _ => {
                    format!("<mention-{kind} url=\"{}\">{text}</mention-{kind}>", piece["href"].as_str().unwrap_or(id))
                }
            };
        }
        _ => {}
    }
    let mut out = if on("code") { format!("`{text}`") } else { escaped(text) };
    for (mark, sign) in [("italic", "*"), ("bold", "**"), ("strikethrough", "~~")] {
        if on(mark) && !text.trim().is_empty() {
            out = format!("{sign}{out}{sign}");
        }
    }
    match piece["href"].as_str() {
        Some(url) => format!("[{out}]({url})"),
        None => out,
    }
}
