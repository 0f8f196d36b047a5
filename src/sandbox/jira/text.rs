//! Rich text in its forms: ADF (v3), wiki markup (v2, Data Center and the payloads of webhooks), HTML and plain text.
//! Made from ADF or from wiki markup, whichever was written.

use serde_json::{Value, json};

/// A text as an ADF document; wiki markup becomes paragraphs as it stands.
pub(super) fn adf(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let paragraph = |part: &str| {
        let mut inline = Vec::new();
        for (at, line) in part.lines().enumerate() {
            if at > 0 {
                inline.push(json!({ "type": "hardBreak" }));
            }
            if !line.is_empty() {
                inline.push(json!({ "type": "text", "text": line }));
            }
        }
        json!({ "type": "paragraph", "content": inline })
    };
    let parts = text.split("\n\n").filter(|part| !part.trim().is_empty());
    json!({ "type": "doc", "version": 1, "content": parts.map(paragraph).collect::<Vec<_>>() })
}

/// A text as wiki markup.
pub(super) fn wiki(value: &Value) -> Value {
    match value {
        Value::Object(_) => Value::String(blocks(value, Form::Wiki)),
        other => other.clone(),
    }
}

/// A text without any form, for the search.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| blocks(value, Form::Plain), str::to_owned)
}

/// A text as Jira renders it.
pub(super) fn html(value: &Value) -> String {
    let paragraphs = plain(value);
    let safe = paragraphs.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parts: Vec<String> = safe.split("\n\n").map(|part| format!("<p>{}</p>", part.replace('\n', "<br/>"))).collect();
    parts.join("\n\n")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Wiki,
    Plain,
}

fn children(node: &Value) -> impl Iterator<Item = &Value> {
    node["content"].as_array().into_iter().flatten()
}

fn blocks(node: &Value, form: Form) -> String {
    let parts: Vec<String> = children(node).map(|child| block(child, form, "")).collect();
    parts.join("\n\n")
}

fn block(node: &Value, form: Form, bullets: &str) -> String {
    let wiki = form == Form::Wiki;
    match node["type"].as_str().unwrap_or_default() {
        "heading" if wiki => format!("h{}. {}", node["attrs"]["level"].as_u64().unwrap_or(1), inline(node, form)),
        "codeBlock" if wiki => match node["attrs"]["language"].as_str() {
            Some(language) => format!("{{code:{language}}}\n{}\n{{code}}", inline(node, form)),
            None => format!("{{noformat}}\n{}\n{{noformat}}", inline(node, form)),
        },
        "paragraph" | "heading" | "codeBlock" | "taskItem" | "decisionItem" | "caption" => inline(node, form),
        "blockquote" if wiki => format!("{{quote}}\n{}\n{{quote}}", blocks(node, form)),
        "panel" if wiki => format!("{{panel}}\n{}\n{{panel}}", blocks(node, form)),
        "rule" if wiki => "----".to_owned(),
        kind @ ("bulletList" | "orderedList") => {
            let deeper = format!("{bullets}{}", if kind == "bulletList" { '*' } else { '#' });
            let items: Vec<String> = children(node).map(|item| list_item(item, form, &deeper)).collect();
            items.join("\n")
        }
        "tableRow" => children(node).map(|cell| format!("|{}", blocks(cell, form))).collect::<Vec<_>>().concat() + "|",
        "table" | "taskList" | "decisionList" => {
            let rows: Vec<String> = children(node).map(|row| block(row, form, bullets)).collect();
            rows.join("\n")
        }
        "blockCard" | "embedCard" => node["attrs"]["url"].as_str().unwrap_or_default().to_owned(),
        _ => blocks(node, form),
    }
}

fn list_item(item: &Value, form: Form, bullets: &str) -> String {
    let parts = children(item).map(|child| {
        let list = matches!(child["type"].as_str(), Some("bulletList" | "orderedList"));
        let text = block(child, form, bullets);
        if list || form == Form::Plain { text } else { format!("{bullets} {text}") }
    });
    parts.collect::<Vec<_>>().join("\n")
}

fn inline(node: &Value, form: Form) -> String {
    children(node).map(|child| word(child, form)).collect()
}

fn word(node: &Value, form: Form) -> String {
    let attr = |name: &str| node["attrs"][name].as_str().unwrap_or_default().to_owned();
    match node["type"].as_str().unwrap_or_default() {
        "text" => marked(node, form),
        "hardBreak" => "\n".to_owned(),
        "mention" if form == Form::Wiki => format!("[~accountid:{}]", attr("id")),
        "mention" | "status" => attr("text"),
        "emoji" => node["attrs"]["text"].as_str().map_or_else(|| attr("shortName"), str::to_owned),
        "inlineCard" => attr("url"),
        "date" => attr("timestamp"),
        _ => String::new(),
    }
}

fn marked(node: &Value, form: Form) -> String {
    let mut text = node["text"].as_str().unwrap_or_default().to_owned();
    if form == Form::Plain {
        return text;
    }
    for mark in node["marks"].as_array().into_iter().flatten() {
        text = match mark["type"].as_str().unwrap_or_default() {
            "strong" => format!("*{text}*"),
            "em" => format!("_{text}_"),
            "strike" => format!("-{text}-"),
            "underline" => format!("+{text}+"),
            "code" => format!("{{{{{text}}}}}"),
            "link" => format!("[{text}|{}]", mark["attrs"]["href"].as_str().unwrap_or_default()),
            _ => text,
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wiki_markup_keeps_what_it_can_say() {
        let doc = json!({ "type": "doc", "version": 1, "content": [
            { "type": "heading", "attrs": { "level": 2 }, "content": [{ "type": "text", "text": "Crash" }] },
            { "type": "paragraph", "content": [
                { "type": "text", "text": "see ", "marks": [{ "type": "strong" }] },
                { "type": "text", "text": "log", "marks": [{ "type": "link", "attrs": { "href": "https://x" } }] },
                { "type": "mention", "attrs": { "id": "1:2", "text": "@Ana" } },
            ] },
            { "type": "bulletList", "content": [{ "type": "listItem", "content": [
                { "type": "paragraph", "content": [{ "type": "text", "text": "a" }] },
                { "type": "orderedList", "content": [{ "type": "listItem", "content": [
                    { "type": "paragraph", "content": [{ "type": "text", "text": "b" }] }] }] },
            ] }] },
        ] });
        assert_eq!(wiki(&doc), "h2. Crash\n\n*see *[log|https://x][~accountid:1:2]\n\n* a\n*# b");
        assert_eq!(plain(&doc), "Crash\n\nsee log@Ana\n\na\nb");
    }

    #[test]
    fn what_was_written_as_markup_is_a_document_for_v3() {
        let doc = adf(&json!("one\ntwo\n\nthree"));
        assert_eq!(wiki(&doc), "one\ntwo\n\nthree");
        assert_eq!(html(&doc), "<p>one<br/>two</p>\n\n<p>three</p>");
    }
}
