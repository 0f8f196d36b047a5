//! Reading a JSON Schema as a description of settings.
//!
//! A [`View`] is one place in the schema with references followed, so that whoever asks need not know how a type was
//! written down.

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::path::Path;

/// References are followed this deep; deeper is a circle.
const DEEPEST: usize = 16;

/// One place in the schema.
#[derive(Debug, Clone)]
pub(super) struct View<'s> {
    root: &'s Value,
    /// What is said about the place: by the field, by the type it refers to, by the parts a type is made of.
    layers: Vec<&'s Map<String, Value>>,
    /// The variants of an enum, where the place is one.
    options: Vec<View<'s>>,
    /// Whether the value may be left out by being null.
    nullable: bool,
}

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    List,
    Table,
}

/// What may stand in a table beside the members that have a name.
#[derive(Debug, Clone)]
pub(super) enum Rest<'s> {
    /// Nothing.
    Closed,
    /// Anything.
    Open,
    /// Members of any name and of this shape.
    Of(Box<View<'s>>),
}

impl<'s> View<'s> {
    /// The root of a schema.
    pub(super) fn of(schema: &'s Value) -> Self {
        Self::at(schema, schema)
    }

    fn at(root: &'s Value, schema: &'s Value) -> Self {
        let mut view = Self { root, layers: Vec::new(), options: Vec::new(), nullable: false };
        view.add(schema, DEEPEST);
        view
    }

