//! The section about the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is logged, and in which form. The log goes to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TelemetryConfig {
    /// The form of the log.
    pub format: LogFormat,
    /// The least grave level that is logged: `error`, `warn`, `info`, `debug` or `trace`; also by part, such as
    /// `info,quarterdeck::chat=debug`. Libraries below us are quieter, unless they are named here.
    pub level: String,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON everywhere else.
    #[default]
    Auto,
    /// Lines for people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { format: LogFormat::Auto, level: "info".to_owned() }
    }
}
