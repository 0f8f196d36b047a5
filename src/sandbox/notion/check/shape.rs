//! The small language in which the shapes of requests are written, and how a value is held against one.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::sandbox::notion::reply::Reply;

/// Longest piece of a wrong value that is quoted.
const QUOTED: usize = 200;

/// What a value has to be.
pub(in crate::sandbox::notion) enum Shape {
    /// Anything.
    Any,
    /// A string with at least and at most so many characters.
    Text(usize, usize),
    /// An address of at most 2000 characters.
    Url,
    /// A UUID, with dashes or without.
    Id,
    /// `true` or `false`.
    Bool,
    /// Only `true`.
    True,
    /// A number.
    Number,
    /// A whole number between two.
    Whole(i64, i64),
    /// An ISO 8601 date, with or without a time.
    Date,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list of at most so many.
    List(&'static Shape, usize),
    /// An object with any names.
    Map(&'static Shape),
    /// An object with these fields and no others.
    Object(&'static [Field]),
    /// An object that is one of several, told apart by which key it has.
    Tagged(&'static Tagged),
    /// The same or `null`.
    OrNull(&'static Shape),
    /// What fits any of these.
    Either(&'static [&'static Shape]),
    /// A block with so many levels of children allowed in it.
    Block(u8),
    /// What this function says.
    Own(fn(&Value, &str, &mut Vec<String>)),
}

/// A field of an object.
pub(in crate::sandbox::notion) struct Field {
    name: &'static str,
    shape: &'static Shape,
    needed: bool,
}

/// Objects of several kinds.
pub(in crate::sandbox::notion) struct Tagged {
    /// Each kind with the shape of what stands under its key.
    pub variants: &'static [(&'static str, &'static Shape)],
    /// Kinds that are only named by `type` and have no content.
    pub bare: &'static [&'static str],
    /// Fields that every kind may have.
    pub common: &'static [Field],
    /// Whether `type` has to be there.
    pub typed: bool,
}

/// A field that has to be there.
pub(in crate::sandbox::notion) const fn need(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape, needed: true }
}

/// A field that may be there.
pub(in crate::sandbox::notion) const fn may(name: &'static str, shape: &'static Shape) -> Field {
    Field { name, shape, needed: false }
}

/// The refusal, when something is wrong; `what` is `body`, `path` or `query`.
pub(in crate::sandbox::notion) fn refuse(what: &str, wrong: &[String]) -> Result<(), Reply> {
    match wrong {
        [] => Ok(()),
        [only] => Err(Reply::invalid(&format!("{what} failed validation: {only}."))),
        many => {
            let lines: Vec<String> = many.iter().take(20).map(|line| format!("{line}.")).collect();
            Err(Reply::invalid(&format!("{what} failed validation. Fix one:\n{}", lines.join("\n"))))
        }
    }
}

/// A whole number between two out of a query parameter.
pub(in crate::sandbox::notion) fn whole(name: &str, text: &str, least: i64, most: i64) -> Result<i64, Reply> {
    let mut wrong = Vec::new();
    let number = text.parse::<i64>().ok();
    let value = number.map_or_else(|| Value::from(text), Value::from);
    Shape::Whole(least, most).look(&value, &format!("query.{name}"), &mut wrong);
    refuse("query", &wrong)?;
    number.ok_or_else(|| Reply::invalid("query failed validation."))
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

pub(super) fn expected(path: &str, what: &str, value: &Value, wrong: &mut Vec<String>) {
    wrong.push(format!("{path} should be {what}, instead was `{}`", shown(value)));
}

pub(super) fn missing(path: &str, name: &str, wrong: &mut Vec<String>) {
    wrong.push(format!("{path}.{name} should be defined, instead was `undefined`"));
}

/// The object behind a value, or the complaint that it is none.
pub(super) fn object<'a>(value: &'a Value, path: &str, wrong: &mut Vec<String>) -> Option<&'a Map<String, Value>> {
    let map = value.as_object();
    if map.is_none() {
        expected(path, "an object", value, wrong);
    }
    map
}

/// Looks at the fields of an object; other names than these and `also` are refused.
pub(super) fn fields(
    map: &Map<String, Value>,
    path: &str,
    groups: &[&'static [Field]],
    also: &[&str],
    wrong: &mut Vec<String>,
) {
    for field in groups.iter().copied().flatten() {
        match map.get(field.name) {
            Some(value) => field.shape.look(value, &format!("{path}.{}", field.name), wrong),
            None if field.needed => missing(path, field.name, wrong),
            None => {}
        }
    }
    for (name, value) in map {
        let known = groups.iter().copied().flatten().any(|field| field.name == name);
        if !known && !also.contains(&name.as_str()) {
            expected(&format!("{path}.{name}"), "not present", value, wrong);
        }
    }
}

/// `a`, `b`, or `c` in backticks and quotes.
pub(super) fn choices(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} or {second}"),
        [rest @ .., last] => format!("{}, or {last}", rest.join(", ")),
    }
}

