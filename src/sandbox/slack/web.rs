//! The HTTP door: routes, arguments, tokens, faults and rate limits around every Web API method.
//!
//! `server::serve` runs its router. It knows no method; those are in `api/`.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method as Verb, StatusCode, header},
    response::Response,
    routing::{any, get, post},
};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{
    Failure, Inner, LoggedRequest,
    api::{self, Args, Call, Method, Refused},
    lock, socket,
};
use crate::sandbox::server::Cut;

/// More than any message or view Slack takes.
const LARGEST_CALL: usize = 4 << 20;
/// More than any file a test uploads.
const LARGEST_FILE: usize = 64 << 20;

pub(super) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/slack/api/{method}", any(call))
        .route("/api/{method}", any(call))
        .route("/slack/hooks/{kind}/{team}/{id}/{secret}", post(api::hooks::respond))
        .route("/slack/upload/{id}", post(api::files::upload))
        .route("/slack/link/", get(socket::link))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(LARGEST_FILE))
        .with_state(inner)
}

/// An answer in Slack's form.
pub(super) fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// An answer without JSON.
pub(super) fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Closes the connection without an answer.
pub(super) fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

async fn unknown(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    lock(&inner.notes).unknown.push(format!("{} {}", request.method(), request.uri().path()));
    plain(StatusCode::NOT_FOUND, "not found")
}

/// What a request carried, before anyone judged it.
struct Asked {
    verb: Verb,
    name: String,
    args: Args,
    token: Option<String>,
    /// What is wrong with the body, to be told once the method is known.
    malformed: Option<&'static str>,
    missing_charset: bool,
}

async fn call(State(inner): State<Arc<Inner>>, Path(name): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_CALL).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large");
    };
    let method = api::find(&name);
    let asked = read(&parts.method, name, parts.uri.query(), &parts.headers, &body, method);
    let Some(method) = method else {
        lock(&inner.notes).unknown.push(asked.name.clone());
        return finish(&inner, &asked, Err(Refused::new("unknown_method")), None);
    };
    let now = inner.now();
    // However the channel was named, the limit is on the channel.
    let channel = asked.args.str("channel").map(|wanted| {
        let world = lock(&inner.world);
        world.channel(wanted).map_or(wanted, |channel| channel.id.as_str()).to_owned()
    });
    let channel = channel.as_deref();
    let waiting = lock(&inner.limiter).blocked(method.name, channel, now);
    if let Some(seconds) = waiting {
        return limited(&inner, &asked, seconds);
    }
    let failure = lock(&inner.faults).take(method.name);
    match failure {
        Some(Failure::RateLimited(seconds)) => {
            lock(&inner.limiter).inject(method.name, channel, seconds, now);
            return limited(&inner, &asked, seconds);
        }
        Some(Failure::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            log(&inner, &asked, status, None);
            return plain(status, "upstream connect error or disconnect/reset before headers");
        }
        Some(Failure::Hang) => {
            log(&inner, &asked, StatusCode::REQUEST_TIMEOUT, Some("hang".into()));
            return std::future::pending().await;
        }
        Some(Failure::CutBeforeWork) => {
            log(&inner, &asked, StatusCode::REQUEST_TIMEOUT, Some("cut".into()));
            return cut();
        }
        Some(Failure::OkFalse(code)) => return finish(&inner, &asked, Err(Refused::new(code)), Some(method)),
        Some(Failure::DropReplyAfterWork) | None => {}
    }
    if let Err(refused) = admit(&inner, &asked, method) {
        return finish(&inner, &asked, Err(refused), Some(method));
    }
    let over = lock(&inner.limiter).take(&inner.setup.limits, method.tier, method.name, channel, now);
    if let Some(seconds) = over {
        return limited(&inner, &asked, seconds);
    }
    let result = (method.run)(&Call { inner: &inner, args: &asked.args, now });
    inner.changed();
    let response = finish(&inner, &asked, result, Some(method));
    if failure == Some(Failure::DropReplyAfterWork) { cut() } else { response }
}

