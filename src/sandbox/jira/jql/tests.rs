//! Queries against the sample site.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::sandbox::jira::JiraSetup;

fn state() -> State {
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let mut setup = JiraSetup::sample(Arc::new(move || now));
    setup.indexed = vec![("quarterdeck".to_owned(), "marker".to_owned())];
    let mut state = State::new(&setup, now);
    let id = state.world.locate("ACME-2").unwrap();
    let issue = state.world.issues.get_mut(&id).unwrap();
    issue.values.insert("labels".to_owned(), json!(["mobile", "urgent"]));
    issue.values.insert("priority".to_owned(), json!("1"));
    issue.properties.insert("quarterdeck".to_owned(), json!({ "marker": "m1" }));
    state
}

fn keys(text: &str) -> Result<String, String> {
    let state = state();
    let found = search(&state, text, JiraSetup::ANA).map_err(|wrong| wrong.join(" | "))?;
    let keys: Vec<&str> = found.issues.iter().map(|id| state.world.issues[id].key.as_str()).collect();
    Ok(keys.join(" "))
}

#[test]
fn queries_find_what_they_say() {
    for (query, wanted) in [
        ("project = ACME order by key", "ACME-1 ACME-2 ACME-3"),
        ("project = acme AND assignee = currentUser()", ""),
        ("assignee is EMPTY", "ACME-3"),
        ("assignee != \"Chris Meyer\"", "ACME-1"),
        ("assignee in (712020:0be00000-0000-4000-8000-00000000b0b0)", "ACME-1"),
        ("labels in (mobile, x) and labels not in (y)", "ACME-2"),
        ("labels not in (mobile)", ""),
        ("labels is empty order by key desc", "ACME-3 ACME-1"),
        ("text ~ \"login safari\"", "ACME-2"),
        ("summary ~ log", ""),
        ("summary ~ \"log*\"", "ACME-2"),
        ("summary ~ \"\\\"loops on\\\"\"", "ACME-2"),
        ("key in (ACME-3, acme-1) ORDER BY key ASC", "ACME-1 ACME-3"),
        ("created >= -1d AND updated <= now() and key > ACME-2", "ACME-3"),
        ("created < startOfDay()", ""),
        ("sprint in openSprints() and issuetype = Bug", "ACME-2"),
        ("sprint = \"ACME Sprint 2\"", ""),
        ("priority > Medium", "ACME-2"),
        ("project = ACME order by priority desc, key", "ACME-2 ACME-1 ACME-3"),
        ("statusCategory = \"To Do\" and status in (\"To Do\") and not type = Bug order by key", "ACME-1 ACME-3"),
        ("\"Story Points\" >= 3 and cf[10016] < 5", "ACME-2"),
        ("issue.property[quarterdeck].marker = \"m1\"", "ACME-2"),
        ("(type = Bug OR type = Task) AND resolution = Unresolved order by created, key", "ACME-2 ACME-3"),
    ] {
        assert_eq!(keys(query).as_deref(), Ok(wanted), "{query}");
    }
}

#[test]
fn what_is_wrong_is_said_in_jiras_words() {
    let said = |query: &str| keys(query).unwrap_err();
    assert_eq!(said("foo = 1"), "Field 'foo' does not exist or you do not have permission to view it.");
    assert_eq!(said("project = NOPE"), "The value 'NOPE' does not exist for the field 'project'.");
    assert_eq!(said("key = ACME-99"), "An issue with key 'ACME-99' does not exist for field 'key'.");
    assert_eq!(said("project ~ ACME"), "The operator '~' is not supported by the 'project' field.");
    assert_eq!(said("summary = x"), "The operator '=' is not supported by the 'summary' field.");
    assert!(said("project ACME").starts_with("Error in the JQL Query: Expecting operator but got 'ACME'."));
    assert!(said("project = ").ends_with("before the end of the query."));
    assert!(said("project = ACME status = Done").contains("Expecting either 'OR' or 'AND' but got 'status'"));
    assert!(said("(project = ACME").contains("Expecting ')' before the end"));
    assert!(said("project = \"ACME").contains("has not been completed"));
    assert!(said("summary ~ select").contains("'select' is a reserved JQL word"));
    assert!(said("assignee = \"nobody@x.example\"").contains("does not exist for the field 'assignee'"));
    assert!(said("assignee = a@b").contains("'@' is a reserved JQL character"));
    assert!(said("created > yesterday").contains("Date value 'yesterday'"));
    assert!(said("summary ~ \"*x\"").contains("not allowed to start with"));
    assert!(said("issue.property[other].marker = 1").contains("does not exist"));
    assert!(!search(&state(), "order by created", "").unwrap().bounded);
}
