use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::connectors::notion::cards::View;
use crate::connectors::notion::tests::{dump, entry, tasks};
use crate::connectors::notion::wire::{Comment, DataSource, Page, User};
use crate::model::Tone;

const PAGE: &str = "153104cd477e809d8dc4ff2d96ae3090";
const SOURCE: &str = "0ef104cd477e80e18571cfd10e92339a";

/// A webhook as Notion's documentation shows it.
fn signal(kind: &str, entity: &str, data: impl Into<Value>) -> Value {
    let data: Value = data.into();
    json!({
        "id": "1782edd6-a853-4d4a-b02c-9c8c16f28e53", "timestamp": "2024-12-05T23:57:05.379Z",
        "workspace_id": "13950b26-c203-4f3b-b97d-93ec06319565", "workspace_name": "Quantify Labs",
        "subscription_id": "29d75c0d-5546-4414-8459-7b7a92f1fc4b", "integration_id": "0ef2e755-4912-8096-91c1-00376a88a5ca",
        "type": kind, "authors": [{"id": "5ff924f1-7658-4f1c-b585-d1daa56b2927", "type": "person"}], "attempt_number": 1,
        "entity": {"id": "153104cd-477e-809d-8dc4-ff2d96ae3090", "type": entity}, "data": data,
    })
}

fn heard(body: &Value) -> Notice {
    read(&Headers::new(), body.to_string().as_bytes()).unwrap().pop().unwrap()
}

fn in_source() -> Value {
    json!({"parent": {"id": "1ef104cd-477e-80e1-8571-cfd10e92339a", "type": "database", "data_source_id": SOURCE}})
}

#[test]
fn a_signal_is_told_once_it_was_read_back() {
    let notice = heard(&signal("page.content_updated", "page", in_source()));
    let event = &notice.event;
    assert_eq!(
        (event.kind.as_str(), event.id.as_str()),
        ("notion.page.content_updated", "1782edd6-a853-4d4a-b02c-9c8c16f28e53")
    );
    assert_eq!(event.source, format!("notion:{SOURCE}"));
    assert_eq!(event.key.as_ref().unwrap().as_str(), format!("notion:{PAGE}"));
    assert!(event.time.is_some() && event.data["workspace"] == "Quantify Labs" && event.data["is_bot"] == false);
    let [look] = notice.looks.as_slice() else { panic!("{:?}", notice.looks) };
    assert_eq!((look.key.as_str(), look.wait), (format!("page:{PAGE}").as_str(), WRITTEN));
    assert_eq!(look.event.as_ref(), Some(event));
    assert!(notice.card.is_none());
}

#[test]
fn each_kind_has_its_source_subject_and_look() {
    let on_page = json!({"page_id": SOURCE, "parent": {"id": SOURCE, "type": "page"}});
    let top = json!({"parent": {"id": "13950b26-c203-4f3b-b97d-93ec06319565", "type": "space"}});
    let by_type = json!({"parent": {"type": "data_source_id", "data_source_id": SOURCE}});
    for (kind, entity, data, source, subject, look) in [
        ("page.created", "page", in_source(), SOURCE, PAGE, format!("page:{PAGE}")),
        ("page.properties_updated", "page", by_type, SOURCE, PAGE, format!("page:{PAGE}")),
        ("page.moved", "page", top.clone(), PAGE, PAGE, format!("page:{PAGE}")),
        (
            "page.deleted",
            "page",
            json!({"parent": {"id": SOURCE, "type": "page"}}),
            SOURCE,
            PAGE,
            format!("page:{PAGE}"),
        ),
        ("comment.created", "comment", on_page.clone(), SOURCE, SOURCE, format!("comment:{PAGE}")),
        ("comment.deleted", "comment", on_page, SOURCE, SOURCE, String::new()),
        ("data_source.schema_updated", "data_source", in_source(), PAGE, PAGE, format!("data_source:{PAGE}")),
        ("database.moved", "database", top.clone(), PAGE, PAGE, format!("database:{PAGE}")),
        ("file_upload.completed", "file_upload", Value::Null, "", "", String::new()),
        ("page.transcription_block.transcript_deleted", "block", top, "", "", String::new()),
        ("hologram.rotated", "hologram", json!(7), "", "", String::new()),
    ] {
        let notice = heard(&signal(kind, entity, data));
        let event = &notice.event;
        assert_eq!(event.kind, format!("notion.{kind}"));
        let source = if source.is_empty() { "notion".to_owned() } else { format!("notion:{source}") };
        assert_eq!(event.source, source, "{kind}");
        assert_eq!(event.subject.as_deref().unwrap_or_default(), subject, "{kind}");
        assert_eq!(notice.looks.first().map_or("", |look| look.key.as_str()), look, "{kind}");
    }
}

