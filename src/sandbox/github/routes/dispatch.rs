//! Starting a workflow by hand. <https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event>

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::actions::find_workflow;
use super::{Ask, RUNS, Route, write};
use crate::sandbox::github::acts::NewRun;
use crate::sandbox::github::body::Body;
use crate::sandbox::github::data::Repo;
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::setup::{Role, WorkflowInput};
use crate::sandbox::github::state::State;

/// Most inputs of one workflow.
const MOST: usize = 25;

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    matches!((method, path), ("POST", ["actions", "workflows", _, "dispatches"]))
        .then(|| write(Role::Write, dispatch, RUNS, "actions/workflows#create-a-workflow-dispatch-event"))
}

fn dispatch(state: &mut State, ask: &Ask<'_>) -> Answer {
    let workflow = find_workflow(state, ask)?.clone();
    let body = Body::read(ask.body, ask.doc)?;
    let reference = body.text("ref")?.ok_or_else(|| body.missing("ref"))?;
    let details = body.flag("return_run_details")?.unwrap_or(false);
    let given = body.map("inputs")?.unwrap_or_default();
    if given.len() > MOST {
        let what = format!("No more than {MOST} properties are allowed; {} were supplied.", given.len());
        return Err(Reply::malformed(ask.doc, &what));
    }
    let refuse = |why: String| ask.problem(422, &why);
    let home = &state.world.repos[ask.repo];
    let commit = home.resolve(&reference).ok_or_else(|| refuse(format!("No ref found for: {reference}")))?;
    if !workflow.active {
        return Err(refuse("Cannot trigger a 'workflow_dispatch' on a disabled workflow".to_owned()));
    }
    let spec = commit.files.get(&workflow.path).and_then(|blob| blob.workflow.clone());
    let inputs = spec.as_ref().and_then(|spec| spec.inputs.as_ref());
    let inputs = inputs.ok_or_else(|| refuse("Workflow does not have 'workflow_dispatch' trigger".to_owned()))?;
    let inputs = values(home, inputs, &given).map_err(|problem| match problem {
        Problem::Malformed(what) => Reply::malformed(ask.doc, &what),
        Problem::Refused(why) => refuse(why),
    })?;
    let new = NewRun { workflow: workflow.id, branch: &reference, event: "workflow_dispatch", inputs };
    let id = state.start_run(ask.repo, ask.actor(), new);
    // The newer API version always tells which run it was.
    if !details && !ask.modern {
        return Ok(Reply::empty(204));
    }
    let run = state.run(ask.repo, id).ok_or_else(|| ask.missing())?;
    let shown = ask.sight(state).run(ask.repo, run);
    Ok(Reply::ok(json!({ "workflow_run_id": id, "run_url": shown["url"], "html_url": shown["html_url"] })))
}

/// What is wrong with the inputs.
enum Problem {
    Malformed(String),
    Refused(String),
}

/// The values that the run gets, defaults included.
fn values(
    home: &Repo,
    inputs: &[WorkflowInput],
    given: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, Problem> {
    let unknown: Vec<&String> = given.keys().filter(|name| inputs.iter().all(|input| input.name != **name)).collect();
    if !unknown.is_empty() {
        return Err(Problem::Refused(format!("Unexpected inputs provided: {}", json!(unknown))));
    }
    let mut out = BTreeMap::new();
    for input in inputs {
        let value = match given.get(&input.name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => {
                let what = format!("For 'properties/inputs/{}', {other} is not a string.", input.name);
                return Err(Problem::Malformed(what));
            }
            None => None,
        };
        let value = value.filter(|text| !text.is_empty() || !input.required).or_else(|| input.default.clone());
        let Some(value) = value else {
            if input.required {
                return Err(Problem::Refused(format!("Required input '{}' not provided", input.name)));
            }
            continue;
        };
        let good = value.is_empty()
            || match input.kind {
                "choice" => input.options.contains(&value),
                "boolean" => matches!(value.as_str(), "true" | "false"),
                "number" => value.parse::<f64>().is_ok_and(f64::is_finite),
                "environment" => home.environments.iter().any(|known| known.name == value),
                _ => true,
            };
        if !good {
            let name = &input.name;
            let why = match input.kind {
                "boolean" | "number" => format!("Provided value '{value}' for input '{name}' is not a {}", input.kind),
                _ => format!("Provided value '{value}' for input '{name}' not in the list of allowed values"),
            };
            return Err(Problem::Refused(why));
        }
        out.insert(input.name.clone(), value);
    }
    Ok(out)
}
