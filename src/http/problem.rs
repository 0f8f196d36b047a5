//! Errors as answers: `{"error": {"class": …, "message": …, "field": …}}`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::model::{Fault, FaultKind};

/// A fault on its way to an HTTP client.
#[derive(Debug)]
pub(super) struct Problem(pub(super) Fault, pub(super) Option<StatusCode>);

impl Problem {
    /// With this status instead of the fault's own.
    pub(super) fn status(fault: Fault, status: StatusCode) -> Self {
        Self(fault, Some(status))
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault, None)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(fault, status) = self;
        let policy = fault.policy();
        if policy.alarming {
            tracing::warn!(%fault, "a request failed");
        }
        let status =
            status.or_else(|| StatusCode::from_u16(policy.status).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut error = json!({ "class": policy.label, "message": fault.outside });
        if let FaultKind::BadInput { field: Some(field) } = &fault.kind {
            error["field"] = json!(field);
        }
        let mut response = (status, Json(json!({ "error": error }))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
