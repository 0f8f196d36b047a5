//! Sprints. <https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/>

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Ask;
use crate::sandbox::jira::acts::SprintEdit;
use crate::sandbox::jira::data::Sprint;
use crate::sandbox::jira::fields::read_moment;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::state::State;

/// Most issues that are put into a sprint at once.
const MOST: usize = 50;

impl Ask<'_> {
    fn sprint<'s>(&self, state: &'s State) -> Result<&'s Sprint, Reply> {
        let seen = |sprint: &&Sprint| {
            let board = state.world.boards.iter().find(|board| board.id == sprint.board);
            let project = board.and_then(|board| state.world.project(board.project));
            project.is_some_and(|project| !project.archived && project.seen_by(self.actor()))
        };
        let found = self.segment(1).parse().ok().and_then(|id: u64| state.world.sprints.get(&id)).filter(seen);
        found.ok_or_else(|| Reply::error(404, "Sprint does not exist"))
    }

    /// The issues that a body names, all of them seen.
    fn named_issues(&self, state: &State) -> Result<Vec<u64>, Reply> {
        let body = self.object(&["issues", "rankBeforeIssue", "rankAfterIssue", "rankCustomFieldId"])?;
        let names: Vec<&str> = body["issues"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if names.len() > MOST {
            return Err(Reply::error(400, "The maximum number of issues that can be moved in one operation is 50."));
        }
        if names.is_empty() {
            return Err(Reply::field("issues", "The list of issues must not be empty."));
        }
        names.into_iter().map(|name| self.issue_named(state, name)).collect()
    }
}

pub(super) fn of_board(state: &mut State, ask: &Ask<'_>) -> Answer {
    let board = ask.board(state)?;
    if !board.scrum {
        return Err(Reply::error(400, "The board does not support sprints"));
    }
    let states = ask.query.list("state");
    let known = |name: &String| matches!(name.as_str(), "future" | "active" | "closed");
    if let Some(other) = states.iter().find(|name| !known(name)) {
        return Err(Reply::error(
            400,
            &format!("Invalid value for state: {other}. Valid values are: future, active, closed."),
        ));
    }
    let sight = ask.sight(state);
    let wanted = |sprint: &&Sprint| {
        sprint.board == board.id && (states.is_empty() || states.iter().any(|name| name == sprint.state))
    };
    let sprints: Vec<Value> = state.world.sprints.values().filter(wanted).map(|sprint| sight.sprint(sprint)).collect();
    Ok(Reply::ok(ask.page("values", sprints, 50, 50)))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sprint = ask.sprint(state)?;
    Ok(Reply::ok(ask.sight(state).sprint(sprint)))
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(&["name", "originBoardId", "startDate", "endDate", "goal"])?;
    let name = body["name"].as_str().map(str::trim).filter(|name| !name.is_empty() && name.chars().count() < 30);
    let name =
        name.ok_or_else(|| Reply::field("name", "Sprint name is required and must be shorter than 30 characters."))?;
    let wanted = body["originBoardId"].as_u64();
    let board = state.world.boards.iter().find(|board| board.scrum && Some(board.id) == wanted).map(|board| board.id);
    let board = board.ok_or_else(|| Reply::field("originBoardId", "A valid origin board is required."))?;
    let edit = dates(&body).map_err(Reply::fields)?;
    let id = state.create_sprint(board, name, body["goal"].as_str().unwrap_or_default());
    if edit.start.is_some() || edit.end.is_some() {
        state.edit_sprint(id, edit);
    }
    let sprint = state.world.sprints.get(&id).ok_or_else(|| Reply::error(404, "Sprint does not exist"))?;
    Ok(Reply::created(ask.sight(state).sprint(sprint)))
}

