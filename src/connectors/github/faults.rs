//! GitHub's dialect: its headers and budgets, and what it means by a refusal.

use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::connectors::api::{Attempt, Dialect, EVERYTHING, Reason, Refusal, Wait, asked_wait, spent_until};
use crate::connectors::markdown::line;
use crate::model::Fault;

/// How GitHub talks (<https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api> and its page on
/// rate limits).
pub(crate) struct GithubDialect {
    /// The API version that is asked for.
    pub(crate) version: HeaderValue,
}

impl Dialect for GithubDialect {
    fn name(&self) -> &'static str {
        "GitHub"
    }

    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        vec![
            (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
            (HeaderName::from_static("x-github-api-version"), self.version.clone()),
        ]
    }

    fn budget(&self, _method: &Method, path: &str) -> String {
        let path = path.strip_prefix("/api/v3").unwrap_or(path);
        let budget = match path.split(['/', '?']).nth(1) {
            Some("search") => "search",
            Some("graphql") => "graphql",
            _ => "core",
        };
        budget.to_owned()
    }

    fn request_id(&self, headers: &HeaderMap, _body: &Value) -> Option<String> {
        headers.get("x-github-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned)
    }

    /// `retry-after`, else the reset of a spent budget, else a minute. A 403 without any sign of a limit is a matter of
    /// permission.
    fn wait(&self, refusal: &Refusal<'_>) -> Option<Wait> {
        if !matches!(refusal.status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
            return None;
        }
        if let Some(wait) = asked_wait(refusal.headers, refusal.budget, refusal.now) {
            return Some(wait);
        }
        let message = refusal.reason.text.to_ascii_lowercase();
        let says_so = message.contains("rate limit") || message.contains("abuse detection");
        says_so.then(|| Wait { until: refusal.now, covers: EVERYTHING.to_owned(), named: false })
    }

    fn spent(&self, headers: &HeaderMap, budget: &str, now: Timestamp) -> Option<Wait> {
        let until = spent_until(headers, now)?;
        let covers = headers.get("x-ratelimit-resource").and_then(|name| name.to_str().ok()).unwrap_or(budget);
        Some(Wait { until, covers: covers.to_owned(), named: true })
    }

    fn reason(&self, body: &Value) -> Reason {
        let text = body.get("message").and_then(Value::as_str).map(|text| line(text, 200)).unwrap_or_default();
        let errors = body.get("errors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Reason { text, fields: errors.iter().take(5).filter_map(error).collect() }
    }

    fn means(&self, refusal: &Refusal<'_>, attempt: &Attempt<'_>) -> Option<Fault> {
        let what = attempt.what;
        (refusal.status == StatusCode::GONE)
            .then(|| Fault::not_found(format!("{what} is gone: it was deleted, or issues are turned off there.")))
    }
}

/// One entry of a 422's `errors`, in plain words, with our name of the parameter.
fn error(entry: &Value) -> Option<(Option<String>, String)> {
    match entry {
        Value::String(text) => Some((None, line(text, 200))),
        Value::Object(entry) => {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let named = text("field").map(|name| line(name, 60));
            let words = in_words(named.as_deref(), text("resource"), text("code"), text("message"), entry.get("value"));
            Some((named.map(|name| param(&name).to_owned()), words))
        }
        _ => None,
    }
}

fn in_words(
    field: Option<&str>,
    resource: Option<&str>,
    code: Option<&str>,
    message: Option<&str>,
    value: Option<&Value>,
) -> String {
    let thing = field.or(resource).unwrap_or("something");
    let value = match value {
        Some(Value::String(value)) => format!(" `{}`", line(value, 60)),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => format!(" `{value}`"),
        _ => String::new(),
    };
    match (code, message) {
        (Some("missing_field"), _) => format!("{thing} is missing"),
        (Some("missing"), None) => format!("{thing}{value} does not exist there"),
        (Some("already_exists"), None) => format!("{thing}{value} exists already"),
        (None | Some("invalid" | "unprocessable"), None) => format!("{thing}{value} is not valid"),
        (_, Some(message)) => line(message, 200),
        (Some(code), None) => format!("{thing}{value} is {}", line(code, 60).replace('_', " ")),
    }
}

/// Our name of a parameter for GitHub's.
fn param(field: &str) -> &str {
    match field {
        "assignee" => "assignees",
        "label" | "name" => "labels",
        "body" => "body",
        other => other,
    }
}

#[cfg(test)]
mod tests;
