//! One client discipline for all services: how a request goes out, and what it means when it fails.
//!
//! A service's client is an [`Api`] with a [`Dialect`] (what is the vendor's own) and a [`SignIn`]. It never repeats a
//! request (but for one after a sign-in that had run out, which the vendor refused to look at), never calls inside a back-off
//! window, never follows a redirect to another host, never reads more than it should, and tells every failure as a
//! [`Fault`] without a secret in it. Markers and their look-ups are for the operations.

mod attempt;
mod dialect;
pub(crate) mod guard;
mod pace;
mod sign_in;
#[cfg(test)]
mod tests;
mod windows;
mod wire;

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::model::{Clock, Fault};

pub(crate) use attempt::Attempt;
pub(crate) use dialect::{Dialect, Reason, Refusal};
pub(crate) use pace::Pace;
pub(crate) use sign_in::{Fixed, SignIn};
pub(crate) use windows::{EVERYTHING, Wait, Windows, asked_wait, spent_until};
pub(crate) use wire::{Broken, Plain, Wire};

/// How many redirects are followed: what was renamed takes one.
const REDIRECTS: usize = 3;

/// The API of one vendor, as one party is signed in to it.
pub(crate) struct Api {
    dialect: Box<dyn Dialect>,
    sign_in: Box<dyn SignIn>,
    wire: Box<dyn Wire>,
    base: Uri,
    timeout: Duration,
    windows: Windows,
    pace: Option<Pace>,
    clock: Clock,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("vendor", &self.dialect.name()).field("base", &self.base).finish_non_exhaustive()
    }
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Ask<'a> {
    method: Method,
    /// What it is about, in words for the person: `acme/api#12`.
    what: &'a str,
    path: &'a str,
    headers: HeaderMap,
    body: Bytes,
    /// Whether it only reads, whatever its method: then a failure leaves no doubt.
    reads: bool,
}

impl<'a> Ask<'a> {
    /// A request without a body. Reads if its method does.
    pub(crate) fn new(method: Method, what: &'a str, path: &'a str) -> Self {
        let reads = matches!(method, Method::GET | Method::HEAD);
        Self { method, what, path, headers: HeaderMap::new(), body: Bytes::new(), reads }
    }

    /// With this JSON as its body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().into())
    }

    /// With this body.
    pub(crate) fn body(mut self, kind: &str, body: Bytes) -> Self {
        // A type that cannot be sent is one of ours; the vendor then refuses the request for having none.
        if let Ok(kind) = HeaderValue::from_str(kind) {
            self.headers.insert(CONTENT_TYPE, kind);
        }
        self.body = body;
        self
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// It only reads, although its method is not that of a read (a search by `POST`).
    pub(crate) fn reading(mut self) -> Self {
        self.reads = true;
        self
    }

    /// Answered with nothing if it is still what this mark was given for.
    fn unless(mut self, known: Option<&str>) -> Self {
        if let Some(mark) = known.and_then(|mark| HeaderValue::from_str(mark).ok()) {
            self.headers.insert(IF_NONE_MATCH, mark);
        }
        self
    }
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The path of the next page.
    pub(crate) next: Option<String>,
}

/// What the vendor answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Whether the vendor has nothing newer than what is known.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.status == StatusCode::NOT_MODIFIED
    }
}

impl Api {
    /// A client for the API at `base`. `timeout` is how long a call may take in all.
    ///
    /// # Errors
    /// `Misconfigured`: the address cannot be called.
    pub(crate) fn new(
        dialect: Box<dyn Dialect>,
        sign_in: Box<dyn SignIn>,
        wire: Box<dyn Wire>,
        base: &Url,
        timeout: SignedDuration,
        clock: Clock,
    ) -> Result<Self, Fault> {
        let base: Uri = base.as_str().parse().map_err(|error| {
            let setting = dialect.setting("base_url");
            Fault::misconfigured(format!("{setting}: this address cannot be called")).inside(format!("{error}"))
        })?;
        let timeout = timeout.unsigned_abs();
        Ok(Self { dialect, sign_in, wire, base, timeout, windows: Windows::default(), pace: None, clock })
    }

