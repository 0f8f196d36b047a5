//! The reading side: what there is now, what happened, and a way to wait for it.

use serde_json::{Value, json};
use tokio::sync::watch;

use super::JiraFake;
use super::data::{Board, Issue, Project, STATUSES, type_of};
use super::json::{Sight, stamp};
use super::ledger::{Delivery, Recorded, Violation};
use super::state::State;

/// How many deliveries and requests the demo's page is told of.
const RECENT: usize = 50;

impl JiraFake {
    /// An issue with everything, as v3 shows it to an administrator; by key, former key or id.
    pub fn issue(&self, key: &str) -> Option<Value> {
        let state = self.shared.lock();
        let issue = state.world.issues.get(&state.world.locate(key)?)?;
        let mut shown = state.inside().issue(issue, &["*all".to_owned()]);
        shown["properties"] = json!(issue.properties);
        Some(shown)
    }

    /// The keys of every issue, oldest first.
    pub fn keys(&self) -> Vec<String> {
        self.shared.lock().world.issues.values().map(|issue| issue.key.clone()).collect()
    }

    /// The comments on an issue, oldest first, with their properties.
    pub fn comments(&self, key: &str) -> Vec<Value> {
        let state = self.shared.lock();
        let issue = state.world.locate(key).and_then(|id| state.world.issues.get(&id));
        let expand = ["properties".to_owned()];
        issue.map_or_else(Vec::new, |issue| {
            issue.comments.iter().map(|comment| state.inside().comment_with(issue, comment, &expand)).collect()
        })
    }

    /// The ids and URLs of every webhook that is registered now.
    pub fn hooks(&self) -> Vec<(u64, String)> {
        self.shared.lock().hooks.iter().map(|hook| (hook.id, hook.url.clone())).collect()
    }

    /// Everything as one document for the demo's page: each project with its board (columns with cards, sprints, backlog), and
    /// what went in and out lately, newest first.
    pub fn view(&self) -> Value {
        let state = self.shared.lock();
        let projects: Vec<Value> = state.world.projects.iter().map(|project| shown_project(&state, project)).collect();
        let people: Vec<Value> = state
            .world
            .people
            .iter()
            .map(|person| json!({ "account": person.account, "name": person.name, "display": person.display }))
            .collect();
        json!({
            "site": state.setup.site,
            "people": people,
            "projects": projects,
            "deliveries": recent_deliveries(&state),
            "requests": recent_requests(&state),
        })
    }

    /// The attempts to deliver webhooks, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().deliveries.to_vec()
    }

    /// The requests that came in, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.lock().requests.to_vec()
    }

    /// What a careful client would not have done: unknown routes, requests before an announced wait was over, documents that
    /// are no ADF.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.lock().violations.to_vec()
    }

    /// Counts what happens: every request, every human act, every delivery that ends.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// How many deliveries are on their way.
    pub fn pending(&self) -> usize {
        *self.shared.pending.borrow()
    }

    /// How many deliveries wait for another attempt.
    pub fn parked(&self) -> usize {
        self.shared.lock().parked.len()
    }

    /// Waits until no delivery is on its way.
    pub async fn settled(&self) {
        let mut pending = self.shared.pending.subscribe();
        // The sender lives in the handle, so this cannot fail while the handle is borrowed.
        let _settled = pending.wait_for(|pending| *pending == 0).await;
    }
}

impl State {
    fn inside(&self) -> Sight<'_> {
        Sight { world: &self.world, root: &self.base, version: 3, viewer: "" }
    }
}

fn shown_project(state: &State, project: &Project) -> Value {
    let world = &state.world;
    let issues = || world.issues.values().filter(|issue| issue.project == project.id && !issue.archived);
    let board = world.board_of(project.id);
    let running = |issue: &Issue| {
        let open = |id: &u64| world.sprints.get(id).is_some_and(|sprint| sprint.state == "active");
        !project.scrum || world.sprints_of(issue).iter().any(open)
    };
    let columns = STATUSES.iter().map(|status| {
        let cards = issues().filter(|issue| issue.status == status.id && running(issue));
        json!({ "name": status.name, "cards": cards.map(|issue| card(state, issue)).collect::<Vec<_>>() })
    });
    let backlog = issues().filter(|issue| !running(issue)).map(|issue| card(state, issue));
    let of_board = |board: &Board| {
        let sprints = world.sprints.values().filter(|sprint| sprint.board == board.id);
        sprints.map(|sprint| state.inside().sprint(sprint)).collect::<Vec<_>>()
    };
    json!({
        "key": project.key,
        "name": project.name,
        "kind": if project.scrum { "scrum" } else { "kanban" },
        "board": board.map(|board| json!({ "id": board.id, "name": board.name })),
        "columns": columns.collect::<Vec<_>>(),
        "backlog": backlog.collect::<Vec<_>>(),
        "sprints": board.map_or_else(Vec::new, of_board),
        "versions": project.versions.iter().map(|part| state.inside().version(project, part)).collect::<Vec<_>>(),
    })
}

fn card(state: &State, issue: &Issue) -> Value {
    let assignee = issue.text("assignee").and_then(|account| state.world.person(account));
    let points = state.world.fields.iter().find(|field| field.name == "Story Points");
    json!({
        "key": issue.key,
        "summary": issue.summary(),
        "type": type_of(issue.kind).name,
        "priority": state.inside().priority(issue.text("priority").unwrap_or_default())["name"],
        "assignee": assignee.map(|person| person.display.clone()),
        "labels": issue.value("labels"),
        "points": points.map(|field| issue.value(&field.id)),
        "comments": issue.comments.len(),
        "updated": stamp(issue.updated),
    })
}

fn recent_deliveries(state: &State) -> Vec<Value> {
    let brief = |delivery: &Delivery| {
        json!({
            "at": delivery.sent_at,
            "event": delivery.event,
            "identifier": delivery.identifier,
            "retry": delivery.retry,
            "status": delivery.status,
            "url": delivery.url,
        })
    };
    state.deliveries.iter().rev().take(RECENT).map(brief).collect()
}

fn recent_requests(state: &State) -> Vec<Value> {
    let brief = |record: &Recorded| {
        json!({
            "at": record.at,
            "method": record.method,
            "path": record.path,
            "account": record.account,
            "status": record.status,
        })
    };
    state.requests.iter().rev().take(RECENT).map(brief).collect()
}
