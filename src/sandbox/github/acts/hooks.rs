//! Hooks: making them, telling them, telling them again.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::sandbox::github::data::{Hook, hears};
use crate::sandbox::github::json::Sight;
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
        let apps = self.world.apps.iter().filter_map(|app| {
            let target = app.hook.as_ref().filter(|hook| hears(&hook.events, event))?;
            let found = app.installations.iter().find(|place| place.covers(&self.world.repos[repo]))?;
            found.suspended.is_none().then(|| (app.id, app.hook_id, found.id, target.clone()))
        });
        let apps: Vec<_> = apps.collect();
        let hooks = self.world.repos[repo].hooks.iter().filter(|hook| hook.hears(event) && event != APP_ONLY);
        let hooks: Vec<Hook> = hooks.cloned().collect();
        if apps.is_empty() && hooks.is_empty() {
            return;
        }
        let payload = self.payload(repo, action, sender, more, event == "push");
        for (app, hook, installation, target) in apps {
            let mut payload = payload.clone();
            payload["installation"] = Sight::installation_lite(installation);
            let job = self.job(repo, hook, &target, event, action, Arc::new(payload));
            self.outbox.push(Job { target: (app, "integration"), ..job });
        }
        let payload = Arc::new(payload);
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
        if !sender.is_empty() {
            payload.insert("sender".to_owned(), sight.user(sender));
        }
        Value::Object(payload)
    }

    fn send(&mut self, repo: usize, hook: &Hook, event: &'static str, action: Option<&str>, payload: Arc<Value>) {
        let target = hook.target();
        let job = self.job(repo, hook.id, &target, event, action, payload);
        self.outbox.push(job);
    }

    fn job(
        &mut self,
        repo: usize,
        hook: u64,
        target: &HookTarget,
        event: &'static str,
        action: Option<&str>,
        payload: Arc<Value>,
    ) -> Job {
        let repository_id = self.world.repos[repo].id;
        Job {
            id: self.world.id(),
            guid: Uuid::now_v7().to_string(),
            repo,
            hook,
            target: (repository_id, "repository"),
            event,
            action: action.map(str::to_owned),
            repository_id,
            redelivery: false,
            url: target.url.clone(),
            secret: target.secret.clone(),
            form: target.form,
            payload,
        }
    }

    /// Sends the last push to the default branch to one hook, as its test does. False when there is no such hook.
    pub(in crate::sandbox::github) fn test_hook(&mut self, repo: usize, hook: u64, sender: &str) -> bool {
        let home = &self.world.repos[repo];
        let Some(hook) = home.hooks.iter().find(|known| known.id == hook).cloned() else { return false };
        let branch = home.default_branch.clone();
        let head = home.branches.get(&branch).and_then(|sha| home.commit(sha)).cloned();
        if let Some(head) = head.filter(|_| hook.hears("push")) {
            let before = head.parents.first().map(String::as_str);
            let more = self.push_payload(repo, &head.author, &branch, before, &head.sha);
            let payload = Arc::new(self.payload(repo, None, sender, more, true));
            self.send(repo, &hook, "push", None, payload);
        }
        true
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
            target: (delivery.repository_id, "repository"),
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

/// The event that only apps can hear.
const APP_ONLY: &str = "deployment_review";

/// Every event this fake sends.
const EVENTS: [&str; 25] = [
    "ping",
    "issues",
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "create",
    "delete",
    "workflow_run",
    "workflow_job",
    "check_run",
    "check_suite",
    "status",
    "deployment",
    "deployment_status",
    "deployment_review",
    "release",
    "repository",
    "member",
    "star",
    "label",
    "dependabot_alert",
    "code_scanning_alert",
    "secret_scanning_alert",
];

fn known_event(name: &str) -> &'static str {
    EVENTS.iter().find(|event| **event == name).copied().unwrap_or("ping")
}
