//! Discord's form validation: reads fields of a JSON body and collects what is wrong, each at its place.
//!
//! The result is the `errors` tree of code 50035 (docs.discord.com/developers/reference#error-messages).

use serde_json::{Value, json};

use super::refused::Refused;

/// Collects errors while a body is looked through.
#[derive(Debug, Default)]
pub(super) struct Form {
    path: Vec<String>,
    errors: Vec<(Vec<String>, &'static str, String)>,
}

/// Characters as Discord counts them.
pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

impl Form {
    /// Looks at what is under `key`.
    pub(super) fn within<T>(&mut self, key: impl ToString + Copy, look: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key.to_string());
        let result = look(self);
        self.path.pop();
        result
    }

    /// Notes an error here.
    pub(super) fn error(&mut self, code: &'static str, message: impl Into<String>) {
        self.errors.push((self.path.clone(), code, message.into()));
    }

    /// Notes an error at `key`.
    pub(super) fn error_at(&mut self, key: &str, code: &'static str, message: impl Into<String>) {
        self.within(key, |form| form.error(code, message));
    }

    /// How many errors there are so far.
    pub(super) fn count(&self) -> usize {
        self.errors.len()
    }

    /// The refusal, if anything was wrong.
    pub(super) fn done(self) -> Result<(), Refused> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let mut tree = json!({});
        for (path, code, message) in self.errors {
            // Missing steps come into being as they are named.
            let at = path.iter().fold(&mut tree, |at, key| &mut at[key.as_str()]);
            match &mut at["_errors"] {
                Value::Array(list) => list.push(json!({"code": code, "message": message})),
                missing => *missing = json!([{"code": code, "message": message}]),
            }
        }
        Err(Refused::form(tree))
    }

    /// A field that is there and not null.
    pub(super) fn value<'v>(&mut self, fields: &'v Value, key: &str, required: bool) -> Option<&'v Value> {
        let value = fields.get(key).filter(|value| !value.is_null());
        if value.is_none() && required {
            self.error_at(key, "BASE_TYPE_REQUIRED", "This field is required");
        }
        value
    }

    /// A text of so many characters.
    pub(super) fn text<'v>(
        &mut self,
        fields: &'v Value,
        key: &str,
        (least, most): (usize, usize),
        required: bool,
    ) -> Option<&'v str> {
        let value = self.value(fields, key, required)?;
        let Some(text) = value.as_str() else {
            self.error_at(key, "STRING_TYPE_CONVERT", format!("Could not interpret \"{value}\" as string."));
            return None;
        };
        let long = length(text);
        if long > most && least == 0 {
            self.error_at(key, "BASE_TYPE_MAX_LENGTH", format!("Must be {most} or fewer in length."));
        } else if long == 0 && least > 0 && required {
            self.error_at(key, "BASE_TYPE_REQUIRED", "This field is required");
        } else if long < least || long > most {
            self.error_at(key, "BASE_TYPE_BAD_LENGTH", format!("Must be between {least} and {most} in length."));
        }
        Some(text)
    }

    /// A whole number in this range.
    pub(super) fn integer(&mut self, fields: &Value, key: &str, range: (i64, i64), required: bool) -> Option<i64> {
        let value = self.value(fields, key, required)?;
        let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        let Some(number) = number else {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.error_at(key, "NUMBER_TYPE_COERCE", format!("Value \"{shown}\" is not int."));
            return None;
        };
        if number < range.0 {
            let message = format!("int value should be greater than or equal to {}.", range.0);
            self.error_at(key, "NUMBER_TYPE_MIN", message);
        } else if number > range.1 {
            let message = format!("int value should be less than or equal to {}.", range.1);
            self.error_at(key, "NUMBER_TYPE_MAX", message);
        }
        Some(number)
    }

    /// A snowflake, as text or number.
    pub(super) fn snowflake(&mut self, fields: &Value, key: &str, required: bool) -> Option<String> {
        let value = self.value(fields, key, required)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if text.parse::<u64>().is_err() {
            self.error_at(key, "NUMBER_TYPE_COERCE", format!("Value \"{text}\" is not snowflake."));
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, fields: &Value, key: &str) -> Option<bool> {
        let value = self.value(fields, key, false)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.error_at(key, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
        }
        flag
    }

    /// One of these numbers.
    pub(super) fn choice(&mut self, fields: &Value, key: &str, choices: &[i64], required: bool) -> Option<i64> {
        let value = self.value(fields, key, required)?;
        let number = value.as_i64().filter(|number| choices.contains(number));
        if number.is_none() {
            let shown: Vec<_> = choices.iter().map(i64::to_string).collect();
            let comma = if shown.len() == 1 { "," } else { "" };
            let message = format!("Value must be one of ({}{comma}).", shown.join(", "));
            self.error_at(key, "BASE_TYPE_CHOICES", message);
        }
        number
    }

    /// A list of so many items.
    pub(super) fn list<'v>(
        &mut self,
        fields: &'v Value,
        key: &str,
        (least, most): (usize, usize),
        required: bool,
    ) -> Option<&'v [Value]> {
        let value = self.value(fields, key, required)?;
        let Some(items) = value.as_array() else {
            self.error_at(key, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            return None;
        };
        if items.len() > most && least == 0 {
            self.error_at(key, "BASE_TYPE_MAX_LENGTH", format!("Must be {most} or fewer in length."));
        } else if items.is_empty() && least > 0 && required {
            self.error_at(key, "BASE_TYPE_REQUIRED", "This field is required");
        } else if items.len() < least || items.len() > most {
            self.error_at(key, "BASE_TYPE_BAD_LENGTH", format!("Must be between {least} and {most} in length."));
        }
        Some(items)
    }

    /// Whether this is an object, noting where not.
    pub(super) fn object(&mut self, value: &Value) -> bool {
        if !value.is_object() {
            self.error("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        }
        value.is_object()
    }

    /// An `http` or `https` address; `attachment://` too where files can be meant.
    pub(super) fn url(&mut self, fields: &Value, key: &str, files: bool, required: bool) -> Option<String> {
        let value = self.text(fields, key, (0, 2048), required)?.to_owned();
        let known: &[&str] = if files { &["http", "https", "attachment"] } else { &["http", "https"] };
        let Some((scheme, rest)) = value.split_once("://") else {
            self.error_at(key, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
            return None;
        };
        if !known.contains(&scheme.to_ascii_lowercase().as_str()) {
            let shown: Vec<_> = known.iter().map(|known| format!("'{known}'")).collect();
            let message =
                format!("Scheme \"{scheme}\" is not supported. Scheme must be one of ({}).", shown.join(", "));
            self.error_at(key, "URL_TYPE_INVALID_SCHEME", message);
            return None;
        }
        if rest.is_empty() || scheme != "attachment" && url::Url::parse(&value).is_err() {
            self.error_at(key, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
            return None;
        }
        Some(value)
    }
}
