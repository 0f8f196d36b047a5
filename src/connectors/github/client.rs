//! The way to GitHub: octocrab's client on our own transport, one request a call, and every failure made a [`Fault`].
//!
//! It never repeats a request, never calls inside a back-off window, and never follows a redirect to another host.
//! octocrab's stock client is not used: it adds a second `User-Agent` and API version to ours, and turns a redirected
//! `POST` into a `GET`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::timeout::Timeout;
use tower::util::BoxCloneSyncService;

use super::config::GithubConfig;
use super::faults::{Attempt, classify, limited};
use super::limits::Windows;
use crate::model::{Clock, Fault};
use crate::vault::Secret;

/// The longest answer that is read; a page of a hundred long issues is well below.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The longest that making a connection may take; at most half of the whole, so that it is known never to have been
/// sent before the whole runs out.
const CONNECT: Duration = Duration::from_secs(10);
/// How many redirects are followed: a renamed repository takes one.
const REDIRECTS: usize = 3;

/// The API of one GitHub, signed in with one token.
pub(crate) struct Api {
    octocrab: Octocrab,
    base: Uri,
    token: Secret,
    timeout: Duration,
    windows: Windows,
    clock: Clock,
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The path of the next page.
    pub(crate) next: Option<String>,
}

/// What GitHub answered.
struct Answer {
    headers: HeaderMap,
    body: Bytes,
    /// GitHub has nothing newer than what we know.
    unchanged: bool,
}

