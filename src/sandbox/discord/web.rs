//! The HTTP door: versions, tokens, user agents, faults and rate limits around every route of the REST API.
//!
//! `server::serve` runs its router. It knows no route; those are in `api/`.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method as Verb, StatusCode, header},
    response::Response,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{
    Failure, Inner, LimitScope, LoggedRequest,
    api::{self, Call, Reply, Route},
    body,
    gateway::socket,
    limits::{Key, Over, Told},
    lock,
    refused::Refused,
};
use crate::sandbox::server::Cut;

/// Largest request with files.
const LARGEST: usize = 25 << 20;

pub(super) fn router(inner: Arc<Inner>) -> Router {
    Router::new().fallback(any).with_state(inner)
}

/// Something nobody can guess.
pub(super) fn secret() -> String {
    format!("{}{}", uuid::Uuid::now_v7().simple(), uuid::Uuid::now_v7().simple())
}

/// An answer in JSON.
fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An answer without JSON.
pub(super) fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

/// Every request comes here: the gateway, files, or the API.
async fn any(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let upgrade = request.headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    if upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        let known = matches!(path.trim_end_matches('/'), "" | "/gateway" | "/resume");
        return if known { socket::open(inner, request) } else { unknown(&inner, request.method(), &path) };
    }
    if let Some(rest) = path.strip_prefix("/attachments/") {
        return file(&inner, rest);
    }
    let Some(rest) = path.strip_prefix("/api/") else { return unknown(&inner, request.method(), &path) };
    let version = rest.split('/').next().unwrap_or_default();
    if let Some(number) = version.strip_prefix('v').and_then(|number| number.parse::<u32>().ok()) {
        if !matches!(number, 9 | 10) {
            let refused = Refused::invalid_version();
            return answer(refused.status, &refused.body());
        }
        let below = &rest[version.len()..];
        return call(inner, below.to_owned(), request).await;
    }
    // Webhook addresses come without a version; the API itself must be asked for one.
    if rest.starts_with("webhooks/") {
        return call(inner, format!("/{rest}"), request).await;
    }
    unknown(&inner, request.method(), &path)
}

fn unknown(inner: &Inner, verb: &Verb, path: &str) -> Response {
    lock(&inner.notes).unknown.push(format!("{verb} {path}"));
    answer(StatusCode::NOT_FOUND, &Refused::not_found().body())
}

/// A file of a message, which anyone with the address may read.
fn file(inner: &Inner, rest: &str) -> Response {
    let id = rest.split('/').nth(1).unwrap_or_default();
    let content = lock(&inner.world).files.get(id).cloned();
    match content {
        Some(content) => Response::new(Body::from(content)),
        None => plain(StatusCode::NOT_FOUND, "This content is no longer available."),
    }
}

/// What a request carried.
struct Asked {
    verb: Verb,
    path: String,
    template: &'static str,
    query: Vec<(String, String)>,
    body: Value,
    files: Vec<String>,
}

async fn call(inner: Arc<Inner>, path: String, request: Request) -> Response {
    let (parts, raw) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let verb = parts.method.clone();
    let mut asked =
        Asked { verb: verb.clone(), path: path.clone(), template: "", query, body: Value::Null, files: Vec::new() };
    let Ok(raw) = axum::body::to_bytes(Body::new(raw), LARGEST).await else {
        return refuse(&inner, &asked, &Refused::too_large(), None);
    };
    let (route, arguments) = match api::find(&verb, &path) {
        Ok(found) => found,
        Err(refused) => {
            if refused.status == StatusCode::NOT_FOUND {
                lock(&inner.notes).unknown.push(format!("{verb} {path}"));
            }
            return refuse(&inner, &asked, &refused, None);
        }
    };
    asked.template = route.path;
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let read = body::read(content_type.unwrap_or_default(), &raw);
    if let Ok((body, uploads)) = &read {
        asked.body = body.clone();
        asked.files = uploads.iter().map(|upload| upload.filename.clone()).collect();
    }
    if let Err(refused) = admit(&inner, route, &parts.headers) {
        return refuse(&inner, &asked, &refused, None);
    }
    let now = inner.now();
    let key = key(&inner, route, &verb, &path);
    let failure = lock(&inner.faults).take(&key.call);
    match &failure {
        Some(Failure::RateLimited { retry_after, scope }) => {
            let over = lock(&inner.limiter).inject(&inner.setup.limits, &key, *retry_after, *scope, now);
            return limited(&inner, &asked, &over, now);
        }
        Some(Failure::Status(status)) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            log(&inner, &asked, status, None);
            return plain(status, "upstream connect error or disconnect/reset before headers");
        }
        Some(Failure::Hang) => {
            log(&inner, &asked, StatusCode::REQUEST_TIMEOUT, None);
            return std::future::pending().await;
        }
        Some(Failure::CutBeforeWork) => {
            log(&inner, &asked, StatusCode::REQUEST_TIMEOUT, None);
            return cut();
        }
        Some(Failure::DropReplyAfterWork | Failure::Refused(..)) | None => {}
    }
    let told = match lock(&inner.limiter).take(&inner.setup.limits, &key, now) {
        Ok(told) => told,
        Err(over) => return limited(&inner, &asked, &over, now),
    };
    if let Some(Failure::Refused(status, code, message)) = failure {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        return refuse(&inner, &asked, &Refused::new(status, code, message), told.as_ref());
    }
    let result = read.and_then(|(body, uploads)| {
        let mut world = lock(&inner.world);
        (route.run)(&mut Call {
            inner: &inner,
            world: &mut world,
            template: route.path,
            path: &arguments,
            query: &asked.query,
            body: &body,
            uploads: &uploads,
            now,
        })
    });
    inner.changed();
    let mut response = match result {
        Err(refused) => refuse(&inner, &asked, &refused, told.as_ref()),
        Ok(Reply { status, body }) => {
            log(&inner, &asked, status, None);
            match body {
                Some(body) => answer(status, &body),
                None => {
                    let mut response = Response::new(Body::empty());
                    *response.status_mut() = status;
                    response
                }
            }
        }
    };
    if let Some(told) = &told {
        tell(&mut response, told, now);
    }
    if failure == Some(Failure::DropReplyAfterWork) { cut() } else { response }
}

