//! Further fields, previews that pin something down, and menus.

use super::*;
use crate::model::{ActionKind, Choice};

fn object(value: &Value) -> Object {
    value.as_object().cloned().unwrap()
}

fn file(args: &Value) -> Press {
    Press::new("tracker.ticket.file", object(args))
}

fn times(house: &House) -> usize {
    house.tracker.asked.load(Ordering::SeqCst)
}

impl House {
    async fn filed(&self) -> Value {
        Value::Object(self.call().await.args)
    }
}

#[tokio::test]
async fn a_line_that_says_enough_runs_and_further_fields_are_called_as_people_call_them() {
    let house = House::open(usize::MAX);
    let args = |fields: Value| json!({ "project": "ACME", "title": "Login fails", "fields": fields });
    for (line, fields) in [
        ("tracker ticket file ACME Login fails --severity high", json!({ "cf_2": "1" })),
        (
            "tracker ticket file ACME Login fails --Severity=Low --no-notify --story-points 5",
            json!({ "cf_1": "5", "cf_2": "2", "cf_3": "false" }),
        ),
        (
            "tracker ticket file ACME --field severity=1 --field \"Story Points=3\" --notify --cf_4 \"Ana, Ben\" Login fails",
            json!({ "cf_1": "3", "cf_2": "1", "cf_3": "true", "cf_4": "Ana, Ben" }),
        ),
        (
            "tracker ticket file ACME Login fails --field \"Team=a, b=c\" --fields cf_2=2,cf_1=8",
            json!({ "cf_1": "8", "cf_2": "2", "team": "a, b=c" }),
        ),
    ] {
        house.line(line).await;
        assert_eq!(house.filed().await, args(fields), "{line}");
    }
    assert_eq!(times(&house), 1, "what was told is known for a minute");
    house.clock.advance(SignedDuration::from_secs(61));
    house.line("tracker ticket file PLAIN Login fails").await;
    assert_eq!(house.filed().await, json!({ "project": "PLAIN", "title": "Login fails" }));
    house.line("tracker ticket file ACME Login fails --severity 1").await;
    house.call().await;
    assert_eq!(times(&house), 3);
}

#[tokio::test]
async fn what_cannot_be_read_of_a_further_field_is_said_by_its_label_and_mended() {
    for at_once in [usize::MAX, 5, 1] {
        let house = House::open(at_once);
        house.line("tracker ticket file ACME Login fails --severity medium --story-points five --note x").await;
        let card = house.answer().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(said(&card), @r#"
            Severity must be one of High, Low; got "medium"
            Story Points must be a whole number, such as 10; got "five"
            [Correct it in a form]
            "#);
        }
        house.press(&card, "Correct it in a form").await;
        let form = house.form();
        if at_once == 1 {
            assert_eq!(names(&form), ["fields.cf_2"]);
            house.submit(&form, &[("fields.cf_2", "medium")], false).await;
            let form = house.form();
            assert_eq!((names(&form), form.fields[0].value.as_deref()), (vec!["fields.cf_2"], Some("medium")));
            house.submit(&form, &[("fields.cf_2", "high")], false).await;
            let form = house.form();
            assert_eq!(names(&form), ["fields.cf_1"]);
            house.submit(&form, &[("fields.cf_1", "5")], false).await;
        } else {
            assert_eq!(names(&form), ["fields.cf_2", "fields.cf_1"], "nothing else is asked for");
            let labels: Vec<&str> = form.fields.iter().map(|field| field.label.as_str()).collect();
            assert_eq!(labels, ["Severity", "Story Points"]);
            house.submit(&form, &[("fields.cf_2", "high"), ("fields.cf_1", "5")], true).await;
        }
        let expected = json!({ "project": "ACME", "title": "Login fails", "note": "x",
            "fields": { "cf_1": "5", "cf_2": "1" } });
        assert_eq!(house.filed().await, expected);
    }
    let house = House::open(usize::MAX);
    house.line("tracker ticket file ACME Login fails --severty 1").await;
    assert!(said(&house.answer().await).contains("Did you mean Severity?"));
    house.line("tracker ticket file ACME Login fails with --force").await;
    assert!(
        said(&house.answer().await)
            .contains("there are: Story Points, Severity, Notify, Watchers, Team. If it is text")
    );
    house.line("tracker ticket file ACME -- Login fails with --force --severity").await;
    let form = house.form();
    let title = form.fields.iter().find(|field| field.name == "title").and_then(|field| field.value.clone());
    assert_eq!(title.as_deref(), Some("Login fails with --force --severity"));
    house.line("tracker ticket file ACME Login fails --severity 1 --Severity 2").await;
    assert!(said(&house.answer().await).contains("Severity is given twice"));
    house.line("tracker ticket file ACME Login fails --field severity").await;
    assert!(said(&house.answer().await).contains("--field takes one field, such as --field \"Name=value\""));
    house.line("tracker ticket file NOPE Login fails").await;
    let card = house.answer().await;
    assert_eq!(said(&card), "There is no project NOPE.\n[Correct it in a form]");
    house.press(&card, "Correct it in a form").await;
    assert_eq!(names(&house.form()), ["project"]);
}

