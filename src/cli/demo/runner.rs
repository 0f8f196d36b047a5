//! The company's job runner: hears over an outgoing webhook that a task is to run again, and runs it.
//!
//! It believes nothing that is not signed, and takes each message once, as Standard Webhooks ask of a receiver.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;

use super::company::HOOK_SECRET;
use super::samples;
use super::world::World;
use crate::model::Event;
use crate::vault::{Scheme, Secret};

/// The runner.
#[derive(Debug)]
pub(super) struct Runner {
    pace: Pace,
    seen: Mutex<BTreeSet<String>>,
}

/// When a task that was started is done.
#[derive(Debug)]
pub(super) enum Pace {
    /// After a while.
    After(Duration),
    /// When the story says so.
    Told(Notify),
}

impl Pace {
    /// After a while.
    pub(super) fn after(pause: Duration) -> Self {
        Self::After(pause)
    }

    /// When [`Runner::finish`] is called.
    pub(super) fn when_told() -> Self {
        Self::Told(Notify::new())
    }
}

impl Runner {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, seen: Mutex::default() }
    }

    /// Lets the task that runs, or the next one, be done.
    pub(super) fn finish(&self) {
        if let Pace::Told(told) = &self.pace {
            told.notify_one();
        }
    }

    /// How many messages came in.
    pub(super) fn heard(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    async fn work(&self) {
        match &self.pace {
            Pace::After(pause) => tokio::time::sleep(*pause).await,
            Pace::Told(told) => told.notified().await,
        }
    }
}

/// `POST /hooks/runner`.
pub(super) async fn receive(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Response {
    let note = |what: &str, answer: &str, good| world.wire.note("Quarterdeck", "Runner", what, answer, good);
    if let Err(rejected) = Scheme::STANDARD.verify(&[Secret::new(HOOK_SECRET)], &headers, &body, Timestamp::now()) {
        note("webhook", &rejected.to_string(), false);
        return (StatusCode::UNAUTHORIZED, rejected.to_string()).into_response();
    }
    let Ok(event) = serde_json::from_slice::<Event>(&body) else {
        note("webhook", "no event", false);
        return (StatusCode::BAD_REQUEST, "this is no event").into_response();
    };
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let new = world.runner.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    note(&event.kind, if new { "signature verified" } else { "already here" }, true);
    if new && event.kind == "task.retry_requested" {
        tokio::spawn(run_again(Arc::clone(&world), event));
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn run_again(world: Arc<World>, asked: Event) {
    let attempt = asked.data.get("attempt").and_then(Value::as_u64).unwrap_or(1) + 1;
    let task = asked.data.get("task").and_then(Value::as_str).unwrap_or_default();
    let started = samples::task("task.started", &asked.source, task, attempt);
    if world.publish("Runner", &started).await.is_ok() {
        world.runner.work().await;
        let completed = samples::task("task.completed", &asked.source, task, attempt);
        // What goes wrong here is on the wire's list.
        let _ = world.publish("Runner", &completed).await;
    }
}
