//! The fake's whole memory behind one lock: the site, the meters, the orders for faults and what is remembered.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::acts::NewIssue;
use super::data::{Board, Part, Project, Sprint, TYPES, World};
use super::faults::Faults;
use super::fields;
use super::hooks::Hook;
use super::json::Sight;
use super::ledger::{Delivery, Job, Memory, Recorded, Violation};
use super::limits::Limits;
use super::oauth::Grants;
use super::setup::{JiraProject, JiraSetup};

/// Everything the fake knows.
pub(super) struct State {
    pub setup: JiraSetup,
    pub world: World,
    /// Where the fake itself is; known once it listens.
    pub base: String,
    /// The time of what is being done.
    pub now: Timestamp,
    pub hooks: Vec<Hook>,
    /// Deliveries that what is being done has caused.
    pub outbox: Vec<Job>,
    /// Deliveries that wait for their next attempt.
    pub parked: Vec<Job>,
    pub grants: Grants,
    pub limits: Limits,
    pub faults: Faults,
    pub requests: Memory<Recorded>,
    pub deliveries: Memory<Delivery>,
    pub violations: Memory<Violation>,
    pub sequence: u64,
}

impl State {
    /// The site that a setup describes. What happened on it before the start is told to no hook.
    pub(super) fn new(setup: &JiraSetup, now: Timestamp) -> Self {
        let mut world = World {
            edition: setup.edition,
            people: setup.people.clone(),
            projects: Vec::new(),
            fields: Vec::new(),
            issues: BTreeMap::new(),
            former: HashMap::new(),
            links: BTreeMap::new(),
            boards: Vec::new(),
            sprints: BTreeMap::new(),
            next: 10_100,
        };
        let mut next = world.next;
        world.fields = fields::all(&setup.fields, || {
            next += 1;
            next
        });
        world.next = next;
        let mut state = Self {
            setup: setup.clone(),
            world,
            base: String::new(),
            now,
            hooks: Vec::new(),
            outbox: Vec::new(),
            parked: Vec::new(),
            grants: Grants::default(),
            limits: Limits::default(),
            faults: Faults::default(),
            requests: Memory::new(setup.keep),
            deliveries: Memory::new(setup.keep),
            violations: Memory::new(setup.keep),
            sequence: 0,
        };
        for project in &setup.projects {
            state.add_project(project);
        }
        for hook in &setup.hooks {
            state.add_hook(hook);
        }
        state
    }

    fn add_project(&mut self, plan: &JiraProject) {
        let id = self.world.id();
        let mut part = |name: &String| Part { id: self.world.id(), name: name.clone(), released: None };
        let components = plan.components.iter().map(&mut part).collect();
        let versions = plan.versions.iter().map(&mut part).collect();
        let lead = self.world.people.first().map(|person| person.account.clone()).unwrap_or_default();
        self.world.projects.push(Project {
            id,
            key: plan.key.clone(),
            name: plan.name.clone(),
            lead: lead.clone(),
            scrum: plan.scrum,
            members: plan.members.clone(),
            components,
            versions,
            archived: false,
            last_number: 0,
        });
        let board = self.world.id();
        let name = format!("{} board", plan.key);
        self.world.boards.push(Board { id: board, name, project: id, scrum: plan.scrum });
        let mut running = None;
        for (name, active) in &plan.sprints {
            let sprint = self.world.id();
            let week = SignedDuration::from_hours(7 * 24);
            if *active {
                running = Some(sprint);
            }
            self.world.sprints.insert(
                sprint,
                Sprint {
                    id: sprint,
                    name: name.clone(),
                    board,
                    state: if *active { "active" } else { "future" },
                    start: active.then_some(self.now - week),
                    end: active.then_some(self.now + week),
                    completed: None,
                    created: self.now - week,
                    goal: String::new(),
                },
            );
        }
        for (kind, summary, assignee, points) in &plan.issues {
            self.plan_issue(id, kind, summary, assignee, *points, running, &lead);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one line of the setup, called in one place")]
    fn plan_issue(
        &mut self,
        project: u64,
        kind: &str,
        summary: &str,
        assignee: &str,
        points: u32,
        sprint: Option<u64>,
        reporter: &str,
    ) {
        let kind = TYPES.iter().find(|known| known.name == kind).map_or(TYPES[1].id, |known| known.id);
        let mut values = BTreeMap::from([
            ("summary".to_owned(), json!(summary)),
            ("reporter".to_owned(), json!(reporter)),
            ("priority".to_owned(), json!("3")),
        ]);
        if !assignee.is_empty() {
            values.insert("assignee".to_owned(), json!(assignee));
        }
        if let Some(field) = self.world.fields.iter().find(|field| field.name == "Story Points") {
            values.insert(field.id.clone(), json!(points));
        }
        if let (Some(field), Some(sprint)) = (self.world.sprint_field(), sprint) {
            values.insert(field.id.clone(), json!([sprint]));
        }
        let new = NewIssue { project, kind, values, properties: BTreeMap::new() };
        self.create_issue(reporter, new);
        self.outbox.clear();
    }

    /// The site with the links of payloads, in the form of payloads.
    pub(super) fn told(&self) -> Sight<'_> {
        Sight { world: &self.world, root: &self.setup.web, version: 2, viewer: "" }
    }

    /// Notes something that a careful client does not do.
    pub(super) fn violation(&mut self, request: String, what: String) {
        let at = self.now;
        self.violations.push(Violation { at, request, what });
    }

    /// A token, a code: a text that nobody guesses and that was never given out before.
    pub(super) fn random(&mut self, prefix: &str) -> String {
        self.sequence += 1;
        let id = uuid::Uuid::now_v7();
        format!("{prefix}{}-{}", id.simple(), self.sequence)
    }
}

/// The fields of an object; empty for anything else.
pub(super) fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => serde_json::Map::new(),
    }
}
