//! The page's server: on loopback only, for the browser of this machine only.
//!
//! A page from elsewhere could make a browser ask this address. So the `Host` must be this machine's (or a name of the
//! attacker's could be made to lead here), and what changes something must come from this very page.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::Stream;
use serde_json::Value;
use tokio::net::TcpListener;

use super::world::World;
use super::{acts, company, runner};

/// How long changes are gathered before the page is told: a click makes a dozen.
const GATHER: Duration = Duration::from_millis(40);

/// Nothing is loaded from elsewhere, nothing runs that is not a file of ours, nobody may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("page/page.html");
/// The files of the page: name, type, content.
const ASSETS: [(&str, &str, &str); 17] = [
    ("page.css", "text/css; charset=utf-8", include_str!("page/page.css")),
    ("chat.css", "text/css; charset=utf-8", include_str!("page/chat.css")),
    ("page.js", "text/javascript; charset=utf-8", include_str!("page/page.js")),
    ("discord.css", "text/css; charset=utf-8", include_str!("page/discord.css")),
    ("telegram.css", "text/css; charset=utf-8", include_str!("page/telegram.css")),
    ("slack.js", "text/javascript; charset=utf-8", include_str!("page/slack.js")),
    ("discord.js", "text/javascript; charset=utf-8", include_str!("page/discord.js")),
    ("discord-text.js", "text/javascript; charset=utf-8", include_str!("page/discord-text.js")),
    ("discord-command.js", "text/javascript; charset=utf-8", include_str!("page/discord-command.js")),
    ("discord-line.js", "text/javascript; charset=utf-8", include_str!("page/discord-line.js")),
    ("discord-modal.js", "text/javascript; charset=utf-8", include_str!("page/discord-modal.js")),
    ("telegram.js", "text/javascript; charset=utf-8", include_str!("page/telegram.js")),
    ("menu.js", "text/javascript; charset=utf-8", include_str!("page/menu.js")),
    ("make.js", "text/javascript; charset=utf-8", include_str!("page/make.js")),
    ("blocks.js", "text/javascript; charset=utf-8", include_str!("page/blocks.js")),
    ("form.js", "text/javascript; charset=utf-8", include_str!("page/form.js")),
    ("side.js", "text/javascript; charset=utf-8", include_str!("page/side.js")),
];

/// Serves until the task is ended.
pub(super) async fn serve(listener: TcpListener, world: Arc<World>) {
    if let Err(error) = axum::serve(listener, router(world)).await {
        tracing::error!(%error, "the page's server ended");
    }
}

fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(async || typed("text/html; charset=utf-8", PAGE)))
        .route("/assets/{name}", get(asset))
        .route("/state", get(state))
        .route("/changes", get(changes))
        .route("/act", post(acts::act).layer(DefaultBodyLimit::max(256 * 1024)))
        .route(company::HOOK, post(runner::receive))
        .with_state(world)
        .layer(from_fn(guard))
}

/// Lets in what comes from this machine's own page (and from the daemon's webhook, which is signed), and says in each
/// answer what the browser may do with it.
async fn guard(request: Request, next: Next) -> Response {
    let hook = request.uri().path() == company::HOOK;
    let refused = match host(request.headers()) {
        None => Some("This page is served to `localhost` and `127.0.0.1` only."),
        Some(host) if *request.method() != Method::GET && !hook && !from_here(request.headers(), host) => {
            Some("Only the page itself may do this.")
        }
        Some(_) => None,
    };
    let mut response = match refused {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The `Host`, when it is a name of this machine.
fn host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.bytes().all(|sign| sign.is_ascii_digit()) { name } else { host });
    ["127.0.0.1", "localhost"].iter().any(|local| name.eq_ignore_ascii_case(local)).then_some(host)
}

/// Whether a request comes from a page of this host. Browsers say so in every request that is no plain GET.
fn from_here(headers: &HeaderMap, host: &str) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.and_then(|origin| origin.strip_prefix("http://")).is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

fn typed(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}

async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, content)) => typed(kind, content),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn state(State(world): State<Arc<World>>) -> Json<Value> {
    Json(world.state())
}

/// Tells the page each time that something changed.
async fn changes(State(world): State<Arc<World>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let watched = [
        world.slack.changes(),
        world.discord.changes(),
        world.telegram.changes(),
        world.github.changes(),
        world.wire.changes(),
    ];
    let stream = futures::stream::unfold((watched, 0_u64), |(mut watched, count)| async move {
        if count > 0 {
            let changes = watched.iter_mut().map(|one| Box::pin(one.changed()));
            let (changed, ..) = futures::future::select_all(changes).await;
            changed.ok()?;
            tokio::time::sleep(GATHER).await;
            for one in &mut watched {
                one.borrow_and_update();
            }
        }
        Some((Ok(Event::default().data(count.to_string())), (watched, count + 1)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_names_of_this_machine_are_served() {
        for good in ["127.0.0.1:7878", "localhost:7878", "LOCALHOST", "127.0.0.1"] {
            assert_eq!(host(&headers(&[(header::HOST, good)])), Some(good));
        }
        for bad in ["evil.example:7878", "localhost.evil.example", "127.0.0.1.evil.example:1", "localhost:evil", ""] {
            assert_eq!(host(&headers(&[(header::HOST, bad)])), None, "{bad}");
        }
        assert_eq!(host(&HeaderMap::new()), None);
    }

    #[test]
    fn only_the_page_itself_may_act() {
        let from = |origin| from_here(&headers(&[(header::ORIGIN, origin)]), "localhost:7878");
        assert!(from("http://localhost:7878"));
        for bad in ["http://evil.example", "http://localhost:7879", "https://localhost:7878", "null", ""] {
            assert!(!from(bad), "{bad}");
        }
        assert!(!from_here(&HeaderMap::new(), "localhost:7878"));
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        let files = ASSETS.iter().map(|(name, _, content)| (*name, *content)).chain([("page.html", PAGE)]);
        for (name, content) in files {
            for sign in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                assert!(!content.contains(sign), "{name} uses {sign}");
            }
            for sign in ["src=\"http", "href=\"http", "src=\"//", "url(http", "@import"] {
                assert!(!content.contains(sign), "{name} loads from elsewhere: {sign}");
            }
            assert!(!content.contains("style=\""), "{name} has a style in the page, which the policy refuses");
        }
    }
}
