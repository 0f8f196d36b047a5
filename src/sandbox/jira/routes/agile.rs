//! Boards. <https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/>

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::jira::data::{Board, Issue, STATUSES};
use crate::sandbox::jira::jql;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::state::State;

impl Ask<'_> {
    /// The board in the path.
    pub(super) fn board<'s>(&self, state: &'s State) -> Result<&'s Board, Reply> {
        let seen = |board: &&Board| {
            let project = state.world.project(board.project);
            project.is_some_and(|project| !project.archived && project.seen_by(self.actor()))
        };
        let wanted = self.segment(1);
        let found = state.world.boards.iter().filter(seen).find(|board| board.id.to_string() == wanted);
        let words = "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.";
        found.ok_or_else(|| Reply::error(404, words))
    }

    /// Issues as the Agile API pages them, further restricted by the parameter `jql`.
    pub(super) fn issue_page(&self, state: &State, keep: impl Fn(&Issue) -> bool) -> Answer {
        let query = self.query.get("jql").unwrap_or_default();
        let found = jql::search(state, query, self.actor())
            .map_err(|wrong| Reply::json(400, json!({ "errorMessages": wrong, "errors": {} })))?;
        let mut ids = found.issues;
        if query.is_empty() {
            ids.sort_unstable();
        }
        let names = match self.query.list("fields") {
            names if names.is_empty() => vec!["*navigable".to_owned()],
            names => names,
        };
        let sight = self.sight(state);
        let issues = ids.iter().filter_map(|id| state.world.issues.get(id)).filter(|issue| keep(issue));
        let issues = issues.map(|issue| sight.issue(issue, &names)).collect();
        let mut page = self.page("issues", issues, 50, 100);
        if let Some(page) = page.as_object_mut() {
            page.remove("isLast");
        }
        page["expand"] = json!("schema,names");
        Ok(Reply::ok(page))
    }
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let home = ask.query.get("projectKeyOrId");
    if let Some(home) = home {
        let _seen = ask.project(state, home)?;
    }
    let kind = ask.query.get("type");
    let name = ask.query.get("name").unwrap_or_default().to_lowercase();
    let boards = state.world.boards.iter().filter(|board| {
        let project = state.world.project(board.project);
        let seen = project.is_some_and(|project| !project.archived && project.seen_by(ask.actor()));
        let inside = home.is_none_or(|home| {
            project.is_some_and(|project| project.key.eq_ignore_ascii_case(home) || project.id.to_string() == home)
        });
        let fits = kind.is_none_or(|kind| kind == if board.scrum { "scrum" } else { "kanban" });
        seen && inside && fits && board.name.to_lowercase().contains(&name)
    });
    let boards: Vec<Value> = boards.map(|board| sight.board(board)).collect();
    Ok(Reply::ok(ask.page("values", boards, 50, 50)))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let board = ask.board(state)?;
    Ok(Reply::ok(ask.sight(state).board(board)))
}

pub(super) fn configuration(state: &mut State, ask: &Ask<'_>) -> Answer {
    let board = ask.board(state)?;
    let sight = ask.sight(state);
    let column = |status: &crate::sandbox::jira::data::Status| {
        let link = sight.api(&format!("status/{}", status.id));
        json!({ "name": status.name, "statuses": [{ "id": status.id.to_string(), "self": link }] })
    };
    let points = state.world.fields.iter().find(|field| field.name == "Story Points");
    let estimation =
        points.map(|field| json!({ "type": "field", "field": { "fieldId": field.id, "displayName": field.name } }));
    Ok(Reply::ok(json!({
        "id": board.id,
        "name": board.name,
        "type": if board.scrum { "scrum" } else { "kanban" },
        "self": format!("{}/rest/agile/1.0/board/{}/configuration", ask.root, board.id),
        "columnConfig": { "columns": STATUSES.iter().map(column).collect::<Vec<_>>(), "constraintType": "none" },
        "estimation": estimation.unwrap_or_else(|| json!({ "type": "none" })),
    })))
}

pub(super) fn issues(state: &mut State, ask: &Ask<'_>) -> Answer {
    let project = ask.board(state)?.project;
    ask.issue_page(state, |issue| issue.project == project)
}

pub(super) fn backlog(state: &mut State, ask: &Ask<'_>) -> Answer {
    let board = ask.board(state)?;
    let project = board.project;
    let open = |id: &u64| state.world.sprints.get(id).is_some_and(|sprint| sprint.state != "closed");
    ask.issue_page(state, |issue| issue.project == project && !state.world.sprints_of(issue).iter().any(open))
}
