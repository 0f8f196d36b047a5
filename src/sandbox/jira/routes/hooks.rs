//! Webhooks that apps register for themselves; they last 30 days unless they are refreshed.
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/>

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::jira::deliver::is_loopback;
use crate::sandbox::jira::hooks::{APP_EVENTS, Hook, Owner};
use crate::sandbox::jira::jql;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::state::State;

const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Most webhooks of one app for one person.
const MOST: usize = 5;

/// The app that calls; people and their tokens have no such webhooks.
fn app<'a>(ask: &Ask<'a>) -> Result<&'a str, Reply> {
    let words = "The caller is not a Connect or OAuth 2.0 app.";
    ask.caller.client.as_deref().ok_or_else(|| Reply::error(403, words))
}

fn mine(hook: &Hook, client: &str, who: &str) -> bool {
    matches!(&hook.owner, Owner::App { client: of, account, .. } if of == client && account == who)
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let client = app(ask)?;
    let shown = |hook: &Hook| match &hook.owner {
        Owner::App { expires, .. } if *expires > state.now => Some(json!({
            "id": hook.id,
            "url": hook.url,
            "jqlFilter": hook.jql,
            "events": hook.events,
            "expirationDate": expires.as_millisecond(),
        })),
        _ => None,
    };
    let hooks = state.hooks.iter().filter(|hook| mine(hook, client, ask.actor())).filter_map(shown).collect();
    Ok(Reply::ok(ask.page("values", hooks, 100, 100)))
}

fn wrong(state: &State, ask: &Ask<'_>, hook: &Value, count: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let events: Vec<&str> = hook["events"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if events.is_empty() {
        wrong.push("At least one event is required.".to_owned());
    }
    let unknown = events.iter().filter(|event| !APP_EVENTS.contains(event));
    wrong.extend(unknown.map(|event| format!("Unsupported event: {event}")));
    match hook["jqlFilter"].as_str() {
        Some(filter) if !filter.trim().is_empty() => {
            let problems = jql::problems(state, filter, ask.actor());
            wrong.extend(problems.into_iter().map(|why| format!("The jqlFilter is invalid: {why}")));
        }
        Some(_) => {}
        None => wrong.push("The jqlFilter is required.".to_owned()),
    }
    if count >= MOST {
        wrong.push("The limit of webhooks for this app and user is reached.".to_owned());
    }
    wrong
}

pub(super) fn register(state: &mut State, ask: &Ask<'_>) -> Answer {
    let client = app(ask)?.to_owned();
    let body = ask.object(&["url", "webhooks"])?;
    let url = body["url"].as_str().filter(|url| is_loopback(url)).map(str::to_owned);
    let url = url.ok_or_else(|| Reply::error(400, "The URL of the webhook must belong to the app."))?;
    let mut results = Vec::new();
    for plan in body["webhooks"].as_array().into_iter().flatten() {
        let count = state.hooks.iter().filter(|hook| mine(hook, &client, ask.actor())).count();
        let errors = wrong(state, ask, plan, count);
        if !errors.is_empty() {
            results.push(json!({ "errors": errors }));
            continue;
        }
        let id = state.world.id();
        let events = plan["events"].as_array().into_iter().flatten().filter_map(Value::as_str);
        state.hooks.push(Hook {
            id,
            url: url.clone(),
            events: events.map(str::to_owned).collect(),
            jql: plan["jqlFilter"].as_str().unwrap_or_default().to_owned(),
            owner: Owner::App {
                client: client.clone(),
                account: ask.actor().to_owned(),
                expires: state.now + LIFETIME,
            },
        });
        results.push(json!({ "createdWebhookId": id }));
    }
    Ok(Reply::ok(json!({ "webhookRegistrationResult": results })))
}

fn ids(ask: &Ask<'_>) -> Result<Vec<u64>, Reply> {
    let body = ask.object(&["webhookIds"])?;
    let ids: Vec<u64> = body["webhookIds"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    if ids.is_empty() { Err(Reply::error(400, "The list of webhook IDs is empty.")) } else { Ok(ids) }
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (client, ids) = (app(ask)?, ids(ask)?);
    state.hooks.retain(|hook| !(ids.contains(&hook.id) && mine(hook, client, ask.actor())));
    Ok(Reply::empty(202))
}

pub(super) fn refresh(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (client, ids) = (app(ask)?, ids(ask)?);
    let until = state.now + LIFETIME;
    for hook in state.hooks.iter_mut().filter(|hook| ids.contains(&hook.id) && mine(hook, client, ask.actor())) {
        if let Owner::App { expires, .. } = &mut hook.owner {
            *expires = until;
        }
    }
    Ok(Reply::ok(json!({ "expirationDate": until.as_millisecond() })))
}