/// Looks at user agent and token.
fn admit(inner: &Inner, route: &Route, headers: &HeaderMap) -> Result<(), Refused> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Webhooks and interaction tokens may be used by anyone who knows them.
    if !route.bot {
        return Ok(());
    }
    let agent = text(header::USER_AGENT);
    let named = agent.strip_prefix("DiscordBot (").is_some_and(|rest| rest.contains(')'));
    // Webhooks are for programs of any kind; those only must not come without a name.
    if !named && (agent.is_empty() || !route.path.starts_with("/webhooks/")) {
        return Err(Refused::no_agent());
    }
    if text(header::AUTHORIZATION).strip_prefix("Bot ") != Some(inner.setup.token.as_str()) {
        return Err(Refused::unauthorized());
    }
    Ok(())
}

/// Which counters a call falls under.
fn key(inner: &Inner, route: &Route, verb: &Verb, path: &str) -> Key {
    let mut segments = path.split('/').skip(1);
    let (family, first) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    let own_hook = family == "webhooks" && first == inner.setup.application_id;
    let top = match family {
        "channels" | "guilds" => first.to_owned(),
        "webhooks" => format!("{first}/{}", segments.next().unwrap_or_default()),
        _ => String::new(),
    };
    let callback = family == "interactions";
    Key {
        route: format!("{verb} {}", route.path),
        call: format!("{verb} {path}"),
        top,
        exempt: callback || own_hook,
        bare: callback,
    }
}

/// Seconds and milliseconds as a number, rounded up.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

fn left(until: Timestamp, now: Timestamp) -> i64 {
    let left = until.duration_since(now);
    i64::try_from(left.as_millis()).unwrap_or(i64::MAX).max(0) + i64::from(left.subsec_nanos() % 1_000_000 > 0)
}

fn put(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

fn tell(response: &mut Response, told: &Told, now: Timestamp) {
    put(response, "x-ratelimit-limit", &told.limit.to_string());
    put(response, "x-ratelimit-remaining", &told.remaining.to_string());
    put(response, "x-ratelimit-reset", &format!("{:.3}", seconds(told.reset.as_millisecond())));
    put(response, "x-ratelimit-reset-after", &format!("{:.3}", seconds(left(told.reset, now))));
    put(response, "x-ratelimit-bucket", &told.bucket);
}

fn limited(inner: &Inner, asked: &Asked, over: &Over, now: Timestamp) -> Response {
    let wait = left(over.until, now);
    let global = over.scope == LimitScope::Global;
    if over.scope != LimitScope::Shared {
        lock(&inner.notes).invalid += 1;
    }
    log(inner, asked, StatusCode::TOO_MANY_REQUESTS, None);
    let message = match over.scope {
        LimitScope::Shared => "The resource is being rate limited.",
        LimitScope::User | LimitScope::Global => "You are being rate limited.",
    };
    let body = json!({"message": message, "retry_after": seconds(wait), "global": global});
    let mut response = answer(StatusCode::TOO_MANY_REQUESTS, &body);
    if let Some(told) = &over.told {
        tell(&mut response, told, now);
    }
    put(&mut response, "retry-after", &((wait + 999) / 1000).to_string());
    let scope = match over.scope {
        LimitScope::User => "user",
        LimitScope::Global => "global",
        LimitScope::Shared => "shared",
    };
    put(&mut response, "x-ratelimit-scope", scope);
    if global {
        put(&mut response, "x-ratelimit-global", "true");
    }
    response
}

fn refuse(inner: &Inner, asked: &Asked, refused: &Refused, told: Option<&Told>) -> Response {
    if matches!(refused.status.as_u16(), 401 | 403 | 429) {
        lock(&inner.notes).invalid += 1;
    }
    log(inner, asked, refused.status, Some(refused.code));
    let mut response = answer(refused.status, &refused.body());
    if let Some(told) = told {
        tell(&mut response, told, inner.now());
    }
    response
}

fn log(inner: &Inner, asked: &Asked, status: StatusCode, code: Option<u64>) {
    if inner.setup.keep_requests == 0 {
        return;
    }
    let mut body = asked.body.clone();
    if body.is_null() {
        body = Value::Object(Map::new());
    }
    inner.note(LoggedRequest {
        at: inner.now(),
        verb: asked.verb.to_string(),
        path: masked(&asked.path),
        route: asked.template.to_owned(),
        query: asked.query.clone(),
        body: inner.masked(&body),
        files: asked.files.clone(),
        status: status.as_u16(),
        code,
    });
}

/// The path without webhook and interaction tokens.
fn masked(path: &str) -> String {
    let mut segments: Vec<_> = path.split('/').collect();
    if segments.len() > 3 && matches!(segments[1], "webhooks" | "interactions") {
        segments[3] = "***";
    }
    segments.join("/")
}
