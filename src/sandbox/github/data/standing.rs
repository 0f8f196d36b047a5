//! Whether a pull request can be merged, and if not, why: worked out of reviews, checks, conflicts and protection.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Issue, Repo, World};
use crate::sandbox::github::setup::{Conclusion, Protection, Role};

/// How a pull request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox::github) struct Standing {
    /// Whether there are no conflicts; nothing while that is being worked out.
    pub mergeable: Option<bool>,
    /// GitHub's `mergeable_state`.
    pub state: &'static str,
    /// GitHub's sentence when it may not be merged.
    pub refusal: Option<String>,
    /// Whether only the branch's protection is in the way, which some administrators may pass over.
    pub protected: bool,
}

/// How one check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Good,
    Pending,
    Bad,
}

impl World {
    /// How the pull request stands at a time; right after a change GitHub does not know for a while.
    pub(in crate::sandbox::github) fn standing(
        &self,
        repo: usize,
        issue: &Issue,
        now: Timestamp,
        lag: SignedDuration,
    ) -> Standing {
        let home = &self.repos[repo];
        let refused = |mergeable, state, why: &str| Standing {
            mergeable,
            state,
            refusal: Some(why.to_owned()),
            protected: false,
        };
        let Some(pull) = issue.pull.as_ref().filter(|pull| issue.open && pull.merged_at.is_none()) else {
            return refused(None, "unknown", "Pull Request is not mergeable");
        };
        if now < pull.moved_at + lag {
            return refused(None, "unknown", "Pull Request is not mergeable");
        }
        let base = home.branches.get(&pull.base_ref).unwrap_or(&pull.base_sha);
        if home.merged(base, &pull.head_sha).is_err() {
            return refused(Some(false), "dirty", "Pull Request is not mergeable");
        }
        if pull.draft {
            return refused(Some(true), "draft", "Pull Request is still a draft");
        }
        let checks = home.checks(&pull.head_sha);
        if let Some(rules) = home.protections.get(&pull.base_ref) {
            let why = self.reviews_missing(repo, issue, rules).or_else(|| checks_missing(rules, &checks));
            if let Some(why) = why {
                return Standing { protected: true, ..refused(Some(true), "blocked", &why) };
            }
            let up_to_date = home.reachable(&pull.head_sha).contains(base.as_str());
            if rules.strict && !up_to_date {
                let why = "Head branch is out of date. Review and try the merge again.";
                return Standing { protected: true, ..refused(Some(true), "behind", why) };
            }
        }
        let state = if checks.values().all(|check| *check == Check::Good) { "clean" } else { "unstable" };
        Standing { mergeable: Some(true), state, refusal: None, protected: false }
    }

    /// What is missing in reviews. Only those count who may write; of each the last decision.
    fn reviews_missing(&self, repo: usize, issue: &Issue, rules: &Protection) -> Option<String> {
        if rules.reviews == 0 {
            return None;
        }
        let mut said: BTreeMap<&str, &str> = BTreeMap::new();
        for review in issue.pull.iter().flat_map(|pull| &pull.reviews) {
            let counts = self.role(repo, Some(&review.author)).is_some_and(|role| role >= Role::Write);
            match review.state {
                "COMMENTED" => {}
                "DISMISSED" => drop(said.remove(review.author.as_str())),
                state if counts => drop(said.insert(&review.author, state)),
                _ => {}
            }
        }
        let approvals = said.values().filter(|state| **state == "APPROVED").count();
        if said.values().any(|state| *state == "CHANGES_REQUESTED") {
            return Some("Changes have been requested by reviewers with write access.".to_owned());
        }
        let wanted = usize::try_from(rules.reviews).unwrap_or(usize::MAX);
        (approvals < wanted).then(|| match wanted {
            1 => "At least 1 approving review is required by reviewers with write access.".to_owned(),
            _ => format!("At least {wanted} approving reviews are required by reviewers with write access."),
        })
    }
}

/// What is missing in required checks.
fn checks_missing(rules: &Protection, checks: &BTreeMap<String, Check>) -> Option<String> {
    let word = |name: &String| match checks.get(name) {
        Some(Check::Good) => None,
        Some(Check::Pending) => Some("in progress"),
        Some(Check::Bad) => Some("failing"),
        None => Some("expected"),
    };
    let open: Vec<(&String, &str)> = rules.checks.iter().filter_map(|name| Some((name, word(name)?))).collect();
    let first = open.first()?;
    if rules.checks.len() == 1 {
        return Some(format!("Required status check \"{}\" is {}.", first.0, first.1));
    }
    let (many, all) = (open.len(), rules.checks.len());
    if open.iter().all(|(_, word)| word == &first.1) {
        return Some(format!("{many} of {all} required status checks are {}.", first.1));
    }
    let counts = ["expected", "in progress", "failing"].into_iter().filter_map(|word| {
        let count = open.iter().filter(|(_, is)| *is == word).count();
        (count > 0).then(|| format!("{count} {word}"))
    });
    let counts: Vec<String> = counts.collect();
    Some(format!("{many} of {all} required status checks have not succeeded: {}.", counts.join(", ")))
}

impl Repo {
    /// The last word of every check and status on a commit.
    fn checks(&self, sha: &str) -> BTreeMap<String, Check> {
        let mut found = BTreeMap::new();
        for status in self.statuses.iter().filter(|status| status.sha == sha) {
            let check = match status.state {
                "success" => Check::Good,
                "pending" => Check::Pending,
                _ => Check::Bad,
            };
            found.insert(status.context.clone(), check);
        }
        for run in self.runs.iter().filter(|run| run.sha == sha) {
            for job in &run.jobs {
                let check = match job.conclusion {
                    None => Check::Pending,
                    Some(Conclusion::Success | Conclusion::Skipped) => Check::Good,
                    Some(_) => Check::Bad,
                };
                found.insert(job.name.clone(), check);
            }
        }
        for run in self.check_runs.iter().filter(|run| run.sha == sha) {
            let check = match run.conclusion {
                None => Check::Pending,
                Some("success" | "neutral" | "skipped") => Check::Good,
                Some(_) => Check::Bad,
            };
            found.insert(run.name.clone(), check);
        }
        found
    }
}
