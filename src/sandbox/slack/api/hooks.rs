//! Response URLs: five answers within thirty minutes (docs.slack.dev/interactivity/handling-user-interaction).
//!
//! The same rules serve what an app puts into its acknowledgement of a slash command.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderValue, StatusCode},
    response::Response,
};
use serde_json::{Map, Value, json};

use super::{Args, Content, Refused, chat::forget, render, tell};
use crate::sandbox::slack::{Failure, Inner, LoggedRequest, lock, model::ResponseUrl, web};

const USES: u32 = 5;

/// `POST` to a response URL.
pub(in crate::sandbox::slack) async fn respond(
    State(inner): State<Arc<Inner>>,
    Path((kind, _team, id, secret)): Path<(String, String, String, String)>,
    body: Bytes,
) -> Response {
    let waiting = lock(&inner.limiter).blocked("response_url", None, inner.now());
    if let Some(seconds) = waiting {
        return limited(seconds);
    }
    let failure = lock(&inner.faults).take("response_url");
    match failure {
        Some(Failure::Hang) => return std::future::pending().await,
        Some(Failure::CutBeforeWork) => return web::cut(),
        Some(Failure::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return web::plain(status, "upstream connect error or disconnect/reset before headers");
        }
        Some(Failure::RateLimited(seconds)) => {
            lock(&inner.limiter).inject("response_url", None, seconds, inner.now());
            return limited(seconds);
        }
        Some(Failure::OkFalse(_) | Failure::DropReplyAfterWork) | None => {}
    }
    let body: Option<Map<String, Value>> = serde_json::from_slice(&body).ok();
    let result = match body.clone() {
        None => Err((StatusCode::BAD_REQUEST, "invalid_payload".to_owned())),
        Some(body) => once(&inner, &format!("{kind}/{id}/{secret}"), body),
    };
    let (status, error) = match &result {
        Ok(()) => (StatusCode::OK, None),
        Err((status, error)) => (*status, Some(error.clone())),
    };
    let entry = LoggedRequest {
        at: inner.now(),
        verb: "POST".into(),
        method: "response_url".into(),
        body: inner.masked(&body.map_or(Value::Null, Value::Object)),
        status: status.as_u16(),
        error: error.clone(),
    };
    inner.note(entry);
    match (failure, error) {
        (Some(Failure::DropReplyAfterWork), _) => web::cut(),
        (_, None) => web::plain(StatusCode::OK, "ok"),
        (_, Some(error)) => web::answer(status, &json!({"ok": false, "error": error})),
    }
}

fn limited(seconds: i64) -> Response {
    let mut response = web::plain(StatusCode::TOO_MANY_REQUESTS, "ratelimited");
    response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    response
}

fn once(inner: &Arc<Inner>, key: &str, body: Map<String, Value>) -> Result<(), (StatusCode, String)> {
    let url = {
        let mut world = lock(&inner.world);
        let Some(url) = world.response_urls.get_mut(key) else {
            return Err((StatusCode::NOT_FOUND, "invalid_token".into()));
        };
        if inner.now() >= url.expires {
            return Err((StatusCode::NOT_FOUND, "expired_url".into()));
        }
        if url.uses >= USES {
            return Err((StatusCode::NOT_FOUND, "used_url".into()));
        }
        url.uses += 1;
        url.clone()
    };
    inner.reply(&url, body).map_err(|refused| (StatusCode::BAD_REQUEST, refused.code))
}

impl Inner {
    /// Carries out an answer to a command or interaction: a new message, or a change of the original one.
    pub(in crate::sandbox::slack) fn reply(
        self: &Arc<Self>,
        url: &ResponseUrl,
        body: Map<String, Value>,
    ) -> Result<(), Refused> {
        let args = Args(body);
        let now = self.now();
        let mut world = lock(&self.world);
        if args.flag("delete_original") {
            let ts = url.original.clone().ok_or_else(|| Refused::new("message_not_found"))?;
            if let Some(message) = world.seen_mut(&url.user, &url.channel, &ts)
                && message.ephemeral_to.is_some()
            {
                message.deleted = true;
                return Ok(());
            }
            let event = forget(self, &mut world, &url.channel, &ts, now);
            drop(world);
            let event = event.ok_or_else(|| Refused::new("message_not_found"))?;
            self.emit_message(&url.channel, event);
            return Ok(());
        }
        let content = Content::read(&args, None)?;
        if content.is_empty() {
            return Err(Refused::new("no_text"));
        }
        if args.flag("replace_original")
            && let Some(ts) = &url.original
        {
            let message = world.seen_mut(&url.user, &url.channel, ts).map(|message| message.clone());
            let mut message = message.ok_or_else(|| Refused::new("message_not_found"))?;
            content.apply(&mut world, &mut message);
            if let Some(place) = world.seen_mut(&url.user, &url.channel, ts) {
                *place = message;
            }
            return Ok(());
        }
        let mut message = content.message(self, &mut world, &url.channel, now);
        message.thread_ts = args.str("thread_ts").map(str::to_owned).or_else(|| url.thread_ts.clone());
        let public = args.str("response_type") == Some("in_channel");
        if !public {
            message.ephemeral_to = Some(url.user.clone());
        }
        let shown = render(self, &world, &message, false, false);
        world.put(message);
        drop(world);
        if public {
            tell(self, &url.channel, &shown);
        }
        Ok(())
    }
}