#[tokio::test]
async fn after_the_form_of_what_is_always_asked_for_comes_that_of_the_project() {
    let house = House::open(usize::MAX);
    house.line("tracker ticket file").await;
    let form = house.form();
    assert_eq!(names(&form), ["project", "title", "note"]);
    assert_eq!(times(&house), 0, "nothing is known that could be asked with");
    house.submit(&form, &[("project", "NOPE"), ("title", "Login fails")], true).await;
    let form = house.form();
    assert_eq!((names(&form)[0], form.fields[0].error.as_deref()), ("project", Some("There is no project NOPE.")));
    house.submit(&form, &[("project", "ACME"), ("title", "Login fails"), ("note", "soon")], true).await;
    let form = house.form();
    assert_eq!(names(&form), ["fields.cf_2", "fields.cf_1", "fields.cf_3", "fields.cf_4", "fields.team"]);
    assert_eq!(form.fields[2].value.as_deref(), Some("true"), "the vendor's own default stands there");
    house.submit(&form, &[("fields.cf_1", "five"), ("fields.cf_3", "true")], true).await;
    let form = house.form();
    let errors: Vec<&str> = form.fields.iter().filter_map(|field| field.error.as_deref()).collect();
    assert_eq!(errors, ["`Severity` is needed", "`Story Points` must be a whole number, such as 10; got \"five\""]);
    let sent = [("fields.cf_2", "2"), ("fields.cf_1", "5"), ("fields.cf_3", "false"), ("fields.cf_4", "Ana,Ben")];
    house.submit(&form, &sent, true).await;
    let expected = json!({ "project": "ACME", "title": "Login fails", "note": "soon",
        "fields": { "cf_1": "5", "cf_2": "2", "cf_3": "false", "cf_4": "Ana, Ben" } });
    assert_eq!(house.filed().await, expected);
    assert_eq!(times(&house), 2);
    // A project without fields of its own needs no second form.
    house.line("tracker ticket file").await;
    house.submit(&house.form(), &[("project", "PLAIN"), ("title", "Login fails")], true).await;
    assert_eq!(house.filed().await["project"], "PLAIN");
}

#[tokio::test]
async fn a_form_can_be_asked_for_with_all_in_it_and_another_project_has_other_fields() {
    let house = House::open(usize::MAX);
    let known = json!({ "project": "ACME", "title": "Login fails", "fields": { "cf_2": "1", "cf_1": "5" } });
    house.press_for(Press { ask: true, ..file(&known) }).await;
    let form = house.form();
    let all = ["note", "fields.cf_3", "fields.cf_4", "fields.team", "project", "title", "fields.cf_1", "fields.cf_2"];
    assert_eq!(names(&form), all);
    let sent = [("project", "OPS"), ("title", "Login fails"), ("fields.cf_1", "5"), ("fields.cf_2", "1")];
    house.submit(&form, &sent, true).await;
    let form = house.form();
    assert_eq!(names(&form), ["fields.cf_9"], "what there was not before");
    house.submit(&form, &[("fields.cf_9", "eu")], true).await;
    let expected = json!({ "project": "OPS", "title": "Login fails", "fields": { "cf_2": "1", "cf_9": "eu" } });
    assert_eq!(house.filed().await, expected);
}

