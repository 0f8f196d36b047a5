//! Projects. <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/>

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::jira::data::{IssueType, Project, STATUSES, TYPES};
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::state::State;

impl Ask<'_> {
    pub(super) fn project<'s>(&self, state: &'s State, name: &str) -> Result<&'s Project, Reply> {
        let found = state.world.find_project(name, self.actor());
        found.ok_or_else(|| Reply::error(404, &format!("No project could be found with key '{name}'.")))
    }

    fn projects<'s>(&self, state: &'s State) -> impl Iterator<Item = &'s Project> {
        state.world.projects.iter().filter(|project| !project.archived && project.seen_by(self.actor()))
    }
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    Ok(Reply::ok(ask.projects(state).map(|project| sight.project_listed(project)).collect()))
}

pub(super) fn search(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let text = ask.query.get("query").unwrap_or_default().to_lowercase();
    let keys = ask.query.list("keys");
    let fits = |project: &&Project| {
        let named = project.key.to_lowercase().contains(&text) || project.name.to_lowercase().contains(&text);
        named && (keys.is_empty() || keys.contains(&project.key))
    };
    let found = ask.projects(state).filter(fits).map(|project| sight.project_listed(project)).collect();
    let mut page = ask.page("values", found, 50, 100);
    page["self"] = json!(sight.api("project/search"));
    Ok(Reply::ok(page))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let project = ask.project(state, ask.segment(1))?;
    Ok(Reply::ok(ask.sight(state).project_full(project)))
}

pub(super) fn versions(state: &mut State, ask: &Ask<'_>) -> Answer {
    let project = ask.project(state, ask.segment(1))?;
    let sight = ask.sight(state);
    Ok(Reply::ok(project.versions.iter().map(|part| sight.version(project, part)).collect()))
}

pub(super) fn components(state: &mut State, ask: &Ask<'_>) -> Answer {
    let project = ask.project(state, ask.segment(1))?;
    let sight = ask.sight(state);
    Ok(Reply::ok(project.components.iter().map(|part| sight.component(project, part)).collect()))
}

pub(super) fn statuses(state: &mut State, ask: &Ask<'_>) -> Answer {
    let _seen = ask.project(state, ask.segment(1))?;
    let sight = ask.sight(state);
    let statuses: Vec<Value> = STATUSES.iter().map(|status| sight.status(status)).collect();
    let kind = |kind: &IssueType| {
        json!({
            "self": sight.api(&format!("issuetype/{}", kind.id)),
            "id": kind.id.to_string(),
            "name": kind.name,
            "subtask": kind.subtask,
            "statuses": statuses,
        })
    };
    Ok(Reply::ok(TYPES.iter().map(kind).collect()))
}
