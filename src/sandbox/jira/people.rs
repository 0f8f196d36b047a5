//! The human side: what people do in the browser, and what goes wrong on order.

use serde_json::{Value, json};

use super::JiraFake;
use super::acts::NewIssue;
use super::data::{LINK_TYPES, RESOLUTIONS, STATUSES, TYPES};
use super::faults::Failure;
use super::fields::Shape;
use super::setup::{Edition, JiraHook, JiraToken};
use super::state::State;

/// Something was named that does not exist here, or cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox Jira has no {0}")]
pub struct Missing(String);

fn missing(what: impl Into<String>) -> Missing {
    Missing(what.into())
}

fn issue(state: &State, key: &str) -> Result<u64, Missing> {
    state.world.locate(key).ok_or_else(|| missing(format!("issue {key}")))
}

fn project(state: &State, key: &str) -> Result<u64, Missing> {
    let found = state.world.projects.iter().find(|project| project.key == key);
    found.map(|project| project.id).ok_or_else(|| missing(format!("project {key}")))
}

/// An account by account id, user name or e-mail address.
fn person(state: &State, who: &str) -> Result<String, Missing> {
    let known = |person: &&super::JiraPerson| person.account == who || person.name == who || person.email == who;
    let found = state.world.people.iter().find(known);
    found.map(|person| person.account.clone()).ok_or_else(|| missing(format!("person {who}")))
}

fn sprint(state: &State, name: &str) -> Result<u64, Missing> {
    let found = state.world.sprints.values().find(|sprint| sprint.name == name);
    found.map(|sprint| sprint.id).ok_or_else(|| missing(format!("sprint {name}")))
}

/// A field by id or name with what a person would type or choose in it.
fn typed(state: &State, home: u64, name: &str, value: &str) -> Result<(String, Value), Missing> {
    let lower = name.to_lowercase();
    let named =
        |field: &&super::fields::FieldDef| field.id.to_lowercase() == lower || field.name.to_lowercase() == lower;
    let field = state.world.fields.iter().find(named).ok_or_else(|| missing(format!("field {name}")))?;
    let home = state.world.project(home).ok_or_else(|| missing("project"))?;
    let words = || value.split(',').map(str::trim).filter(|word| !word.is_empty());
    let person_form = |account: String| match state.setup.edition {
        Edition::Cloud => json!({ "accountId": account }),
        Edition::DataCenter => {
            json!({ "name": state.world.person(&account).map(|person| person.name.clone()) })
        }
    };
    let given = match field.shape {
        _ if value.is_empty() => Value::Null,
        Shape::Number => json!(value.parse::<f64>().map_err(|_| missing(format!("number {value}")))?),
        Shape::Option => json!({ "value": value }),
        Shape::Options => words().map(|word| json!({ "value": word })).collect(),
        Shape::Person => person_form(person(state, value)?),
        Shape::Priority | Shape::Resolution | Shape::Type => json!({ "name": value }),
        Shape::Components | Shape::Versions => words().map(|word| json!({ "name": word })).collect(),
        Shape::Labels => words().map(|word| json!(word)).collect(),
        Shape::Parent => json!({ "key": value }),
        Shape::Sprint => json!(sprint(state, value)?),
        _ => json!(value),
    };
    let kept = super::fields::read_field(&state.world, field, home, &given, false, &mut Vec::new());
    kept.map(|kept| (field.id.clone(), kept)).map_err(|why| missing(format!("value {value:?} for {name}: {why}")))
}

/// Every method answers [`Missing`] when something it names does not exist. `who` is an account id, a user name or an e-mail
/// address; `key` is an issue's key, also a former one.
#[expect(clippy::missing_errors_doc, reason = "the one error of all of them is told once, above")]
impl JiraFake {
    /// Someone creates an issue with the create dialog; `fields` are names and what is typed. Returns its key.
    pub fn create_issue(
        &self,
        who: &str,
        project_key: &str,
        kind: &str,
        summary: &str,
        fields: &[(&str, &str)],
    ) -> Result<String, Missing> {
        self.shared.act(|state| {
            let actor = person(state, who)?;
            let home = project(state, project_key)?;
            let kind = TYPES.iter().find(|known| known.name == kind).ok_or_else(|| missing(format!("type {kind}")))?;
            let mut values: std::collections::BTreeMap<String, Value> = [
                ("summary".to_owned(), json!(summary)),
                ("reporter".to_owned(), json!(actor)),
                ("priority".to_owned(), json!("3")),
            ]
            .into();
            for (name, value) in fields {
                values.extend([typed(state, home, name, value)?]);
            }
            let new = NewIssue { project: home, kind: kind.id, values, properties: std::collections::BTreeMap::new() };
            let id = state.create_issue(&actor, new);
            state.world.issues.get(&id).map(|issue| issue.key.clone()).ok_or_else(|| missing("issue"))
        })
    }

