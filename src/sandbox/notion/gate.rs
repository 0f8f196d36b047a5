//! What every request passes: the route, the token, the version, faults on order, rate limits, the body, the
//! capability; then the handler; then the headers that every answer has.

use http::HeaderMap;
use http::request::Parts;
use serde_json::{Value, json};

use super::data::uuid;
use super::faults::Failure;
use super::ledger::{Recorded, Violation};
use super::reply::{Content, Reply};
use super::routes::{self, Ask, Need, Route};
use super::setup::{Capabilities, UserInformation};
use super::state::State;

/// The version of the API that is played: <https://developers.notion.com/reference/changes-by-version>.
pub(super) const VERSION: &str = "2026-03-11";
/// Largest body of JSON; Notion says 500 KB.
const MOST_JSON: usize = 500 * 1_000;

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    Send(Box<Reply>),
    Hang,
    Cut,
}

/// A request with what is known of it.
struct Visit<'a> {
    method: &'a str,
    path: &'a str,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    headers: &'a HeaderMap,
    body: &'a [u8],
    /// Index of the integration whose token it carries.
    who: Option<usize>,
    request_id: String,
}

impl State {
    /// Answers a request and remembers it.
    pub(super) fn receive(&mut self, parts: &Parts, body: &[u8]) -> Outcome {
        self.sequence += 1;
        let raw = parts.uri.query().unwrap_or_default();
        let token = text(&parts.headers, "authorization").and_then(|header| header.strip_prefix("Bearer "));
        let visit = Visit {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            segments: parts.uri.path().split('/').filter(|part| !part.is_empty()).map(super::data::unescaped).collect(),
            query: url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect(),
            headers: &parts.headers,
            body,
            who: token.and_then(|token| self.integrations.iter().position(|known| known.setup.token == token.trim())),
            request_id: uuid(&format!("request {}", self.sequence)),
        };
        self.record(&visit);
        let failure = self.faults.next(visit.method, &visit.segments);
        match failure {
            Some(Failure::Hang) => return Outcome::Hang,
            Some(Failure::CutBeforeWork) => return Outcome::Cut,
            _ => {}
        }
        let mut reply = self.work(&visit, failure).unwrap_or_else(|refused| refused);
        if let Content::Json(body) = &mut reply.body {
            body["request_id"] = json!(visit.request_id);
        }
        reply.headers.push(("x-request-id", visit.request_id.clone()));
        reply.headers.push(("x-notion-request-id", visit.request_id.clone()));
        let cut = failure == Some(Failure::DropReplyAfterWork);
        let sequence = self.sequence;
        if let Some(record) = self.requests.iter_mut().rev().find(|record| record.sequence == sequence) {
            record.status = Some(reply.status);
            record.answered = !cut;
            record.code = match &reply.body {
                Content::Json(body) => body["code"].as_str().map(str::to_owned),
                Content::Bytes(..) => None,
            };
        }
        if cut { Outcome::Cut } else { Outcome::Send(Box::new(reply)) }
    }