/// Checks form, token and scope, in Slack's order.
fn admit(inner: &Inner, asked: &Asked, method: &Method) -> Result<(), Refused> {
    if let Some(code) = asked.malformed {
        return Err(Refused::new(code));
    }
    let Some(token) = &asked.token else { return Err(Refused::new("not_authed")) };
    let app_level = method.name == "apps.connections.open";
    let (right, wrong) = if app_level {
        (&inner.setup.app_token, &inner.setup.bot_token)
    } else {
        (&inner.setup.bot_token, &inner.setup.app_token)
    };
    if token == wrong {
        return Err(Refused::new("not_allowed_token_type"));
    }
    if token != right {
        return Err(Refused::new("invalid_auth"));
    }
    if app_level && asked.verb != Verb::POST {
        return Err(Refused::new("insecure_request"));
    }
    inner.need_any(method.scopes)
}

fn limited(inner: &Inner, asked: &Asked, seconds: i64) -> Response {
    log(inner, asked, StatusCode::TOO_MANY_REQUESTS, Some("ratelimited".into()));
    let mut response = answer(StatusCode::TOO_MANY_REQUESTS, &json!({"ok": false, "error": "ratelimited"}));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn finish(inner: &Inner, asked: &Asked, result: Result<Value, Refused>, method: Option<&Method>) -> Response {
    let mut body = Map::new();
    let mut error = None;
    match result {
        Ok(Value::Object(fields)) => {
            body.insert("ok".into(), json!(true));
            body.extend(fields);
            if asked.missing_charset {
                body.insert("warning".into(), json!("missing_charset"));
                let metadata = body.entry("response_metadata").or_insert_with(|| json!({}));
                metadata["warnings"] = json!(["missing_charset"]);
            }
        }
        Ok(_) => {
            body.insert("ok".into(), json!(true));
        }
        Err(refused) => {
            body.insert("ok".into(), json!(false));
            body.insert("error".into(), json!(refused.code));
            body.extend(refused.more);
            error = Some(refused.code);
        }
    }
    log(inner, asked, StatusCode::OK, error);
    let mut response = answer(StatusCode::OK, &Value::Object(body));
    if let Some(method) = method {
        for (name, scopes) in [
            (HeaderName::from_static("x-accepted-oauth-scopes"), method.scopes.join(",")),
            (HeaderName::from_static("x-oauth-scopes"), inner.setup.scopes.join(",")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&scopes) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    response
}

fn log(inner: &Inner, asked: &Asked, status: StatusCode, error: Option<String>) {
    if inner.setup.keep_requests == 0 {
        return;
    }
    let entry = LoggedRequest {
        at: inner.now(),
        verb: asked.verb.to_string(),
        method: asked.name.clone(),
        body: inner.masked(&Value::Object(asked.args.0.clone())),
        status: status.as_u16(),
        error,
    };
    inner.note(entry);
}

/// Reads arguments from the query, a form or JSON, as docs.slack.dev/apis/web-api describes.
fn read(
    verb: &Verb,
    name: String,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &Bytes,
    method: Option<&Method>,
) -> Asked {
    let mut args: Map<String, Value> = form(query.unwrap_or_default().as_bytes());
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut malformed = None;
    let mut missing_charset = false;
    match media.as_str() {
        _ if body.is_empty() => {}
        "application/x-www-form-urlencoded" => args.extend(form(body)),
        "application/json" => {
            missing_charset = !content_type.to_ascii_lowercase().contains("charset");
            match serde_json::from_slice(body) {
                // Methods that only read take no JSON: Slack looks past the body.
                Ok(Value::Object(fields)) if method.is_some_and(|method| method.json) => {
                    // The token is never read from a JSON body.
                    args.extend(fields.into_iter().filter(|(name, _)| name != "token"));
                }
                Ok(Value::Object(_)) => {}
                Ok(_) => malformed = Some("json_not_object"),
                Err(_) => malformed = Some("invalid_json"),
            }
        }
        "" => malformed = Some("missing_post_type"),
        _ => malformed = Some("invalid_post_type"),
    }
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|token| token.trim().to_owned());
    let token = bearer.or_else(|| args.get("token").and_then(Value::as_str).map(str::to_owned));
    args.remove("token");
    Asked { verb: verb.clone(), name, args: Args(args), token, malformed, missing_charset }
}

fn form(bytes: &[u8]) -> Map<String, Value> {
    form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()
}