fn dates(body: &Value) -> Result<SprintEdit, Map<String, Value>> {
    let mut errors = Map::new();
    let mut date = |name: &str| -> Option<Option<Timestamp>> {
        match body.get(name) {
            None => None,
            Some(Value::Null) => Some(None),
            Some(text) => match read_moment(text) {
                Ok(at) => Some(Some(at)),
                Err(why) => {
                    errors.insert(name.to_owned(), json!(why));
                    None
                }
            },
        }
    };
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let edit = SprintEdit { name: text("name"), goal: text("goal"), start: date("startDate"), end: date("endDate") };
    if errors.is_empty() { Ok(edit) } else { Err(errors) }
}

/// `POST` changes what is named; `PUT` replaces everything, so that what is not named goes.
pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let known =
        ["id", "self", "state", "name", "startDate", "endDate", "completeDate", "createdDate", "originBoardId", "goal"];
    let body = ask.object(&known)?;
    let sprint = ask.sprint(state)?.clone();
    let whole = ask.request.starts_with("PUT");
    let mut edit = dates(&body).map_err(Reply::fields)?;
    let mut errors = Map::new();
    if whole {
        for name in ["name", "state"] {
            if !body[name].is_string() {
                errors.insert(name.to_owned(), json!(format!("Sprint {name} is required.")));
            }
        }
        edit.start = edit.start.or(Some(None));
        edit.end = edit.end.or(Some(None));
        edit.goal = edit.goal.or(Some(String::new()));
    }
    if edit.name.as_ref().is_some_and(|name| name.trim().is_empty() || name.chars().count() >= 30) {
        errors.insert("name".to_owned(), json!("Sprint name is required and must be shorter than 30 characters."));
    }
    let (start, end) = (edit.start.unwrap_or(sprint.start), edit.end.unwrap_or(sprint.end));
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        errors.insert("endDate".to_owned(), json!("The end date of a sprint must be after its start date."));
    }
    let next = body["state"].as_str().unwrap_or(sprint.state);
    match (sprint.state, next) {
        (now, next) if now == next => {}
        ("future", "active") => {
            for (name, at) in [("startDate", start), ("endDate", end)] {
                if at.is_none() {
                    errors
                        .insert(name.to_owned(), json!(format!("The {name} must be set before a sprint is started.")));
                }
            }
            let running = |other: &Sprint| other.board == sprint.board && other.state == "active";
            if state.world.sprints.values().any(running) {
                return Err(Reply::error(
                    400,
                    "Another sprint is already active on this board. Complete it, or enable parallel sprints.",
                ));
            }
        }
        ("active", "closed") => {}
        (now, next) => {
            let words = format!("A sprint cannot change its state from '{now}' to '{next}'.");
            errors.insert("state".to_owned(), json!(words));
        }
    }
    if !errors.is_empty() {
        return Err(Reply::fields(errors));
    }
    state.edit_sprint(sprint.id, edit);
    match (sprint.state, next) {
        ("future", "active") => state.start_sprint(sprint.id),
        ("active", "closed") => state.close_sprint(sprint.id),
        _ => {}
    }
    get(state, ask)
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sprint = ask.sprint(state)?.id;
    state.delete_sprint(sprint, ask.actor());
    Ok(Reply::empty(204))
}

pub(super) fn issues(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sprint = ask.sprint(state)?.id;
    ask.issue_page(state, |issue| state.world.sprints_of(issue).contains(&sprint))
}

pub(super) fn add(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sprint = ask.sprint(state)?;
    if sprint.state == "closed" {
        return Err(Reply::error(400, "Issue can be assigned only active or future sprints."));
    }
    let id = sprint.id;
    for issue in ask.named_issues(state)? {
        state.plan(issue, ask.actor(), Some(id));
    }
    Ok(Reply::empty(204))
}

pub(super) fn to_backlog(state: &mut State, ask: &Ask<'_>) -> Answer {
    for issue in ask.named_issues(state)? {
        state.plan(issue, ask.actor(), None);
    }
    Ok(Reply::empty(204))
}