impl Api {
    /// Must be called inside a Tokio runtime: octocrab starts a task.
    ///
    /// # Errors
    /// `Misconfigured`: an address or the token cannot be sent.
    pub(crate) fn new(config: &GithubConfig, token: Secret, clock: Clock) -> Result<Self, Fault> {
        config.validate()?;
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Fault::bug("the GitHub client was made outside of a Tokio runtime"));
        }
        let base: Uri = config.base_url.as_str().parse().map_err(|error| {
            Fault::misconfigured("github.base_url: this address cannot be called").inside(format!("{error}"))
        })?;
        let timeout = config.timeout.unsigned_abs();
        let headers = headers(&token, &config.api_version)?;
        let tls = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(Arc::new(rustls::crypto::ring::default_provider()))
            .map_err(|error| Fault::bug(format!("TLS cannot be set up: {error}")))?;
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let connector = tls.https_or_http().enable_http1().wrap_connector(http);
        let connector = BoxCloneSyncService::new(Timeout::new(connector, (timeout / 2).min(CONNECT)));
        let client: Client<_, OctoBody> = Client::builder(TokioExecutor::new()).build(connector);
        let octocrab = OctocrabBuilder::new_empty()
            .with_service(client)
            .with_layer(&ExtraHeadersLayer::new(Arc::new(headers)))
            .with_layer(&BaseUriLayer::new(base.clone()))
            .with_auth(AuthState::None)
            .build()
            .unwrap_or_else(|never| match never {});
        Ok(Self { octocrab, base, token, timeout, windows: Windows::default(), clock })
    }

    /// Reads one thing. `what` names it for the person.
    pub(crate) async fn get<T: DeserializeOwned>(&self, what: &str, path: &str) -> Result<T, Fault> {
        let answer = self.call(&Method::GET, what, path, None).await?;
        self.read(&Method::GET, what, &answer)
    }

    /// Reads one page of a list.
    pub(crate) async fn page<T: DeserializeOwned>(&self, what: &str, path: &str) -> Result<Page<T>, Fault> {
        let answer = self.call(&Method::GET, what, path, None).await?;
        let items = self.read(&Method::GET, what, &answer)?;
        Ok(Page { items, next: next_page(&answer.headers) })
    }

    /// Reads one page of a list with its mark; `None` where it is still what this mark (`known`) was given for, which
    /// costs nothing of the budget
    /// (<https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate>).
    pub(crate) async fn page_since<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
        known: Option<&str>,
    ) -> Result<Option<(Page<T>, Option<String>)>, Fault> {
        let answer = self.call_since(&Method::GET, what, path, None, known).await?;
        if answer.unchanged {
            return Ok(None);
        }
        let items = self.read(&Method::GET, what, &answer)?;
        let mark = answer.headers.get(ETAG).and_then(|mark| mark.to_str().ok()).map(str::to_owned);
        Ok(Some((Page { items, next: next_page(&answer.headers) }, mark)))
    }

    /// Changes something and reads what came of it.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        what: &str,
        path: &str,
        body: &Value,
    ) -> Result<T, Fault> {
        let answer = self.call(&method, what, path, Some(body)).await?;
        self.read(&method, what, &answer)
    }

    /// Takes something away; the answer is not looked at.
    pub(crate) async fn delete(&self, what: &str, path: &str, body: Option<&Value>) -> Result<(), Fault> {
        self.call(&Method::DELETE, what, path, body).await.map(|_| ())
    }

    fn read<T: DeserializeOwned>(&self, method: &Method, what: &str, answer: &Answer) -> Result<T, Fault> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let id = answer.headers.get("x-github-request-id").and_then(|id| id.to_str().ok()).unwrap_or("without id");
            let attempt = Attempt { method, what, resource: "core", now: self.clock.now() };
            attempt.broken(format!("GitHub's answer cannot be read: {error} [request {id}]"))
        })
    }

    async fn call(&self, method: &Method, what: &str, path: &str, body: Option<&Value>) -> Result<Answer, Fault> {
        self.call_since(method, what, path, body, None).await
    }

    /// One request, and up to three redirects on the same host. `known` is the mark of what is known already.
    async fn call_since(
        &self,
        method: &Method,
        what: &str,
        path: &str,
        body: Option<&Value>,
        known: Option<&str>,
    ) -> Result<Answer, Fault> {
        let resource = if path.starts_with("/search/") { "search" } else { "core" };
        let mut path = path.to_owned();
        for _ in 0..=REDIRECTS {
            if let Some(until) = self.windows.closed_until(resource, self.clock.now()) {
                return Err(limited(until));
            }
            let sent = tokio::time::timeout(self.timeout, self.once(method, &path, body, known)).await;
            let attempt = Attempt { method, what, resource, now: self.clock.now() };
            let (parts, bytes) = match sent {
                Err(_) => return Err(attempt.broken(format!("GitHub took longer than {:?}", self.timeout))),
                Ok(Err(Broken::TooLong)) => return Err(attempt.broken("GitHub's answer is too long or broke off")),
                Ok(Err(Broken::Client(error))) => return Err(self.hide(classify(&error, &attempt, &self.windows))),
                Ok(Ok(answer)) => answer,
            };
            // GitHub answers so for what was renamed or transferred, and asks to repeat the same request there.
            if let Some(there) = self.redirect(parts.status, &parts.headers) {
                path = there;
                continue;
            }
            let headers = parts.headers.clone();
            if known.is_some() && parts.status == StatusCode::NOT_MODIFIED {
                self.windows.answered(&headers, resource, attempt.now);
                return Ok(Answer { headers, body: bytes, unchanged: true });
            }
            let whole = Full::new(bytes.clone()).map_err(|never| match never {}).boxed();
            return match octocrab::map_github_error(Response::from_parts(parts, whole)).await {
                Ok(_) => {
                    self.windows.answered(&headers, resource, attempt.now);
                    Ok(Answer { headers, body: bytes, unchanged: false })
                }
                Err(error) => Err(self.hide(classify(&error, &attempt, &self.windows))),
            };
        }
        Err(Fault::conflict(format!("{what} has moved, and GitHub does not say where to; use its new name.")))
    }

    async fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        known: Option<&str>,
    ) -> Result<(http::response::Parts, Bytes), Broken> {
        let request = Request::builder().method(method.clone()).uri(path);
        let request = known.into_iter().fold(request, |request, mark| request.header(IF_NONE_MATCH, mark));
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(OctoBody::from(body.to_string())),
            // Without a body there is a length only where one is expected.
            None => request.body(OctoBody::from(String::new())),
        }
        .map_err(|error| {
            Broken::Client(octocrab::Error::Http { source: error, backtrace: std::backtrace::Backtrace::disabled() })
        })?;
        let response = self.octocrab.execute(request).await.map_err(Broken::Client)?;
        let (parts, body) = response.into_parts();
        let bytes = Limited::new(body, MOST_BYTES).collect().await.map_err(|_| Broken::TooLong)?.to_bytes();
        Ok((parts, bytes))
    }

    fn redirect(&self, status: StatusCode, headers: &HeaderMap) -> Option<String> {
        if !matches!(status.as_u16(), 301 | 302 | 307 | 308) {
            return None;
        }
        let to: Uri = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
        // The token goes to our GitHub and to nobody else.
        let stays =
            to.authority().is_none() || (to.authority() == self.base.authority() && to.scheme() == self.base.scheme());
        stays.then(|| to.path_and_query().map(ToString::to_string)).flatten()
    }

    /// The fault without the token, wherever GitHub or a proxy may have repeated it.
    fn hide(&self, mut fault: Fault) -> Fault {
        let token = self.token.expose();
        for text in std::iter::once(&mut fault.outside).chain(fault.inside.as_mut()) {
            if text.contains(token) {
                *text = text.replace(token, "[secret]");
            }
        }
        fault
    }
}

enum Broken {
    Client(octocrab::Error),
    TooLong,
}

fn headers(token: &Secret, version: &str) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| {
        Fault::misconfigured("github.token: the secret holds characters that no token has; put the right one there")
    })?;
    bearer.set_sensitive(true);
    let version =
        HeaderValue::from_str(version).map_err(|_| Fault::misconfigured("github.api_version: write a date"))?;
    Ok(vec![
        (AUTHORIZATION, bearer),
        (USER_AGENT, HeaderValue::from_static(concat!("quarterdeck/", env!("CARGO_PKG_VERSION")))),
        (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
        (HeaderName::from_static("x-github-api-version"), version),
    ])
}

/// The path of the next page, from `Link: <https://…?page=2>; rel="next"`. Only its path is used, never its host.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let next = links.split(',').find(|link| link.split(';').skip(1).any(|part| part.trim() == "rel=\"next\""))?;
    let url: Uri = next.split(';').next()?.trim().trim_start_matches('<').trim_end_matches('>').parse().ok()?;
    url.path_and_query().map(ToString::to_string)
}

/// A path with a query.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

/// One segment of a path, escaped.
pub(crate) fn segment(text: &str) -> String {
    // Form encoding escapes all that a path needs escaped, but writes a blank as `+`.
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
