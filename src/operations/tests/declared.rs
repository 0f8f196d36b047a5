//! Declarations read off types, and errors of arguments that come as data.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::super::{Caller, Declaration, FieldKind, Found, Shape, sample};
use crate::model::{Actor, CallId, FaultKind, Object, Role};

fn declaration(name: &str) -> Declaration {
    sample::declarations().into_iter().find(|one| one.spec.name == name).expect("a sample operation")
}

/// The field and text of the fault that these arguments give.
fn fault(name: &str, args: serde_json::Value) -> String {
    let args: Object = serde_json::from_value(args).expect("an object");
    match declaration(name).run.check(&args) {
        Ok(()) => "fine".to_owned(),
        Err(fault) => match fault.kind {
            FaultKind::BadInput { field } => format!("[{}] {}", field.unwrap_or_default(), fault.outside),
            other => format!("{other:?}"),
        },
    }
}

#[test]
fn a_type_is_erased_into_a_record() {
    let close = declaration("github.issue.close");
    assert_eq!(close.summary, "Close an issue, optionally saying why.");
    assert_eq!(close.detail, "It can be opened again.");
    let rows: Vec<String> = close
        .params
        .iter()
        .chain(&declaration("github.issue.create").params)
        .chain(&declaration("github.workflow.run").params)
        .chain(&declaration("github.issue.list").params)
        .map(|param| {
            let kind = match &param.kind {
                FieldKind::Choice(choices) => format!("Choice of {}", choices.len()),
                FieldKind::Choices(choices) => format!("Choices of {}", choices.len()),
                other => format!("{other:?}"),
            };
            let shape = if param.shape == Shape::Plain { String::new() } else { format!(" as {:?}", param.shape) };
            let needed = if param.required { " needed" } else { "" };
            let default = param.default.as_ref().map(|default| format!(" default {default}")).unwrap_or_default();
            let bounds = match (param.minimum, param.maximum) {
                (None, None) => String::new(),
                bounds => format!(" {:?}..{:?}", bounds.0, bounds.1),
            };
            format!("{}: {kind}{shape}{needed}{default}{bounds}", param.name)
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    issue: Line needed
    reason: Choice of 3 default "done"
    comment: Long
    title: Line needed
    repository: Line
    body: Long
    labels: List default []
    grade: Choice of 2
    milestone: Integer Some(1)..Some(500)
    draft: Flag default false
    notify: Flag default true
    workflow: Line needed
    inputs: List as Map default {}
    hours: Line as Number
    cancel: List as Integers default []
    extra: Long as Json
    repository: Line
    grades: Choices of 2
    limit: Integer Some(0)..Some(255)
    "#);
    let create = declaration("github.issue.create");
    assert_eq!(create.param("body").map(|param| param.help.as_str()), Some("What happened, in detail."));
    assert_eq!(close.param("issue").and_then(|param| param.complete.as_deref()), Some("github.open_issues"));
    let reason = close.param("reason").expect("there");
    assert_eq!(reason.meanings.get("not-planned").map(String::as_str), Some("Nobody will do it."));
    let FieldKind::Choice(choices) = &reason.kind else { panic!("{:?}", reason.kind) };
    let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(labels.len(), 3);
    assert!(labels.contains(&"Not planned"));
    assert!(close.schema.get("$defs").is_none(), "the schema stands by itself: {}", close.schema);
}

#[test]
fn wrong_arguments_are_explained_in_plain_words() {
    let close = "github.issue.close";
    let create = "github.issue.create";
    assert_eq!(fault(close, json!({"issue": "a/b#1", "reason": "not-planned", "comment": null})), "fine");
    insta::assert_snapshot!(fault(close, json!({"issue": "a/b#1", "reason": "dune"})), @r#"[reason] `reason` must be one of done, not-planned, duplicate; got "dune" - did you mean done?"#);
    insta::assert_snapshot!(fault(close, json!({"issue": "a/b#1", "reason": 5})), @r#"[reason] `reason` must be one of done, not-planned, duplicate; got "5""#);
    insta::assert_snapshot!(fault(close, json!({"reason": "done"})), @"[issue] `issue` is missing. Issue as `owner/name#12`, its link, or `#12` in a linked channel.");
    insta::assert_snapshot!(fault(close, json!({"issue": "twelve"})), @"[issue] `issue`: `twelve` is no issue; write `owner/name#12`");
    insta::assert_snapshot!(fault(close, json!({"issue": 12})), @r#"[issue] `issue` must be text; got "12""#);
    insta::assert_snapshot!(fault(close, json!({"issue": null})), @"[issue] `issue` must be text; got nothing");
    insta::assert_snapshot!(fault(close, json!({"issue": "a/b#1", "commnet": "x"})), @"[commnet] There is no field `commnet`; it takes issue, reason, comment - did you mean comment?");
    insta::assert_snapshot!(fault(create, json!({"title": ["x"]})), @r#"[title] `title` must be text; got "x""#);
    insta::assert_snapshot!(fault(create, json!({"title": "x", "milestone": -1})), @r#"[milestone] `milestone` must be a whole number from 1 to 500; got "-1""#);
    insta::assert_snapshot!(fault(create, json!({"title": "x", "draft": "perhaps"})), @r#"[draft] `draft` must be yes or no; got "perhaps""#);
    insta::assert_snapshot!(fault(create, json!({"title": "x", "labels": ["a", 5]})), @r#"[labels] `labels` must be a list of texts; got "5""#);
    insta::assert_snapshot!(fault(create, json!({"title": "x", "labels": "a"})), @r#"[labels] `labels` must be a list of texts; got "a""#);
    insta::assert_snapshot!(fault("github.issue.list", json!({"grades": ["high", "hihg"]})), @r#"[grades] `grades` takes any of high, low, with commas between; got "hihg" - did you mean high?"#);
    insta::assert_snapshot!(fault("github.issue.list", json!({"limit": 1000})), @r#"[limit] `limit` must be a whole number from 0 to 255; got "1000""#);
    insta::assert_snapshot!(fault("github.workflow.run", json!({"workflow": "x", "inputs": {"a": 1}})), @r#"[inputs] `inputs` takes pairs such as name=value, with commas between; got "{"a":1}""#);
    insta::assert_snapshot!(fault("github.workflow.run", json!({"workflow": "x", "hours": "long"})), @r#"[hours] `hours` must be a number, such as 2.5; got "long""#);
    insta::assert_snapshot!(fault("github.workflow.run", json!({"workflow": "x", "extra": []})), @"[extra] `extra` is not as it should be: invalid type: sequence, expected a map");
    insta::assert_snapshot!(fault("jira.issue.list", json!({"x": 1})), @"[x] There is no field `x`; it takes none");
}

#[tokio::test]
async fn an_erased_operation_still_runs() {
    let now = Timestamp::UNIX_EPOCH;
    let actor = Actor::ApiKey { name: "ci".to_owned() };
    let (call, role) = (CallId::new(), Role::Operator);
    let by = Caller {
        call,
        actor,
        role,
        place: None,
        accepted_at: now,
        now,
        defaults: std::collections::BTreeMap::new(),
        quote: None,
    };
    let delete = declaration("github.branch.delete");
    let run = Arc::clone(&delete.run);
    let args: Object = serde_json::from_value(json!({"branch": "old"})).expect("an object");
    let outcome = run.run(&args, &by).await.expect("it runs");
    assert_eq!(outcome.card.map(|card| card.title).as_deref(), Some("github.branch.delete for ci"));
    assert!(matches!(run.find(&args, &by).await, Ok(Found::Absent)));
    assert!(matches!(run.preview(&args, &by).await, Ok(Some(_))));
    let nothing = Object::new();
    for fault in [
        run.run(&nothing, &by).await.err(),
        run.find(&nothing, &by).await.err(),
        run.preview(&nothing, &by).await.err(),
    ] {
        assert_eq!(fault.map(|fault| fault.policy().status), Some(400), "arguments are read before anything is done");
    }
}
