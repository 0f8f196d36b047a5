//! Security alerts: found, dismissed, fixed, opened again.

use serde_json::{Value, json};

use crate::sandbox::github::data::alerts::Closed;
use crate::sandbox::github::data::{CodeAlert, DependencyAlert, SecretAlert};
use crate::sandbox::github::state::State;

/// The account in whose name GitHub itself acts.
const GITHUB: &str = "github";

/// What happens to an alert.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) enum Turn {
    /// Somebody closes it.
    Close { by: String, reason: &'static str, comment: Option<String> },
    /// GitHub finds that it is gone.
    Fix,
    /// Somebody opens it again.
    Reopen { by: String },
}

impl State {
    /// A vulnerable dependency is found; returns the alert's number.
    pub(in crate::sandbox::github) fn find_dependency(&mut self, repo: usize, alert: DependencyAlert) -> u64 {
        let number = 1 + u64::try_from(self.world.repos[repo].dependency_alerts.len()).unwrap_or_default();
        let now = self.now;
        self.world.repos[repo].dependency_alerts.push(DependencyAlert {
            number,
            created_at: now,
            updated_at: now,
            ..alert
        });
        self.emit_dependency(repo, number, "created", GITHUB);
        number
    }

    /// False when there is no such alert, or when it is in that state already.
    pub(in crate::sandbox::github) fn turn_dependency(&mut self, repo: usize, number: u64, turn: Turn) -> bool {
        let now = self.now;
        let all = &mut self.world.repos[repo].dependency_alerts;
        let Some(alert) = all.iter_mut().find(|alert| alert.number == number) else { return false };
        alert.updated_at = now;
        let (action, sender) = match (turn, alert.state()) {
            (Turn::Close { by, reason, comment }, "open") => {
                alert.dismissed = Some(Closed { at: now, by: by.clone(), reason, comment });
                ("dismissed", by)
            }
            (Turn::Fix, "open" | "dismissed") => {
                alert.fixed_at = Some(now);
                ("fixed", GITHUB.to_owned())
            }
            (Turn::Reopen { by }, "dismissed") => {
                alert.dismissed = None;
                ("reopened", by)
            }
            _ => return false,
        };
        self.emit_dependency(repo, number, action, &sender);
        true
    }

    fn emit_dependency(&mut self, repo: usize, number: u64, action: &str, sender: &str) {
        let all = &self.world.repos[repo].dependency_alerts;
        let Some(alert) = all.iter().find(|alert| alert.number == number) else { return };
        let shown = self.sight().dependency_alert(repo, alert);
        self.emit(repo, "dependabot_alert", Some(action), sender, json!({ "alert": shown }));
    }

    /// Code scanning finds something; returns the alert's number.
    pub(in crate::sandbox::github) fn find_code(&mut self, repo: usize, alert: CodeAlert) -> u64 {
        let home = &self.world.repos[repo];
        let number = 1 + u64::try_from(home.code_alerts.len()).unwrap_or_default();
        let branch = home.default_branch.clone();
        let (commit, now) = (home.branches.get(&branch).cloned().unwrap_or_default(), self.now);
        let alert = CodeAlert { number, commit, branch, created_at: now, updated_at: now, ..alert };
        self.world.repos[repo].code_alerts.push(alert);
        self.emit_code(repo, number, "created", GITHUB);
        number
    }

    /// False when there is no such alert, or when it is in that state already.
    pub(in crate::sandbox::github) fn turn_code(&mut self, repo: usize, number: u64, turn: Turn) -> bool {
        let now = self.now;
        let all = &mut self.world.repos[repo].code_alerts;
        let Some(alert) = all.iter_mut().find(|alert| alert.number == number) else { return false };
        alert.updated_at = now;
        let (action, sender) = match (turn, alert.state()) {
            (Turn::Close { by, reason, comment }, "open") => {
                alert.dismissed = Some(Closed { at: now, by: by.clone(), reason, comment });
                ("closed_by_user", by)
            }
            (Turn::Fix, "open" | "dismissed") => {
                alert.fixed_at = Some(now);
                ("fixed", GITHUB.to_owned())
            }
            (Turn::Reopen { by }, "dismissed") => {
                alert.dismissed = None;
                ("reopened_by_user", by)
            }
            _ => return false,
        };
        self.emit_code(repo, number, action, &sender);
        true
    }

    fn emit_code(&mut self, repo: usize, number: u64, action: &str, sender: &str) {
        let all = &self.world.repos[repo].code_alerts;
        let Some(alert) = all.iter().find(|alert| alert.number == number) else { return };
        let shown = self.sight().payload_code_alert(repo, alert, action);
        let reference = format!("refs/heads/{}", alert.branch);
        // Nobody pushed when a person decided, so there is no commit to name.
        let by_user = action.ends_with("_by_user");
        let (reference, commit) = if by_user { ("", "") } else { (reference.as_str(), alert.commit.as_str()) };
        let more = json!({ "alert": shown, "ref": reference, "commit_oid": commit });
        self.emit(repo, "code_scanning_alert", Some(action), sender, more);
    }

    /// A secret is found; returns the alert's number.
    pub(in crate::sandbox::github) fn find_secret(&mut self, repo: usize, kind: &str, name: &str, secret: &str) -> u64 {
        let number = 1 + u64::try_from(self.world.repos[repo].secret_alerts.len()).unwrap_or_default();
        let now = self.now;
        self.world.repos[repo].secret_alerts.push(SecretAlert {
            number,
            kind: kind.to_owned(),
            kind_name: name.to_owned(),
            secret: secret.to_owned(),
            created_at: now,
            updated_at: now,
            resolved: None,
        });
        // This one has no sender.
        self.emit_secret(repo, number, "created", "");
        number
    }

    /// False when there is no such alert, or when it is in that state already; secrets are never found to be fixed.
    pub(in crate::sandbox::github) fn turn_secret(&mut self, repo: usize, number: u64, turn: Turn) -> bool {
        let now = self.now;
        let all = &mut self.world.repos[repo].secret_alerts;
        let Some(alert) = all.iter_mut().find(|alert| alert.number == number) else { return false };
        let (action, sender) = match (turn, &alert.resolved) {
            (Turn::Close { by, reason, comment }, None) => {
                alert.resolved = Some(Closed { at: now, by: by.clone(), reason, comment });
                ("resolved", by)
            }
            (Turn::Reopen { by }, Some(_)) => {
                alert.resolved = None;
                ("reopened", by)
            }
            _ => return false,
        };
        alert.updated_at = now;
        self.emit_secret(repo, number, action, &sender);
        true
    }

    fn emit_secret(&mut self, repo: usize, number: u64, action: &str, sender: &str) {
        let all = &self.world.repos[repo].secret_alerts;
        let Some(alert) = all.iter().find(|alert| alert.number == number) else { return };
        // What was found is only to be had over the API.
        let shown: Value = self.sight().secret_alert(repo, alert, false);
        self.emit(repo, "secret_scanning_alert", Some(action), sender, json!({ "alert": shown }));
    }
}
