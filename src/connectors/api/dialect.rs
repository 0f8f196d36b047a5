//! What is the vendor's own about an API: its headers, its budgets, and what it means by a refusal.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::{Attempt, Wait};
use crate::model::Fault;

/// A vendor's way of talking. One a connector; pure.
pub(crate) trait Dialect: Send + Sync {
    /// What people call the vendor: `GitHub`.
    fn name(&self) -> &'static str;

    /// The whole name of a setting of this integration: `github.token`.
    fn setting(&self, name: &str) -> String {
        format!("{}.{name}", self.name().to_lowercase())
    }

    /// The headers that every request has, beside `User-Agent` and the sign-in.
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        Vec::new()
    }

    /// The budget that a request counts against, by the vendor's name for it. What a wait covers is one of these, or
    /// [`super::EVERYTHING`].
    fn budget(&self, method: &Method, path: &str) -> String;

    /// The vendor's id of a request, which its support asks for.
    fn request_id(&self, headers: &HeaderMap, body: &Value) -> Option<String>;

    /// The wait that a refusal asks for; `None`: it is no limit.
    fn wait(&self, refusal: &Refusal<'_>) -> Option<Wait>;

    /// The wait that an answer means which was the last of its budget.
    fn spent(&self, _headers: &HeaderMap, _budget: &str, _now: Timestamp) -> Option<Wait> {
        None
    }

    /// What the body of a refusal says.
    fn reason(&self, body: &Value) -> Reason;

    /// What a refusal means where the common table ([`Attempt::refused`]) does not fit.
    fn means(&self, _refusal: &Refusal<'_>, _attempt: &Attempt<'_>) -> Option<Fault> {
        None
    }
}

/// An answer that is no success.
#[derive(Debug)]
pub(crate) struct Refusal<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// `Null` where the body is no JSON.
    pub(crate) body: &'a Value,
    /// What the body says.
    pub(crate) reason: &'a Reason,
    pub(crate) budget: &'a str,
    pub(crate) now: Timestamp,
}

/// What the body of a refusal says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reason {
    /// The vendor's words, in one line. May be empty.
    pub(crate) text: String,
    /// What is wrong with which field: our name of the parameter (where there is one), and the words for it.
    pub(crate) fields: Vec<(Option<String>, String)>,
}