impl Shape {
    /// Holds a value against the shape and adds what is wrong.
    pub(in crate::sandbox::notion) fn look(&self, value: &Value, path: &str, wrong: &mut Vec<String>) {
        match self {
            Self::Text(least, most) => text(value, *least, *most, path, wrong),
            Self::Url => text(value, 1, 2_000, path, wrong),
            Self::Id => {
                if value.as_str().and_then(normal).is_none() {
                    expected(path, "a valid uuid", value, wrong);
                }
            }
            Self::Bool if !value.is_boolean() => expected(path, "a boolean", value, wrong),
            Self::True if *value != Value::Bool(true) => expected(path, "`true`", value, wrong),
            Self::Number if !value.is_number() => expected(path, "a number", value, wrong),
            Self::OrNull(inner) if !value.is_null() => inner.look(value, path, wrong),
            Self::Any | Self::Bool | Self::True | Self::Number | Self::OrNull(_) => {}
            Self::Whole(least, most) => match value.as_i64() {
                None => expected(path, "a number", value, wrong),
                Some(number) if number > *most => expected(path, &format!("≤ `{most}`"), value, wrong),
                Some(number) if number < *least => expected(path, &format!("≥ `{least}`"), value, wrong),
                Some(_) => {}
            },
            Self::Date => {
                if !value.as_str().is_some_and(super::parts::is_date) {
                    expected(path, "a valid ISO 8601 date string", value, wrong);
                }
            }
            Self::Words(words) => {
                if !value.as_str().is_some_and(|word| words.contains(&word)) {
                    expected(path, &choices(words), value, wrong);
                }
            }
            Self::List(inner, most) => list(value, inner, *most, path, wrong),
            Self::Map(inner) => {
                if let Some(map) = object(value, path, wrong) {
                    map.iter().for_each(|(name, value)| inner.look(value, &format!("{path}.{name}"), wrong));
                }
            }
            Self::Object(of) => {
                if let Some(map) = object(value, path, wrong) {
                    fields(map, path, &[of], &[], wrong);
                }
            }
            Self::Tagged(tagged) => tagged.look(value, path, wrong),
            Self::Either(shapes) => either(shapes, value, path, wrong),
            Self::Block(depth) => super::blocks::look(value, *depth, path, wrong),
            Self::Own(look) => look(value, path, wrong),
        }
    }
}

impl Tagged {
    fn look(&self, value: &Value, path: &str, wrong: &mut Vec<String>) {
        let Some(map) = object(value, path, wrong) else { return };
        let names: Vec<&str> = self.variants.iter().map(|(name, _)| *name).chain(self.bare.iter().copied()).collect();
        let named = match map.get("type") {
            None if self.typed => return missing(path, "type", wrong),
            None => None,
            Some(given) => match given.as_str().filter(|word| names.contains(word)) {
                Some(word) => Some(word),
                None => return expected(&format!("{path}.type"), &choices(&names), given, wrong),
            },
        };
        let present = || self.variants.iter().map(|(name, _)| *name).find(|name| map.contains_key(*name));
        let Some(chosen) = named.or_else(present) else {
            return self.variants.iter().for_each(|(name, _)| missing(path, name, wrong));
        };
        if let Some((name, shape)) = self.variants.iter().find(|(name, _)| *name == chosen) {
            match map.get(*name) {
                Some(content) => shape.look(content, &format!("{path}.{name}"), wrong),
                None => missing(path, name, wrong),
            }
        }
        fields(map, path, &[self.common], &["type", chosen], wrong);
    }
}

fn text(value: &Value, least: usize, most: usize, path: &str, wrong: &mut Vec<String>) {
    let Some(text) = value.as_str() else { return expected(path, "a string", value, wrong) };
    // Notion counts as JavaScript does.
    let length = text.encode_utf16().count();
    if length > most {
        wrong.push(format!("{path}.length should be ≤ `{most}`, instead was `{length}`"));
    } else if length < least {
        wrong.push(format!("{path} should be populated, instead was `{}`", shown(value)));
    }
}

fn list(value: &Value, inner: &Shape, most: usize, path: &str, wrong: &mut Vec<String>) {
    let Some(items) = value.as_array() else { return expected(path, "an array", value, wrong) };
    if items.len() > most {
        wrong.push(format!("{path}.length should be ≤ `{most}`, instead was `{}`", items.len()));
        return;
    }
    for (at, item) in items.iter().enumerate() {
        inner.look(item, &format!("{path}[{at}]"), wrong);
    }
}

fn either(shapes: &[&Shape], value: &Value, path: &str, wrong: &mut Vec<String>) {
    let mut all = Vec::new();
    for shape in shapes {
        let mut found = Vec::new();
        shape.look(value, path, &mut found);
        if found.is_empty() {
            return;
        }
        all.extend(found);
    }
    wrong.extend(all);
}

/// An identifier with dashes, if it is one.
pub(in crate::sandbox::notion) fn normal(id: &str) -> Option<String> {
    if id.len() != 32 && id.len() != 36 {
        return None;
    }
    Uuid::try_parse(id).ok().map(|id| id.hyphenated().to_string())
}
