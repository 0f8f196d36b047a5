//! The fake's whole memory behind one lock: the world, the meters, the orders for faults and what is remembered.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::data::World;
use super::faults::Faults;
use super::json::{Links, Sight};
use super::ledger::{Delivery, Job, Memory, Recorded, Violation};
use super::limits::Limits;
use super::setup::{Conclusion, GithubSetup, GithubToken, RateLimits};

/// Everything the fake knows.
pub(super) struct State {
    pub world: World,
    /// The links that payloads carry and that callers of the plain API see.
    pub links: Links,
    /// The time of what is being done.
    pub now: Timestamp,
    /// Deliveries that what is being done has caused.
    pub outbox: Vec<Job>,
    pub tokens: HashMap<String, GithubToken>,
    pub limits: Limits,
    pub rules: RateLimits,
    pub faults: Faults,
    pub requests: Memory<Recorded>,
    pub deliveries: Memory<Delivery>,
    pub violations: Memory<Violation>,
    pub unknown: Memory<String>,
    pub search_lag: SignedDuration,
    pub reruns_end: Option<Conclusion>,
    pub merge_lag: SignedDuration,
    pub job_events: bool,
    pub sequence: u64,
}

impl State {
    /// The world that a setup describes; its hooks are added and pinged.
    pub(super) fn new(setup: &GithubSetup, api: String, now: Timestamp) -> Self {
        let mut state = Self {
            world: World::default(),
            links: Links { api, web: setup.web.trim_end_matches('/').to_owned() },
            now,
            outbox: Vec::new(),
            tokens: setup.tokens.iter().map(|token| (token.value.clone(), token.clone())).collect(),
            limits: Limits::default(),
            rules: setup.limits.clone(),
            faults: Faults::default(),
            requests: Memory::new(setup.keep),
            deliveries: Memory::new(setup.keep),
            violations: Memory::new(setup.keep),
            unknown: Memory::new(setup.keep),
            search_lag: setup.search_lag,
            reruns_end: setup.reruns_end,
            merge_lag: setup.merge_lag,
            job_events: setup.job_events,
            sequence: 0,
        };
        for user in &setup.users {
            state.world.add_user(user, now);
        }
        for token in &setup.tokens {
            state.world.add_login(&token.login, now);
        }
        for repo in &setup.repos {
            let index = state.world.add_repo(repo, now);
            let owner = state.world.repos[index].owner.clone();
            for hook in &setup.hooks {
                state.add_hook(index, &owner, hook);
            }
        }
        for app in &setup.apps {
            state.add_app(app);
        }
        state
    }

    /// The world with the links of payloads.
    pub(super) fn sight(&self) -> Sight<'_> {
        Sight { world: &self.world, links: &self.links, now: self.now, merge_lag: self.merge_lag }
    }
}
