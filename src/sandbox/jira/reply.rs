//! Answers and Jira's error bodies: `errorMessages` for what is wrong as a whole, `errors` by field.
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes>

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// An answer before the headers that every answer has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Content,
}

/// What an answer carries.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    None,
    Json(Value),
    Html(String),
    File { mime: String, bytes: Bytes },
}

/// What a handler returns: both sides are sent, the right one is an error.
pub(super) type Answer = Result<Reply, Reply>;

/// What an issue that cannot be seen is answered with, whatever the reason.
pub(super) const NO_ISSUE: &str = "Issue does not exist or you do not have permission to see it.";

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(super) fn created(body: Value) -> Self {
        Self::json(201, body)
    }

    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Content::Json(body) }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Content::None }
    }

    pub(super) fn html(status: u16, text: &str) -> Self {
        Self { status, headers: Vec::new(), body: Content::Html(text.to_owned()) }
    }

    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// An error as a whole.
    pub(super) fn error(status: u16, message: &str) -> Self {
        Self::json(status, json!({ "errorMessages": [message], "errors": {} }))
    }

    /// `400` with one wrong field.
    pub(super) fn field(name: &str, message: &str) -> Self {
        Self::json(400, json!({ "errorMessages": [], "errors": { name: message } }))
    }

    /// `400` with wrong fields.
    pub(super) fn fields(errors: Map<String, Value>) -> Self {
        Self::json(400, json!({ "errorMessages": [], "errors": Value::Object(errors) }))
    }

    pub(super) fn no_issue() -> Self {
        Self::error(404, NO_ISSUE)
    }

    /// What Atlassian's gateway says: an expired token, a missing scope.
    pub(super) fn gateway(code: u16, message: &str) -> Self {
        Self::json(code, json!({ "code": code, "message": message }))
    }
}
