//! Security alerts. <https://docs.github.com/en/rest/dependabot/alerts> and its neighbours

use super::{Ask, Route, read};
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

const DEPENDENCIES: &[&str] = &["vulnerability_alerts"];
const CODE: &[&str] = &["security_events"];
const SECRETS: &[&str] = &["secret_scanning_alerts"];

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    let (route, role) = match (method, path) {
        ("GET", ["dependabot", "alerts"]) => {
            (read(dependencies, DEPENDENCIES, "dependabot/alerts#list-dependabot-alerts-for-a-repository"), Role::Write)
        }
        ("GET", ["dependabot", "alerts", _]) => {
            (read(dependency, DEPENDENCIES, "dependabot/alerts#get-a-dependabot-alert"), Role::Write)
        }
        ("GET", ["code-scanning", "alerts"]) => {
            (read(codes, CODE, "code-scanning/code-scanning#list-code-scanning-alerts-for-a-repository"), Role::Write)
        }
        ("GET", ["code-scanning", "alerts", _]) => {
            (read(code, CODE, "code-scanning/code-scanning#get-a-code-scanning-alert"), Role::Write)
        }
        ("GET", ["secret-scanning", "alerts"]) => (
            read(secrets, SECRETS, "secret-scanning/secret-scanning#list-secret-scanning-alerts-for-a-repository"),
            Role::Admin,
        ),
        ("GET", ["secret-scanning", "alerts", _]) => {
            (read(secret, SECRETS, "secret-scanning/secret-scanning#get-a-secret-scanning-alert"), Role::Admin)
        }
        _ => return None,
    };
    Some(Route { role, ..route })
}

impl Ask<'_> {
    /// Whether a filter of comma-separated words lets this one through.
    fn lets(&self, name: &str, value: &str) -> bool {
        self.query.get(name).is_none_or(|words| words.split(',').any(|word| word == value))
    }
}

fn dependencies(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].dependency_alerts.iter().rev().filter(|alert| {
        ask.lets("state", alert.state())
            && ask.lets("severity", alert.severity)
            && ask.lets("ecosystem", &alert.ecosystem)
            && ask.lets("package", &alert.package)
    });
    Ok(ask.page(all.map(|alert| sight.dependency_alert(ask.repo, alert)).collect()))
}

fn dependency(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = ask.number(5)?;
    let found = state.world.repos[ask.repo].dependency_alerts.iter().find(|alert| alert.number == number);
    Ok(Reply::ok(ask.sight(state).dependency_alert(ask.repo, found.ok_or_else(|| ask.missing())?)))
}

fn codes(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].code_alerts.iter().rev().filter(|alert| {
        (ask.lets("state", alert.state()) || (ask.query.get("state") == Some("closed") && alert.state() != "open"))
            && (ask.lets("severity", alert.security) || ask.lets("severity", alert.severity))
            && ask.lets("tool_name", "CodeQL")
    });
    Ok(ask.page(all.map(|alert| sight.code_alert(ask.repo, alert)).collect()))
}

fn code(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = ask.number(5)?;
    let found = state.world.repos[ask.repo].code_alerts.iter().find(|alert| alert.number == number);
    let found = found.ok_or_else(|| ask.problem(404, "No alert found for alert number"))?;
    Ok(Reply::ok(ask.sight(state).code_alert(ask.repo, found)))
}

fn secrets(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].secret_alerts.iter().rev().filter(|alert| {
        ask.lets("state", if alert.resolved.is_some() { "resolved" } else { "open" })
            && ask.lets("secret_type", &alert.kind)
    });
    let hidden = ask.query.get("hide_secret") == Some("true");
    Ok(ask.page(all.map(|alert| sight.secret_alert(ask.repo, alert, !hidden)).collect()))
}

fn secret(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = ask.number(5)?;
    let found = state.world.repos[ask.repo].secret_alerts.iter().find(|alert| alert.number == number);
    let hidden = ask.query.get("hide_secret") == Some("true");
    Ok(Reply::ok(ask.sight(state).secret_alert(ask.repo, found.ok_or_else(|| ask.missing())?, !hidden)))
}
