//! Sprints. <https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/>

use serde_json::{Value, json};

use super::{Sight, zulu};
use crate::sandbox::jira::data::Sprint;

impl Sight<'_> {
    /// A sprint as the Agile API and the webhooks show it.
    pub(in crate::sandbox::jira) fn sprint(&self, sprint: &Sprint) -> Value {
        let mut value = json!({
            "id": sprint.id,
            "self": self.agile_link(&format!("sprint/{}", sprint.id)),
            "state": sprint.state,
            "name": sprint.name,
            "createdDate": zulu(sprint.created),
            "originBoardId": sprint.board,
            "goal": sprint.goal,
        });
        let dates = [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.completed)];
        for (name, at) in dates {
            if let Some(at) = at {
                value[name] = json!(zulu(at));
            }
        }
        value
    }

    /// A sprint in the Sprint field of an issue.
    pub(super) fn sprint_value(&self, sprint: &Sprint) -> Value {
        if self.data_center() {
            // Data Center writes the object's own text.
            let at = |at: Option<jiff::Timestamp>| at.map_or_else(|| "<null>".to_owned(), zulu);
            return json!(format!(
                "com.atlassian.greenhopper.service.sprint.Sprint@{:x}[id={},rapidViewId={},state={},name={},startDate={},endDate={},completeDate={},sequence={},goal={}]",
                sprint.id,
                sprint.id,
                sprint.board,
                sprint.state.to_uppercase(),
                sprint.name,
                at(sprint.start),
                at(sprint.end),
                at(sprint.completed),
                sprint.id,
                sprint.goal
            ));
        }
        let mut value = json!({
            "id": sprint.id,
            "name": sprint.name,
            "state": sprint.state,
            "boardId": sprint.board,
            "goal": sprint.goal,
        });
        let dates = [("startDate", sprint.start), ("endDate", sprint.end), ("completeDate", sprint.completed)];
        for (name, at) in dates {
            if let Some(at) = at {
                value[name] = json!(zulu(at));
            }
        }
        value
    }
}