    fn add(&mut self, schema: &'s Value, depth: usize) {
        let (Some(layer), Some(depth)) = (schema.as_object(), depth.checked_sub(1)) else { return };
        self.layers.push(layer);
        if let Some(target) = layer.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'))
            && let Some(target) = self.root.pointer(target)
        {
            self.add(target, depth);
        }
        for part in layer.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.add(part, depth);
        }
        for key in ["anyOf", "oneOf"] {
            let Some(all) = layer.get(key).and_then(Value::as_array) else { continue };
            let some: Vec<&Value> = all.iter().filter(|option| !is_null(option)).collect();
            self.nullable |= some.len() < all.len();
            if let ([only], true) = (some.as_slice(), some.len() < all.len()) {
                self.add(only, depth);
            } else {
                for option in some {
                    let mut view = Self { root: self.root, layers: Vec::new(), options: Vec::new(), nullable: false };
                    view.add(option, depth);
                    self.options.push(view);
                }
            }
        }
    }

    /// This place, known to be of this variant.
    fn chosen(&self, option: &Self) -> Self {
        let mut view = self.clone();
        view.options.clone_from(&option.options);
        view.layers.extend(option.layers.iter().copied());
        view
    }

    /// What the first layer that has it says under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'s Value> {
        self.layers.iter().find_map(|layer| layer.get(key))
    }

    /// The doc comment: the field's own, else the type's.
    pub(super) fn doc(&self) -> &'s str {
        self.get("description").and_then(Value::as_str).unwrap_or_default()
    }

    /// A number that the schema gives, such as `minimum`.
    pub(super) fn bound(&self, key: &str) -> Option<f64> {
        self.get(key).and_then(Value::as_f64)
    }

    /// The least and the largest number that its type can hold, for types that are narrower than those of TOML.
    pub(super) fn width(&self) -> Option<(f64, f64)> {
        Some(match self.get("format").and_then(Value::as_str)? {
            "int8" => (f64::from(i8::MIN), f64::from(i8::MAX)),
            "int16" => (f64::from(i16::MIN), f64::from(i16::MAX)),
            "int32" => (f64::from(i32::MIN), f64::from(i32::MAX)),
            "uint8" => (0.0, f64::from(u8::MAX)),
            "uint16" => (0.0, f64::from(u16::MAX)),
            "uint32" => (0.0, f64::from(u32::MAX)),
            _ => return None,
        })
    }

    /// The variants of an enum that is more than a choice of words.
    pub(super) fn options(&self) -> Vec<Self> {
        if self.choices().is_some() {
            return Vec::new();
        }
        self.options.iter().map(|option| self.chosen(option)).collect()
    }

    /// The named members of a table, in the order of declaration.
    pub(super) fn members(&self) -> Vec<(&'s str, Self)> {
        let mut members: Vec<(&'s str, Self)> = Vec::new();
        for layer in &self.layers {
            for (name, schema) in layer.get("properties").and_then(Value::as_object).into_iter().flatten() {
                if !members.iter().any(|(known, _)| known == name) {
                    members.push((name, Self::at(self.root, schema)));
                }
            }
        }
        members
    }

    /// The member of this name, of the table itself or of one of its variants.
    pub(super) fn member(&self, name: &str) -> Option<Self> {
        let own = self.members().into_iter().find_map(|(known, view)| (known == name).then_some(view));
        own.or_else(|| self.options.iter().find_map(|option| option.member(name)))
    }

    /// What a key leads to: none where there can be no such key.
    pub(super) fn child(&self, name: &str) -> Option<Self> {
        self.member(name).or_else(|| match self.rest() {
            Rest::Closed => None,
            Rest::Open => Some(Self { root: self.root, layers: Vec::new(), options: Vec::new(), nullable: false }),
            Rest::Of(view) => Some(*view),
        })
    }

    /// The names of the members that have to be there.
    pub(super) fn required(&self) -> Vec<&'s str> {
        self.layers
            .iter()
            .filter_map(|layer| layer.get("required").and_then(Value::as_array))
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// What may stand beside the named members. A table with named members is closed even where its type would pass
    /// over others: a setting that nobody reads is a mistake.
    pub(super) fn rest(&self) -> Rest<'s> {
        let mut closed = false;
        for layer in &self.layers {
            match layer.get("additionalProperties") {
                Some(Value::Bool(false)) => closed = true,
                Some(Value::Bool(true)) => return Rest::Open,
                Some(schema) => return Rest::Of(Box::new(Self::at(self.root, schema))),
                None => closed |= layer.contains_key("properties"),
            }
        }
        if closed { Rest::Closed } else { Rest::Open }
    }

    /// What the elements of a list are; none where it is not said, or differs from place to place.
    pub(super) fn items(&self) -> Option<Self> {
        match self.get("prefixItems") {
            Some(_) => None,
            None => self.get("items").map(|items| Self::at(self.root, items)),
        }
    }

    /// The kinds of value that can stand here; none where it is not said.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = Vec::new();
        for layer in &self.layers {
            let names: Vec<&str> = match layer.get("type") {
                Some(Value::String(name)) => vec![name],
                Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            kinds.extend(names.into_iter().filter_map(kind_of));
            let values = layer.get("enum").and_then(Value::as_array).into_iter().flatten().chain(layer.get("const"));
            kinds.extend(values.filter(|value| value.is_string()).map(|_| Kind::Text));
        }
        if kinds.is_empty() {
            for option in &self.options {
                let more = option.kinds();
                if more.is_empty() {
                    return Vec::new();
                }
                kinds.extend(more);
            }
        }
        kinds.dedup();
        kinds
    }

    /// Whether values of this kind can stand here.
    pub(super) fn admits(&self, kind: Kind) -> bool {
        let kinds = self.kinds();
        kinds.is_empty() || kinds.contains(&kind)
    }

    /// The words to choose from, with what each means, where the place is such a choice.
    pub(super) fn choices(&self) -> Option<Vec<(&'s str, &'s str)>> {
        if let Some(word) = self.get("const").and_then(Value::as_str) {
            return Some(vec![(word, self.doc())]);
        }
        if let Some(words) = self.get("enum").and_then(Value::as_array) {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).map(|word| (word, "")).collect();
            return if words.is_empty() { None } else { Some(words) };
        }
        if self.options.is_empty() {
            return None;
        }
        let all: Option<Vec<_>> = self.options.iter().map(Self::choices).collect();
        all.map(|all| all.concat())
    }

    /// The member that tells the variants of an enum apart, where one does: in each of them it is one fixed word.
    pub(super) fn tag(&self) -> Option<&'s str> {
        let first = self.options.first()?;
        first.members().into_iter().map(|(name, _)| name).find(|name| {
            self.options.iter().all(|option| {
                option.member(name).and_then(|member| member.choices()).is_some_and(|words| words.len() == 1)
            })
        })
    }

    /// Whether it may be left out by being null.
    pub(super) fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Whether a wrong value may be a secret, and must not be repeated.
    pub(super) fn is_secret(&self) -> bool {
        self.get("x-secret") == Some(&Value::Bool(true))
    }

    /// Whether it is a duration, as far as the schema shows it.
    pub(super) fn is_duration(&self) -> bool {
        let shown = |value: &Value| value.as_str().is_some_and(|text| friendly(text).is_some());
        self.get("format").and_then(Value::as_str) == Some("duration")
            || (self.kinds() == [Kind::Text]
                && (self.get("default").is_some_and(shown) || self.examples().into_iter().any(shown)))
    }

    /// Whether it is a table with members of its own, and so gets a section of its own.
    pub(super) fn is_section(&self) -> bool {
        let kinds = self.kinds();
        kinds == [Kind::Table] && self.choices().is_none()
    }

    /// Whether it is a list of tables.
    pub(super) fn is_list_of_sections(&self) -> bool {
        self.kinds() == [Kind::List] && self.items().is_some_and(|items| items.is_section())
    }

    fn examples(&self) -> Vec<&'s Value> {
        self.layers
            .iter()
            .filter_map(|layer| layer.get("examples").and_then(Value::as_array))
            .flatten()
            .chain(self.get("example"))
            .filter(|value| !value.is_null())
            .collect()
    }

    /// The default, where it is more than nothing; durations as people write them.
    pub(super) fn default_value(&self) -> Option<Value> {
        self.get("default").filter(|value| !value.is_null()).map(written)
    }

    /// The first example.
    pub(super) fn example(&self) -> Option<Value> {
        self.examples().first().map(|value| written(value))
    }

    /// A value that shows how the setting at `path` is written: its default, an example, or one that is made up.
    pub(super) fn sample(&self, path: &Path) -> Value {
        let default = self.default_value();
        let telling = default.clone().filter(|value| !is_empty(value));
        telling.or_else(|| self.example()).or(default).unwrap_or_else(|| self.made_up(path))
    }

    /// The name of the type that the place refers to.
    pub(super) fn type_name(&self) -> Option<&'s str> {
        self.get("$ref").and_then(Value::as_str)
    }

    fn made_up(&self, path: &Path) -> Value {
        if path.0.len() > DEEPEST {
            // A type that holds itself.
            return Value::Null;
        }
        if self.is_secret() {
            let name = path.to_string().to_uppercase().replace(|sign: char| !sign.is_ascii_alphanumeric(), "_");
            return Value::String(format!("env:{}", name.trim_matches('_')));
        }
        if let Some((word, _)) = self.choices().and_then(|words| words.first().copied()) {
            return word.into();
        }
        if let Some(option) = self.options().first() {
            return option.made_up(path);
        }
        let least = self.bound("minimum").unwrap_or_default().max(0.0);
        match self.kinds().first() {
            Some(Kind::Boolean) => false.into(),
            #[expect(clippy::cast_possible_truncation, reason = "the bounds of settings are small")]
            Some(Kind::Integer) => (least as i64).into(),
            Some(Kind::Number) => least.into(),
            Some(Kind::List) => match self.items().filter(|_| self.bound("minItems").is_some_and(|least| least >= 1.0))
            {
                Some(items) => vec![items.sample(path)].into(),
                None => Value::Array(Vec::new()),
            },
            Some(Kind::Table) => {
                let required = self.required();
                let members = self.members().into_iter().filter(|(name, _)| required.contains(name));
                Value::Object(members.map(|(name, view)| (name.to_owned(), view.sample(&path.key(name)))).collect())
            }
            _ => match self.get("format").and_then(Value::as_str) {
                Some("duration") => "30s".into(),
                Some("uri") => "https://example.com".into(),
                Some("ip" | "ipv4") => "127.0.0.1".into(),
                Some("date-time") => "2030-01-01T00:00:00Z".into(),
                _ => "...".into(),
            },
        }
    }
}

fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "string" => Kind::Text,
        "integer" => Kind::Integer,
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "array" => Kind::List,
        "object" => Kind::Table,
        _ => return None,
    })
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|name| name == "null") || schema.get("const").is_some_and(Value::is_null)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// A duration as people write it, where the text is one as machines write it (`PT30S`).
fn friendly(text: &str) -> Option<String> {
    if !text.trim_start_matches('-').starts_with('P') {
        return None;
    }
    text.parse::<SignedDuration>().ok().map(|duration| format!("{duration:#}"))
}

/// The value with its durations as people write them.
fn written(value: &Value) -> Value {
    match value {
        Value::String(text) => friendly(text).map_or_else(|| value.clone(), Value::String),
        Value::Array(items) => Value::Array(items.iter().map(written).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), written(member))).collect())
        }
        _ => value.clone(),
    }
}

/// A JSON value in TOML's spelling; what TOML cannot say (null) is left out.
pub(super) fn to_toml(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(truth) => toml::Value::Boolean(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(number) => toml::Value::Integer(number),
            None => toml::Value::Float(number.as_f64()?),
        },
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(items) => toml::Value::Array(items.iter().filter_map(to_toml).collect()),
        Value::Object(members) => toml::Value::Table(
            members.iter().filter_map(|(name, member)| Some((name.clone(), to_toml(member)?))).collect(),
        ),
    })
}

/// A JSON value as it is written behind the `=` of a setting.
pub(super) fn to_toml_text(value: &Value) -> String {
    to_toml(value).map_or_else(|| "\"\"".to_owned(), |value| value.to_string())
}
