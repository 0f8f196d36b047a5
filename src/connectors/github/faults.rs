//! What a failed call to GitHub means, in one place.

use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use octocrab::GitHubError;
use serde_json::Value;

use super::limits::{EVERYTHING, Wait, Windows, asked_wait};
use crate::connectors::markdown::line;
use crate::model::{Fault, FaultKind};

/// What was attempted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    /// With which method: only `GET` is repeated freely.
    pub(crate) method: &'a Method,
    /// On what, in words for the person: `acme/api#12`.
    pub(crate) what: &'a str,
    /// Which budget it counts against: `core` or `search`.
    pub(crate) resource: &'a str,
    /// When it failed.
    pub(crate) now: Timestamp,
}

impl Attempt<'_> {
    fn is_read(&self) -> bool {
        matches!(*self.method, Method::GET | Method::HEAD)
    }

    /// It failed on the way, or GitHub broke down over it.
    pub(crate) fn broken(&self, inside: impl Into<String>) -> Fault {
        if self.is_read() {
            Fault::unavailable(format!("GitHub did not answer for {}. Try again in a moment.", self.what))
        } else {
            Fault::unknown(format!(
                "GitHub did not say whether it worked, so it may have happened. Look at {} before doing it again.",
                self.what
            ))
        }
        .inside(inside)
    }

    /// It certainly never reached GitHub.
    fn unreached(&self, inside: String) -> Fault {
        Fault::unavailable(format!(
            "GitHub cannot be reached, so nothing happened to {}. Try again in a moment.",
            self.what
        ))
        .inside(inside)
    }
}

/// The fault that a failed call comes to. Waits are remembered in `windows`.
///
/// Follows <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api> and its page on rate limits.
pub(crate) fn classify(error: &octocrab::Error, attempt: &Attempt<'_>, windows: &Windows) -> Fault {
    match error {
        octocrab::Error::GitHub { source, .. } => refused(source, attempt, windows),
        // Only what was never put on the wire is known not to have happened.
        other if never_sent(other) => attempt.unreached(chain(other)),
        octocrab::Error::Service { .. } | octocrab::Error::Hyper { .. } => attempt.broken(chain(error)),
        octocrab::Error::Uri { .. }
        | octocrab::Error::UriParse { .. }
        | octocrab::Error::Http { .. }
        | octocrab::Error::InvalidHeaderValue { .. } => {
            Fault::bug(format!("a request to GitHub could not be built: {error}"))
        }
        other => attempt.broken(chain(other)),
    }
}

fn never_sent(error: &octocrab::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(client) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return client.is_connect();
        }
        cause = error.source();
    }
    false
}

/// The error and its causes in one line; their `Debug` would print a backtrace.
fn chain(error: &octocrab::Error) -> String {
    let mut text = line(&error.to_string(), 300);
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let next = line(&error.to_string(), 200);
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

fn refused(error: &GitHubError, attempt: &Attempt<'_>, windows: &Windows) -> Fault {
    let empty = HeaderMap::new();
    let headers = error.headers.as_ref().unwrap_or(&empty);
    let status = error.status_code;
    let reason = line(&error.message, 200);
    let what = attempt.what;
    let inside = inside(status, headers, &reason);
    if let Some(wait) = wait(status, headers, &error.message, attempt) {
        let until = windows.close(&wait, attempt.now);
        return limited(until).inside(inside);
    }
    match status.as_u16() {
        401 => Fault::misconfigured(format!(
            "GitHub refused our token ({}). An administrator has to put a valid one where github.token points.",
            sentence(&reason)
        )),
        403 => Fault::denied(format!("GitHub does not allow this on {what}: {}.", sentence(&reason))),
        451 => Fault::denied(format!("{what} is blocked for legal reasons: {}.", sentence(&reason))),
        404 => Fault::not_found(format!("{what} was not found, or the token may not see it.")),
        410 => Fault::not_found(format!("{what} is gone: it was deleted, or issues are turned off there.")),
        409 | 412 => {
            Fault::conflict(format!("GitHub says that {what} is not in a state for this: {}.", sentence(&reason)))
        }
        422 => invalid(error, what, &reason),
        300..=399 => Fault::conflict(format!("{what} has moved; use its new name.")),
        408 | 500..=599 => return attempt.broken(inside),
        _ => Fault::new(
            FaultKind::BadInput { field: None },
            format!("GitHub did not understand what was asked about {what}: {}.", sentence(&reason)),
        ),
    }
    .inside(inside)
}

/// The fault of a call inside a back-off window.
pub(crate) fn limited(until: Timestamp) -> Fault {
    Fault::new(
        FaultKind::RateLimited { until },
        format!("GitHub asked us to slow down; it goes on at {}.", until.strftime("%H:%M:%S UTC")),
    )
}

/// The wait that GitHub asks for, if the refusal is one of its limits: `retry-after`, else the reset of a spent budget,
/// else a minute. A 403 without any sign of a limit is a matter of permission.
fn wait(status: StatusCode, headers: &HeaderMap, message: &str, attempt: &Attempt<'_>) -> Option<Wait> {
    if !matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        return None;
    }
    if let Some(wait) = asked_wait(headers, attempt.resource, attempt.now) {
        return Some(wait);
    }
    let message = message.to_ascii_lowercase();
    let says_so = message.contains("rate limit") || message.contains("abuse detection");
    (says_so || status == StatusCode::TOO_MANY_REQUESTS).then(|| Wait {
        until: attempt.now,
        covers: EVERYTHING.to_owned(),
        named: false,
    })
}

fn inside(status: StatusCode, headers: &HeaderMap, reason: &str) -> String {
    let id = headers.get("x-github-request-id").and_then(|id| id.to_str().ok()).map(|id| line(id, 60));
    format!("GitHub {}: {reason} [request {}]", status.as_u16(), id.as_deref().unwrap_or("without id"))
}

/// The text without the full stop at its end, to be put into a sentence.
fn sentence(text: &str) -> &str {
    text.trim_end_matches('.')
}

/// A 422: which field, and what is wrong with it, in plain words.
fn invalid(error: &GitHubError, what: &str, reason: &str) -> Fault {
    let mut field = None;
    let mut reasons = Vec::new();
    for entry in error.errors.iter().flatten().take(5) {
        match entry {
            Value::String(text) => reasons.push(line(text, 200)),
            Value::Object(entry) => {
                let text = |name: &str| entry.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
                let named = text("field").map(|name| line(name, 60));
                reasons.push(in_words(
                    named.as_deref(),
                    text("resource"),
                    text("code"),
                    text("message"),
                    entry.get("value"),
                ));
                field = field.or_else(|| named.map(|name| param(&name).to_owned()));
            }
            _ => {}
        }
    }
    if reasons.is_empty() {
        reasons.push(sentence(reason).to_owned());
    }
    Fault::new(
        FaultKind::BadInput { field },
        format!(
            "GitHub did not accept this for {what}: {}.",
            reasons.iter().map(|reason| sentence(reason)).collect::<Vec<_>>().join("; ")
        ),
    )
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
