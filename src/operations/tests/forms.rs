//! Forms: what they ask, and how they are read.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::{Declaration, Form, read_form, sample};
use crate::model::{Object, Token};

fn declaration(name: &str) -> Declaration {
    sample::declarations().into_iter().find(|one| one.spec.name == name).expect("a sample operation")
}

fn object(value: serde_json::Value) -> Object {
    serde_json::from_value(value).expect("an object")
}

fn shown(form: &Form) -> String {
    let fields = form.fields.iter().map(|field| {
        let needed = if field.required { "*" } else { "" };
        let value = field.value.as_ref().map(|value| format!(" [{value}]")).unwrap_or_default();
        let error = field.error.as_ref().map(|error| format!(" !{error}")).unwrap_or_default();
        format!("{}{needed}{value}{error} ({})", field.label, field.help)
    });
    let fields: Vec<String> = fields.collect();
    format!("{} | {} | {}\n{}", form.title, form.intro.as_deref().unwrap_or("-"), form.submit, fields.join("\n"))
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_form_asks_for_what_is_missing_first() {
    let known = object(json!({"repository": "acme/api", "labels": ["bug", "good first"], "milestone": 4}));
    let form = Form::of(&declaration("github.issue.create"), &known, Token::from_wire("t"));
    insta::assert_snapshot!(shown(&form), @r"
    Create an issue | Create an issue in a repository. | Create
    Title* (What it is about, in one line.)
    Body (What happened, in detail.)
    Grade (How grave it is.)
    Draft [false] (Whether it is a draft.)
    Notify [true] (Whether those named in it hear of it.)
    Repository [acme/api] (Repository as `owner/name`; the channel's own if not said.)
    Labels [bug, good first] (Labels to put on it.)
    Milestone [4] (Milestone by number.)
    ");
    let again = form.again(
        &values(&[("title", "x"), ("milestone", "ten")]),
        &[],
        &[("milestone".to_owned(), "no number".to_owned())],
    );
    insta::assert_snapshot!(shown(&again), @r"
    Create an issue | Create an issue in a repository. | Create
    Title* [x] (What it is about, in one line.)
    Body (What happened, in detail.)
    Grade (How grave it is.)
    Draft (Whether it is a draft.)
    Notify (Whether those named in it hear of it.)
    Repository (Repository as `owner/name`; the channel's own if not said.)
    Labels (Labels to put on it.)
    Milestone [ten] !no number (Milestone by number.)
    ");
}

#[test]
fn titles_fit_and_read_well() {
    let mut close = declaration("github.issue.close");
    for (summary, title) in [
        ("Close an issue, optionally saying why.", "Close an issue"),
        ("Create an issue in a repository.", "Create an issue"),
        ("Run.", "Run"),
        ("Put labels on an issue.", "Put labels on an issue"),
        ("Extraordinarily-long-words only here.", "Close issue"),
        ("Move a task to another column of the board.", "Move a task to another"),
        ("", "Close issue"),
    ] {
        close.summary = summary.to_owned();
        assert_eq!(Form::of(&close, &Object::new(), Token::from_wire("t")).title, title);
    }
    for operation in sample::declarations() {
        let form = Form::of(&operation, &Object::new(), Token::from_wire("t"));
        assert!((1..=24).contains(&form.title.chars().count()), "{}", form.title);
        assert!((1..=24).contains(&form.submit.chars().count()), "{}", form.submit);
    }
}

#[test]
fn a_sent_form_becomes_arguments() {
    let create = declaration("github.issue.create");
    let sent = values(&[
        ("title", " Fix it "),
        ("body", "  two\nlines \n"),
        ("labels", "bug, good first,"),
        ("grade", "high"),
        ("milestone", "#12"),
        ("draft", "true"),
        ("repository", ""),
    ]);
    let known = object(json!({"repository": "acme/api"}));
    let args = read_form(&create, &sent, &known, &[]).expect("it can be read");
    assert_eq!(
        serde_json::Value::Object(args.clone()),
        json!({
            "title": "Fix it", "body": "  two\nlines", "labels": ["bug", "good first"], "grade": "high",
            "milestone": 12, "draft": true, "notify": false,
        }),
        "an emptied field is gone, and a flag that was on and is off says so"
    );
    create.run.check(&args).expect("what was read is what the operation reads");
}

#[test]
fn every_wrong_field_is_named() {
    let create = declaration("github.issue.create");
    let sent = values(&[("grade", "medium"), ("milestone", "501"), ("body", " ")]);
    let errors = read_form(&create, &sent, &Object::new(), &[]).expect_err("three fields are wrong");
    let errors: Vec<String> = errors.into_iter().map(|(field, error)| format!("{field}: {error}")).collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    title: `title` is needed
    grade: `grade` must be one of high, low; got "medium"
    milestone: `milestone` must be a whole number from 1 to 500; got "501"
    "#);
}

#[test]
fn what_a_form_shows_can_be_sent_back() {
    let run = declaration("github.workflow.run");
    let known = object(json!({
        "workflow": "deploy.yml", "inputs": {"env": "prod", "dry": "yes"}, "hours": 1.5, "cancel": [1, 2],
        "extra": {"deep": [true]},
    }));
    let form = Form::of(&run, &known, Token::from_wire("t"));
    let sent = form.fields.into_iter().filter_map(|field| Some((field.name, field.value?))).collect();
    assert_eq!(read_form(&run, &sent, &Object::new(), &[]), Ok(known));
}
