//! Answers and Notion's error bodies: <https://developers.notion.com/reference/status-codes>.

use serde_json::{Value, json};

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
    /// JSON; the gate adds the request's identifier.
    Json(Value),
    /// The bytes of an uploaded file, with their type.
    Bytes(Vec<u8>, String),
}

/// What a handler returns: both sides are sent, the right one is an error.
pub(super) type Answer = Result<Reply, Reply>;

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body: Content::Json(body) }
    }

    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// An error with its code.
    pub(super) fn problem(status: u16, code: &str, message: &str) -> Self {
        let body = json!({ "object": "error", "status": status, "code": code, "message": message });
        Self { status, headers: Vec::new(), body: Content::Json(body) }
    }

    /// The same with `additional_data`.
    pub(super) fn with_data(mut self, data: Value) -> Self {
        if let Content::Json(body) = &mut self.body {
            body["additional_data"] = data;
        }
        self
    }

    /// `400 validation_error`.
    pub(super) fn invalid(message: &str) -> Self {
        Self::problem(400, "validation_error", message)
    }

    /// `404 object_not_found`: it does not exist, or is not shared with the integration.
    pub(super) fn not_found(what: &str, id: &str, integration: &str) -> Self {
        let message = format!(
            "Could not find {what} with ID: {id}. Make sure the relevant pages and databases are shared with your integration \"{integration}\"."
        );
        Self::problem(404, "object_not_found", &message)
    }

    /// `403 restricted_resource`: the integration lacks the capability.
    pub(super) fn restricted() -> Self {
        Self::problem(403, "restricted_resource", "Insufficient permissions for this endpoint.")
    }

    /// What a broken Notion says.
    pub(super) fn broken(status: u16) -> Self {
        match status {
            409 => Self::problem(409, "conflict_error", "Conflict occurred while saving. Please try again."),
            500 => Self::problem(500, "internal_server_error", "Unexpected error occurred."),
            502 => Self::problem(502, "bad_gateway", "Bad gateway."),
            503 => Self::problem(
                503,
                "service_unavailable",
                "Public API service is temporarily unavailable, please try again later.",
            ),
            504 => Self::problem(504, "gateway_timeout", "Gateway timed out."),
            other => Self::problem(other, "internal_server_error", "Unexpected error occurred."),
        }
    }
}
