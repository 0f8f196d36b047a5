//! Queries of data sources: filters and sorts, by the type of each column.
//!
//! <https://developers.notion.com/reference/filter-data-source-entries>

use std::cmp::Ordering;

use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};
use serde_json::Value;

use super::check::normal;
use super::data::{Column, Page, Source, World, minute};
use super::props;
use super::reply::Reply;
use super::rich::plain;

/// What a query looks at.
pub(super) struct Look<'a> {
    pub world: &'a World,
    pub source: &'a Source,
    /// The bot that asks, for `me`.
    pub bot: &'a str,
    pub now: Timestamp,
}

fn unknown(name: &str) -> Reply {
    Reply::invalid(&format!("Could not find property with name or id: {name}"))
}

impl Look<'_> {
    fn column(&self, name: &str) -> Result<&Column, Reply> {
        self.source.column(name).ok_or_else(|| unknown(name))
    }

    /// Whether a filter fits the columns.
    pub(super) fn check(&self, filter: &Value) -> Result<(), Reply> {
        for group in ["and", "or"] {
            if let Some(items) = filter[group].as_array() {
                return items.iter().try_for_each(|item| self.check(item));
            }
        }
        if filter.get("timestamp").is_some() {
            return Ok(());
        }
        let column = self.column(filter["property"].as_str().unwrap_or_default())?;
        let kind = kind_of(filter);
        let same = column.kind == kind
            || (matches!(column.kind.as_str(), "title" | "rich_text") && matches!(kind, "title" | "rich_text"));
        if same {
            return Ok(());
        }
        Err(Reply::invalid(&format!("database property {} does not match filter {kind}", column.kind)))
    }

    /// Whether a row passes a filter that was checked.
    pub(super) fn passes(&self, page: &Page, filter: &Value) -> bool {
        if let Some(items) = filter["and"].as_array() {
            return items.iter().all(|item| self.passes(page, item));
        }
        if let Some(items) = filter["or"].as_array() {
            return items.is_empty() || items.iter().any(|item| self.passes(page, item));
        }
        if let Some(name) = filter["timestamp"].as_str() {
            let at = if name == "created_time" { page.stamp.created } else { page.stamp.edited };
            return self.date(Some(&minute(at)), &filter[name]);
        }
        let Ok(column) = self.column(filter["property"].as_str().unwrap_or_default()) else { return false };
        let value = props::value(self.world, page, column);
        self.holds(&column.kind, &value, &filter[kind_of(filter)])
    }

    fn holds(&self, kind: &str, value: &Value, condition: &Value) -> bool {
        match kind {
            "title" | "rich_text" => text(&plain(value), condition),
            "url" | "email" | "phone_number" => text(value.as_str().unwrap_or_default(), condition),
            "number" => number(value.as_f64(), condition),
            "unique_id" => number(value["number"].as_f64(), condition),
            "checkbox" => checkbox(value, condition),
            "select" | "status" => choice(value, condition),
            "multi_select" => listed(condition, value, named),
            "date" => self.date(value["start"].as_str(), condition),
            "created_time" | "last_edited_time" => self.date(value.as_str(), condition),
            "people" => listed(condition, value, |item, wanted| self.is_person(item, wanted)),
            "created_by" | "last_edited_by" => {
                let one = Value::Array(vec![value.clone()]);
                listed(condition, &one, |item, wanted| self.is_person(item, wanted))
            }
            "relation" => listed(condition, value, |item, wanted| self.is_person(item, wanted)),
            "files" => listed(condition, value, |_, _| false),
            "formula" => self.formula(value, condition),
            _ => false,
        }
    }

    fn is_person(&self, item: &Value, wanted: &str) -> bool {
        let wanted = if wanted == "me" { self.bot.to_owned() } else { normal(wanted).unwrap_or_default() };
        item["id"] == wanted.as_str()
    }

    fn formula(&self, value: &Value, condition: &Value) -> bool {
        if let Some(condition) = condition.get("string") {
            return text(value["string"].as_str().unwrap_or_default(), condition);
        }
        if let Some(condition) = condition.get("number") {
            return number(value["number"].as_f64(), condition);
        }
        if let Some(condition) = condition.get("checkbox") {
            return checkbox(&value["boolean"], condition);
        }
        self.date(value["date"]["start"].as_str(), &condition["date"])
    }

    /// A day, or a moment when it has a time.
    fn date(&self, value: Option<&str>, condition: &Value) -> bool {
        let Some((operator, wanted)) = first(condition) else { return false };
        match operator {
            "is_empty" => return value.is_none(),
            "is_not_empty" => return value.is_some(),
            _ => {}
        }
        let Some(value) = value else { return false };
        let today = self.now.to_zoned(TimeZone::UTC).date();
        if let Some((from, to)) = span(operator, today) {
            return day(value).is_some_and(|day| from <= day && day <= to);
        }
        let Some(wanted) = wanted.as_str() else { return false };
        let relative = match wanted {
            "today" => Some(today),
            "tomorrow" => today.checked_add(1.day()).ok(),
            "yesterday" => today.checked_sub(1.day()).ok(),
            "one_week_ago" => today.checked_sub(1.week()).ok(),
            "one_week_from_now" => today.checked_add(1.week()).ok(),
            "one_month_ago" => today.checked_sub(1.month()).ok(),
            "one_month_from_now" => today.checked_add(1.month()).ok(),
            _ => None,
        };
        let wanted = relative.map_or_else(|| wanted.to_owned(), |day| day.to_string());
        // Two moments are compared to the second, anything else by its day.
        let order = match (moment(value), moment(&wanted)) {
            (Some(value), Some(wanted)) => value.cmp(&wanted),
            _ => day(value).cmp(&day(&wanted)),
        };
        match operator {
            "equals" => order == Ordering::Equal,
            "before" => order == Ordering::Less,
            "after" => order == Ordering::Greater,
            "on_or_before" => order != Ordering::Greater,
            "on_or_after" => order != Ordering::Less,
            _ => false,
        }
    }

    /// Puts rows in the order that a query asks for; the first sort counts most. Without one, the newest come first.
    pub(super) fn sort(&self, rows: &mut [&Page], sorts: &[Value]) -> Result<(), Reply> {
        for sort in sorts {
            if let Some(name) = sort["property"].as_str() {
                self.column(name)?;
            }
        }
        rows.reverse();
        for sort in sorts.iter().rev() {
            let down = sort["direction"] == "descending";
            rows.sort_by(|one, other| {
                let (one, other) = (self.key(one, sort), self.key(other, sort));
                match (&one, &other) {
                    // What is empty comes last either way.
                    (Key::Empty, Key::Empty) => Ordering::Equal,
                    (Key::Empty, _) => Ordering::Greater,
                    (_, Key::Empty) => Ordering::Less,
                    _ if down => other.compare(&one),
                    _ => one.compare(&other),
                }
            });
        }
        Ok(())
    }

    fn key(&self, page: &Page, sort: &Value) -> Key {
        match sort["timestamp"].as_str() {
            Some("created_time") => return Key::Text(minute(page.stamp.created)),
            Some(_) => return Key::Text(minute(page.stamp.edited)),
            None => {}
        }
        let Ok(column) = self.column(sort["property"].as_str().unwrap_or_default()) else { return Key::Empty };
        let value = props::value(self.world, page, column);
        let words = |text: String| if text.is_empty() { Key::Empty } else { Key::Text(text.to_lowercase()) };
        match column.kind.as_str() {
            "title" | "rich_text" => words(plain(&value)),
            "number" => value.as_f64().map_or(Key::Empty, Key::Number),
            "unique_id" => value["number"].as_f64().map_or(Key::Empty, Key::Number),
            "checkbox" => Key::Number(f64::from(u8::from(value == true))),
            // Options sort in the order in which they stand in the column.
            "select" | "status" => {
                let options = column.config["options"].as_array().map_or(&[][..], Vec::as_slice);
                let at = options.iter().position(|option| option["id"] == value["id"]);
                at.and_then(|at| u32::try_from(at).ok()).map_or(Key::Empty, |at| Key::Number(f64::from(at)))
            }
            "date" => words(value["start"].as_str().unwrap_or_default().to_owned()),
            "people" => {
                let first = value[0]["id"].as_str().and_then(|id| self.world.user(id));
                words(first.map_or_else(String::new, |user| user.name.clone()))
            }
            "formula" => match value["number"].as_f64() {
                Some(number) => Key::Number(number),
                None => words(value["string"].as_str().unwrap_or_default().to_owned()),
            },
            _ => words(value.as_str().unwrap_or_default().to_owned()),
        }
    }
}

