//! What every request passes, in GitHub's order: user agent, API version, token, faults on order, rate limits, route,
//! visibility, permission; then the handler; then ETag and headers.

use http::HeaderMap;
use http::request::Parts;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::faults::Failure;
use super::json::{Links, modernise};
use super::jwt;
use super::ledger::Recorded;
use super::limits::{Load, Refused, Resource};
use super::query::{self, Query};
use super::reply::{Content, Reply};
use super::routes::{self, Ask, Route};
use super::setup::{Access, GithubToken, Level, Role};
use super::state::State;

/// API versions that are supported, newest first: <https://docs.github.com/en/rest/about-the-rest-api/api-versions>.
const VERSIONS: [&str; 2] = ["2026-03-10", "2022-11-28"];
/// The version of a request that names none.
const DEFAULT_VERSION: &str = "2022-11-28";

const NO_AGENT: &str = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header \
(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\n";
const LIMITS_DOC: &str = "overview/rate-limits-for-the-rest-api";
const SECONDARY_DOC: &str = "overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";

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
    segments: Vec<String>,
    query: Query,
    links: Links,
    path: &'a str,
    version: &'a str,
    token: Option<GithubToken>,
    /// Who signed, when the credential was signed claims of an app, or why that is not believed.
    app: Option<Result<usize, Reply>>,
    key: String,
    request_id: String,
}

