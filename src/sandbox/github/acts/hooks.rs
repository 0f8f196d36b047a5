//! Hooks: making them, telling them, telling them again.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::sandbox::github::data::Hook;
use crate::sandbox::github::ledger::Job;
use crate::sandbox::github::setup::HookTarget;
use crate::sandbox::github::state::State;

/// Sentences of wisdom that a ping carries.
const ZEN: [&str; 4] = [
    "Keep it logically awesome.",
    "Design for failure.",
    "Half measures are as bad as nothing at all.",
    "Non-blocking is better than blocking.",
];

impl State {
    /// Tells every hook of a repository that wants it. `more` holds what is special about the event.
    pub(super) fn emit(&mut self, repo: usize, event: &'static str, action: Option<&str>, sender: &str, more: Value) {
        if !self.world.repos[repo].hooks.iter().any(|hook| hook.hears(event)) {
            return;
        }
        let payload = Arc::new(self.payload(repo, action, sender, more, event == "push"));
        let hooks: Vec<Hook> = self.world.repos[repo].hooks.iter().filter(|hook| hook.hears(event)).cloned().collect();
        for hook in hooks {
            self.send(repo, &hook, event, action, Arc::clone(&payload));
        }
    }

    fn payload(&self, repo: usize, action: Option<&str>, sender: &str, more: Value, push: bool) -> Value {
        let sight = self.sight();
        let found = &self.world.repos[repo];
        let mut payload = Map::new();
        if let Some(action) = action {
            payload.insert("action".to_owned(), json!(action));
        }
        payload.extend(crate::sandbox::github::json::fields(more));
        let mut repository = sight.repository(repo);
        if push {
            // In this one payload GitHub writes these two times as seconds.
            repository["created_at"] = json!(found.created_at.as_second());
            repository["pushed_at"] = json!(found.pushed_at.as_second());
            repository["stargazers"] = json!(0);
            repository["master_branch"] = json!(found.default_branch);
        }
        payload.insert("repository".to_owned(), repository);
        if let Some(organization) = sight.organization(&found.owner) {
            if push {
                payload["repository"]["organization"] = json!(found.owner);
            }
            payload.insert("organization".to_owned(), organization);
        }
        payload.insert("sender".to_owned(), sight.user(sender));
        Value::Object(payload)
    }

    fn send(&mut self, repo: usize, hook: &Hook, event: &'static str, action: Option<&str>, payload: Arc<Value>) {
        let job = Job {
            id: self.world.id(),
            guid: Uuid::now_v7().to_string(),
            repo,
            hook: hook.id,
            event,
            action: action.map(str::to_owned),
            repository_id: self.world.repos[repo].id,
            redelivery: false,
            url: hook.url.clone(),
            secret: hook.secret.clone(),
            form: hook.form,
            payload,
        };
        self.outbox.push(job);
    }

    /// Adds a hook and pings it. Returns its identifier.
    pub(in crate::sandbox::github) fn add_hook(&mut self, repo: usize, sender: &str, target: &HookTarget) -> u64 {
        let id = self.world.id();
        let hook = Hook {
            id,
            url: target.url.clone(),
            secret: target.secret.clone(),
            form: target.form,
            insecure_ssl: false,
            active: true,
            events: target.events.clone(),
            created_at: self.now,
            updated_at: self.now,
            last: None,
        };
        self.world.repos[repo].hooks.push(hook);
        self.ping(repo, id, sender);
        id
    }

    /// Sends a ping to one hook. False when there is no such hook.
    pub(in crate::sandbox::github) fn ping(&mut self, repo: usize, hook: u64, sender: &str) -> bool {
        let Some(hook) = self.world.repos[repo].hooks.iter().find(|known| known.id == hook).cloned() else {
            return false;
        };
        let zen = ZEN[usize::try_from(hook.id).unwrap_or_default() % ZEN.len()];
        let more = json!({ "zen": zen, "hook_id": hook.id, "hook": self.sight().hook(repo, &hook) });
        let payload = Arc::new(self.payload(repo, None, sender, more, false));
        self.send(repo, &hook, "ping", None, payload);
        true
    }

    /// Sends a delivery again, with its own GUID, to where the hook points now. False when delivery or hook are gone.
    pub(in crate::sandbox::github) fn redeliver(
        &mut self,
        wanted: impl Fn(&crate::sandbox::github::ledger::Delivery) -> bool,
    ) -> bool {
        let Some(delivery) = self.deliveries.iter().rev().find(|delivery| wanted(delivery)).cloned() else {
            return false;
        };
        let of_repo = |repo: &crate::sandbox::github::data::Repo| repo.id == delivery.repository_id;
        let Some(repo) = self.world.repos.iter().position(of_repo) else { return false };
        let Some(hook) = self.world.repos[repo].hooks.iter().find(|hook| hook.id == delivery.hook_id).cloned() else {
            return false;
        };
        let job = Job {
            id: self.world.id(),
            guid: delivery.guid,
            repo,
            hook: hook.id,
            event: known_event(&delivery.event),
            action: delivery.action,
            repository_id: delivery.repository_id,
            redelivery: true,
            url: hook.url,
            secret: hook.secret,
            form: hook.form,
            payload: delivery.payload,
        };
        self.outbox.push(job);
        true
    }
}

/// Every event this fake sends.
const EVENTS: [&str; 8] =
    ["ping", "issues", "issue_comment", "pull_request", "pull_request_review", "push", "workflow_run", "release"];

fn known_event(name: &str) -> &'static str {
    EVENTS.iter().find(|event| **event == name).copied().unwrap_or("ping")
}
