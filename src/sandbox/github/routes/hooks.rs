//! Webhooks and their deliveries. <https://docs.github.com/en/rest/repos/webhooks>

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::github::body::Body;
use crate::sandbox::github::data::Hook;
use crate::sandbox::github::deliver::is_loopback;
use crate::sandbox::github::json::delivery_json;
use crate::sandbox::github::ledger::Delivery;
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_because};
use crate::sandbox::github::setup::HookTarget;
use crate::sandbox::github::state::State;

/// Event names a repository hook can ask for: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.
const EVENTS: [&str; 44] = [
    "*",
    "branch_protection_configuration",
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "code_scanning_alert",
    "commit_comment",
    "create",
    "delete",
    "dependabot_alert",
    "deploy_key",
    "deployment",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "fork",
    "gollum",
    "issue_comment",
    "issues",
    "label",
    "member",
    "merge_group",
    "meta",
    "milestone",
    "package",
    "page_build",
    "project",
    "project_card",
    "project_column",
    "public",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "push",
    "registry_package",
    "release",
    "repository",
    "secret_scanning_alert",
    "star",
    "status",
    "watch",
    "workflow_job",
    "workflow_run",
];

fn position(state: &State, ask: &Ask<'_>) -> Result<usize, Reply> {
    let id = ask.number(4)?;
    state.world.repos[ask.repo].hooks.iter().position(|hook| hook.id == id).ok_or_else(|| ask.missing())
}

fn shown(state: &State, ask: &Ask<'_>, hook: &Hook) -> Value {
    ask.sight(state).hook(ask.repo, hook)
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let all = state.world.repos[ask.repo].hooks.iter();
    Ok(ask.page(all.map(|hook| shown(state, ask, hook)).collect()))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let hook = &state.world.repos[ask.repo].hooks[position(state, ask)?];
    Ok(Reply::ok(shown(state, ask, hook)))
}

/// What the body says of a hook; what it does not say stays as in `before`.
fn read(ask: &Ask<'_>, body: &Body, before: HookTarget) -> Result<HookTarget, Reply> {
    let mut target = before;
    if let Some(config) = body.object("config")? {
        target.url = config.text("url")?.unwrap_or_default();
        target.secret = config.text("secret")?.filter(|secret| !secret.is_empty());
        target.form = match config.text("content_type")?.as_deref() {
            None | Some("form") => true,
            Some("json") => false,
            Some(_) => return Err(Reply::invalid(ask.doc, &[wrong("Hook", "content_type", "invalid")])),
        };
    }
    if let Some(events) = body.texts("events")? {
        target.events = events;
    }
    check(ask, &target).map(|()| target)
}

fn check(ask: &Ask<'_>, target: &HookTarget) -> Result<(), Reply> {
    let mut errors = Vec::new();
    if target.url.is_empty() {
        errors.push(wrong_because("Hook", "url", "custom", "Config must contain URL for webhooks"));
    } else if !is_loopback(&target.url) {
        // The real one refuses what is not reachable over the internet; this one what is.
        errors.push(wrong_because("Hook", "url", "custom", "url is not supported because it is not on loopback"));
    }
    if target.events.is_empty() || target.events.iter().any(|event| !EVENTS.contains(&event.as_str())) {
        errors.push(wrong("Hook", "events", "invalid"));
    }
    if errors.is_empty() { Ok(()) } else { Err(Reply::invalid(ask.doc, &errors)) }
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = Body::read(ask.body, ask.doc)?;
    if body.text("name")?.is_some_and(|name| name != "web") {
        return Err(Reply::invalid(ask.doc, &[wrong("Hook", "name", "invalid")]));
    }
    let new = HookTarget { url: String::new(), secret: None, events: vec!["push".to_owned()], form: true };
    let target = read(ask, &body, new)?;
    let active = body.flag("active")?.unwrap_or(true);
    let same = |hook: &Hook| hook.url == target.url && hook.events == target.events && hook.form == target.form;
    if state.world.repos[ask.repo].hooks.iter().any(same) {
        let why = json!({ "resource": "Hook", "code": "custom", "message": "Hook already exists on this repository" });
        return Err(Reply::invalid(ask.doc, &[why]));
    }
    let id = state.add_hook(ask.repo, ask.actor(), &target);
    let hook = state.world.repos[ask.repo].hooks.iter_mut().find(|hook| hook.id == id).ok_or_else(|| ask.missing())?;
    hook.active = active;
    let hook = hook.clone();
    Ok(Reply::created(shown(state, ask, &hook)))
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let at = position(state, ask)?;
    let now = state.now;
    let body = Body::read(ask.body, ask.doc)?;
    let hook = state.world.repos[ask.repo].hooks[at].clone();
    let before =
        HookTarget { url: hook.url.clone(), secret: hook.secret.clone(), events: hook.events.clone(), form: hook.form };
    let mut target = read(ask, &body, before)?;
    if let Some(more) = body.texts("add_events")? {
        target.events.extend(more);
    }
    if let Some(less) = body.texts("remove_events")? {
        target.events.retain(|event| !less.contains(event));
    }
    check(ask, &target)?;
    let active = body.flag("active")?.unwrap_or(hook.active);
    let HookTarget { url, secret, events, form } = target;
    let changed = Hook { url, secret, events, form, active, updated_at: now, ..hook };
    state.world.repos[ask.repo].hooks[at] = changed.clone();
    Ok(Reply::ok(shown(state, ask, &changed)))
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let at = position(state, ask)?;
    state.world.repos[ask.repo].hooks.remove(at);
    Ok(Reply::empty(204))
}

pub(super) fn ping(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.number(4)?;
    if state.ping(ask.repo, id, ask.actor()) { Ok(Reply::empty(204)) } else { Err(ask.missing()) }
}

pub(super) fn test(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.number(4)?;
    if state.test_hook(ask.repo, id, ask.actor()) { Ok(Reply::empty(204)) } else { Err(ask.missing()) }
}

/// Newest first; goes on with a cursor instead of pages.
pub(super) fn deliveries(state: &mut State, ask: &Ask<'_>) -> Answer {
    let hook = state.world.repos[ask.repo].hooks[position(state, ask)?].id;
    let size = ask.query.per_page();
    let below = ask.query.get("cursor").and_then(|cursor| cursor.parse::<u64>().ok());
    let mut found: Vec<&Delivery> = state.deliveries.iter().rev().filter(|delivery| delivery.hook_id == hook).collect();
    found.sort_by_key(|delivery| std::cmp::Reverse(delivery.id));
    found.retain(|delivery| below.is_none_or(|below| delivery.id < below));
    let more = found.len() > size;
    found.truncate(size);
    let reply = Reply::ok(Value::Array(found.iter().map(|delivery| delivery_json(delivery, false)).collect()));
    let last = found.last().filter(|_| more).map(|delivery| delivery.id);
    Ok(super::linked(reply, last.map(|id| ask.query.cursor_link(&ask.url, id))))
}

pub(super) fn delivery(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (hook, id) = (ask.number(4)?, ask.number(6)?);
    let found = state.deliveries.iter().find(|delivery| delivery.id == id && delivery.hook_id == hook);
    found.map(|delivery| Reply::ok(delivery_json(delivery, true))).ok_or_else(|| ask.missing())
}

pub(super) fn redeliver(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (hook, id) = (ask.number(4)?, ask.number(6)?);
    if state.redeliver(|delivery| delivery.id == id && delivery.hook_id == hook) {
        Ok(Reply::json(202, json!({})))
    } else {
        Err(ask.missing())
    }
}
