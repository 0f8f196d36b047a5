//! Answers and GitHub's error bodies: <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>.

use serde_json::{Value, json};

/// Where an error body points when nothing more precise is known.
const DOCS: &str = "https://docs.github.com/rest";

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
    /// A page of HTML.
    Text(&'static str),
    /// Plain text.
    Plain(String),
}

/// What a handler returns: both sides are sent, the right one is an error.
pub(super) type Answer = Result<Reply, Reply>;

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Content::Json(body) }
    }

    /// `201 Created` with the new thing's address.
    pub(super) fn created(body: Value) -> Self {
        let location = body["url"].as_str().unwrap_or_default().to_owned();
        Self::json(201, body).header("location", location)
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Content::None }
    }

    pub(super) fn text(status: u16, text: &'static str) -> Self {
        Self { status, headers: Vec::new(), body: Content::Text(text) }
    }

    pub(super) fn plain(text: String) -> Self {
        Self { status: 200, headers: Vec::new(), body: Content::Plain(text) }
    }

    /// Something is elsewhere now: `301`, or `307` where the method has to stay.
    pub(super) fn moved(status: u16, place: &str) -> Self {
        let message = if status == 301 { "Moved Permanently" } else { "Temporary Redirect" };
        let doc = format!("{DOCS}/guides/best-practices-for-using-the-rest-api#follow-redirects");
        Self::json(status, json!({ "message": message, "url": place, "documentation_url": doc }))
            .header("location", place.to_owned())
    }

    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// An error body. `doc` is what follows `https://docs.github.com/rest/`.
    pub(super) fn problem(status: u16, message: &str, doc: &str) -> Self {
        Self::json(
            status,
            json!({ "message": message, "documentation_url": address(doc), "status": status.to_string() }),
        )
    }

    pub(super) fn not_found(doc: &str) -> Self {
        Self::problem(404, "Not Found", doc)
    }

    /// `422 Validation Failed` with what is wrong.
    pub(super) fn invalid(doc: &str, errors: &[Value]) -> Self {
        let body = json!({ "message": "Validation Failed", "errors": errors, "documentation_url": address(doc), "status": "422" });
        Self::json(422, body)
    }

    /// `422` of the layer that checks bodies against their schema.
    pub(super) fn malformed(doc: &str, what: &str) -> Self {
        Self::problem(422, &format!("Invalid request.\n\n{what}"), doc)
    }
}

fn address(doc: &str) -> String {
    if doc.is_empty() { DOCS.to_owned() } else { format!("{DOCS}/{doc}") }
}

/// An entry of `errors`: `code` is `missing`, `missing_field`, `invalid`, `already_exists`.
pub(super) fn wrong(resource: &str, field: &str, code: &str) -> Value {
    json!({ "resource": resource, "field": field, "code": code })
}

/// An entry of `errors` with the value that was not accepted.
pub(super) fn wrong_value(resource: &str, field: &str, value: &str) -> Value {
    json!({ "value": value, "resource": resource, "field": field, "code": "invalid" })
}

/// An entry of `errors` with a sentence.
pub(super) fn wrong_because(resource: &str, field: &str, code: &str, message: &str) -> Value {
    json!({ "resource": resource, "code": code, "field": field, "message": message })
}
