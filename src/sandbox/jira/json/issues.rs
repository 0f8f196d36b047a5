//! Issues: their fields, one by one and chosen.

use serde_json::{Map, Value, json};

use super::talk::duration;
use super::{Sight, stamp, stamp_or_null};
use crate::sandbox::jira::data::{Issue, Project, status_of, type_of};
use crate::sandbox::jira::fields::is_id;
use crate::sandbox::jira::fields::{FieldDef, Shape};
use crate::sandbox::jira::text;

impl Sight<'_> {
    /// A field's value as it is shown.
    pub(in crate::sandbox::jira) fn value(&self, field: &FieldDef, project: &Project, value: &Value) -> Value {
        let id = || value.as_str().unwrap_or_default();
        let each = |one: &dyn Fn(&Value) -> Value| -> Value {
            value.as_array().map_or(Value::Null, |items| items.iter().map(one).filter(|item| !item.is_null()).collect())
        };
        let option = |value: &Value| {
            let found = field.options.iter().find(|(id, _)| is_id(value, *id));
            found.map_or(Value::Null, |found| self.option(found))
        };
        let list = matches!(field.shape, Shape::Labels | Shape::Components | Shape::Versions);
        if value.is_null() {
            return if list && field.custom.is_none() { json!([]) } else { Value::Null };
        }
        match field.shape {
            Shape::Text => self.text(value),
            Shape::Person => self.user(id()),
            Shape::Priority => self.priority(id()),
            Shape::Resolution => self.resolution(id()),
            Shape::Option => option(value),
            Shape::Options | Shape::Sprint if value.as_array().is_some_and(Vec::is_empty) => Value::Null,
            Shape::Options => each(&option),
            Shape::Components => each(&|value| {
                let found = project.components.iter().find(|part| is_id(value, part.id));
                found.map_or(Value::Null, |part| self.component(project, part))
            }),
            Shape::Versions => each(&|value| {
                let found = project.versions.iter().find(|part| is_id(value, part.id));
                found.map_or(Value::Null, |part| self.version(project, part))
            }),
            Shape::Sprint => each(&|value| {
                let found = value.as_u64().and_then(|id| self.world.sprints.get(&id));
                found.map_or(Value::Null, |sprint| self.sprint_value(sprint))
            }),
            Shape::Parent => {
                let parent = value.as_u64().and_then(|id| self.world.issues.get(&id));
                parent.map_or(Value::Null, |parent| self.linked(parent))
            }
            Shape::DateTime => value.as_str().and_then(|at| at.parse().ok()).map_or(Value::Null, |at| json!(stamp(at))),
            _ => value.clone(),
        }
    }

    /// A field of an issue.
    pub(in crate::sandbox::jira) fn issue_field(&self, issue: &Issue, field: &FieldDef) -> Value {
        let Some(project) = self.world.project(issue.project) else { return Value::Null };
        let Shape::Kept(..) = field.shape else {
            return match field.shape {
                Shape::Type => self.issue_type(type_of(issue.kind)),
                Shape::Project => self.project_brief(project),
                _ => self.value(field, project, issue.value(&field.id)),
            };
        };
        let key = &issue.key;
        match field.id.as_str() {
            "status" => self.status(status_of(issue.status)),
            "creator" => self.user(&issue.creator),
            "created" => json!(stamp(issue.created)),
            "updated" => json!(stamp(issue.updated)),
            "resolutiondate" => stamp_or_null(issue.resolved),
            "statuscategorychangedate" => json!(stamp(issue.status_changed)),
            "attachment" => issue.attachments.iter().map(|file| self.attachment(file)).collect(),
            "issuelinks" => self.links_of(issue),
            "subtasks" => self.subtasks(issue),
            "comment" => self.comment_page(issue),
            "worklog" => self.worklog_page(issue),
            "watches" => json!({
                "self": self.api(&format!("issue/{key}/watchers")),
                "watchCount": issue.watchers.len(),
                "isWatching": issue.watchers.iter().any(|watcher| watcher == self.viewer),
            }),
            "votes" => json!({ "self": self.api(&format!("issue/{key}/votes")), "votes": 0, "hasVoted": false }),
            "timespent" | "aggregatetimespent" => match spent(issue) {
                0 => Value::Null,
                spent => json!(spent),
            },
            "timetracking" => match spent(issue) {
                0 => json!({}),
                spent => json!({ "timeSpent": duration(spent), "timeSpentSeconds": spent }),
            },
            "progress" | "aggregateprogress" => json!({ "progress": 0, "total": 0 }),
            "workratio" => json!(-1),
            _ => Value::Null,
        }
    }

    fn subtasks(&self, issue: &Issue) -> Value {
        let child = |other: &&Issue| type_of(other.kind).subtask && *other.value("parent") == issue.id;
        self.world.issues.values().filter(child).map(|child| self.linked(child)).collect()
    }

    /// Whether a request for fields names this one: `*all`, `*navigable`, its id, `-id`.
    fn wanted(field: &FieldDef, issue: &Issue, project: &Project, names: &[String]) -> bool {
        let own = field.custom.is_none() || field.on_create(project, type_of(issue.kind));
        if names.iter().any(|name| name.strip_prefix('-') == Some(&field.id)) {
            return false;
        }
        let all = names.iter().all(|name| name.starts_with('-')) || names.iter().any(|name| name == "*all");
        let heavy = matches!(field.id.as_str(), "comment" | "worklog" | "attachment");
        let navigable = names.iter().any(|name| name == "*navigable") && !heavy;
        let named = names.contains(&field.id);
        own && (all || navigable || named) && (field.id != "parent" || !issue.value("parent").is_null())
    }

    /// The fields of an issue that were asked for; an empty list asks for all.
    pub(in crate::sandbox::jira) fn fields(&self, issue: &Issue, names: &[String]) -> Map<String, Value> {
        let Some(project) = self.world.project(issue.project) else { return Map::new() };
        let wanted = self.world.fields.iter().filter(|field| Self::wanted(field, issue, project, names));
        wanted.map(|field| (field.id.clone(), self.issue_field(issue, field))).collect()
    }

    /// An issue with the fields that were asked for.
    pub(in crate::sandbox::jira) fn issue(&self, issue: &Issue, names: &[String]) -> Value {
        json!({
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id.to_string(),
            "self": self.api(&format!("issue/{}", issue.id)),
            "key": issue.key,
            "fields": self.fields(issue, names),
        })
    }

    /// An issue where another one or a comment names it.
    pub(in crate::sandbox::jira) fn linked(&self, issue: &Issue) -> Value {
        let names = ["summary", "status", "priority", "issuetype"].map(str::to_owned);
        json!({
            "id": issue.id.to_string(),
            "key": issue.key,
            "self": self.api(&format!("issue/{}", issue.id)),
            "fields": self.fields(issue, &names),
        })
    }

    /// What `expand` adds to an issue.
    pub(in crate::sandbox::jira) fn expand(&self, issue: &Issue, names: &[String], what: &[String], into: &mut Value) {
        let has = |name: &str| what.iter().any(|one| one == name);
        let shown: Vec<&FieldDef> = self.fields(issue, names).keys().filter_map(|id| self.world.field(id)).collect();
        if has("names") {
            let names: Map<String, Value> = shown.iter().map(|field| (field.id.clone(), json!(field.name))).collect();
            into["names"] = Value::Object(names);
        }
        if has("schema") {
            let schemas: Map<String, Value> = shown.iter().map(|field| (field.id.clone(), field.schema())).collect();
            into["schema"] = Value::Object(schemas);
        }
        if has("renderedFields") {
            let rendered = |field: &&FieldDef| {
                let value = match field.shape {
                    Shape::Text if !issue.value(&field.id).is_null() => json!(text::html(issue.value(&field.id))),
                    _ => Value::Null,
                };
                (field.id.clone(), value)
            };
            into["renderedFields"] = Value::Object(shown.iter().map(rendered).collect());
        }
        if has("transitions")
            && let Some(project) = self.world.project(issue.project)
        {
            let steps = self.world.transitions(issue);
            let fields = has("transitions.fields");
            into["transitions"] =
                steps.iter().map(|step| self.transition(step, project, type_of(issue.kind), fields)).collect();
        }
        if has("changelog") {
            let histories: Vec<Value> = issue.history.iter().rev().map(|entry| self.history(entry)).collect();
            let total = histories.len();
            into["changelog"] = json!({ "startAt": 0, "maxResults": total, "total": total, "histories": histories });
        }
        if has("editmeta")
            && let Some(project) = self.world.project(issue.project)
        {
            into["editmeta"] = json!({ "fields": self.edit_meta(issue, project) });
        }
    }

    /// The fields of the edit dialog.
    pub(in crate::sandbox::jira) fn edit_meta(&self, issue: &Issue, project: &Project) -> Value {
        let kind = type_of(issue.kind);
        let fields = self.world.fields.iter().filter(|field| field.on_edit(project, kind));
        let meta =
            fields.map(|field| (field.id.clone(), self.field_meta(field, project, kind, field.required_for(kind))));
        Value::Object(meta.collect())
    }
}

/// Seconds of work that were logged.
fn spent(issue: &Issue) -> u64 {
    issue.worklogs.iter().map(|log| log.seconds).sum()
}