/// What rows are sorted by.
enum Key {
    Empty,
    Number(f64),
    Text(String),
}

impl Key {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => Ordering::Equal,
        }
    }
}

/// The key of a filter's condition.
fn kind_of(filter: &Value) -> &str {
    let rest = ["property", "type", "timestamp"];
    let mut keys = filter.as_object().into_iter().flat_map(|map| map.keys());
    keys.find(|key| !rest.contains(&key.as_str())).map_or("", String::as_str)
}

fn first(condition: &Value) -> Option<(&str, &Value)> {
    condition.as_object()?.iter().next().map(|(name, value)| (name.as_str(), value))
}

fn text(value: &str, condition: &Value) -> bool {
    let Some((operator, wanted)) = first(condition) else { return false };
    let (value, wanted) = (value.to_lowercase(), wanted.as_str().unwrap_or_default().to_lowercase());
    match operator {
        "equals" => value == wanted,
        "does_not_equal" => value != wanted,
        "contains" => value.contains(&wanted),
        "does_not_contain" => !value.contains(&wanted),
        "starts_with" => value.starts_with(&wanted),
        "ends_with" => value.ends_with(&wanted),
        "is_empty" => value.is_empty(),
        "is_not_empty" => !value.is_empty(),
        _ => false,
    }
}