impl State {
    /// Answers a request and remembers it.
    pub(super) fn receive(&mut self, parts: &Parts, body: &[u8], enterprise: &Links) -> Outcome {
        self.sequence += 1;
        let full = parts.uri.path();
        let (path, under) = match full.strip_prefix("/api/v3") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => (rest, true),
            _ if full == "/api/graphql" => ("/graphql", true),
            _ => (full, false),
        };
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let token = credential(&parts.headers).map(str::to_owned);
        let known =
            token.as_ref().and_then(|value| self.tokens.get(value)).filter(|known| known.lives(self.now)).cloned();
        let signed = token.as_ref().filter(|value| known.is_none() && jwt::is_one(value));
        let app = signed.map(|value| jwt::verify(&self.world.apps, value, self.now));
        self.record(parts, path, under, &query, body, known.as_ref());
        let segments = match query::segments(path) {
            Ok(segments) => segments,
            Err(reply) => return self.finish(reply, false),
        };
        let mut visit = Visit {
            method: parts.method.as_str(),
            headers: &parts.headers,
            body,
            segments,
            query,
            links: if under { enterprise.clone() } else { self.links.clone() },
            path,
            version: text(&parts.headers, "x-github-api-version").unwrap_or(DEFAULT_VERSION),
            key: known
                .as_ref()
                .map(|token| token.value.clone())
                .or_else(|| app.as_ref()?.as_ref().ok().map(|at| format!("app {at}")))
                .unwrap_or_default(),
            token: known,
            app,
            request_id: format!("{:04X}:{:X}:{:07X}", self.sequence % 0x1_0000, self.now.as_second(), self.sequence),
        };
        let failure = self.faults.next(visit.method, &visit.segments);
        match failure {
            Some(Failure::Hang) => return Outcome::Hang,
            Some(Failure::CutBeforeWork) => return Outcome::Cut,
            Some(Failure::Status(status)) => return self.finish(error_page(status), false),
            _ => {}
        }
        visit.segments = self.by_name(visit.segments);
        let stranger = token.is_some() && visit.token.is_none() && visit.app.is_none();
        let (reply, counts) = match self.admit(&visit, stranger, failure) {
            Err(reply) => (reply, false),
            Ok(()) => self.work(&visit),
        };
        let reply = self.dress(reply, &visit, counts);
        self.finish(reply, failure == Some(Failure::DropReplyAfterWork))
    }

    fn record(
        &mut self,
        parts: &Parts,
        path: &str,
        enterprise: bool,
        query: &Query,
        body: &[u8],
        token: Option<&GithubToken>,
    ) {
        let shown = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter().filter(|(name, _)| *name != http::header::AUTHORIZATION);
        let body = match body {
            [] => Value::Null,
            _ => serde_json::from_slice(body)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned())),
        };
        self.requests.push(Recorded {
            sequence: self.sequence,
            at: self.now,
            method: parts.method.to_string(),
            path: path.to_owned(),
            enterprise,
            query: query.0.clone(),
            headers: headers.map(|(name, value)| (name.to_string(), shown(value))).collect(),
            body,
            login: token.map(|token| token.login.clone()),
            status: None,
            answered: false,
        });
    }

    fn finish(&mut self, reply: Reply, cut: bool) -> Outcome {
        let sequence = self.sequence;
        if let Some(record) = self.requests.iter_mut().rev().find(|record| record.sequence == sequence) {
            record.status = Some(reply.status);
            record.answered = !cut;
        }
        if cut { Outcome::Cut } else { Outcome::Send(Box::new(reply)) }
    }

    /// Everything that can be wrong before the route is looked at.
    fn admit(&mut self, visit: &Visit<'_>, stranger: bool, failure: Option<Failure>) -> Result<(), Reply> {
        if text(visit.headers, "user-agent").is_none_or(|agent| agent.trim().is_empty()) {
            return Err(Reply::text(403, NO_AGENT));
        }
        if !VERSIONS.contains(&visit.version) {
            let message = format!(
                "The version you specified in the \"X-GitHub-API-Version\" request header, \"{}\", is not a supported version. The following versions are currently supported: \"{}\" (most recent), \"{}\".",
                visit.version, VERSIONS[0], VERSIONS[1]
            );
            return Err(Reply::problem(400, &message, ""));
        }
        if stranger {
            return Err(Reply::problem(401, "Bad credentials", ""));
        }
        if visit.segments == ["rate_limit"] {
            return Ok(());
        }
        let load = visit.load(self.now);
        if let Some(refused) = failure.and_then(|failure| self.limits.impose(load, failure, &self.rules)) {
            return Err(self.refusal(refused, visit));
        }
        let (refused, violation) = self.limits.admit(load, &self.rules);
        if let Some(mut violation) = violation {
            violation.request = format!("{} {}", visit.method, visit.path);
            violation.login = visit.token.as_ref().map(|token| token.login.clone());
            self.violations.push(violation);
        }
        refused.map_or(Ok(()), |refused| Err(self.refusal(refused, visit)))
    }

    fn refusal(&self, refused: Refused, visit: &Visit<'_>) -> Reply {
        let support =
            format!("If you reach out to GitHub Support for help, please include the request ID {}", visit.request_id);
        match (refused, &visit.token) {
            (Refused::Primary, Some(token)) => {
                let id = self.world.user(&token.login).map_or(0, |user| user.id);
                let stamp = self.now.strftime("%Y-%m-%d %H:%M:%S UTC");
                let message = format!("API rate limit exceeded for user ID {id}. {support} and timestamp {stamp}.");
                Reply::problem(self.rules.status, &message, LIMITS_DOC)
            }
            (Refused::Primary, None) => {
                let message = "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)";
                Reply::problem(self.rules.status, message, LIMITS_DOC)
            }
            (Refused::Secondary(wait), _) => {
                let message = format!(
                    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. {support}."
                );
                let reply = Reply::problem(self.rules.status, &message, SECONDARY_DOC);
                match wait {
                    Some(seconds) => reply.header("retry-after", seconds.to_string()),
                    None => reply,
                }
            }
        }
    }

    /// Finds the route, checks what the caller may do, and answers. Also tells whether the request counts.
    fn work(&mut self, visit: &Visit<'_>) -> (Reply, bool) {
        let counts = visit.segments != ["rate_limit"];
        let Some(route) = routes::find(visit.method, &visit.segments) else {
            self.unknown.push(format!("{} {}", visit.method, visit.path));
            return (Reply::not_found(""), counts);
        };
        let answer = self.allowed(&route, visit).and_then(|(repo, role)| {
            let ask = Ask {
                segments: &visit.segments,
                query: &visit.query,
                body: visit.body,
                links: &visit.links,
                url: format!("{}{}", visit.links.api, visit.path),
                doc: route.doc,
                token: visit.token.as_ref(),
                repo,
                role,
                modern: visit.version != DEFAULT_VERSION,
                key: &visit.key,
                app: visit.app.as_ref().and_then(|app| app.as_ref().ok().copied()),
            };
            (route.handler)(self, &ask)
        });
        let mut reply = answer.unwrap_or_else(|refused| refused);
        if let Some(token) = &visit.token {
            reply.headers.extend(scopes(token, &route));
        }
        (reply, counts)
    }

    /// `/repositories/{id}` is the same as the repository by its name, whatever that is now.
    fn by_name(&self, segments: Vec<String>) -> Vec<String> {
        let [first, id, rest @ ..] = segments.as_slice() else { return segments };
        let found = self.world.repos.iter().find(|repo| first == "repositories" && repo.id.to_string() == *id);
        let Some(repo) = found else { return segments };
        let named = ["repos".to_owned(), repo.owner.clone(), repo.name.clone()];
        named.into_iter().chain(rest.iter().cloned()).collect()
    }

    /// Whether a token's installation has to do with a repository; other tokens have nothing to do with this.
    pub(super) fn reaches(&self, token: &GithubToken, repo: usize) -> bool {
        let Some(minted) = &token.minted else { return true };
        let home = &self.world.repos[repo];
        let covers = self.world.installation(minted.installation).is_some_and(|(_, place)| place.covers(home));
        covers && minted.repos.as_ref().is_none_or(|repos| repos.contains(&home.id))
    }

    /// What an app may do with its own signature: only ask about itself.
    fn signed(&self, route: &Route, visit: &Visit<'_>) -> Result<Option<(usize, Role)>, Reply> {
        match (&visit.app, route.permissions == routes::APP) {
            (None, false) => Ok(None),
            (None, true) => Err(Reply::problem(401, "A JSON web token could not be decoded", route.doc)),
            (Some(_), false) => Err(Reply::problem(401, "Bad credentials", "")),
            (Some(Err(refused)), true) => Err(refused.clone()),
            (Some(Ok(_)), true) => {
                let [first, owner, name, ..] = visit.segments.as_slice() else { return Ok(Some((0, Role::Read))) };
                if first != "repos" {
                    return Ok(Some((0, Role::Read)));
                }
                let repo = self.world.find(owner, name).ok_or_else(|| Reply::not_found(route.doc))?;
                Ok(Some((repo, Role::Read)))
            }
        }
    }

    /// The repository and what the caller is there, or why not.
    fn allowed(&self, route: &Route, visit: &Visit<'_>) -> Result<(usize, Role), Reply> {
        let writes = route.level == Level::Write;
        if let Some(place) = self.signed(route, visit)? {
            return Ok(place);
        }
        let place = visit.token.as_ref().and_then(|token| self.world.installation(token.minted.as_ref()?.installation));
        if place.is_some_and(|(_, place)| place.suspended.is_some()) {
            return Err(Reply::problem(403, "This installation has been suspended", route.doc));
        }
        let Some(token) = &visit.token else {
            return match self.place(route, visit, None)? {
                _ if writes => Err(Reply::problem(401, "Requires authentication", route.doc)),
                place => Ok(place),
            };
        };
        let (repo, role) = self.place(route, visit, Some(token))?;
        let in_repo = matches!(visit.segments.first().map(String::as_str), Some("repos"));
        let private = in_repo && self.world.repos[repo].private;
        match &token.access {
            Access::Classic(scopes) => classic(scopes, route, private, in_repo)?,
            Access::FineGrained(levels) | Access::Installation(levels) => {
                let enough = |name: &&&str| levels.get(**name).is_some_and(|level| *level >= route.level);
                if !route.permissions.is_empty() && !route.permissions.iter().any(|name| enough(&name)) {
                    let what = if matches!(token.access, Access::Installation(_)) {
                        "integration"
                    } else {
                        "personal access token"
                    };
                    return Err(Reply::problem(403, &format!("Resource not accessible by {what}"), route.doc));
                }
            }
        }
        let app = matches!(token.access, Access::Installation(_));
        if in_repo && writes && !self.reaches(token, repo) {
            return Err(Reply::problem(403, "Resource not accessible by integration", route.doc));
        }
        if in_repo && role < route.role && !app {
            // Hooks are not even admitted to exist.
            let hidden = visit.segments.get(3).is_some_and(|part| part == "hooks");
            return Err(if hidden {
                Reply::not_found(route.doc)
            } else {
                Reply::problem(403, "Must have admin rights to Repository.", route.doc)
            });
        }
        if in_repo && writes && self.world.repos[repo].archived {
            return Err(Reply::problem(403, "Repository was archived so is read-only.", route.doc));
        }
        Ok((repo, role))
    }

    /// The repository in the path and the caller's role there. What may not be seen does not exist.
    fn place(&self, route: &Route, visit: &Visit<'_>, token: Option<&GithubToken>) -> Result<(usize, Role), Reply> {
        let [first, owner, name, ..] = visit.segments.as_slice() else { return Ok((0, Role::Read)) };
        if first != "repos" {
            return Ok((0, Role::Read));
        }
        let gone = || Reply::not_found(route.doc);
        let installation = |token: &&GithubToken| matches!(token.access, Access::Installation(_));
        let role = |repo: usize| {
            let installed = token.filter(installation).filter(|token| self.reaches(token, repo)).map(|_| Role::Write);
            installed.or_else(|| self.world.role(repo, token.map(|token| token.login.as_str())))
        };
        let Some(repo) = self.world.find(owner, name) else {
            let moved = self.world.moved(owner, name).filter(|repo| role(*repo).is_some()).ok_or_else(gone)?;
            return Err(self.elsewhere(moved, visit));
        };
        Ok((repo, role(repo).ok_or_else(gone)?))
    }

    /// Where a repository is that once had the name in the path.
    fn elsewhere(&self, repo: usize, visit: &Visit<'_>) -> Reply {
        let rest: Vec<String> = visit.segments.iter().skip(3).map(|part| format!("/{}", query::escape(part))).collect();
        let rest = rest.concat();
        let mut place = format!("{}/repositories/{}{rest}", visit.links.api, self.world.repos[repo].id);
        if !visit.query.0.is_empty() {
            let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&visit.query.0).finish();
            place = format!("{place}?{pairs}");
        }
        let status = if matches!(visit.method, "GET" | "HEAD") { 301 } else { 307 };
        Reply::moved(status, &place)
    }

    /// Version, ETag and the headers that every answer has.
    fn dress(&mut self, mut reply: Reply, visit: &Visit<'_>, counts: bool) -> Reply {
        if let Content::Json(body) = &mut reply.body
            && visit.version == VERSIONS[0]
        {
            modernise(body);
        }
        if visit.method == "GET" && reply.status == 200 && counts {
            reply = etagged(reply, visit.headers);
        }
        if counts && reply.status != 304 {
            self.limits.count(visit.load(self.now), &self.rules);
        }
        reply.headers.push(("x-github-request-id", visit.request_id.clone()));
        reply.headers.push(("server", "github.com".to_owned()));
        if matches!(reply.body, Content::Text(_) | Content::Plain(_)) {
            return reply;
        }
        let budget = self.limits.budget(visit.load(self.now), &self.rules);
        reply.headers.extend([
            ("x-github-media-type", "github.v3; format=json".to_owned()),
            ("x-github-api-version-selected", visit.version.to_owned()),
            ("x-ratelimit-limit", budget.limit.to_string()),
            ("x-ratelimit-remaining", budget.remaining().to_string()),
            ("x-ratelimit-used", budget.used.to_string()),
            ("x-ratelimit-reset", budget.reset.as_second().to_string()),
            ("x-ratelimit-resource", budget.resource.as_str().to_owned()),
            ("cache-control", "private, max-age=60, s-maxage=60".to_owned()),
            (
                "vary",
                "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With".to_owned(),
            ),
        ]);
        reply
    }
}

