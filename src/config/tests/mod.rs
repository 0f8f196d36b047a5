//! Every mistake that people make, over a settings type with one of everything.

mod any_text;
mod environment;
mod examples;
mod file;
mod shapes;

use std::collections::BTreeMap;
use std::path::PathBuf;

use insta::assert_snapshot;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Place;

use super::*;

/// Settings to test the loader with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// The name that the daemon goes by.
    #[serde(default = "captain")]
    name: String,
    /// Where it listens.
    #[serde(default)]
    http: Http,
    /// What is logged.
    #[serde(default)]
    log: Log,
    /// The connection to Slack.
    slack: Option<Slack>,
    /// Which events go where.
    #[serde(default)]
    subscriptions: Vec<Subscription>,
    /// Whose key opens what, by name.
    #[serde(default)]
    keys: BTreeMap<String, Key>,
    /// How alerts are told.
    alarm: Option<Alarm>,
}

fn captain() -> String {
    "captain".to_owned()
}

/// The listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Http {
    /// The address and port.
    listen: String,
    /// The largest body.
    #[schemars(range(min = 1, max = 100), extend("x-unit" = "MiB"))]
    body_limit: u16,
    /// How long a request may take.
    #[schemars(with = "String")]
    timeout: SignedDuration,
    /// How long a connection may idle.
    #[schemars(with = "Option<String>", example = "5m")]
    idle: Option<SignedDuration>,
    /// Whether the metrics are shown.
    metrics: bool,
    /// Who may call.
    allow: Vec<String>,
    /// The share of requests that are traced.
    ratio: f64,
    /// The number of workers.
    workers: Option<u32>,
    /// Where pages are kept.
    #[schemars(example = "/srv/pages")]
    pages: Option<PathBuf>,
    /// Limits of single doors.
    limits: Limits,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            body_limit: 25,
            timeout: SignedDuration::from_secs(30),
            idle: None,
            metrics: true,
            allow: Vec::new(),
            ratio: 0.5,
            workers: None,
            pages: None,
            limits: Limits::default(),
        }
    }
}

/// Limits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    /// Requests a second.
    per_second: u32,
}

/// The log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Log {
    /// The form.
    format: Format,
    /// How much is said.
    level: Level,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// As the terminal wants it.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Level {
    #[default]
    Info,
    Debug,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Slack {
    /// The bot's token.
    bot_token: Reference,
    /// The app's token, where Socket Mode is used.
    app_token: Option<Reference>,
    /// How long to wait for Slack.
    #[serde(default = "ten")]
    #[schemars(with = "String")]
    patience: SignedDuration,
    /// Names of channels and their ids.
    #[serde(default)]
    channels: BTreeMap<String, String>,
}

fn ten() -> SignedDuration {
    SignedDuration::from_secs(10)
}

/// As the vault has it; this room may not use that one.
#[derive(Debug, Clone, PartialEq)]
struct Reference(String);

impl Serialize for Reference {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.starts_with("env:") || text.starts_with("file:") {
            return Ok(Self(text));
        }
        Err(serde::de::Error::custom("expected a reference to a secret, `env:NAME` or `file:/path`"))
    }
}

impl JsonSchema for Reference {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Reference".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(env|file):.+$", "x-secret": true })
    }
}

/// One subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Subscription {
    /// Events of this kind.
    #[schemars(example = "github.pull_request.*")]
    events: String,
    /// The place that they go to.
    #[schemars(example = "slack:#deploys")]
    place: Place,
    /// How loud.
    #[serde(default)]
    format: Format,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Key {
    /// What it may do.
    #[serde(default)]
    scopes: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Alarm {
    /// By a bell.
    Bell {
        /// How often it rings.
        times: u8,
    },
    /// By a light.
    Light {
        /// Its colour.
        colour: String,
    },
}

fn told(text: &str) -> String {
    told_with(text, &[])
}

fn told_with(text: &str, env: &[(&str, &str)]) -> String {
    match check(text, env) {
        Ok(sample) => panic!("nothing was wrong: {sample:?}"),
        Err(error) => error.to_string(),
    }
}

fn check(text: &str, env: &[(&str, &str)]) -> Result<Sample, ConfigError> {
    check_text("quarterdeck.toml", text, env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}
