//! Property values as people read them on a card.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::super::blocks::{is_link, shown};
use super::super::refs::Id;
use super::super::wire::User;
use super::number;
use super::schema::Property;
use crate::connectors::markdown::line;
use crate::model::{Span, Text};

/// The longest text of a value, in characters.
const LONGEST: usize = 300;
/// How many of several are named.
const SEVERAL: usize = 8;
/// How deep a computed value may hold others.
const DEEPEST: usize = 3;

/// A property value of a page, of whatever type; no text for an empty one and for what people cannot read.
#[must_use]
pub fn show(value: &Value) -> Text {
    show_as(value, None)
}

/// As [`show`], with numbers as the property shows them.
#[must_use]
pub fn show_as(value: &Value, property: Option<&Property>) -> Text {
    one(value, property, 0)
}

fn one(value: &Value, property: Option<&Property>, depth: usize) -> Text {
    let Some(kind) = value.get("type").and_then(Value::as_str).filter(|_| depth <= DEEPEST) else { return Text::new() };
    let Some(content) = value.get(kind) else { return Text::new() };
    let list = || content.as_array().map_or(&[][..], Vec::as_slice);
    let name =
        |value: &Value| value.get("name").and_then(Value::as_str).map(|name| line(name, 100)).unwrap_or_default();
    let string = || content.as_str().map(|text| line(text, LONGEST)).unwrap_or_default();
    match kind {
        "title" | "rich_text" => shown(list(), LONGEST),
        "number" => content.as_f64().map(|number| amount(number, property)).unwrap_or_default().into_text(),
        "checkbox" | "boolean" => Text::from(if content.as_bool() == Some(true) { "Yes" } else { "No" }),
        "select" | "status" => name(content).into_text(),
        "multi_select" => several(list().iter().map(|value| name(value).into_text())),
        "date" => date(content),
        "people" => several(list().iter().map(person)),
        "created_by" | "last_edited_by" => person(content),
        "created_time" | "last_edited_time" => moment(content.as_str().unwrap_or_default()),
        "email" | "url" => {
            let text = string();
            let url = if kind == "email" {
                format!("mailto:{text}")
            } else {
                content.as_str().unwrap_or_default().to_owned()
            };
            if is_link(&url) { Text::new().link(text, url) } else { text.into_text() }
        }
        "phone_number" | "string" => string().into_text(),
        "relation" => {
            let more = value.get("has_more").and_then(Value::as_bool) == Some(true);
            let page = |value: &Value| {
                let id = value.get("id").and_then(Value::as_str).and_then(Id::parse);
                id.map_or_else(Text::new, |id| Text::new().link("page", id.link()))
            };
            match list() {
                [] => Text::new(),
                [only] if !more => page(only),
                many => Text::from(format!("{}{} pages", many.len(), if more { "+" } else { "" })),
            }
        }
        "files" => several(list().iter().map(|value| {
            let link = |name: &str| value.get(name).and_then(|file| file.get("url")).and_then(Value::as_str);
            match (name(value), link("external").or_else(|| link("file")).filter(|url| is_link(url))) {
                (name, Some(url)) if !name.is_empty() => Text::new().link(name, url),
                (name, _) => name.into_text(),
            }
        })),
        "formula" | "rollup" => one(content, property, depth + 1),
        // What a rollup gathered.
        "array" => several(list().iter().map(|value| one(value, None, depth + 1))),
        "unique_id" => {
            let prefix =
                content.get("prefix").and_then(Value::as_str).map(|prefix| line(prefix, 20)).unwrap_or_default();
            match content.get("number").and_then(Value::as_u64) {
                Some(number) if prefix.is_empty() => Text::from(number.to_string()),
                Some(number) => Text::from(format!("{prefix}-{number}")),
                None => Text::new(),
            }
        }
        "verification" => match content.get("state").and_then(Value::as_str) {
            Some("verified") => {
                let until = content.pointer("/date/end").and_then(Value::as_str).map(moment).unwrap_or_default();
                if until.is_empty() { Text::from("Verified") } else { append(Text::from("Verified until "), until) }
            }
            Some("expired") => Text::from("Verification expired"),
            _ => Text::new(),
        },
        "place" => {
            let named = [
                name(content),
                content.get("address").and_then(Value::as_str).map(|at| line(at, 200)).unwrap_or_default(),
            ];
            let named = named.into_iter().find(|text| !text.is_empty());
            let at = |name: &str| content.get(name).and_then(Value::as_f64);
            let point =
                at("lat").zip(at("lon")).map(|(lat, lon)| format!("{}, {}", number::show(lat), number::show(lon)));
            named.or(point).unwrap_or_default().into_text()
        }
        _ => Text::new(),
    }
}

trait IntoText {
    fn into_text(self) -> Text;
}

impl IntoText for String {
    /// No text at all where there is none.
    fn into_text(self) -> Text {
        if self.is_empty() { Text::new() } else { Text::from(self) }
    }
}

/// A number with the sign that its property shows (<https://developers.notion.com/reference/property-object#number>).
fn amount(amount: f64, property: Option<&Property>) -> String {
    let format = property.map(|property| property.format.as_str()).unwrap_or_default();
    let sign = match format {
        "percent" => return format!("{} %", number::show(amount * 100.0)),
        "dollar" => "$",
        "euro" => "€",
        "pound" => "£",
        "yen" => "¥",
        "rupee" => "₹",
        _ => return number::show(amount),
    };
    format!("{sign}{}", number::show(amount))
}

/// A day, a moment, or from one to another.
fn date(content: &Value) -> Text {
    let part = |name: &str| content.get(name).and_then(Value::as_str).map(moment).unwrap_or_default();
    let (start, end) = (part("start"), part("end"));
    if end.is_empty() { start } else { append(start.plain(" → "), end) }
}

fn moment(text: &str) -> Text {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Text::new().time(at);
    }
    // A day belongs to no zone.
    text.parse::<Date>().map_or_else(|_| line(text, 40).into_text(), |day| Text::from(day.to_string()))
}

/// Somebody, mentioned where they have a handle on the platform that shows it; `notion:<id>` is the one they have here.
fn person(value: &Value) -> Text {
    let user: User = serde_json::from_value(value.clone()).unwrap_or_default();
    match (user.id.is_nil(), user.is_bot()) {
        (true, _) if user.name.is_none() => Text::new(),
        (false, false) => Text::new().span(mention(&user)),
        _ => Text::from(user.called()),
    }
}

/// Somebody by the handle that they have at Notion.
#[must_use]
pub fn mention(user: &User) -> Span {
    Span::Mention { handle: format!("notion:{}", user.id.dashed()), name: user.called() }
}

fn several(texts: impl Iterator<Item = Text>) -> Text {
    let texts: Vec<Text> = texts.filter(|text| !text.is_empty()).collect();
    let more = texts.len().saturating_sub(SEVERAL);
    let mut all = Text::new();
    for text in texts.into_iter().take(SEVERAL) {
        all = if all.is_empty() { text } else { append(all.plain(", "), text) };
    }
    if more > 0 { all.plain(format!(" +{more} more")) } else { all }
}

fn append(mut to: Text, more: Text) -> Text {
    to.0.extend(more.0);
    to
}
