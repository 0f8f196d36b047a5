//! Sprints, in the three forms that Jira gives them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::lax::{lax, lax_id, lax_time, wire};

wire!(
    /// A sprint. Its state is `future`, `active` or `closed`.
    pub Sprint {
        id: String = "lax_id",
        #[serde(rename = "self")]
        address: String = "lax",
        name: String = "lax",
        state: String = "lax",
        goal: String = "lax",
        start_date: Option<Timestamp> = "lax_time",
        end_date: Option<Timestamp> = "lax_time",
        complete_date: Option<Timestamp> = "lax_time",
        #[serde(alias = "boardId")]
        origin_board_id: String = "lax_id",
    }
);

impl Sprint {
    /// The sprint in a value that may be one: a record, or the text that Data Center puts into the field of an issue
    /// (`com.atlassian.greenhopper.service.sprint.Sprint@1[id=1,state=ACTIVE,name=One,…]`).
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        let mut sprint: Self = match value {
            Value::String(text) => serde_json::from_value(text_form(text)?).ok()?,
            Value::Object(record) if record.contains_key("state") && record.contains_key("name") => {
                serde_json::from_value(value.clone()).ok()?
            }
            _ => return None,
        };
        sprint.state.make_ascii_lowercase();
        let known = matches!(sprint.state.as_str(), "active" | "future" | "closed");
        (known && !sprint.id.is_empty() && !sprint.name.is_empty()).then_some(sprint)
    }
}

fn text_form(text: &str) -> Option<Value> {
    let (kind, rest) = text.split_once('[')?;
    if !kind.starts_with("com.atlassian.greenhopper") || text.len() > 4_000 {
        return None;
    }
    let inner = rest.strip_suffix(']')?;
    let keys = [
        "id",
        "state",
        "name",
        "goal",
        "startDate",
        "endDate",
        "completeDate",
        "rapidViewId",
        "sequence",
        "activatedDate",
        "autoStartStop",
        "synced",
        "incompleteIssuesDestinationId",
    ];
    // Values are not quoted: a comma is one between two fields only before a known name.
    let mut record = json!({});
    let mut starts: Vec<(usize, &str)> = Vec::new();
    for key in keys {
        let at = if inner.starts_with(&format!("{key}=")) {
            Some(0)
        } else {
            inner.find(&format!(",{key}=")).map(|at| at + 1)
        };
        starts.extend(at.map(|at| (at, key)));
    }
    starts.sort_unstable();
    for (index, (start, key)) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(inner.len(), |(next, _)| next - 1);
        let value = inner.get(start + key.len() + 1..end).unwrap_or_default();
        let name = if *key == "rapidViewId" { "boardId" } else { key };
        if value != "<null>" {
            record[name] = value.into();
        }
    }
    Some(record)
}