fn number(value: Option<f64>, condition: &Value) -> bool {
    let Some((operator, wanted)) = first(condition) else { return false };
    let (Some(value), Some(wanted)) = (value, wanted.as_f64().or(Some(0.0))) else {
        return matches!(operator, "is_empty" | "does_not_equal");
    };
    let order = value.total_cmp(&wanted);
    match operator {
        "equals" => order == Ordering::Equal,
        "does_not_equal" => order != Ordering::Equal,
        "greater_than" => order == Ordering::Greater,
        "less_than" => order == Ordering::Less,
        "greater_than_or_equal_to" => order != Ordering::Less,
        "less_than_or_equal_to" => order != Ordering::Greater,
        "is_not_empty" => true,
        _ => false,
    }
}

fn checkbox(value: &Value, condition: &Value) -> bool {
    let on = *value == true;
    match first(condition) {
        Some(("equals", wanted)) => on == (*wanted == true),
        Some((_, wanted)) => on != (*wanted == true),
        None => false,
    }
}

/// One name or several.
fn wanted(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn named(option: &Value, wanted: &str) -> bool {
    option["name"] == wanted || option["id"] == wanted
}

fn choice(value: &Value, condition: &Value) -> bool {
    match first(condition) {
        Some(("is_empty", _)) => value.is_null(),
        Some(("is_not_empty", _)) => !value.is_null(),
        Some(("equals", names)) => wanted(names).into_iter().any(|name| named(value, name)),
        Some((_, names)) => !wanted(names).into_iter().any(|name| named(value, name)),
        None => false,
    }
}

fn listed(condition: &Value, value: &Value, same: impl Fn(&Value, &str) -> bool) -> bool {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let holds = |names: &Value| wanted(names).into_iter().any(|name| items.iter().any(|item| same(item, name)));
    match first(condition) {
        Some(("is_empty", _)) => items.is_empty(),
        Some(("is_not_empty", _)) => !items.is_empty(),
        Some(("contains", names)) => holds(names),
        Some((_, names)) => !holds(names),
        None => false,
    }
}

fn day(text: &str) -> Option<civil::Date> {
    text.get(..10)?.parse().ok()
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The days that a condition without a date means, today included.
fn span(operator: &str, today: civil::Date) -> Option<(civil::Date, civil::Date)> {
    let back = |span: jiff::Span| today.checked_sub(span).ok().map(|from| (from, today));
    let ahead = |span: jiff::Span| today.checked_add(span).ok().map(|to| (today, to));
    match operator {
        "past_week" => back(1.week()),
        "past_month" => back(1.month()),
        "past_year" => back(1.year()),
        "next_week" => ahead(1.week()),
        "next_month" => ahead(1.month()),
        "next_year" => ahead(1.year()),
        "this_week" => {
            let from = today.checked_sub(i64::from(today.weekday().to_sunday_zero_offset()).days()).ok()?;
            from.checked_add(6.days()).ok().map(|to| (from, to))
        }
        _ => None,
    }
}
