//! What every request passes: faults on order, sign-in, the route, its scope, rate limits; then the handler; then headers.

use http::HeaderMap;
use http::request::Parts;
use serde_json::{Value, json};

use super::faults::Failure;
use super::ledger::Recorded;
use super::limits::{self, Load, Refused};
use super::query::{self, Query};
use super::reply::{Answer, Content, Reply};
use super::routes::{self, Ask, Family};
use super::setup::Edition;
use super::signin::Caller;
use super::state::State;

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    Send(Box<Reply>),
    Hang,
    Cut,
}

/// A request on its way through the gate.
struct Visit<'a> {
    method: &'a str,
    headers: &'a HeaderMap,
    body: &'a [u8],
    /// Everything after `/ex/jira/{cloud_id}`.
    segments: Vec<String>,
    query: Query,
    gateway: Option<String>,
    path: String,
}

impl State {
    /// Answers a request and remembers it.
    pub(super) fn receive(&mut self, parts: &Parts, body: &[u8]) -> Outcome {
        self.sequence += 1;
        let sequence = self.sequence;
        let Some(mut segments) = query::segments(parts.uri.path()) else {
            return Outcome::Send(Box::new(Reply::error(400, "The path is no text.")));
        };
        let mut path = parts.uri.path().to_owned();
        let mut gateway = None;
        if let [ex, jira, cloud, ..] = segments.as_slice()
            && (ex.as_str(), jira.as_str()) == ("ex", "jira")
            && self.setup.edition == Edition::Cloud
        {
            path = path.splitn(5, '/').nth(4).map_or_else(|| "/".to_owned(), |rest| format!("/{rest}"));
            gateway = Some(cloud.clone());
            segments.drain(..3);
        }
        let visit = Visit {
            method: parts.method.as_str(),
            headers: &parts.headers,
            body,
            segments,
            query: Query::parse(parts.uri.query().unwrap_or_default()),
            gateway,
            path,
        };
        self.record(&visit, sequence);
        let failure = self.faults.next(visit.method, &visit.segments);
        match failure {
            Some(Failure::Hang) => return Outcome::Hang,
            Some(Failure::CutBeforeWork) => return Outcome::Cut,
            Some(Failure::Status(status)) => return self.finish(sequence, error_page(status), false),
            Some(Failure::Unavailable { retry_after }) => {
                let reply = error_page(503).header("retry-after", retry_after.as_secs().to_string());
                return self.finish(sequence, reply, false);
            }
            _ => {}
        }
        let reply = self.answer(&visit, sequence, failure).unwrap_or_else(|refused| refused);
        let reply = reply
            .header("x-arequestid", format!("{sequence:032x}"))
            .header("x-content-type-options", "nosniff".to_owned());
        self.finish(sequence, reply, failure == Some(Failure::DropReplyAfterWork))
    }

