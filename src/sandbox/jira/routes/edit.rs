//! Reads `fields` and `update` of a body against a screen, collecting everything that is wrong.

use serde_json::{Map, Value};

use super::Ask;
use crate::sandbox::jira::data::Project;
use crate::sandbox::jira::fields::{FieldDef, read_field, read_op};
use crate::sandbox::jira::reply::Reply;
use crate::sandbox::jira::state::State;

/// What a body asks to change.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub sets: Vec<(String, Value)>,
    /// Comments to add.
    pub comments: Vec<Value>,
    pub errors: Map<String, Value>,
    /// Why documents are no ADF, for the ledger: Jira does not tell.
    pub notes: Vec<String>,
}

impl Changes {
    /// The changes, or Jira's refusal; what Jira does not tell goes into the ledger.
    pub(super) fn checked(self, state: &mut State, ask: &Ask<'_>) -> Result<Self, Reply> {
        for note in &self.notes {
            state.violation(ask.request.clone(), format!("no ADF: {note}"));
        }
        if self.errors.is_empty() { Ok(self) } else { Err(Reply::fields(self.errors)) }
    }

    fn wrong(&mut self, field: &str, why: String) {
        self.errors.insert(field.to_owned(), Value::String(why));
    }
}

impl Ask<'_> {
    /// Reads `fields` and `update`. `screen` says which fields can be set, `now` what a field holds.
    pub(super) fn changes(
        &self,
        state: &State,
        project: &Project,
        body: &Value,
        screen: impl Fn(&FieldDef) -> bool,
        now: impl Fn(&str) -> Value,
    ) -> Changes {
        let mut changes = Changes::default();
        let empty = Map::new();
        let fields = body["fields"].as_object().unwrap_or(&empty);
        let updates = body["update"].as_object().unwrap_or(&empty);
        for (name, value) in fields {
            if updates.contains_key(name) {
                let why = format!("Field '{name}' cannot appear in both 'fields' and 'update'");
                changes.wrong(name, why);
                continue;
            }
            let field = state.world.field(name).filter(|field| screen(field));
            let Some(field) = field else {
                changes.wrong(name, not_there(name));
                continue;
            };
            match read_field(&state.world, field, project, value, self.rich(), &mut changes.notes) {
                Ok(value) => changes.sets.push((name.clone(), value)),
                Err(why) => changes.wrong(name, why),
            }
        }
        for (name, operations) in updates {
            self.operations(state, project, name, operations, &screen, &now, &mut changes);
        }
        changes
    }

    #[expect(clippy::too_many_arguments, reason = "one step of `changes`, in a function of its own for length only")]
    fn operations(
        &self,
        state: &State,
        project: &Project,
        name: &str,
        operations: &Value,
        screen: impl Fn(&FieldDef) -> bool,
        now: impl Fn(&str) -> Value,
        changes: &mut Changes,
    ) {
        let field = state.world.field(name).filter(|field| screen(field));
        if name != "comment" && field.is_none() {
            changes.wrong(name, not_there(name));
            return;
        }
        let mut value = now(name);
        for operation in operations.as_array().into_iter().flatten() {
            let Some((verb, given)) = operation.as_object().and_then(|map| map.iter().next()) else {
                changes.wrong(name, "Operation must have a verb and a value.".to_owned());
                return;
            };
            let Some(field) = field else {
                match (verb.as_str(), self.body_text(&given["body"], &mut changes.notes)) {
                    ("add", Ok(body)) => changes.comments.push(body),
                    (_, Err(why)) => changes.wrong(name, why),
                    (other, _) => changes.wrong(name, format!("Field does not support update operation '{other}'.")),
                }
                continue;
            };
            let done = read_op(&state.world, field, project, &value, (verb, given), self.rich(), &mut changes.notes);
            match done {
                Ok(next) => value = next,
                Err(why) => return changes.wrong(name, why),
            }
        }
        if field.is_some() {
            changes.sets.push((name.to_owned(), value));
        }
    }

    /// The text of a comment or of a work entry, as it is kept.
    pub(super) fn body_text(&self, value: &Value, notes: &mut Vec<String>) -> Result<Value, String> {
        let bad = || "Comment body is not valid!".to_owned();
        if !self.rich() {
            return match value.as_str() {
                None | Some("") => Err("Comment body can not be empty!".to_owned()),
                Some(text) if text.trim().is_empty() => Err("Comment body can not be empty!".to_owned()),
                Some(text) if text.chars().count() > crate::sandbox::jira::fields::LONGEST_TEXT => {
                    Err("The entered text is too long. It exceeds the allowed limit of 32,767 characters.".to_owned())
                }
                Some(_) => Ok(value.clone()),
            };
        }
        if !value.is_object() {
            return Err(bad());
        }
        if let Err(why) = crate::sandbox::jira::adf::check(value) {
            notes.push(why);
            return Err("INVALID_INPUT".to_owned());
        }
        if value["content"].as_array().is_none_or(Vec::is_empty) {
            return Err("Comment body can not be empty!".to_owned());
        }
        if value.to_string().chars().count() > crate::sandbox::jira::fields::LONGEST_TEXT {
            return Err("CONTENT_LIMIT_EXCEEDED".to_owned());
        }
        Ok(value.clone())
    }
}

pub(super) fn not_there(name: &str) -> String {
    format!("Field '{name}' cannot be set. It is not on the appropriate screen, or unknown.")
}