impl Visit<'_> {
    fn load(&self, now: jiff::Timestamp) -> Load<'_> {
        let resource = match self.segments.first().map(String::as_str) {
            Some("search") => Resource::Search,
            Some("graphql") => Resource::Graphql,
            _ => Resource::Core,
        };
        let writes = self.method != "GET" && self.method != "HEAD";
        let creates = routes::find(self.method, &self.segments).is_some_and(|route| route.creates);
        Load { key: &self.key, resource, writes, creates, now }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The token in `Authorization: Bearer …` or `token …`.
fn credential(headers: &HeaderMap) -> Option<&str> {
    let header = text(headers, "authorization")?;
    let (scheme, value) = header.split_once(' ').unwrap_or(("", header));
    Some(if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        value.trim()
    } else {
        header
    })
}

/// A classic token lacking a scope finds nothing: <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>.
fn classic(scopes: &[String], route: &Route, private: bool, in_repo: bool) -> Result<(), Reply> {
    let has = |names: &[&str]| names.iter().any(|name| scopes.iter().any(|scope| scope == name));
    let writes = route.level == Level::Write;
    let hooks = route.permissions.contains(&"repository_hooks");
    let enough = match (hooks, writes) {
        (true, true) => has(&["repo", "admin:repo_hook", "write:repo_hook"]),
        (true, false) => has(&["repo", "admin:repo_hook", "write:repo_hook", "read:repo_hook"]),
        (false, _) if private => has(&["repo"]),
        (false, true) if in_repo || !route.permissions.is_empty() => has(&["repo", "public_repo"]),
        (false, _) => true,
    };
    if enough { Ok(()) } else { Err(Reply::not_found(route.doc)) }
}

