//! What a failed call means, in one place.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::{Answer, Dialect, EVERYTHING, Refusal, Wait, Windows};
use crate::connectors::markdown::line;
use crate::model::{Fault, FaultKind};

/// What was attempted.
#[derive(Debug, Clone)]
pub(crate) struct Attempt<'a> {
    /// Whose API it is: `GitHub`.
    pub(crate) vendor: &'a str,
    /// Whether it only reads, and so is repeated freely.
    pub(crate) reads: bool,
    /// On what, in words for the person: `acme/api#12`.
    pub(crate) what: &'a str,
    /// Which budget it counts against.
    pub(crate) budget: String,
    /// When it failed.
    pub(crate) now: Timestamp,
}

impl Attempt<'_> {
    /// It failed on the way, or the vendor broke down over it.
    pub(crate) fn broken(&self, inside: impl Into<String>) -> Fault {
        let Self { vendor, what, .. } = self;
        if self.reads {
            Fault::unavailable(format!("{vendor} did not answer for {what}. Try again in a moment."))
        } else {
            Fault::unknown(format!(
                "{vendor} did not say whether it worked, so it may have happened. Look at {what} before doing it again."
            ))
        }
        .inside(inside)
    }

    /// It certainly never reached the vendor.
    pub(super) fn unreached(&self, inside: String) -> Fault {
        let Self { vendor, what, .. } = self;
        Fault::unavailable(format!("{vendor} cannot be reached, so nothing happened to {what}. Try again in a moment."))
            .inside(inside)
    }

    /// It is inside a back-off window.
    pub(super) fn limited(&self, until: Timestamp) -> Fault {
        Fault::new(
            FaultKind::RateLimited { until },
            format!("{} asked us to slow down; it goes on at {}.", self.vendor, until.strftime("%H:%M:%S UTC")),
        )
    }

    /// It was sent from one place to the next, and nowhere was it.
    pub(super) fn lost(&self) -> Fault {
        Fault::conflict(format!(
            "{} has moved, and {} does not say where to; use its new name.",
            self.what, self.vendor
        ))
    }

    /// The fault that a refusal comes to. Waits are remembered in `windows`.
    pub(crate) fn refused(&self, dialect: &dyn Dialect, answer: &Answer, windows: &Windows) -> Fault {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let mut reason = dialect.reason(&body);
        if reason.text.is_empty() {
            answer.status.canonical_reason().unwrap_or_default().clone_into(&mut reason.text);
        }
        let id = dialect.request_id(&answer.headers, &body).map(|id| line(&id, 60));
        let (status, headers) = (answer.status, &answer.headers);
        let inside = format!(
            "{} {}: {} [request {}]",
            self.vendor,
            status.as_u16(),
            reason.text,
            id.as_deref().unwrap_or("without id")
        );
        let refusal = Refusal { status, headers, body: &body, reason: &reason, budget: &self.budget, now: self.now };
        let unnamed = || Wait { until: self.now, covers: EVERYTHING.to_owned(), named: false };
        let wait = dialect.wait(&refusal).or_else(|| (status == StatusCode::TOO_MANY_REQUESTS).then(unnamed));
        if let Some(wait) = wait {
            return self.limited(windows.close(&wait, self.now)).inside(inside);
        }
        if let Some(fault) = dialect.means(&refusal, self) {
            return fault.inside(inside);
        }
        self.common(dialect, &refusal, &inside).inside(inside)
    }

    /// What the statuses mean everywhere (RFC 9110).
    fn common(&self, dialect: &dyn Dialect, refusal: &Refusal<'_>, inside: &str) -> Fault {
        let Self { vendor, what, .. } = self;
        let reason = sentence(&refusal.reason.text);
        match refusal.status.as_u16() {
            401 => Fault::misconfigured(format!(
                "{vendor} refused our token ({reason}). An administrator has to put a valid one where {} points.",
                dialect.setting("token")
            )),
            403 => Fault::denied(format!("{vendor} does not allow this on {what}: {reason}.")),
            451 => Fault::denied(format!("{what} is blocked for legal reasons: {reason}.")),
            404 => Fault::not_found(format!("{what} was not found, or the token may not see it.")),
            410 => Fault::not_found(format!("{what} is gone: it was deleted, or turned off there.")),
            409 | 412 => Fault::conflict(format!("{vendor} says that {what} is not in a state for this: {reason}.")),
            400 | 413 | 415 | 422 => self.invalid(refusal),
            300..=399 => Fault::conflict(format!("{what} has moved; use its new name.")),
            408 | 500..=599 => self.broken(inside),
            _ => Fault::new(
                FaultKind::BadInput { field: None },
                format!("{vendor} did not understand what was asked about {what}: {reason}."),
            ),
        }
    }

    /// What was sent is wrong: which field, and what is wrong with it, in the vendor's words.
    fn invalid(&self, refusal: &Refusal<'_>) -> Fault {
        let Self { vendor, what, .. } = self;
        let field = refusal.reason.fields.iter().find_map(|(field, _)| field.clone());
        let mut reasons: Vec<&str> = refusal.reason.fields.iter().map(|(_, words)| sentence(words)).collect();
        if reasons.is_empty() {
            reasons.push(sentence(&refusal.reason.text));
        }
        let text = if reasons.iter().all(|reason| reason.is_empty()) {
            format!("{vendor} did not accept this for {what} and does not say why.")
        } else {
            format!("{vendor} did not accept this for {what}: {}.", reasons.join("; "))
        };
        Fault::new(FaultKind::BadInput { field }, text)
    }
}

/// The text without the full stop at its end, to be put into a sentence.
fn sentence(text: &str) -> &str {
    text.trim_end_matches('.')
}
