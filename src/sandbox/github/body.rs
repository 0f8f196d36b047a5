//! Request bodies: each field is taken with its type, and a wrong one gets GitHub's own sentence.

use serde_json::{Map, Value};

use super::reply::Reply;

/// A body that is an object.
#[derive(Debug)]
pub(super) struct Body {
    map: Map<String, Value>,
    doc: &'static str,
}

/// A field that may be absent, `null` or set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Field<T> {
    #[default]
    Absent,
    Null,
    Set(T),
}

impl<T> Field<T> {
    pub(super) fn set(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// `None` when absent; else the value, where `null` is `None`.
    #[expect(clippy::option_option, reason = "the caller filters and then replaces the optional value")]
    pub(super) fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

/// The JSON of a body; an empty body is an empty object.
pub(super) fn parse(bytes: &[u8], doc: &str) -> Result<Value, Reply> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(bytes).map_err(|_| Reply::problem(400, "Problems parsing JSON", doc))
}

impl Body {
    pub(super) fn read(bytes: &[u8], doc: &'static str) -> Result<Self, Reply> {
        match parse(bytes, doc)? {
            Value::Object(map) => Ok(Self { map, doc }),
            _ => Err(Reply::problem(400, "Body should be a JSON object", doc)),
        }
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Self>, Reply> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { map: map.clone(), doc: self.doc })),
            Some(other) => Err(self.mistyped(name, other, "an object")),
        }
    }

    fn mistyped(&self, name: &str, is: &Value, expected: &str) -> Reply {
        let is = if is.is_null() { "nil".to_owned() } else { is.to_string() };
        Reply::malformed(self.doc, &format!("For 'properties/{name}', {is} is not {expected}."))
    }

    /// The answer when a required field is not there.
    pub(super) fn missing(&self, name: &str) -> Reply {
        Reply::malformed(self.doc, &format!("\"{name}\" wasn't supplied."))
    }

    pub(super) fn nullable_text(&self, name: &str) -> Result<Field<String>, Reply> {
        match self.map.get(name) {
            None => Ok(Field::Absent),
            Some(Value::Null) => Ok(Field::Null),
            Some(Value::String(text)) => Ok(Field::Set(text.clone())),
            Some(other) => Err(self.mistyped(name, other, "a string or null")),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Reply> {
        match self.map.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.mistyped(name, other, "a string")),
        }
    }

    /// A title: GitHub takes a number for a string here.
    pub(super) fn title(&self) -> Result<Option<String>, Reply> {
        match self.map.get("title") {
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Null) => Ok(None),
            _ => self.text("title"),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Reply> {
        match self.map.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.mistyped(name, other, "a boolean")),
        }
    }

    /// A number that may be written as text.
    pub(super) fn number(&self, name: &str) -> Result<Field<u64>, Reply> {
        match self.map.get(name) {
            None => Ok(Field::Absent),
            Some(Value::Null) => Ok(Field::Null),
            Some(value) => {
                let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
                number.map(Field::Set).ok_or_else(|| self.mistyped(name, value, "an integer"))
            }
        }
    }

    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Reply> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(list) => {
                texts(list, |item| self.mistyped(&format!("{name}/items"), item, "a string"), false).map(Some)
            }
        }
    }

    /// A list of objects.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, Reply> {
        let list = match self.map.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(other) => return Err(self.mistyped(name, other, "an array")),
        };
        let object = |item: &Value| match item {
            Value::Object(map) => Ok(Self { map: map.clone(), doc: self.doc }),
            other => Err(self.mistyped(&format!("{name}/items"), other, "an object")),
        };
        list.iter().map(object).collect()
    }

    /// An object whose fields nobody knows beforehand.
    pub(super) fn map(&self, name: &str) -> Result<Option<Map<String, Value>>, Reply> {
        Ok(self.object(name)?.map(|body| body.map))
    }

    pub(super) fn numbers(&self, name: &str) -> Result<Option<Vec<u64>>, Reply> {
        let list = match self.map.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(other) => return Err(self.mistyped(name, other, "an array")),
        };
        let number =
            |item: &Value| item.as_u64().ok_or_else(|| self.mistyped(&format!("{name}/items"), item, "an integer"));
        list.iter().map(number).collect::<Result<_, _>>().map(Some)
    }

    /// Label names: each a string or an object with `name`.
    pub(super) fn names(&self, name: &str) -> Result<Option<Vec<String>>, Reply> {
        match self.map.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(list) => {
                texts(list, |item| self.mistyped(&format!("{name}/items"), item, "a string or an object"), true)
                    .map(Some)
            }
        }
    }

    /// A word out of a few.
    pub(super) fn choice(&self, name: &str, known: &[&'static str]) -> Result<Field<&'static str>, Reply> {
        match self.nullable_text(name)? {
            Field::Absent => Ok(Field::Absent),
            Field::Null => Ok(Field::Null),
            Field::Set(word) => {
                known.iter().find(|known| **known == word).map(|word| Field::Set(*word)).ok_or_else(|| {
                    let quoted: Vec<String> = known.iter().map(|word| format!("\"{word}\"")).collect();
                    let what = format!("For 'properties/{name}', \"{word}\" is not one of [{}].", quoted.join(", "));
                    Reply::malformed(self.doc, &what)
                })
            }
        }
    }
}

/// The names in a list, or in the field `labels` of an object: both forms are accepted where labels are added.
pub(super) fn label_names(bytes: &[u8], doc: &'static str) -> Result<Vec<String>, Reply> {
    match parse(bytes, doc)? {
        Value::Object(map) => Ok(Body { map, doc }.names("labels")?.unwrap_or_default()),
        list => {
            texts(&list, |item| Reply::malformed(doc, &format!("For 'items', {item} is not a string or object.")), true)
        }
    }
}

fn texts(list: &Value, refuse: impl Fn(&Value) -> Reply, objects: bool) -> Result<Vec<String>, Reply> {
    let items = list.as_array().ok_or_else(|| refuse(list))?;
    let name = |item: &Value| match item {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) if objects => map.get("name")?.as_str().map(str::to_owned),
        _ => None,
    };
    items.iter().map(|item| name(item).ok_or_else(|| refuse(item))).collect()
}