#[tokio::test]
async fn steps_go_on_with_the_further_fields() {
    let house = House::open(5);
    house.line("tracker ticket file").await;
    let form = house.form();
    house.sheets.refuses.store(true, Ordering::SeqCst);
    house.submit(&form, &[("project", "ACME"), ("title", "Login fails")], false).await;
    let card = house.answer().await;
    insta::assert_snapshot!(said(&card), @r#"
    File a ticket needs a little more.
    File a ticket in a project.
    [Fill in]
    "#);
    house.sheets.refuses.store(false, Ordering::SeqCst);
    house.press(&card, "Fill in").await;
    let form = house.form();
    assert_eq!(form.fields.len(), 5);
    house.submit(&form, &[("fields.cf_2", "1"), ("fields.cf_3", "true")], false).await;
    let fields = json!({ "cf_2": "1", "cf_3": "true" });
    assert_eq!(house.filed().await, json!({ "project": "ACME", "title": "Login fails", "fields": fields }));
    // Where nothing more is needed, it can be given all the same.
    house.press_for(file(&json!({ "project": "ACME", "fields": { "severity": "low" } }))).await;
    let form = house.form();
    house.sheets.refuses.store(true, Ordering::SeqCst);
    house.submit(&form, &[("project", "ACME"), ("title", "Login fails")], false).await;
    let card = house.answer().await;
    insta::assert_snapshot!(said(&card), @r"
    File a ticket: ready.
    You can still give: Story Points, Notify, Watchers, Team, Severity.
    [File]
    [Fill in the rest]
    ");
    house.press(&card, "File").await;
    assert_eq!(house.filed().await["fields"], json!({ "cf_2": "2" }));

    let house = House::open(1);
    house.line("tracker ticket file ACME Login fails").await;
    let form = house.form();
    assert_eq!((names(&form), form.more), (vec!["fields.cf_2"], 0), "only what is needed");
    house.submit(&form, &[("fields.cf_2", "High")], false).await;
    assert_eq!(house.filed().await["fields"], json!({ "cf_2": "1" }));
    house.press_for(Press { ask: true, ..file(&json!({})) }).await;
    let mut seen = Vec::new();
    for (value, last) in
        [("ACME", false), ("Login fails", false), ("2", false), ("", false), ("3", false), ("no", true)]
    {
        let form = house.form();
        let name = form.fields[0].name.clone();
        house.submit(&form, &[(&name, value)], last).await;
        seen.push(name);
    }
    assert_eq!(seen, ["project", "title", "fields.cf_2", "note", "fields.cf_1", "fields.cf_3"]);
    assert_eq!(house.filed().await["fields"], json!({ "cf_1": "3", "cf_2": "2", "cf_3": "false" }));
}

#[tokio::test]
async fn a_vendor_that_takes_its_time_is_waited_for_and_what_it_told_is_there_for_the_button() {
    let house = Arc::new(House::open(usize::MAX));
    house.tracker.slow.store(true, Ordering::SeqCst);
    let asking = tokio::spawn({
        let house = Arc::clone(&house);
        async move { house.line("tracker ticket file ACME Login fails").await }
    });
    while times(&house) == 0 {
        tokio::task::yield_now().await;
    }
    // What it was asked with has expired by now; nobody waits for ever.
    house.sheets.refuses.store(true, Ordering::SeqCst);
    house.clock.advance(SignedDuration::from_secs(15));
    asking.await.unwrap();
    let card = house.answer().await;
    insta::assert_snapshot!(said(&card), @r#"
    tracker takes long to say which fields there are. Try again in a moment.
    [Try again]
    "#);
    house.tracker.answers.notify_waiters();
    house.sheets.refuses.store(false, Ordering::SeqCst);
    house.press(&card, "Try again").await;
    assert_eq!(names(&house.form())[0], "fields.cf_2");
    assert_eq!(times(&house), 1, "it was asked once");
}

#[tokio::test]
async fn where_the_fields_cannot_be_told_nothing_is_lost() {
    let house = House::open(usize::MAX);
    house.tracker.down.store(true, Ordering::SeqCst);
    house.line("tracker ticket file").await;
    house.submit(&house.form(), &[("project", "ACME"), ("title", "Login fails"), ("note", "soon")], true).await;
    let card = house.answer().await;
    insta::assert_snapshot!(said(&card), @r#"
    The tracker does not answer.
    [Try again]
    "#);
    house.tracker.down.store(false, Ordering::SeqCst);
    house.press(&card, "Try again").await;
    let form = house.form();
    assert_eq!(names(&form)[0], "fields.cf_2");
    // They are forgotten while the form is open.
    house.clock.advance(SignedDuration::from_mins(2));
    house.tracker.down.store(true, Ordering::SeqCst);
    house.submit(&form, &[("fields.cf_2", "1"), ("fields.cf_1", "5")], true).await;
    let card = house.answer().await;
    house.tracker.down.store(false, Ordering::SeqCst);
    house.press(&card, "Try again").await;
    let expected = json!({ "project": "ACME", "title": "Login fails", "note": "soon",
        "fields": { "cf_1": "5", "cf_2": "1" } });
    assert_eq!(house.filed().await, expected);
    // What stands beside them is not lost, either.
    let known = json!({ "project": "ACME", "title": "Login fails", "fields": { "cf_2": "1" } });
    house.press_for(Press { ask: true, ..file(&known) }).await;
    let form = house.form();
    house.clock.advance(SignedDuration::from_mins(2));
    house.tracker.down.store(true, Ordering::SeqCst);
    let sent = [("project", "ACME"), ("title", "Login breaks"), ("fields.cf_1", "5"), ("fields.cf_2", "2")];
    house.submit(&form, &sent, true).await;
    let card = house.answer().await;
    house.tracker.down.store(false, Ordering::SeqCst);
    house.press(&card, "Try again").await;
    let form = house.form();
    let value = |name: &str| form.fields.iter().find(|field| field.name == name).and_then(|field| field.value.clone());
    let values = ["title", "fields.cf_1", "fields.cf_2", "fields.cf_4"].map(value);
    assert_eq!(values, [Some("Login breaks".to_owned()), Some("5".to_owned()), Some("2".to_owned()), None]);
}

#[tokio::test]
async fn what_was_seen_is_what_is_confirmed() {
    let house = House::open(usize::MAX);
    house.line("tracker change merge 7").await;
    let card = house.answer().await;
    assert_eq!(card.title, "Merge 7 at 0123abc, not seen yet?");
    house.press(&card, "Yes, do it").await;
    assert_eq!(Value::Object(house.call().await.args), json!({ "change": "7", "head": "0123abc" }));
    // People cannot say what they have seen: only buttons know it.
    house.line("tracker change merge 7 --head 0").await;
    assert!(said(&house.answer().await).contains("has no option --head"));
    let values = texts(&[("change", "7"), ("head", "0")]);
    house.ask(Ask::Operation { name: "tracker.change.merge".to_owned(), values }).await;
    assert!(said(&house.answer().await).contains("has no option head any more"));
    house.line("tracker change merge").await;
    let form = house.form();
    assert_eq!(names(&form), ["change"]);
    // It is kept where a form knows nothing of it.
    let press =
        Press { ask: true, ..Press::new("tracker.change.merge", object(&json!({ "change": "7", "head": "f00" }))) };
    house.press_for(press).await;
    house.submit(&house.form(), &[("change", "8")], true).await;
    assert_eq!(house.answer().await.title, "Merge 8 at 0123abc, f00?");
}

#[tokio::test]
async fn a_menus_choice_is_one_value_of_what_takes_several() {
    let house = House::open(usize::MAX);
    let menu = |operation: &str, into: &str| {
        let press = Press::new(operation, object(&json!({ "ticket": 7 })));
        let choices = vec![Choice { value: "Duarte, Ana".into(), label: "Ana".into() }];
        let kind = ActionKind::Select { press, into: into.to_owned(), choices };
        let mut card = Card::new(Tone::Neutral, "x").action(Action { kind, ..Action::open("to", "Assign", "") });
        let minter = house.minter.clone();
        let minted = house.store.write(move |tx| {
            minter.mint(tx, &mut card, None)?;
            Ok(card)
        });
        async { action(&minted.await.unwrap(), "Assign").token.clone().unwrap() }
    };
    for (into, choice, expected) in [
        ("people", "Duarte, Ana", json!({ "ticket": 7, "people": ["Duarte, Ana"] })),
        ("ticket", "8", json!({ "ticket": 8 })),
    ] {
        let token = menu("tracker.ticket.assign", into).await;
        house.ask(Ask::Press { token, choice: Some(choice.to_owned()) }).await;
        if into == "people" {
            assert_eq!(Value::Object(house.call().await.args), expected);
        } else {
            let form = house.form();
            assert_eq!((form.fields[0].name.as_str(), form.fields[1].value.as_deref()), ("people", Some("8")));
        }
    }
}
