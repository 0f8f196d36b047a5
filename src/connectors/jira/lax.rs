//! Reading without failing: what is missing, null or of another type becomes the default, so that a change at Jira costs a
//! detail of a card and never a whole delivery.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a value, or the default where it does not fit.
pub(super) fn lax<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// Reads a list, leaving out what does not fit.
pub(super) fn lax_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(values) => values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect(),
        _ => Vec::new(),
    })
}

/// Reads an id, which is a number in one answer and a text in another.
pub(super) fn lax_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

/// Reads a moment: `2019-02-15T19:01:52.971-0800`, RFC 3339, or milliseconds since 1970.
pub(super) fn lax_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => time(&text),
        Value::Number(millis) => millis.as_i64().and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        _ => None,
    })
}

/// A moment as Jira writes it.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok())
}

/// A record that is read without failing. Every field is public and documented by the name that Jira gives it.
macro_rules! wire {
    ($(#[$doc:meta])* $vis:vis $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty = $with:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        $vis struct $name {
            $(
                #[doc = concat!("Jira's field of this name, `", stringify!($field), "`.")]
                $(#[$attr])*
                #[serde(deserialize_with = $with)]
                $vis $field: $type,
            )*
        }
    };
}

pub(super) use wire;
