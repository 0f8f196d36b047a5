//! People and projects.

use serde_json::{Value, json};

use super::Sight;
use crate::sandbox::jira::data::{Board, Part, Project, TYPES};
use crate::sandbox::jira::setup::JiraPerson;

impl Sight<'_> {
    /// A person by account id; null for nobody.
    pub(in crate::sandbox::jira) fn user(&self, account: &str) -> Value {
        self.world.person(account).map_or(Value::Null, |person| self.person(person))
    }

    pub(in crate::sandbox::jira) fn person(&self, person: &JiraPerson) -> Value {
        let avatar = |size: u8| format!("{}/secure/useravatar?size={size}&ownerId={}", self.root, person.name);
        let avatars = json!({ "48x48": avatar(48), "24x24": avatar(24), "16x16": avatar(16), "32x32": avatar(32) });
        let mut user = json!({
            "avatarUrls": avatars,
            "displayName": person.display,
            "active": person.active,
            "timeZone": "Etc/UTC",
        });
        if self.data_center() {
            user["self"] = json!(self.api(&format!("user?username={}", person.name)));
            user["name"] = json!(person.name);
            user["key"] = json!(format!("JIRAUSER{}", person.name));
            user["emailAddress"] = json!(person.email);
            return user;
        }
        user["self"] = json!(self.api(&format!("user?accountId={}", person.account)));
        user["accountId"] = json!(person.account);
        user["accountType"] = json!("atlassian");
        if !person.email_hidden || self.viewer == person.account {
            user["emailAddress"] = json!(person.email);
        }
        user
    }

    /// A project where something else names it.
    pub(in crate::sandbox::jira) fn project_brief(&self, project: &Project) -> Value {
        let avatar = |size: u8| format!("{}/secure/projectavatar?size={size}&pid={}", self.root, project.id);
        json!({
            "self": self.api(&format!("project/{}", project.id)),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "software",
            "simplified": false,
            "avatarUrls": { "48x48": avatar(48), "24x24": avatar(24), "16x16": avatar(16), "32x32": avatar(32) },
        })
    }

    /// A project as the search lists it.
    pub(in crate::sandbox::jira) fn project_listed(&self, project: &Project) -> Value {
        let mut value = self.project_brief(project);
        value["expand"] = json!("description,lead,issueTypes,url,projectKeys,permissions,insight");
        value["style"] = json!("classic");
        value["isPrivate"] = json!(project.members.is_some());
        value["properties"] = json!({});
        value
    }

    /// A project by itself.
    pub(in crate::sandbox::jira) fn project_full(&self, project: &Project) -> Value {
        let mut value = self.project_listed(project);
        value["description"] = json!("");
        value["lead"] = self.user(&project.lead);
        value["assigneeType"] = json!("UNASSIGNED");
        value["components"] = project.components.iter().map(|part| self.component(project, part)).collect();
        value["issueTypes"] = TYPES.iter().map(|kind| self.issue_type(kind)).collect();
        value["versions"] = project.versions.iter().map(|part| self.version(project, part)).collect();
        value["roles"] = json!({});
        value
    }

    pub(in crate::sandbox::jira) fn component(&self, project: &Project, part: &Part) -> Value {
        json!({
            "self": self.api(&format!("component/{}", part.id)),
            "id": part.id.to_string(),
            "name": part.name,
            "project": project.key,
            "projectId": project.id,
        })
    }

    pub(in crate::sandbox::jira) fn version(&self, project: &Project, part: &Part) -> Value {
        let mut value = json!({
            "self": self.api(&format!("version/{}", part.id)),
            "id": part.id.to_string(),
            "description": "",
            "name": part.name,
            "archived": false,
            "released": part.released.is_some(),
            "projectId": project.id,
        });
        if let Some(at) = part.released {
            value["releaseDate"] = json!(at.strftime("%Y-%m-%d").to_string());
        }
        value
    }

    pub(in crate::sandbox::jira) fn board(&self, board: &Board) -> Value {
        let project = self.world.project(board.project);
        json!({
            "id": board.id,
            "self": self.agile_link(&format!("board/{}", board.id)),
            "name": board.name,
            "type": if board.scrum { "scrum" } else { "kanban" },
            "location": project.map(|project| json!({
                "projectId": project.id,
                "displayName": format!("{} ({})", project.name, project.key),
                "projectName": project.name,
                "projectKey": project.key,
                "projectTypeKey": "software",
                "name": format!("{} ({})", project.name, project.key),
            })),
        })
    }
}
