//! The fake's whole memory behind one lock: the workspace, the meters, the orders for faults and what is remembered.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::data::{Id, User, World, uuid};
use super::events::{Event, Subscription};
use super::faults::Faults;
use super::ledger::{Delivery, Job, Memory, Recorded, Violation};
use super::limits::{Limits, NotionLimits};
use super::setup::{NotionIntegration, NotionSetup};

/// An integration that is installed.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    pub id: Id,
    /// Its bot user.
    pub bot: Id,
    pub setup: NotionIntegration,
}

/// Everything the fake knows.
pub(super) struct State {
    pub world: World,
    pub integrations: Vec<Installed>,
    /// The time of what is being done.
    pub now: Timestamp,
    /// Webhooks that what is being done has caused.
    pub outbox: Vec<Job>,
    /// What happened in what is being done.
    pub happened: Vec<Event>,
    /// What is held back.
    pub held: Vec<Event>,
    pub holding: bool,
    pub subscriptions: Vec<Subscription>,
    /// Deliveries that nobody took, to be sent again.
    pub failed: Vec<Job>,
    pub limits: Limits,
    pub rules: NotionLimits,
    pub faults: Faults,
    pub requests: Memory<Recorded>,
    pub deliveries: Memory<Delivery>,
    pub violations: Memory<Violation>,
    pub search_lag: SignedDuration,
    pub largest_file: u64,
    pub sequence: u64,
    pub event_count: u64,
}

impl State {
    /// The workspace that a setup describes, without content.
    pub(super) fn new(setup: &NotionSetup, now: Timestamp) -> Self {
        let mut world = World::new(&setup.workspace, &setup.web);
        for person in &setup.people {
            world.users.push(User {
                id: uuid(&format!("person {}", person.login)),
                login: person.login.clone(),
                name: person.name.clone(),
                email: Some(person.email.clone()),
            });
        }
        let mut integrations = Vec::new();
        for integration in &setup.integrations {
            let (id, bot) =
                (uuid(&format!("integration {}", integration.name)), uuid(&format!("bot {}", integration.name)));
            let user = User { id: bot.clone(), login: String::new(), name: integration.name.clone(), email: None };
            world.users.push(user);
            world.shared.insert(bot.clone(), HashSet::new());
            integrations.push(Installed { id, bot, setup: integration.clone() });
        }
        Self {
            world,
            integrations,
            now,
            outbox: Vec::new(),
            happened: Vec::new(),
            held: Vec::new(),
            holding: setup.hold_webhooks,
            subscriptions: Vec::new(),
            failed: Vec::new(),
            limits: Limits::default(),
            rules: setup.limits.clone(),
            faults: Faults::default(),
            requests: Memory::new(setup.keep),
            deliveries: Memory::new(setup.keep),
            violations: Memory::new(setup.keep),
            search_lag: setup.search_lag,
            largest_file: setup.largest_file,
            sequence: 0,
            event_count: 0,
        }
    }

    /// Someone's identifier by their short name, their full name or their identifier.
    pub(super) fn person(&self, name: &str) -> Option<Id> {
        let is = |user: &&User| user.login == name || user.name == name || user.id == name;
        self.world.users.iter().find(is).map(|user| user.id.clone())
    }
}
