//! Rich text: from what a request says to what Notion keeps and shows. <https://developers.notion.com/reference/rich-text>

use serde_json::{Value, json};

use super::check::normal;
use super::data::World;
use super::json::user_brief;

/// One piece of plain text.
pub(super) fn piece(text: &str, link: Option<&str>, marks: &[&str]) -> Value {
    let on = |mark: &str| marks.contains(&mark);
    json!({
        "type": "text",
        "text": { "content": text, "link": link.map(|url| json!({ "url": url })) },
        "annotations": {
            "bold": on("bold"), "italic": on("italic"), "strikethrough": on("strikethrough"), "underline": on("underline"),
            "code": on("code"), "color": "default",
        },
        "plain_text": text,
        "href": link,
    })
}

/// Plain text as rich text.
pub(super) fn plain_text(text: &str) -> Value {
    if text.is_empty() { json!([]) } else { json!([piece(text, None, &[])]) }
}

/// What rich text says without any markup.
pub(super) fn plain(rich: &Value) -> String {
    rich.as_array().into_iter().flatten().filter_map(|piece| piece["plain_text"].as_str()).collect()
}

/// The rich text of a request as it is kept. It fits its shape already.
pub(super) fn build(world: &World, given: &Value) -> Value {
    given.as_array().into_iter().flatten().map(|item| one(world, item)).collect()
}

fn one(world: &World, given: &Value) -> Value {
    let mut kept = if let Some(mention) = given.get("mention") {
        let (shown, href, mention) = mentioned(world, mention);
        let mut kept = piece(&shown, None, &[]);
        kept["type"] = json!("mention");
        kept["mention"] = mention;
        kept["href"] = json!(href);
        remove(&mut kept, "text");
        kept
    } else if let Some(equation) = given.get("equation") {
        let mut kept = piece(equation["expression"].as_str().unwrap_or_default(), None, &[]);
        kept["type"] = json!("equation");
        kept["equation"] = equation.clone();
        remove(&mut kept, "text");
        kept
    } else {
        let text = &given["text"];
        piece(text["content"].as_str().unwrap_or_default(), text["link"]["url"].as_str(), &[])
    };
    for (name, value) in given["annotations"].as_object().into_iter().flatten() {
        kept["annotations"][name] = value.clone();
    }
    kept
}

fn remove(value: &mut Value, name: &str) {
    if let Some(map) = value.as_object_mut() {
        map.remove(name);
    }
}

/// What a mention shows, where it leads, and how it is kept.
fn mentioned(world: &World, given: &Value) -> (String, Option<String>, Value) {
    let id = |name: &str| given[name]["id"].as_str().and_then(normal).unwrap_or_default();
    if given.get("user").is_some() {
        let id = id("user");
        let name = world.user(&id).map_or("Anonymous", |user| user.name.as_str());
        return (format!("@{name}"), None, json!({ "type": "user", "user": user_brief(&id) }));
    }
    if let Some(date) = given.get("date") {
        let kept = json!({ "start": date["start"], "end": date["end"], "time_zone": date["time_zone"] });
        return (date["start"].as_str().unwrap_or_default().to_owned(), None, json!({ "type": "date", "date": kept }));
    }
    let kind = if given.get("page").is_some() { "page" } else { "database" };
    let id = id(kind);
    let title = match (world.pages.get(&id), world.databases.get(&id)) {
        (Some(page), _) => plain(page.values.get("title").unwrap_or(&Value::Null)),
        (_, Some(database)) => plain(&database.title),
        _ => "Untitled".to_owned(),
    };
    (title, Some(world.address(&id, "")), json!({ "type": kind, kind: { "id": id } }))
}
