//! Security alerts, as GitHub finds them and people deal with them.

use super::super::GithubFake;
use super::super::acts::Turn;
use super::super::data::{CodeAlert, DependencyAlert};
use super::super::state::State;
use super::{Missing, repo};

/// Every method answers [`Missing`] when the repository or the alert does not exist, or when the alert is not in a state
/// for that. `repo` is `owner/name`.
#[expect(clippy::missing_errors_doc, reason = "the one error of all of them is told once, above")]
impl GithubFake {
    /// GitHub finds a vulnerable dependency; the severity is `low`, `medium`, `high` or `critical`. Returns the alert's
    /// number.
    pub fn find_dependency(&self, repo_name: &str, package: &str, severity: &'static str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let now = state.now;
            let alert = DependencyAlert {
                number: 0,
                package: package.to_owned(),
                ecosystem: "npm".to_owned(),
                severity,
                summary: format!("{package} can be made to run foreign code"),
                ghsa: "GHSA-rf4j-j272-fj86".to_owned(),
                cve: "CVE-2026-6188".to_owned(),
                patched: Some("2.0.2".to_owned()),
                created_at: now,
                updated_at: now,
                dismissed: None,
                fixed_at: None,
            };
            Ok(state.find_dependency(index, alert))
        })
    }

    /// Someone dismisses a Dependabot alert: `fix_started`, `inaccurate`, `no_bandwidth`, `not_used`, `tolerable_risk`.
    pub fn dismiss_dependency(
        &self,
        user: &str,
        repo_name: &str,
        number: u64,
        reason: &'static str,
    ) -> Result<(), Missing> {
        self.turn(repo_name, number, close(user, reason), State::turn_dependency)
    }

    /// The dependency is updated.
    pub fn fix_dependency(&self, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.turn(repo_name, number, Turn::Fix, State::turn_dependency)
    }

    /// Someone opens a dismissed Dependabot alert again.
    pub fn reopen_dependency(&self, user: &str, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.turn(repo_name, number, Turn::Reopen { by: user.to_owned() }, State::turn_dependency)
    }

    /// Code scanning finds something; the severity is `low`, `medium`, `high` or `critical`. Returns the alert's number.
    pub fn find_code(
        &self,
        repo_name: &str,
        rule: &str,
        description: &str,
        severity: &'static str,
        path: &str,
        line: u64,
    ) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let now = state.now;
            let alert = CodeAlert {
                number: 0,
                rule: rule.to_owned(),
                description: description.to_owned(),
                severity: if severity == "low" { "warning" } else { "error" },
                security: severity,
                path: path.to_owned(),
                line,
                commit: String::new(),
                branch: String::new(),
                created_at: now,
                updated_at: now,
                dismissed: None,
                fixed_at: None,
            };
            Ok(state.find_code(index, alert))
        })
    }

    /// Someone dismisses a code scanning alert: `false positive`, `won't fix`, `used in tests`.
    pub fn dismiss_code(&self, user: &str, repo_name: &str, number: u64, reason: &'static str) -> Result<(), Missing> {
        self.turn(repo_name, number, close(user, reason), State::turn_code)
    }

    /// The next scan does not find it any more.
    pub fn fix_code(&self, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.turn(repo_name, number, Turn::Fix, State::turn_code)
    }

    /// Someone opens a dismissed code scanning alert again.
    pub fn reopen_code(&self, user: &str, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.turn(repo_name, number, Turn::Reopen { by: user.to_owned() }, State::turn_code)
    }

    /// GitHub finds a secret, for example of the kind `slack_api_token`. Returns the alert's number.
    pub fn find_secret(&self, repo_name: &str, kind: &str, kind_name: &str, secret: &str) -> Result<u64, Missing> {
        self.shared.act(|state| repo(state, repo_name).map(|index| state.find_secret(index, kind, kind_name, secret)))
    }

    /// Someone resolves a secret scanning alert: `false_positive`, `wont_fix`, `revoked`, `used_in_tests`.
    pub fn resolve_secret(
        &self,
        user: &str,
        repo_name: &str,
        number: u64,
        reason: &'static str,
    ) -> Result<(), Missing> {
        self.turn(repo_name, number, close(user, reason), State::turn_secret)
    }

    /// Someone opens a resolved secret scanning alert again.
    pub fn reopen_secret(&self, user: &str, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.turn(repo_name, number, Turn::Reopen { by: user.to_owned() }, State::turn_secret)
    }

    fn turn(
        &self,
        repo_name: &str,
        number: u64,
        turn: Turn,
        act: impl FnOnce(&mut State, usize, u64, Turn) -> bool,
    ) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let done = act(state, index, number, turn);
            if done { Ok(()) } else { Err(Missing(format!("alert {number} for that"))) }
        })
    }
}

fn close(user: &str, reason: &'static str) -> Turn {
    Turn::Close { by: user.to_owned(), reason, comment: None }
}