    fn record(&mut self, visit: &Visit<'_>, sequence: u64) {
        let shown = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let secret = |name: &http::HeaderName| *name == http::header::AUTHORIZATION || *name == http::header::COOKIE;
        let headers = visit.headers.iter().filter(|(name, _)| !secret(name));
        let mut body = match visit.body {
            [] => Value::Null,
            body => serde_json::from_slice(body)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned())),
        };
        if visit.path == "/oauth/token" {
            for name in ["client_secret", "code", "refresh_token"] {
                if body[name].is_string() {
                    body[name] = json!("***");
                }
            }
        }
        self.requests.push(Recorded {
            sequence,
            at: self.now,
            method: visit.method.to_owned(),
            path: visit.path.clone(),
            gateway: visit.gateway.is_some(),
            query: visit.query.0.clone(),
            headers: headers.map(|(name, value)| (name.to_string(), shown(value))).collect(),
            body,
            account: None,
            status: None,
            answer: Value::Null,
            answered: false,
        });
    }

    fn finish(&mut self, sequence: u64, reply: Reply, cut: bool) -> Outcome {
        if let Some(record) = self.requests.iter_mut().rev().find(|record| record.sequence == sequence) {
            record.status = Some(reply.status);
            record.answered = !cut;
            if let Content::Json(value) = &reply.body
                && record.path != "/oauth/token"
            {
                record.answer = value.clone();
            }
        }
        if cut { Outcome::Cut } else { Outcome::Send(Box::new(reply)) }
    }

    fn answer(&mut self, visit: &Visit<'_>, sequence: u64, failure: Option<Failure>) -> Answer {
        let path: Vec<&str> = visit.segments.iter().map(String::as_str).collect();
        if self.setup.edition == Edition::Cloud && visit.gateway.is_none() {
            match (visit.method, path.as_slice()) {
                ("GET", ["authorize"]) => return self.authorize(&visit.query),
                ("GET", ["authorize", "accept"]) => return self.accept(&visit.query),
                ("POST", ["oauth", "token"]) => return self.token(visit.body),
                ("GET", ["oauth", "token", "accessible-resources"]) => {
                    let token = text(visit.headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
                    return self.resources(token.unwrap_or_default());
                }
                _ => {}
            }
        }
        let (family, version, rest) = match path.as_slice() {
            ["rest", "api", "2" | "latest", rest @ ..] => (Family::Api, 2, rest),
            ["rest", "api", "3", rest @ ..] if self.setup.edition == Edition::Cloud => (Family::Api, 3, rest),
            // Agile answers hold rich text as v2 does.
            ["rest", "agile", "1.0" | "latest", rest @ ..] => (Family::Agile, 2, rest),
            ["media", rest @ ..] if self.setup.edition == Edition::Cloud => (Family::Files, 3, rest),
            ["secure", "attachment", rest @ ..] if self.setup.edition == Edition::DataCenter => {
                (Family::Files, 2, rest)
            }
            _ => return Err(self.unknown(visit)),
        };
        let Some(route) = routes::find(visit.method, family, rest) else { return Err(self.unknown(visit)) };
        if route.cloud_only && self.setup.edition == Edition::DataCenter {
            return Err(self.unknown(visit));
        }
        let caller = match self.sign_in(visit.headers, visit.gateway.is_some()) {
            Ok(caller) => caller,
            Err(_) if route.open && visit.gateway.is_none() => {
                Caller { account: String::new(), scopes: None, client: None }
            }
            Err(refused) => return Err(refused),
        };
        if let Some(record) = self.requests.iter_mut().rev().find(|record| record.sequence == sequence) {
            record.account = Some(caller.account.clone()).filter(|account| !account.is_empty());
        }
        if visit.gateway.as_ref().is_some_and(|cloud| *cloud != self.setup.cloud_id) {
            return Err(Reply::gateway(404, "Not Found"));
        }
        let granted = |scopes: &Vec<String>| route.scopes.iter().all(|scope| scopes.iter().any(|has| has == scope));
        if !caller.scopes.as_ref().is_none_or(granted) {
            return Err(Reply::gateway(401, "Unauthorized; scope does not match"));
        }
        let load = self.load(visit, rest, &caller);
        self.limit(visit, &load, failure)?;
        let kind = text(visit.headers, "content-type").unwrap_or_default();
        if !visit.body.is_empty() && !kind.starts_with(route.takes) {
            return Err(Reply::error(415, "Unsupported Media Type"));
        }
        let root = match &visit.gateway {
            Some(cloud) => format!("{}/ex/jira/{cloud}", self.base),
            None => self.base.clone(),
        };
        let rest: Vec<String> = rest.iter().map(|&part| part.to_owned()).collect();
        let ask = Ask {
            segments: &rest,
            query: &visit.query,
            body: visit.body,
            headers: visit.headers,
            root: &root,
            version,
            caller: &caller,
            request: format!("{} {}", visit.method, visit.path),
        };
        let reply = (route.handler)(self, &ask).unwrap_or_else(|refused| refused);
        Ok(self.metered(reply, &load, &caller))
    }

    fn unknown(&mut self, visit: &Visit<'_>) -> Reply {
        self.violation(format!("{} {}", visit.method, visit.path), "no such route".to_owned());
        Reply::json(404, json!({ "message": "null for uri: unknown route", "status-code": 404 }))
    }

    fn load(&self, visit: &Visit<'_>, rest: &[&str], caller: &Caller) -> Load {
        let id = |part: &str| part.chars().any(|sign| sign.is_ascii_digit());
        let blotted: Vec<&str> = rest.iter().map(|part| if id(part) { "*" } else { *part }).collect();
        let writes = visit.method != "GET";
        let issue = match rest {
            ["issue", name, ..] if writes => self.world.locate(name).map(|id| id.to_string()),
            _ => None,
        };
        let endpoint = format!("{} /{}", visit.method, blotted.join("/"));
        Load { endpoint, app: caller.client.clone(), issue, now: self.now }
    }

    fn limit(&mut self, visit: &Visit<'_>, load: &Load, failure: Option<Failure>) -> Result<(), Reply> {
        let rules = self.setup.limits.clone();
        let refused = match failure.and_then(|failure| self.limits.impose(load, failure)) {
            Some(refused) => refused,
            None => match self.limits.admit(load, &rules) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            },
        };
        if refused.told {
            let what = format!("asked again before {} ({})", refused.until, refused.reason);
            self.violation(format!("{} {}", visit.method, visit.path), what);
        }
        Err(self.too_many(refused, load))
    }

    fn too_many(&self, refused: Refused, load: &Load) -> Reply {
        let seconds = limits::seconds(self.now, refused.until);
        let limit = self.limits.budget(load, &self.setup.limits).map_or(100, |budget| budget.limit);
        Reply::error(429, "Rate limit exceeded.")
            .header("retry-after", seconds.to_string())
            .header("ratelimit-reason", refused.reason.to_owned())
            .header("x-ratelimit-limit", limit.to_string())
            .header("x-ratelimit-remaining", "0".to_owned())
            .header("x-ratelimit-reset", refused.until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    fn metered(&self, reply: Reply, load: &Load, caller: &Caller) -> Reply {
        let reply = reply.header("x-aaccountid", query::escape(&caller.account));
        let Some(budget) = self.limits.budget(load, &self.setup.limits) else { return reply };
        let reply = reply
            .header("x-ratelimit-limit", budget.limit.to_string())
            .header("x-ratelimit-remaining", budget.remaining.to_string());
        let near = budget.remaining.saturating_mul(5) < budget.limit;
        if near { reply.header("x-ratelimit-nearlimit", "true".to_owned()) } else { reply }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What a broken Jira sends.
fn error_page(status: u16) -> Reply {
    match status {
        502..=504 => Reply::html(status, "<html><body><h1>We are having some trouble.</h1></body></html>"),
        500 => Reply::error(500, "Internal server error"),
        _ => Reply::error(status, "Error"),
    }
}
