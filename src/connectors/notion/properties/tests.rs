use std::sync::LazyLock;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::connectors::notion::refs::Id;
use crate::connectors::notion::tests::{Judge, tasks};
use crate::model::{Fault, Span, Text};

static QUERIES: LazyLock<Judge> = LazyLock::new(|| Judge::of("QueryDataSourceParameters"));
const ANA: &str = "5ff924f176584f1cb585d1daa56b2927";

fn with<T>(run: impl FnOnce(&Context<'_>) -> T) -> T {
    let person = |name: &str| match name {
        "ana" | "ana@acme.example" => Ok(Id::parse(ANA).unwrap()),
        other => Err(Fault::bad_input("people", format!("Nobody is called {other}."))),
    };
    let page = |title: &str| match title {
        "Runbook" => Ok(Id::parse("be633bf1dfa0436db259571129a590e5").unwrap()),
        other => Err(Fault::bad_input("page", format!("No page is called {other}."))),
    };
    let now = "2026-11-21T17:30:00Z".parse().unwrap();
    run(&Context { now, zone: &TimeZone::UTC, person: &person, page: &page })
}

fn value(name: &str, text: &str) -> Result<Value, Fault> {
    with(|context| parse(tasks().find(name)?, text, context))
}

#[test]
fn values_are_read_by_the_type_of_their_property() {
    for (name, text, expected) in [
        ("name", "Fix *it*", json!({"title": [{"type": "text", "text": {"content": "Fix *it*"}}]})),
        (
            "Notes",
            "**now**",
            json!({"rich_text": [{"type": "text", "text": {"content": "now"}, "annotations": {"bold": true}}]}),
        ),
        ("Estimate", "1,5", json!({"number": 1.5})),
        ("Estimate", "", json!({"number": null})),
        ("Progress", "50 %", json!({"number": 0.5})),
        ("Urgent", "x", json!({"checkbox": true})),
        ("urgent", "", json!({"checkbox": false})),
        ("Priority", "hIgH", json!({"select": {"name": "High"}})),
        ("Priority", "Someday", json!({"select": {"name": "Someday"}})),
        ("Priority", "", json!({"select": null})),
        ("tags", "bug, New one", json!({"multi_select": [{"name": "Bug"}, {"name": "New one"}]})),
        ("Tags", "", json!({"multi_select": []})),
        ("Status", "doing", json!({"status": {"name": "Doing"}})),
        ("Due", "next friday", json!({"date": {"start": "2026-11-27", "end": null}})),
        ("Due", "30.11.2026 .. 2.12.2026", json!({"date": {"start": "2026-11-30", "end": "2026-12-02"}})),
        ("Due", "tomorrow 14:00", json!({"date": {"start": "2026-11-22T14:00:00+00:00", "end": null}})),
        ("Assignee", "@ana", json!({"people": [{"object": "user", "id": ANA}]})),
        (
            "Assignee",
            "ana@acme.example, 5ff924f1-7658-4f1c-b585-d1daa56b2927",
            json!({"people": [{"object": "user", "id": ANA}]}),
        ),
        ("Mail", "ana@acme.example", json!({"email": "ana@acme.example"})),
        ("Phone", "+49 30 1", json!({"phone_number": "+49 30 1"})),
        ("Link", "acme.example/x", json!({"url": "https://acme.example/x"})),
        ("Link", "<https://acme.example|acme>", json!({"url": "https://acme.example"})),
        (
            "Related",
            "Runbook; https://www.notion.so/x-be633bf1dfa0436db259571129a590e5",
            json!({"relation": [{"id": "be633bf1dfa0436db259571129a590e5"}]}),
        ),
        (
            "Files",
            "https://acme.example/a/log.txt, upload:be633bf1dfa0436db259571129a590e5",
            json!({"files": [
            {"type": "external", "name": "log.txt", "external": {"url": "https://acme.example/a/log.txt"}},
            {"type": "file_upload", "file_upload": {"id": "be633bf1dfa0436db259571129a590e5"}}]}),
        ),
        ("Where", "52.52, 13.4", json!({"place": {"lat": 52.52, "lon": 13.4, "name": null, "address": null}})),
    ] {
        assert_eq!(value(name, text), Ok(expected), "{name}: {text}");
    }
}

#[test]
fn what_does_not_fit_says_what_would() {
    for (name, text, said) in [
        ("Statuss", "x", "There is no property `Statuss` here. Did you mean `Status`? There are: `Name`, "),
        (
            "Status",
            "Doin",
            "`Doin` is no value of `Status`. Did you mean `Doing`? There are: `To do`, `Doing`, `Done`.",
        ),
        ("Estimate", "much", "`much` does not fit `Estimate`: write a number, such as `3` or `1.5`."),
        ("Estimate", "5%", "`5%` does not fit `Estimate`: it holds plain numbers, not percents."),
        ("Urgent", "maybe", "`maybe` does not fit `Urgent`: write `yes` or `no`."),
        ("Due", "soon", "`soon` does not fit `Due`: write a date such as `2026-11-30`"),
        ("Mail", "ana", "write an e-mail address"),
        ("Link", "javascript:alert(1)", "write a web address"),
        ("Link", "mailto:ana@acme.example", "write a web address"),
        ("Assignee", "zoe", "Nobody is called zoe."),
        ("Related", "Nothing", "No page is called Nothing."),
        ("Priority", "a,b", "a name has at most 100 characters and no comma"),
        ("Score", "3", "`Score` is computed by Notion and cannot be set."),
        ("Created", "today", "`Created` is computed by Notion and cannot be set."),
        ("ID", "3", "`ID` is computed by Notion and cannot be set."),
        ("Press", "x", "`Press` is a button and has no value."),
        ("Where", "91, 0", "write latitude and longitude"),
    ] {
        let fault = value(name, text).unwrap_err();
        assert!(fault.outside.contains(said), "{name}: {text}: {}", fault.outside);
    }
}

#[test]
fn what_is_to_be_looked_up_is_named() {
    let schema = tasks();
    let wants = |name: &str, text: &str| wanted(schema.find(name).unwrap(), text);
    assert_eq!(wants("Assignee", &format!("@ana, <@U1>, {ANA}")).people, ["ana", "U1"]);
    let related = Id::parse("0ef104cd477e80e18571cfd10e92339a");
    assert_eq!(wants("Related", "Runbook, \"a, b\"").pages, [(related, "Runbook".into()), (related, "a, b".into())]);
    assert_eq!(wants("Name", "@ana"), Wanted::default());
    let wants = filter_wants(&schema, ["Assignee = @ana, me", "Related is empty", "Related=Runbook", "?", "Due<x"]);
    assert_eq!((wants.people, wants.pages), (vec!["ana".to_owned()], vec![(related, "Runbook".to_owned())]));
}

#[test]
fn every_type_of_value_is_shown() {
    let person = json!({"object": "user", "id": ANA, "name": "Ana", "type": "person"});
    let date = |start: &str, end: Value| json!({"start": start, "end": end});
    for (kind, content, shown) in [
        ("title", json!([{"plain_text": "Fix"}]), "Fix"),
        ("number", json!(1.50), "1.5"),
        ("number", Value::Null, ""),
        ("select", json!({"name": "High", "color": "red"}), "High"),
        ("select", Value::Null, ""),
        ("status", json!({"name": "Doing"}), "Doing"),
        ("multi_select", json!([{"name": "a"}, {"name": "b"}]), "a, b"),
        ("date", date("2026-11-30", Value::Null), "2026-11-30"),
        ("date", date("2026-11-30", json!("2026-12-02")), "2026-11-30 → 2026-12-02"),
        ("date", date("2026-11-30T14:00:00.000+01:00", Value::Null), "2026-11-30 13:00 UTC"),
        ("date", Value::Null, ""),
        ("people", json!([person, {"object": "user", "id": ANA}]), "@Ana, @somebody"),
        ("created_by", json!({"type": "bot", "id": ANA, "name": "CI"}), "CI"),
        ("last_edited_time", json!("2026-11-21T17:30:00.000Z"), "2026-11-21 17:30 UTC"),
        ("checkbox", json!(true), "Yes"),
        ("url", json!("https://acme.example"), "https://acme.example"),
        ("email", json!("ana@acme.example"), "ana@acme.example"),
        ("phone_number", json!("+49"), "+49"),
        ("relation", json!([{"id": ANA}]), "page"),
        ("relation", json!([{"id": ANA}, {"id": ANA}]), "2 pages"),
        (
            "files",
            json!([{"name": "a.txt", "type": "external", "external": {"url": "https://acme.example/a.txt"}}]),
            "a.txt",
        ),
        ("formula", json!({"type": "string", "string": "x"}), "x"),
        ("formula", json!({"type": "boolean", "boolean": false}), "No"),
        ("formula", json!({"type": "number", "number": 3}), "3"),
        ("formula", json!({"type": "date", "date": {"start": "2026-11-30"}}), "2026-11-30"),
        (
            "rollup",
            json!({"type": "array", "array": [{"type": "select", "select": {"name": "a"}}, {"type": "number", "number": 2}]}),
            "a, 2",
        ),
        ("rollup", json!({"type": "unsupported", "unsupported": {}}), ""),
        ("unique_id", json!({"prefix": "TASK", "number": 12}), "TASK-12"),
        ("unique_id", json!({"prefix": null, "number": 12}), "12"),
        ("verification", json!({"state": "verified", "date": {"end": "2027-01-01"}}), "Verified until 2027-01-01"),
        ("verification", json!({"state": "unverified"}), ""),
        ("place", json!({"lat": 52.52, "lon": 13.4, "name": null}), "52.52, 13.4"),
        ("place", json!({"lat": 52.52, "lon": 13.4, "name": "Office"}), "Office"),
        ("button", json!({}), ""),
        ("hologram", json!({"x": 1}), ""),
    ] {
        assert_eq!(show(&json!({"id": "x", "type": kind, kind: content})).to_plain(), shown, "{kind}: {content}");
    }
    let mention = Span::Mention { handle: "notion:5ff924f1-7658-4f1c-b585-d1daa56b2927".into(), name: "Ana".into() };
    assert_eq!(show(&json!({"type": "people", "people": [person]})), Text::new().span(mention));
    let progress = json!({"type": "number", "number": 0.5});
    assert_eq!(show_as(&progress, tasks().find("Progress").ok()).to_plain(), "50 %");
    assert!(show(&json!(null)).is_empty());
}

#[test]
fn conditions_are_read_by_type() {
    let day = "2026-12-01";
    for (text, expected) in [
        ("Status=Doing", json!({"property": "Status", "status": {"equals": "Doing"}})),
        ("status is not done", json!({"property": "Status", "status": {"does_not_equal": "Done"}})),
        (
            "Status = doing, to do",
            json!({"or": [
            {"property": "Status", "status": {"equals": "Doing"}}, {"property": "Status", "status": {"equals": "To do"}}]}),
        ),
        (
            "Status~do",
            json!({"or": [
            {"property": "Status", "status": {"equals": "To do"}}, {"property": "Status", "status": {"equals": "Doing"}},
            {"property": "Status", "status": {"equals": "Done"}}]}),
        ),
        ("Due<2026-12-01", json!({"property": "Due", "date": {"before": day}})),
        ("Due >= 1.12.2026", json!({"property": "Due", "date": {"on_or_after": day}})),
        ("Due on or before 2026-12-01", json!({"property": "Due", "date": {"on_or_before": day}})),
        ("Due = this week", json!({"property": "Due", "date": {"this_week": {}}})),
        ("Due is last month", json!({"property": "Due", "date": {"past_month": {}}})),
        (
            "Due != 2026-12-01",
            json!({"or": [
            {"property": "Due", "date": {"before": day}}, {"property": "Due", "date": {"after": day}}]}),
        ),
        ("Due is empty", json!({"property": "Due", "date": {"is_empty": true}})),
        ("due date is not empty", json!({"property": "Due date", "date": {"is_not_empty": true}})),
        ("\"Due date\" > 2026-12-01", json!({"property": "Due date", "date": {"after": day}})),
        ("Created after 2026-12-01", json!({"property": "Created", "created_time": {"after": day}})),
        ("Assignee=@ana", json!({"property": "Assignee", "people": {"contains": ANA}})),
        ("Assignee != me", json!({"property": "Assignee", "people": {"does_not_contain": "me"}})),
        ("Tags contains bug", json!({"property": "Tags", "multi_select": {"contains": "Bug"}})),
        (
            "Tags != bug, docs",
            json!({"and": [
            {"property": "Tags", "multi_select": {"does_not_contain": "Bug"}},
            {"property": "Tags", "multi_select": {"does_not_contain": "Docs"}}]}),
        ),
        ("Name~foo = bar", json!({"property": "Name", "title": {"contains": "foo = bar"}})),
        ("Name starts with x", json!({"property": "Name", "title": {"starts_with": "x"}})),
        ("Notes !~ x", json!({"property": "Notes", "rich_text": {"does_not_contain": "x"}})),
        ("Estimate>=3", json!({"property": "Estimate", "number": {"greater_than_or_equal_to": 3.0}})),
        ("Urgent", json!({"property": "Urgent", "checkbox": {"equals": true}})),
        ("!Urgent", json!({"property": "Urgent", "checkbox": {"equals": false}})),
        ("Urgent=no", json!({"property": "Urgent", "checkbox": {"equals": false}})),
        ("ID = TASK-12", json!({"property": "ID", "unique_id": {"equals": 12}})),
        ("Score > 3", json!({"property": "Score", "formula": {"number": {"greater_than": 3.0}}})),
        ("Score = yes", json!({"property": "Score", "formula": {"checkbox": {"equals": true}}})),
        ("Score < tomorrow", json!({"property": "Score", "formula": {"date": {"before": "2026-11-22"}}})),
        ("Score ~ x", json!({"property": "Score", "formula": {"string": {"contains": "x"}}})),
        ("Sum >= 2", json!({"property": "Sum", "rollup": {"number": {"greater_than_or_equal_to": 2.0}}})),
        (
            "Related = Runbook",
            json!({"property": "Related", "relation": {"contains": "be633bf1dfa0436db259571129a590e5"}}),
        ),
        ("Files is empty", json!({"property": "Files", "files": {"is_empty": true}})),
        ("Link is empty", json!({"property": "Link", "url": {"is_empty": true}})),
    ] {
        let made = with(|context| filter(&tasks(), [text], context)).unwrap().unwrap();
        assert_eq!(made, expected, "{text}");
        let request = json!({"data_source_id": ANA, "filter": made});
        assert!(QUERIES.accepts(&request), "{text}: {made}");
    }
    let both = with(|context| filter(&tasks(), ["Urgent", " ", "Status=Doing,Done"], context)).unwrap().unwrap();
    assert_eq!(both["and"].as_array().unwrap().len(), 2);
    assert!(QUERIES.accepts(&json!({"data_source_id": ANA, "filter": both})));
    assert_eq!(with(|context| filter(&tasks(), [], context)), Ok(None));
}

#[test]
fn conditions_that_make_no_sense_say_so() {
    for (text, said) in [
        ("Statuss=Doing", "Did you mean `Status`?"),
        ("Status=Doign", "Did you mean `Doing`?"),
        ("Status>Doing", "`Status` is a status and cannot be compared so."),
        ("Urgent>1", "`Urgent` is a checkbox and cannot be compared so."),
        ("Estimate~3", "`Estimate` is a number and cannot be compared so."),
        ("Due<soon", "write a date"),
        ("Name", "`Name` cannot be read as a condition; write conditions such as"),
        ("Assignee=", "a value is missing"),
        ("Press=1", "`Press` is a button and cannot be compared so."),
        ("Whatever", "There is no property `Whatever` here."),
        ("=3", "cannot be read"),
    ] {
        let fault = with(|context| filter(&tasks(), [text], context)).unwrap_err();
        assert!(fault.outside.contains(said) || text == "=3", "{text}: {}", fault.outside);
    }
}

#[test]
fn orders_are_read() {
    let made = sorts(&tasks(), "due desc, Name, -Estimate, created ↓, edited asc").unwrap();
    let expected = json!([
        {"property": "Due", "direction": "descending"}, {"property": "Name", "direction": "ascending"},
        {"property": "Estimate", "direction": "descending"}, {"property": "Created", "direction": "descending"},
        {"timestamp": "last_edited_time", "direction": "ascending"}
    ]);
    assert_eq!(Value::from(made.clone()), expected);
    assert!(QUERIES.accepts(&json!({"data_source_id": ANA, "sorts": made})));
    assert!(sorts(&tasks(), "Dew desc").unwrap_err().outside.contains("There is no property `Dew`"));
    assert_eq!(sorts(&tasks(), ""), Ok(Vec::new()));
}

#[test]
fn all_values_of_an_entry_are_what_notion_takes() {
    let texts = [
        ("Name", "x"),
        ("Status", "Done"),
        ("assignee", "ana"),
        ("Due", "today .. tomorrow 15:00"),
        ("Priority", "New"),
        ("Tags", "a, b"),
        ("Estimate", "3"),
        ("Urgent", "yes"),
        ("Notes", "a $x$ [b](https://acme.example)"),
        ("Where", "1 2"),
        ("Files", "https://acme.example/"),
        ("Related", "Runbook"),
        ("Mail", ""),
        ("Phone", ""),
        ("Link", "https://acme.example"),
    ];
    let made = with(|context| values(&tasks(), texts, context)).unwrap();
    let request = json!({"parent": {"data_source_id": ANA}, "properties": made});
    assert!(Judge::of("CreatePageParameters").accepts(&request), "{request:#}");
    assert_eq!(made.len(), texts.len());
    assert!(with(|context| values(&tasks(), [("Nope", "x")], context)).is_err());
}

#[test]
fn a_schema_knows_its_columns() {
    let schema = tasks();
    assert_eq!(schema.0[0].name, "Name", "the title comes first");
    assert_eq!(schema.title().unwrap().name, "Name");
    assert_eq!(schema.find("sT%40").unwrap().name, "Status");
    assert_eq!(schema.find("Status").unwrap().option("DONE").unwrap().group, "Complete");
    assert_eq!(schema.find("Urgent").unwrap().choices().len(), 2);
    assert!(schema.settable().all(|property| property.kind != "formula"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_is_a_value_a_condition_or_an_error(text in any::<String>(), odd in "[A-Za-z=<>~! \",.;@0-9]{0,30}", at in 0..24_usize) {
        let schema = tasks();
        let judge = &*QUERIES;
        with(|context| {
            for text in [&text, &odd] {
                for property in &schema.0 {
                    let _ = parse(property, text, context);
                    let _ = wanted(property, text);
                }
                let named = format!("{}{text}", schema.0[at % schema.0.len()].name);
                for condition in [text, &named] {
                    let _ = filter_wants(&schema, [condition.as_str()]);
                    if let Ok(Some(made)) = filter(&schema, [condition.as_str()], context) {
                        assert!(judge.accepts(&json!({"data_source_id": ANA, "filter": made})), "{condition}: {made}");
                    }
                }
                let _ = sorts(&schema, text);
            }
        });
    }

    #[test]
    fn any_value_is_shown(kind in "[a-z_]{0,12}", text in any::<String>(), number in any::<f64>()) {
        for kind in ["title", "number", "date", "people", "files", "formula", "rollup", "place", "unique_id", "relation", kind.as_str()] {
            for content in [json!(text), json!(number), json!([text, {"name": text}]), json!({"type": kind, kind: [text], "start": text, "lat": number, "lon": number})] {
                let _ = show(&json!({"type": kind, kind: content}));
            }
        }
    }
}
