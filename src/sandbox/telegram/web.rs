//! The HTTP door: routes, tokens, arguments, faults and rate limits around every method, and the wait of `getUpdates`.
//!
//! `server::serve` runs its router. It knows no method by content; those are in `api/`.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Failure, Inner, LoggedRequest,
    api::{self, Answer, Call, Counts, Refused},
    args::Args,
    limits::Cost,
    lock,
};
use crate::sandbox::server::Cut;

/// The largest body: a file of the largest size, and what is around it.
const LARGEST_BODY: usize = (50 << 20) + (1 << 20);

pub(super) fn router(inner: Arc<Inner>) -> Router {
    Router::new().fallback(door).layer(DefaultBodyLimit::disable()).with_state(inner)
}

/// Tokens hold a colon and paths come in any form, so this reads the path itself.
async fn door(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = percent(parts.uri.path());
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return download(&inner, rest);
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        inner.unknown(&format!("{} {}", parts.method, path));
        return answer(&Err(Refused::new(404, "Not Found")));
    };
    if let Err(refused) = admit(&inner, token) {
        return answer(&Err(refused));
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return answer(&Err(Refused::new(413, "Request Entity Too Large")));
    };
    let args = Args::read(parts.uri.query(), &parts.headers, &body);
    let mut method = method.trim_end_matches('/').to_owned();
    let args = args.map(|mut args| {
        if method.is_empty() {
            method = args.take_method().unwrap_or_default();
        }
        args
    });
    match perform(&inner, parts.method.as_str(), &method, args).await {
        Done::Answer(given) => answer(&given),
        Done::Plain(status) => plain(status),
        Done::Cut => cut(),
    }
}

