//! The routes and their server.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;

use super::{HttpConfig, Keys, events, outbox, set_up, webhooks};
use crate::delivery::{DeadLetters, Inbox, Outgoing};
use crate::model::{Clock, Fault};
use crate::routing::Teller;
use crate::vault::{Door, Oauth};

/// How the daemon is, for `/readyz`.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Why it does not take anything; empty when it does.
    pub broken: Vec<String>,
    /// What does not work while the rest does.
    pub degraded: Vec<String>,
}

/// What the listener needs.
pub struct ServerParts {
    /// The section.
    pub config: HttpConfig,
    /// The time.
    pub clock: Clock,
    /// Where everything goes.
    pub inbox: Inbox,
    /// The webhook doors, by integration.
    pub doors: HashMap<String, Door>,
    /// The sign-ins that a person begins, by integration.
    pub oauths: HashMap<String, Arc<Oauth>>,
    /// The valid API keys.
    pub keys: Keys,
    /// What looks at events before they are accepted.
    pub teller: Arc<dyn Teller>,
    /// What is on its way out.
    pub outgoing: Outgoing,
    /// The dead letters.
    pub dead: DeadLetters,
    /// How the daemon is.
    pub health: Arc<dyn Fn() -> Health + Send + Sync>,
    /// The metrics, as Prometheus reads them.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The doors of platforms that are reached over HTTP.
    pub platforms: Router,
}

impl std::fmt::Debug for ServerParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerParts").field("config", &self.config).finish_non_exhaustive()
    }
}

pub(super) type Shared = Arc<SharedParts>;

pub(super) struct SharedParts {
    pub(super) clock: Clock,
    pub(super) inbox: Inbox,
    pub(super) doors: HashMap<String, Door>,
    pub(super) oauths: HashMap<String, Arc<Oauth>>,
    pub(super) keys: Keys,
    pub(super) teller: Arc<dyn Teller>,
    pub(super) outgoing: Outgoing,
    pub(super) dead: DeadLetters,
    pub(super) event_bytes: usize,
    health: Arc<dyn Fn() -> Health + Send + Sync>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// The listener, bound to its address.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    router: Router,
    address: SocketAddr,
}

impl Server {
    /// Binds the address.
    ///
    /// # Errors
    /// `Misconfigured`: the address cannot be had.
    pub async fn bind(parts: ServerParts) -> Result<Self, Fault> {
        let wanted = parts.config.listen;
        let wrong = |error: std::io::Error| {
            Fault::misconfigured(format!(
                "http.listen: {wanted} cannot be listened on: {error}. Is another program there?"
            ))
        };
        let listener = TcpListener::bind(wanted).await.map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        Ok(Self { listener, router: router(parts), address })
    }

    /// The address that was bound.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until stopped; requests that were begun are finished.
    ///
    /// # Errors
    /// The listener broke.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), Fault> {
        // Small answers must not wait for the peer's delayed acknowledgement.
        let listener = self.listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps waiting for more to send");
            }
        });
        axum::serve(listener, self.router)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
            .map_err(|error| Fault::unavailable("The HTTP listener broke.").inside(error.to_string()))
    }
}

pub(super) fn router(parts: ServerParts) -> Router {
    let largest = parts.doors.values().map(|door| door.largest).max().unwrap_or(0);
    let timeout = parts.config.timeout.unsigned_abs();
    let shared = Arc::new(SharedParts {
        clock: parts.clock,
        inbox: parts.inbox,
        doors: parts.doors,
        oauths: parts.oauths,
        keys: parts.keys,
        teller: parts.teller,
        outgoing: parts.outgoing,
        dead: parts.dead,
        event_bytes: parts.config.event_kib.saturating_mul(1024),
        health: parts.health,
        metrics: parts.metrics,
    });
    let event_limit = shared.event_bytes.saturating_add(1);
    Router::new()
        .route(
            "/webhooks/{integration}",
            post(webhooks::receive).layer(DefaultBodyLimit::max(largest.saturating_add(1))),
        )
        .route("/api/v1/events", post(events::publish).layer(DefaultBodyLimit::max(event_limit)))
        .route("/api/v1/outbox", get(outbox::list))
        .route("/api/v1/outbox/{id}", get(outbox::show))
        .route("/api/v1/outbox/{id}/redrive", post(outbox::redrive))
        .route("/api/v1/webhooks/{integration}", get(set_up::state))
        .route("/api/v1/webhooks/{integration}/token", post(set_up::token))
        .route("/api/v1/webhooks/{integration}/reset", post(set_up::reset))
        .route("/api/v1/oauth/{integration}", post(set_up::begin))
        .route("/oauth/{integration}/callback", get(set_up::finish))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(shared)
        .merge(parts.platforms)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, timeout))
}

async fn ready(State(shared): State<Shared>) -> Response {
    let Health { broken, degraded } = (shared.health)();
    let (status, word) = match (broken.is_empty(), degraded.is_empty()) {
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "broken"),
        (true, false) => (StatusCode::OK, "degraded"),
        (true, true) => (StatusCode::OK, "ready"),
    };
    (status, Json(json!({ "status": word, "broken": broken, "degraded": degraded }))).into_response()
}

async fn metrics(State(shared): State<Shared>) -> Response {
    let kind = [("content-type", "text/plain; version=0.0.4; charset=utf-8")];
    (kind, (shared.metrics)()).into_response()
}