    /// Keeping this pace by itself, so that the vendor need not say "wait".
    pub(crate) fn paced(mut self, pace: Pace) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Reads one thing. `what` names it for the person.
    pub(crate) async fn get<T: DeserializeOwned>(&self, what: &str, path: &str) -> Result<T, Fault> {
        self.ask(Ask::new(Method::GET, what, path)).await
    }

    /// Reads one page of a list whose next page stands in the header `Link` (RFC 8288).
    pub(crate) async fn page<T: DeserializeOwned>(&self, what: &str, path: &str) -> Result<Page<T>, Fault> {
        let ask = Ask::new(Method::GET, what, path);
        let answer = self.call(&ask).await?;
        let items = self.read(&ask, &answer)?;
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
        let ask = Ask::new(Method::GET, what, path).unless(known);
        let answer = self.call(&ask).await?;
        if known.is_some() && answer.is_unchanged() {
            return Ok(None);
        }
        let items = self.read(&ask, &answer)?;
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
        self.ask(Ask::new(method, what, path).json(body)).await
    }

    /// Reads by `POST`: a query or a search.
    pub(crate) async fn post_read<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
        body: &Value,
    ) -> Result<T, Fault> {
        self.ask(Ask::new(Method::POST, what, path).json(body).reading()).await
    }

    /// Changes something where nothing is answered, or nothing that is looked at.
    pub(crate) async fn tell(&self, method: Method, what: &str, path: &str, body: Option<&Value>) -> Result<(), Fault> {
        let ask = Ask::new(method, what, path);
        let ask = body.into_iter().fold(ask, Ask::json);
        self.call(&ask).await.map(|_| ())
    }

    /// Takes something away; the answer is not looked at.
    pub(crate) async fn delete(&self, what: &str, path: &str, body: Option<&Value>) -> Result<(), Fault> {
        self.tell(Method::DELETE, what, path, body).await
    }

    /// Sends a request and reads the JSON of its answer.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, ask: Ask<'_>) -> Result<T, Fault> {
        let answer = self.call(&ask).await?;
        self.read(&ask, &answer)
    }

    fn read<T: DeserializeOwned>(&self, ask: &Ask<'_>, answer: &Answer) -> Result<T, Fault> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let id = self.dialect.request_id(&answer.headers, &Value::Null);
            let (name, id) = (self.dialect.name(), id.as_deref().unwrap_or("without id"));
            self.attempt(ask).broken(format!("{name}'s answer cannot be read: {error} [request {id}]"))
        })
    }

    fn attempt<'a>(&'a self, ask: &'a Ask<'_>) -> Attempt<'a> {
        let (vendor, budget) = (self.dialect.name(), self.dialect.budget(&ask.method, ask.path));
        Attempt { vendor, reads: ask.reads, what: ask.what, budget, now: self.clock.now() }
    }

    /// One request, and up to three redirects on the same host. Answers what succeeded, or is unchanged.
    ///
    /// # Errors
    /// Whatever it failed of, as the vendor's dialect means it.
    pub(crate) async fn call(&self, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let mut path = ask.path.to_owned();
        let mut again = true;
        let mut hops = 0;
        loop {
            let attempt = self.attempt(ask);
            if let Some(until) = self.windows.closed_until(&attempt.budget, attempt.now) {
                return Err(attempt.limited(until));
            }
            if let Some(pace) = &self.pace {
                pace.keep(&self.clock).await;
            }
            let bearer = self.sign_in.authorization(&path).await?;
            let sent = tokio::time::timeout(self.timeout, self.once(ask, &path, bearer)).await;
            let attempt = self.attempt(ask);
            let name = self.dialect.name();
            let answer = match sent {
                Err(_) => return Err(attempt.broken(format!("{name} took longer than {:?}", self.timeout))),
                Ok(Err(Broken::Unbuilt(why))) => {
                    return Err(Fault::bug(format!("a request to {name} could not be built: {why}")));
                }
                Ok(Err(Broken::Unsent(why))) => return Err(self.hide(attempt.unreached(why))),
                Ok(Err(Broken::CutOff(why))) => return Err(self.hide(attempt.broken(why))),
                Ok(Err(Broken::TooLong)) => {
                    return Err(attempt.broken(format!("{name}'s answer is too long or broke off")));
                }
                Ok(Ok(answer)) => answer,
            };
            // The vendor answers so for what was renamed or moved, and asks to repeat the same request there.
            if let Some(there) = self.redirect(answer.status, &answer.headers) {
                if hops == REDIRECTS {
                    return Err(attempt.lost());
                }
                hops += 1;
                path = there;
                continue;
            }
            let unchanged = answer.is_unchanged() && ask.headers.contains_key(IF_NONE_MATCH);
            if answer.status.is_success() || unchanged {
                self.windows.relax();
                if let Some(wait) = self.dialect.spent(&answer.headers, &attempt.budget, attempt.now) {
                    self.windows.close(&wait, attempt.now);
                }
                return Ok(answer);
            }
            // Who was not let in did nothing, so it may be asked once more with a new sign-in.
            if answer.status == StatusCode::UNAUTHORIZED
                && std::mem::take(&mut again)
                && self.sign_in.refused(&path).await
            {
                continue;
            }
            return Err(self.hide(attempt.refused(self.dialect.as_ref(), &answer, &self.windows)));
        }
    }

    async fn once(&self, ask: &Ask<'_>, path: &str, bearer: Option<HeaderValue>) -> Result<Answer, Broken> {
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(self.whole(path)?)
            .body(ask.body.clone())
            .map_err(|error| Broken::Unbuilt(error.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("quarterdeck/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in self.dialect.headers() {
            headers.insert(name, value);
        }
        headers.extend(ask.headers.clone());
        if let Some(mut bearer) = bearer {
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
        }
        self.wire.send(request).await
    }

    /// The whole address of a path of the API. A path that a redirect named is whole already.
    fn whole(&self, path: &str) -> Result<Uri, Broken> {
        let unbuilt = |error: http::Error| Broken::Unbuilt(error.to_string());
        let (root, path) = (self.base.path().trim_end_matches('/'), path.trim_start_matches('/'));
        let path = if path.starts_with(root.trim_start_matches('/')) && !root.is_empty() {
            format!("/{path}")
        } else {
            format!("{root}/{path}")
        };
        let (scheme, authority) = (self.base.scheme_str().unwrap_or("https"), self.base.authority());
        let authority = authority.map_or("", http::uri::Authority::as_str);
        Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build().map_err(unbuilt)
    }

    fn redirect(&self, status: StatusCode, headers: &HeaderMap) -> Option<String> {
        if !matches!(status.as_u16(), 301 | 302 | 307 | 308) {
            return None;
        }
        let to: Uri = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
        // The sign-in goes to the configured host and to nobody else.
        let stays =
            to.authority().is_none() || (to.authority() == self.base.authority() && to.scheme() == self.base.scheme());
        stays.then(|| to.path_and_query().map(ToString::to_string)).flatten()
    }

    /// The fault without the sign-in's secrets, wherever the vendor or a proxy may have repeated them.
    fn hide(&self, mut fault: Fault) -> Fault {
        for secret in self.sign_in.secrets() {
            let secret = secret.expose();
            for text in std::iter::once(&mut fault.outside).chain(fault.inside.as_mut()) {
                if !secret.is_empty() && text.contains(secret) {
                    *text = text.replace(secret, "[secret]");
                }
            }
        }
        fault
    }
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