/// The headers that tell which scopes or permissions there are and which were needed.
fn scopes(token: &GithubToken, route: &Route) -> Vec<(&'static str, String)> {
    let writes = route.level == Level::Write;
    if let Access::Classic(scopes) = &token.access {
        let accepted = if writes { "repo" } else { "" };
        return vec![("x-oauth-scopes", scopes.join(", ")), ("x-accepted-oauth-scopes", accepted.to_owned())];
    }
    let level = if writes { "write" } else { "read" };
    let needed: Vec<String> = route.permissions.iter().map(|name| format!("{name}={level}")).collect();
    vec![("x-accepted-github-permissions", needed.join("; "))]
}

/// Adds an ETag, and answers `304` when the caller has that one already.
fn etagged(reply: Reply, headers: &HeaderMap) -> Reply {
    let Content::Json(body) = &reply.body else { return reply };
    let link = reply.headers.iter().find(|(name, _)| *name == "link").map_or("", |(_, link)| link);
    let hash = hex::encode(Sha256::digest(format!("{body}{link}")));
    let known = text(headers, "if-none-match").unwrap_or_default();
    let seen = known
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|tag| tag == hash || tag == "*");
    let reply = reply.header("etag", format!("W/\"{hash}\""));
    if seen { Reply { status: 304, body: Content::None, ..reply } } else { reply }
}

/// What a broken GitHub sends: HTML for gateway faults, JSON for its own.
fn error_page(status: u16) -> Reply {
    match status {
        502..=504 => Reply::text(
            status,
            "<html><body><h1>Whoa there!</h1><p>This page is taking too long to load.</p></body></html>\n",
        ),
        500 => Reply::problem(500, "Server Error", ""),
        _ => Reply::problem(
            status,
            http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error"),
            "",
        ),
    }
}