#[test]
fn the_handshake_is_no_event_and_nonsense_is_none_either() {
    let read = |body: &[u8]| read(&Headers::new(), body);
    assert!(
        read(br#"{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}"#).unwrap().is_empty()
    );
    for body in ["", "[]", "{", "3", "{}", r#"{"type":7}"#, r#"{"type":"Page Created"}"#, r#"{"verification_token":7}"#]
    {
        assert!(matches!(read(body.as_bytes()).unwrap_err().kind, FaultKind::BadInput { .. }), "{body}");
    }
    let bare = heard(&json!({"type": "page.created"}));
    assert!(bare.event.id.starts_with("sha256:") && bare.event.source == "notion" && bare.looks.is_empty());
}

fn ana() -> User {
    serde_json::from_value(json!({"id": "5ff924f1-7658-4f1c-b585-d1daa56b2927", "name": "Ana", "type": "person"}))
        .unwrap()
}

fn told_of(kind: &str, ids: Value, page: &Page) -> Notice {
    let mut data = json!({"parent": {"id": PAGE, "type": "page"}});
    data["updated_properties"] = ids;
    let schema = tasks();
    let view = View { schema: Some(&schema), parent: Some("Tasks"), ..View::new(page) };
    told(heard(&signal(kind, "page", data)).event, &view, &[ana()])
}

#[test]
fn a_page_that_was_read_back_says_who_changed_what() {
    let page = entry();
    for (kind, ids, said) in [
        ("page.created", json!([]), ""),
        ("page.properties_updated", json!(["sT%40"]), "Ana changed Status to Doing"),
        ("page.properties_updated", json!(["ta"]), "Ana emptied Tags"),
        ("page.properties_updated", json!(["sT%40", "du", "gone"]), "Ana changed Due, Status"),
        ("page.properties_updated", json!(["gone"]), ""),
        ("page.content_updated", json!([]), "Ana edited the content"),
        ("page.moved", json!([]), "Moved to Tasks by Ana"),
        ("page.deleted", json!([]), "Moved to the trash by Ana"),
        ("page.undeleted", json!([]), "Restored by Ana"),
        ("page.locked", json!([]), "Locked by Ana"),
    ] {
        let notice = told_of(kind, ids, &page);
        assert_eq!(notice.note.map(|note| note.title).unwrap_or_default(), said, "{kind}");
        assert_eq!(notice.event.source, format!("notion:{SOURCE}"), "the source is known now");
        assert_eq!(notice.event.data["title"], "Fix *it*");
        assert_eq!(notice.state, Some("Doing".into()));
        assert!(dump(&notice.card.unwrap()).starts_with("Progress 🐞 Fix *it*"));
        assert!(notice.looks.is_empty());
    }
    let trashed = told_of("page.deleted", json!([]), &Page { in_trash: true, ..entry() });
    assert_eq!(trashed.card.unwrap().tone, Tone::Muted);
    let nobody = told(heard(&signal("page.locked", "page", json!({}))).event, &View::new(&page), &[]);
    assert_eq!(nobody.note.unwrap().title, "Locked by somebody");
}

#[test]
fn comments_and_data_sources_are_told_too() {
    let event = heard(&signal("comment.created", "comment", json!({"page_id": PAGE}))).event;
    let comment: Comment = serde_json::from_value(json!({
        "id": SOURCE, "created_by": {"name": "Ben"}, "rich_text": [{"plain_text": "Looks good"}],
    }))
    .unwrap();
    let page = entry();
    let notice = commented(event.clone(), &comment, Some(&View::new(&page)));
    assert_eq!(dump(&notice.note.unwrap()), "Neutral Ben commented\n> Looks good");
    assert_eq!(
        (notice.event.source.as_str(), &notice.event.data["comment"]["text"]),
        (format!("notion:{SOURCE}").as_str(), &json!("Looks good"))
    );
    let alone = commented(event, &comment, None);
    assert!(alone.card.is_none() && alone.note.unwrap().link.is_some_and(|link| link.ends_with(PAGE)));

    let updated = json!({"updated_properties": [{"id": "sT%40", "name": null, "action": "updated"}]});
    let event = heard(&signal("data_source.schema_updated", "data_source", updated)).event;
    let columns = json!({"Status": {"id": "sT%40", "type": "status"}, "Name": {"id": "title", "type": "title"}});
    let source: DataSource = serde_json::from_value(json!({
        "id": PAGE, "title": [{"plain_text": "Tasks"}], "properties": columns, "url": "https://www.notion.so/t",
    }))
    .unwrap();
    let notice = restructured(event.clone(), &source, &[ana()]);
    assert_eq!(notice.note.unwrap().title, "Ana changed the properties: Status");
    assert_eq!(dump(&notice.card.unwrap()), "Neutral Tasks\nProperties: Name Status\n[Open in Notion]\nNotion");
    assert_eq!(gone(event).event.data["gone"], true);
}

#[test]
fn every_kind_has_a_word() {
    let patterns: Vec<&str> = kinds().iter().flat_map(|(_, types, _)| *types).copied().collect();
    for kind in ["notion.page.created", "notion.database.moved", "notion.data_source.deleted", "notion.comment.updated"]
    {
        assert!(patterns.iter().any(|pattern| wildmatch::WildMatch::new(pattern).matches(kind)), "{kind}");
    }
}

proptest! {
    #[test]
    fn any_body_is_read_or_refused(body in any::<Vec<u8>>(), kind in "[a-z_.]{0,20}", text in any::<String>(), number in any::<i64>()) {
        let _ = read(&Headers::new(), &body);
        for odd in [json!(text), json!(number), json!([text]), json!({"id": text, "type": text, "parent": text})] {
            let body = json!({"id": odd, "type": kind, "timestamp": odd, "authors": odd, "entity": odd, "data": odd});
            let notices = read(&Headers::new(), body.to_string().as_bytes());
            prop_assert_eq!(notices.is_ok(), is_kind(&kind));
            for notice in notices.unwrap_or_default() {
                let _ = told(notice.event, &View::new(&Page::default()), &[]);
            }
        }
    }
}
