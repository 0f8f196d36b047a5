//! Issue types, statuses, priorities, resolutions, fields and what the create dialog holds.

use serde_json::{Value, json};

use super::Sight;
use crate::sandbox::jira::data::{
    IssueType, LINK_TYPES, PRIORITIES, Project, RESOLUTIONS, Status, TYPES, Transition, status_of,
};
use crate::sandbox::jira::fields::{FieldDef, Shape};

impl Sight<'_> {
    pub(in crate::sandbox::jira) fn issue_type(&self, kind: &IssueType) -> Value {
        json!({
            "self": self.api(&format!("issuetype/{}", kind.id)),
            "id": kind.id.to_string(),
            "description": kind.description,
            "iconUrl": format!("{}/secure/viewavatar?size=medium&avatarId={}&avatarType=issuetype", self.root, kind.avatar),
            "name": kind.name,
            "subtask": kind.subtask,
            "avatarId": kind.avatar,
            "hierarchyLevel": kind.level,
        })
    }

    pub(in crate::sandbox::jira) fn category(&self, key: &str) -> Value {
        let (id, color, name) = match key {
            "new" => (2, "blue-gray", "To Do"),
            "done" => (3, "green", "Done"),
            _ => (4, "yellow", "In Progress"),
        };
        json!({ "self": self.api(&format!("statuscategory/{id}")), "id": id, "key": key, "colorName": color, "name": name })
    }

    pub(in crate::sandbox::jira) fn status(&self, status: &Status) -> Value {
        json!({
            "self": self.api(&format!("status/{}", status.id)),
            "description": "",
            "iconUrl": format!("{}/images/icons/statuses/generic.png", self.root),
            "name": status.name,
            "id": status.id.to_string(),
            "statusCategory": self.category(status.category),
        })
    }

    pub(in crate::sandbox::jira) fn priority(&self, id: &str) -> Value {
        let found = PRIORITIES.iter().find(|(known, ..)| known.to_string() == id);
        found.map_or(Value::Null, |(_, name, _)| {
            json!({
                "self": self.api(&format!("priority/{id}")),
                "iconUrl": format!("{}/images/icons/priorities/{}.svg", self.root, name.to_lowercase()),
                "name": name,
                "id": id,
            })
        })
    }

    pub(in crate::sandbox::jira) fn priorities(&self) -> Vec<Value> {
        let full = |(id, name, color): &(u64, &str, &str)| {
            let mut value = self.priority(&id.to_string());
            value["statusColor"] = json!(color);
            value["description"] = json!(format!("{name} priority"));
            value["isDefault"] = json!(*id == 3);
            value
        };
        PRIORITIES.iter().map(full).collect()
    }

    pub(in crate::sandbox::jira) fn resolution(&self, id: &str) -> Value {
        let found = RESOLUTIONS.iter().find(|(known, _)| known.to_string() == id);
        found.map_or(Value::Null, |(_, name)| {
            json!({ "self": self.api(&format!("resolution/{id}")), "id": id, "description": "", "name": name })
        })
    }

    pub(in crate::sandbox::jira) fn option(&self, (id, value): &(u64, String)) -> Value {
        json!({ "self": self.api(&format!("customFieldOption/{id}")), "value": value, "id": id.to_string() })
    }

    pub(in crate::sandbox::jira) fn link_type(&self, id: u64) -> Value {
        let found = LINK_TYPES.iter().find(|(known, ..)| *known == id);
        found.map_or(Value::Null, |(id, name, outward, inward)| {
            json!({
                "id": id.to_string(),
                "name": name,
                "inward": inward,
                "outward": outward,
                "self": self.api(&format!("issueLinkType/{id}")),
            })
        })
    }

    /// A field as `GET /field` lists it.
    pub(in crate::sandbox::jira) fn field(field: &FieldDef) -> Value {
        json!({
            "id": field.id,
            "key": field.id,
            "name": field.name,
            "custom": field.custom.is_some(),
            "orderable": !matches!(field.shape, Shape::Kept(..)),
            "navigable": true,
            "searchable": true,
            "clauseNames": field.clauses(),
            "schema": field.schema(),
        })
    }

    fn allowed(&self, field: &FieldDef, project: &Project, kind: &IssueType) -> Option<Vec<Value>> {
        Some(match field.shape {
            Shape::Option | Shape::Options => field.options.iter().map(|option| self.option(option)).collect(),
            Shape::Priority => PRIORITIES.iter().map(|(id, ..)| self.priority(&id.to_string())).collect(),
            Shape::Resolution => RESOLUTIONS.iter().map(|(id, _)| self.resolution(&id.to_string())).collect(),
            Shape::Components => project.components.iter().map(|part| self.component(project, part)).collect(),
            Shape::Versions => project.versions.iter().map(|part| self.version(project, part)).collect(),
            Shape::Type => TYPES.iter().filter(|other| other.id == kind.id).map(|kind| self.issue_type(kind)).collect(),
            Shape::Project => vec![self.project_brief(project)],
            _ => return None,
        })
    }

    /// A field of a dialog: <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/>.
    pub(in crate::sandbox::jira) fn field_meta(
        &self,
        field: &FieldDef,
        project: &Project,
        kind: &IssueType,
        required: bool,
    ) -> Value {
        let mut meta = json!({
            "required": required,
            "schema": field.schema(),
            "name": field.name,
            "key": field.id,
            "hasDefaultValue": field.default.is_some() || field.id == "reporter",
            "operations": field.operations(),
        });
        if let Some(values) = self.allowed(field, project, kind) {
            meta["allowedValues"] = Value::Array(values);
        }
        match field.shape {
            Shape::Person => meta["autoCompleteUrl"] = json!(self.api("user/recommend?context=Assignee&query=")),
            Shape::Labels => {
                meta["autoCompleteUrl"] = json!(format!("{}/rest/api/1.0/labels/suggest?query=", self.root));
            }
            Shape::Project => meta["operations"] = json!(["set"]),
            _ => {}
        }
        if let Some(default) = &field.default {
            meta["defaultValue"] = self.value(field, project, default);
        }
        meta
    }

    /// A step of the workflow.
    pub(in crate::sandbox::jira) fn transition(
        &self,
        step: &Transition,
        project: &Project,
        kind: &IssueType,
        with_fields: bool,
    ) -> Value {
        let mut value = json!({
            "id": step.id.to_string(),
            "name": step.name,
            "to": self.status(status_of(step.to)),
            "hasScreen": step.resolution,
            "isGlobal": step.from.is_none(),
            "isInitial": false,
            "isAvailable": true,
            "isConditional": false,
            "looped": false,
        });
        if with_fields {
            let field = self.world.field("resolution").filter(|_| step.resolution);
            let meta = field.map(|field| (field.id.clone(), self.field_meta(field, project, kind, true)));
            value["fields"] = Value::Object(meta.into_iter().collect());
        }
        value
    }
}