/// The path without percent signs: some clients write the token's colon as `%3A`.
fn percent(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| byte == b'%') {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the token is the bot's.
fn admit(inner: &Inner, token: &str) -> Result<(), Refused> {
    let id = token.split_once(':').and_then(|(id, _)| id.parse::<i64>().ok());
    if token.starts_with('0') || token.len() > 80 || id.is_none_or(|id| id <= 0) {
        return Err(Refused::new(401, "Unauthorized: invalid token specified"));
    }
    if token == inner.setup.token { Ok(()) } else { Err(Refused::new(401, "Unauthorized")) }
}

/// What came of a call.
pub(super) enum Done {
    Answer(Answer),
    Plain(StatusCode),
    Cut,
}

/// Does what a call asks, with everything around it: windows, faults, budgets, the log.
pub(super) async fn perform(inner: &Arc<Inner>, verb: &str, name: &str, args: Result<Args, Refused>) -> Done {
    let now = inner.now();
    let method = api::find(name);
    let polls = name.eq_ignore_ascii_case("getUpdates");
    let shown = method.map_or(if polls { "getUpdates" } else { name }, |method| method.name);
    let entry = LoggedRequest {
        at: now,
        verb: verb.to_owned(),
        method: shown.to_owned(),
        chat: args.as_ref().ok().and_then(|args| inner.chat_of(args)),
        body: inner.masked(&args.as_ref().map(Args::shown).unwrap_or_default()),
        status: 200,
        error: None,
    };
    let finish = |given: Answer| {
        let mut entry = entry.clone();
        if let Err(refused) = &given {
            entry.status = refused.code;
            entry.error = Some(refused.description.clone());
        }
        inner.note(entry);
        Done::Answer(given)
    };
    let blocked = lock(&inner.limiter).blocked(shown, now);
    if let Some(seconds) = blocked {
        return finish(Err(Refused::too_many(seconds)));
    }
    let failure = lock(&inner.faults).take(shown);
    let logged = |status: u16, error: &str| {
        inner.note(LoggedRequest { status, error: Some(error.to_owned()), ..entry.clone() });
    };
    match failure {
        Some(Failure::RateLimited(seconds)) => {
            lock(&inner.limiter).announce(seconds, now);
            return finish(Err(Refused::too_many(seconds)));
        }
        Some(Failure::Status(status)) => {
            logged(status, "status");
            return Done::Plain(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        }
        Some(Failure::Hang) => {
            logged(408, "hang");
            return std::future::pending().await;
        }
        Some(Failure::CutBeforeWork) => {
            logged(408, "cut");
            return Done::Cut;
        }
        Some(Failure::Refused(code, ref description)) => {
            return finish(Err(Refused::new(code, description.clone())));
        }
        Some(Failure::DropReplyAfterWork) | None => {}
    }
    if lock(&inner.notes).logged_out {
        return finish(Err(Refused::new(400, "Logged out")));
    }
    let args = match args {
        Ok(args) => args,
        Err(refused) => return finish(Err(refused)),
    };
    let given = if polls {
        get_updates(inner, &args).await
    } else if let Some(method) = method {
        let cost = inner.cost(method.counts, &args);
        let over = lock(&inner.limiter).take(&inner.setup.limits, cost, now);
        match over {
            Some(seconds) => Err(Refused::too_many(seconds)),
            None => (method.run)(&Call { inner, args: &args, now }),
        }
    } else {
        inner.unknown(name);
        Err(Refused::new(404, "Not Found: method not found"))
    };
    let done = finish(given);
    if failure == Some(Failure::DropReplyAfterWork) { Done::Cut } else { done }
}

impl Inner {
    /// What a call costs, by the chat it goes to.
    fn cost(&self, counts: Counts, args: &Args) -> Cost {
        match counts {
            Counts::Nothing => Cost::Free,
            Counts::Edit => Cost::Edit,
            Counts::Message => match self.chat_of(args) {
                Some(chat) => Cost::Message(chat, chat < 0),
                None => Cost::Free,
            },
        }
    }

    /// The chat that a call is about, by its id however it was named.
    fn chat_of(&self, args: &Args) -> Option<i64> {
        let given = args.get("chat_id").trim();
        if given.starts_with('@') {
            return lock(&self.world).public(given).map(|chat| chat.id);
        }
        given.parse().ok()
    }

    fn unknown(&self, what: &str) {
        let what = what.replace(&self.setup.token, "***");
        lock(&self.notes).unknown.push(what);
        self.changed();
    }

    /// The same value with the token blotted out.
    pub(super) fn masked(&self, value: &Value) -> Value {
        let text = value.to_string();
        if self.setup.token.is_empty() || !text.contains(&self.setup.token) {
            return value.clone();
        }
        serde_json::from_str(&text.replace(&self.setup.token, "***")).unwrap_or_default()
    }
}

/// One long poll that waits; it counts as long as it lives.
struct Waiting<'i>(&'i Inner);

impl<'i> Waiting<'i> {
    fn new(inner: &'i Inner) -> Self {
        lock(&inner.queue).polling += 1;
        inner.changed();
        Self(inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.0.queue).polling -= 1;
        self.0.changed();
    }
}

/// `getUpdates`: confirms, and waits by the fake's clock when there is nothing.
async fn get_updates(inner: &Inner, args: &Args) -> Answer {
    let offset = args.number("offset").unwrap_or_default();
    let limit = args.number("limit").unwrap_or(100).clamp(1, 100);
    let limit = usize::try_from(limit).unwrap_or(100);
    let timeout = args.number("timeout").unwrap_or_default().clamp(0, 50);
    let deadline = inner.now().saturating_add(SignedDuration::from_secs(timeout)).unwrap_or(Timestamp::MAX);
    let mut pulse = inner.pulse.subscribe();
    pulse.borrow_and_update();
    let (mine, webhooks) = {
        let mut queue = lock(&inner.queue);
        if queue.webhook.is_some() {
            let conflict = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete \
                            the webhook first";
            return Err(Refused::new(409, conflict));
        }
        queue.allow(args.get("allowed_updates"));
        let updates = queue.take(offset, limit, inner.now());
        if !updates.is_empty() || timeout == 0 {
            return Ok(json!(updates).into());
        }
        queue.poll += 1;
        (queue.poll, queue.webhooks)
    };
    // Another poll that waits already must hear that it is over.
    inner.wake();
    let _waiting = Waiting::new(inner);
    loop {
        {
            let mut queue = lock(&inner.queue);
            if queue.webhooks != webhooks {
                return Err(Refused::new(409, "Conflict: terminated by setWebhook request"));
            }
            if queue.poll != mine {
                let conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance \
                                is running";
                return Err(Refused::new(409, conflict));
            }
            let now = inner.now();
            // The offset has confirmed already; a negative one must not forget what came since.
            let updates = queue.take(offset.max(0), limit, now);
            if !updates.is_empty() || now >= deadline {
                return Ok(json!(updates).into());
            }
        }
        if pulse.changed().await.is_err() {
            return Ok(json!([]).into());
        }
    }
}

fn download(inner: &Inner, rest: &str) -> Response {
    let Some((token, path)) = rest.split_once('/') else { return answer(&Err(Refused::new(404, "Not Found"))) };
    if let Err(refused) = admit(inner, token) {
        return answer(&Err(refused));
    }
    let world = lock(&inner.world);
    match world.files.values().find(|file| file.attachment.path == path) {
        Some(file) => {
            let mut response = Response::new(Body::from(file.content.clone()));
            let media = HeaderValue::from_static("application/octet-stream");
            response.headers_mut().insert(header::CONTENT_TYPE, media);
            response
        }
        None => answer(&Err(Refused::new(404, "Not Found"))),
    }
}

/// An answer in Telegram's form.
fn answer(given: &Answer) -> Response {
    let (status, body) = match given {
        Ok(reply) => {
            let mut body = json!({"ok": true, "result": reply.result});
            if let Some(note) = reply.note {
                body["description"] = json!(note);
            }
            (200, body)
        }
        Err(refused) => {
            let mut body = json!({"ok": false, "error_code": refused.code, "description": refused.description});
            if let Some(parameters) = &refused.parameters {
                body["parameters"] = parameters.clone();
            }
            (refused.code, body)
        }
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let wait = body["parameters"]["retry_after"].as_i64();
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

/// What a proxy in front of Telegram says.
fn plain(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or("error");
    let page = format!("<html><head><title>{0} {reason}</title></head><body>nginx</body></html>", status.as_u16());
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// Closes the connection without an answer.
fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}