    fn record(&mut self, visit: &Visit<'_>) {
        let shown = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = visit.headers.iter().filter(|(name, _)| *name != http::header::AUTHORIZATION);
        let body = match visit.body {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).unwrap_or_else(|_| json!(format!("{} bytes", bytes.len()))),
        };
        self.requests.push(Recorded {
            sequence: self.sequence,
            at: self.now,
            method: visit.method.to_owned(),
            path: visit.path.to_owned(),
            query: visit.query.clone(),
            headers: headers.map(|(name, value)| (name.to_string(), shown(value))).collect(),
            body,
            integration: visit.who.map(|who| self.integrations[who].setup.name.clone()),
            status: None,
            code: None,
            answered: false,
        });
    }

    /// Everything between the door and the answer.
    fn work(&mut self, visit: &Visit<'_>, failure: Option<Failure>) -> Result<Reply, Reply> {
        if let [first, id] = visit.segments.as_slice()
            && first == "files"
            && visit.method == "GET"
        {
            return self.file(id);
        }
        let request = format!("{} {}", visit.method, visit.path);
        let Some(route) = routes::find(visit.method, &visit.segments) else {
            self.violations.push(Violation::UnknownRoute(request));
            return Err(Reply::problem(400, "invalid_request_url", "Invalid request URL."));
        };
        let Some(who) = visit.who else {
            return Err(Reply::problem(401, "unauthorized", "API token is invalid."));
        };
        self.check_version(text(visit.headers, "notion-version"))?;
        if let Some(Failure::Status(status)) = failure {
            return Err(Reply::broken(status));
        }
        if failure == Some(Failure::Conflict) {
            return Err(Reply::broken(409));
        }
        let bot = self.integrations[who].bot.clone();
        if let Some(refused) = failure.and_then(|failure| self.limits.impose(&bot, self.now, failure)) {
            return Err(refused);
        }
        let (refused, violation) = self.limits.admit(&bot, self.now, &request, &self.rules);
        if let Some(violation) = violation {
            self.violations.push(violation);
        }
        refused.map_or(Ok(()), Err)?;
        self.answer(visit, &route, who)
    }

    fn check_version(&mut self, version: Option<&str>) -> Result<(), Reply> {
        const WORDS: &str = "Notion-Version header failed validation: Notion-Version header should be";
        match version {
            Some(VERSION) => Ok(()),
            None => {
                self.violations.push(Violation::Version(String::new()));
                let message = format!("{WORDS} defined, instead was `undefined`.");
                Err(Reply::problem(400, "missing_version", &message))
            }
            Some(other) => {
                self.violations.push(Violation::Version(other.to_owned()));
                Err(Reply::invalid(&format!("{WORDS} `\"{VERSION}\"`, instead was `\"{other}\"`.")))
            }
        }
    }

    fn answer(&mut self, visit: &Visit<'_>, route: &Route, who: usize) -> Result<Reply, Reply> {
        let capabilities = self.integrations[who].setup.capabilities.clone();
        if !allowed(route.need, &capabilities) {
            return Err(Reply::restricted());
        }
        let known = |name: &str| route.query.contains(&name.trim_end_matches("[]"));
        if let Some((name, value)) = visit.query.iter().find(|(name, _)| !known(name)) {
            self.violations.push(Violation::UnknownParameter(format!("{} {}?{name}", visit.method, visit.path)));
            let message =
                format!("query failed validation: query.{name} should be not present, instead was `\"{value}\"`.");
            return Err(Reply::invalid(&message));
        }
        let body = match &route.body {
            Some(shape) => {
                let body = json_body(visit)?;
                super::check::body(&body, shape)?;
                body
            }
            None => Value::Null,
        };
        let installed = &self.integrations[who];
        let ask = Ask {
            segments: &visit.segments,
            query: &visit.query,
            body,
            raw: visit.body,
            content_type: text(visit.headers, "content-type").unwrap_or_default(),
            bot: installed.bot.clone(),
            app: installed.setup.name.clone(),
            capabilities,
        };
        (route.handler)(self, &ask)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn json_body(visit: &Visit<'_>) -> Result<Value, Reply> {
    if visit.body.is_empty() {
        return Ok(json!({}));
    }
    if visit.body.len() > MOST_JSON {
        return Err(Reply::invalid("Request body too large."));
    }
    let kind = text(visit.headers, "content-type").unwrap_or_default();
    let parsed = if kind.starts_with("application/json") { serde_json::from_slice(visit.body).ok() } else { None };
    parsed.ok_or_else(|| Reply::problem(400, "invalid_json", "Error parsing JSON body."))
}

fn allowed(need: Need, may: &Capabilities) -> bool {
    match need {
        Need::Nothing => true,
        Need::Read => may.read,
        Need::Update => may.update,
        Need::Insert => may.insert,
        Need::ReadComments => may.read_comments,
        Need::InsertComments => may.insert_comments,
        Need::Users => may.users != UserInformation::None,
    }
}
