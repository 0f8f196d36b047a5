//! Who is told of what: admin webhooks and those that apps register, their events and JQL filters.
//! <https://developer.atlassian.com/cloud/jira/platform/webhooks/>

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::jql;
use super::ledger::{Job, Proof};
use super::setup::JiraHook;
use super::state::{State, object};

/// A webhook.
#[derive(Debug, Clone)]
pub(super) struct Hook {
    pub id: u64,
    pub url: String,
    /// Empty: every event.
    pub events: Vec<String>,
    pub jql: String,
    pub owner: Owner,
}

/// Whose webhook it is.
#[derive(Debug, Clone)]
pub(super) enum Owner {
    Admin { secret: Option<String> },
    App { client: String, account: String, expires: Timestamp },
}

/// The events that an app may register for.
pub(super) const APP_EVENTS: [&str; 8] = [
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
    "issue_property_set",
    "issue_property_deleted",
];

impl State {
    /// Adds an admin webhook; returns its id.
    pub(super) fn add_hook(&mut self, plan: &JiraHook) -> u64 {
        let id = self.world.id();
        self.hooks.push(Hook {
            id,
            url: plan.url.clone(),
            events: plan.events.clone(),
            jql: plan.jql.clone(),
            owner: Owner::Admin { secret: plan.secret.clone() },
        });
        id
    }

    /// Tells every hook that wants to know. `issue` is what JQL filters look at.
    pub(super) fn emit_plain(&mut self, event: &str, issue: Option<u64>, body: Value, secondary: bool) {
        let mut payload = Map::new();
        payload.insert("timestamp".to_owned(), json!(self.now.as_millisecond()));
        payload.insert("webhookEvent".to_owned(), json!(event));
        payload.extend(object(body));
        let told: Vec<Hook> = self.hooks.iter().filter(|hook| self.wants(hook, event, issue)).cloned().collect();
        for hook in told {
            let mut payload = payload.clone();
            let proof = match &hook.owner {
                Owner::Admin { secret } => secret.clone().map_or(Proof::None, Proof::Secret),
                Owner::App { client, .. } => {
                    payload.insert("matchedWebhookIds".to_owned(), json!([hook.id]));
                    let app = self.setup.apps.iter().find(|app| app.client_id == *client);
                    let secret = app.map(|app| app.secret.clone()).unwrap_or_default();
                    Proof::Jwt { client: client.clone(), secret }
                }
            };
            self.outbox.push(Job {
                identifier: uuid::Uuid::now_v7().to_string(),
                hook: hook.id,
                event: event.to_owned(),
                retry: 0,
                due: self.now,
                url: hook.url,
                proof,
                secondary,
                payload: Arc::new(Value::Object(payload)),
            });
        }
    }

    fn wants(&self, hook: &Hook, event: &str, issue: Option<u64>) -> bool {
        // Events of properties are told only to who names them.
        let all = hook.events.is_empty() && !event.starts_with("issue_property");
        if !all && !hook.events.iter().any(|wanted| wanted == event) {
            return false;
        }
        let viewer = match &hook.owner {
            Owner::App { expires, .. } if *expires <= self.now => return false,
            Owner::App { account, .. } => account.as_str(),
            Owner::Admin { .. } => "",
        };
        let Some(issue) = issue.and_then(|id| self.world.issues.get(&id)) else { return true };
        if !viewer.is_empty() && !self.world.sees(issue, viewer) {
            return false;
        }
        hook.jql.trim().is_empty() || jql::finds(self, &hook.jql, viewer, issue)
    }

    /// What becomes of a delivery that was not taken: five more attempts, later.
    pub(super) fn park(&mut self, job: Job) {
        if job.retry < 5 {
            let due = self.now + self.setup.retry_after;
            self.parked.push(Job { retry: job.retry + 1, due, ..job });
        }
    }

    /// Sends what is due (or everything that waits).
    pub(super) fn unpark(&mut self, all: bool) {
        let now = self.now;
        let (due, wait) = std::mem::take(&mut self.parked).into_iter().partition(|job| all || job.due <= now);
        self.parked = wait;
        self.outbox.extend::<Vec<Job>>(due);
    }
}