    /// Someone edits a field, named by its id or name; an empty value empties it.
    pub fn edit_issue(&self, who: &str, key: &str, field: &str, value: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            let home = state.world.issues.get(&id).map_or(0, |issue| issue.project);
            let set = typed(state, home, field, value)?;
            state.change(id, &actor, vec![set], None);
            Ok(())
        })
    }

    /// Someone assigns an issue; to nobody when `to` is empty.
    pub fn assign(&self, who: &str, key: &str, to: &str) -> Result<(), Missing> {
        self.edit_issue(who, key, "assignee", to)
    }

    /// Someone comments; returns the comment's id.
    pub fn comment(&self, who: &str, key: &str, text: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            Ok(state.add_comment(id, &actor, json!(text), std::collections::BTreeMap::new()))
        })
    }

    /// Someone rewrites a comment.
    pub fn edit_comment(&self, who: &str, key: &str, comment: u64, text: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            let done = state.edit_comment(id, comment, &actor, json!(text));
            if done { Ok(()) } else { Err(missing(format!("comment {comment}"))) }
        })
    }

    /// Someone deletes a comment.
    pub fn delete_comment(&self, who: &str, key: &str, comment: u64) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            let done = state.delete_comment(id, comment, &actor);
            if done { Ok(()) } else { Err(missing(format!("comment {comment}"))) }
        })
    }

    /// Someone drags a card into a column of the board, named by its status. Where the workflow has no such step the card
    /// jumps back: [`Missing`]. The screen that the last step may show is answered with the resolution *Done*.
    pub fn drag(&self, who: &str, key: &str, column: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            let status = STATUSES.iter().find(|status| status.name == column);
            let status = status.ok_or_else(|| missing(format!("column {column}")))?;
            let known = state.world.issues.get(&id).ok_or_else(|| missing(key))?;
            if known.status == status.id {
                return Ok(());
            }
            let steps = state.world.transitions(known);
            let step = steps.into_iter().find(|step| step.to == status.id);
            let step = step.ok_or_else(|| missing(format!("step of {key} to {column}")))?;
            let sets = if step.resolution {
                vec![("resolution".to_owned(), json!(RESOLUTIONS[0].0.to_string()))]
            } else {
                Vec::new()
            };
            state.change(id, &actor, sets, Some(step));
            Ok(())
        })
    }

    /// Someone moves an issue into another project; returns its new key. The old one leads to it.
    pub fn move_issue(&self, who: &str, key: &str, to_project: &str) -> Result<String, Missing> {
        self.shared.act(|state| {
            let (actor, id, to) = (person(state, who)?, issue(state, key)?, project(state, to_project)?);
            state.move_issue(id, to, &actor).ok_or_else(|| missing(format!("project {to_project}")))
        })
    }

    /// Someone deletes an issue.
    pub fn delete_issue(&self, who: &str, key: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            state.delete_issue(id, &actor);
            Ok(())
        })
    }

    /// An issue is archived, or taken out of the archive; meanwhile it does not exist for anybody.
    pub fn archive_issue(&self, key: &str, archived: bool) -> Result<(), Missing> {
        self.shared.act(|state| {
            let id = issue(state, key)?;
            state.archive(id, archived);
            Ok(())
        })
    }

    /// A project is archived, or taken out of the archive.
    pub fn archive_project(&self, key: &str, archived: bool) -> Result<(), Missing> {
        self.shared.act(|state| {
            let home = state.world.projects.iter_mut().find(|project| project.key == key);
            home.map(|home| home.archived = archived).ok_or_else(|| missing(format!("project {key}")))
        })
    }

    /// Someone links two issues, `Blocks` for example: `from` blocks `to`.
    pub fn link(&self, kind: &str, from: &str, to: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let found = LINK_TYPES.iter().find(|(_, name, ..)| *name == kind);
            let kind = found.map(|(id, ..)| *id).ok_or_else(|| missing(format!("link type {kind}")))?;
            let (from, to) = (issue(state, from)?, issue(state, to)?);
            Ok(state.link_issues(kind, from, to))
        })
    }

    /// Someone logs work in minutes; returns the entry's id.
    pub fn log_work(&self, who: &str, key: &str, minutes: u64, text: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            Ok(state.log_work(id, &actor, minutes * 60, json!(text), None))
        })
    }

    /// Someone attaches a file; returns its id.
    pub fn attach(&self, who: &str, key: &str, name: &str, mime: &str, bytes: &[u8]) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            let bytes = bytes::Bytes::copy_from_slice(bytes);
            Ok(state.attach(id, &actor, name.to_owned(), mime.to_owned(), bytes))
        })
    }

    /// Someone plans a sprint on a project's board; returns its id.
    pub fn create_sprint(&self, project_key: &str, name: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let home = project(state, project_key)?;
            let board = state.world.board_of(home).filter(|board| board.scrum).map(|board| board.id);
            let board = board.ok_or_else(|| missing(format!("Scrum board of {project_key}")))?;
            Ok(state.create_sprint(board, name, ""))
        })
    }

    /// Someone starts a sprint, for two weeks unless it has dates.
    pub fn start_sprint(&self, name: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let id = sprint(state, name)?;
            let now = state.now;
            let planned = state.world.sprints.get_mut(&id).filter(|sprint| sprint.state == "future");
            let planned = planned.ok_or_else(|| missing(format!("planned sprint {name}")))?;
            planned.start = planned.start.or(Some(now));
            planned.end = planned.end.or(Some(now + jiff::SignedDuration::from_hours(14 * 24)));
            state.start_sprint(id);
            Ok(())
        })
    }

    /// Someone completes a running sprint; what is not done stands in the backlog from then on.
    pub fn complete_sprint(&self, name: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let id = sprint(state, name)?;
            let running = state.world.sprints.get(&id).is_some_and(|sprint| sprint.state == "active");
            if !running {
                return Err(missing(format!("running sprint {name}")));
            }
            state.close_sprint(id);
            Ok(())
        })
    }

    /// Someone deletes a sprint.
    pub fn delete_sprint(&self, who: &str, name: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, sprint(state, name)?);
            state.delete_sprint(id, &actor);
            Ok(())
        })
    }

    /// Someone puts an issue into a sprint; into the backlog when `name` is empty.
    pub fn plan(&self, who: &str, key: &str, name: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let (actor, id) = (person(state, who)?, issue(state, key)?);
            let into = if name.is_empty() { None } else { Some(sprint(state, name)?) };
            state.plan(id, &actor, into);
            Ok(())
        })
    }

    /// Someone makes a version; returns its id.
    pub fn create_version(&self, project_key: &str, name: &str) -> Result<u64, Missing> {
        self.shared.act(|state| project(state, project_key).map(|home| state.create_version(home, name)))
    }

    /// Someone releases a version, or takes that back.
    pub fn release_version(&self, project_key: &str, name: &str, released: bool) -> Result<(), Missing> {
        self.shared.act(|state| {
            let home = project(state, project_key)?;
            if state.release(home, name, released) { Ok(()) } else { Err(missing(format!("version {name}"))) }
        })
    }

    /// An administrator adds a webhook; returns its id.
    pub fn add_hook(&self, hook: &JiraHook) -> u64 {
        self.shared.act(|state| state.add_hook(hook))
    }

    /// An administrator takes a webhook away.
    pub fn remove_hook(&self, id: u64) {
        self.shared.act(|state| state.hooks.retain(|hook| hook.id != id));
    }

    /// Every delivery that waits for another attempt goes out now.
    pub fn retry_now(&self) {
        self.shared.act(|state| state.unpark(true));
    }

    /// Someone opens an address of `/authorize` and agrees or not; returns where they are sent.
    pub fn approve(&self, who: &str, address: &str, agree: bool) -> Result<String, Missing> {
        self.shared.act(|state| {
            let account = person(state, who)?;
            state.decide(address, &account, agree).ok_or_else(|| missing("app that may ask like that"))
        })
    }

    /// Someone takes back what they granted to an app: its tokens are refused from now on.
    pub fn revoke_app(&self, who: &str, client_id: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let account = person(state, who)?;
            state.grants.revoke(&account, client_id);
            Ok(())
        })
    }

    /// Someone leaves: their account is deactivated, or activated again.
    pub fn set_active(&self, who: &str, active: bool) -> Result<(), Missing> {
        self.shared.act(|state| {
            let account = person(state, who)?;
            for person in state.world.people.iter_mut().filter(|person| person.account == account) {
                person.active = active;
            }
            Ok(())
        })
    }

    /// A token is made.
    pub fn add_token(&self, token: JiraToken) {
        self.shared.act(|state| state.setup.tokens.push(token));
    }

    /// A token is revoked: `401` from now on.
    pub fn revoke_token(&self, value: &str) {
        self.shared.act(|state| state.setup.tokens.retain(|token| token.value != value));
    }

    /// The next `times` requests to a route meet a failure. The pattern is `METHOD /path` or `/path` without
    /// `/ex/jira/{cloud_id}`, where `*` stands for one segment or any method and `**` for the rest, for example
    /// `POST /rest/api/3/issue`.
    pub fn fail_next(&self, pattern: &str, failure: Failure, times: u32) {
        self.shared.act(|state| state.faults.order(pattern, failure, times));
    }

    /// Forgets the failures that were not met yet.
    pub fn fail_no_more(&self) {
        self.shared.act(|state| state.faults.clear());
    }
}
