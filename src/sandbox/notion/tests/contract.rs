//! Requests, answers and webhooks against the types of Notion's own client, as JSON Schema (see `tests/data/ORIGINS.md`).

use super::*;

struct Judge(Value);

impl Judge {
    fn new() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/notion/schemas.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    /// What is wrong with a value that should be one of `requests` or `answers`.
    fn wrong(&self, group: &str, name: &str, value: &Value) -> Option<String> {
        let Some(of) = self.0[group][name].as_str() else { return Some(format!("{group} has no {name}")) };
        let definitions = self.0[format!("{}_definitions", group.trim_end_matches('s'))].clone();
        let schema = json!({ "$ref": format!("#/definitions/{of}"), "definitions": definitions });
        let validator = jsonschema::draft7::options().build(&schema).unwrap();
        (!validator.is_valid(value)).then(|| format!("{name}: {value}"))
    }
}

/// A route without its identifiers.
fn template(judge: &Judge, method: &str, path: &str) -> Option<String> {
    let is = |known: &&String| {
        let (verb, shape) = known.split_once(' ').unwrap();
        let (one, other): (Vec<&str>, Vec<&str>) = (shape.split('/').collect(), path.split('/').collect());
        verb == method
            && one.len() == other.len()
            && one.iter().zip(&other).all(|(one, other)| one.starts_with('{') || one == other)
    };
    judge.0["requests"].as_object().unwrap().keys().find(is).cloned()
}

#[tokio::test]
async fn every_answer_is_what_notions_client_expects() {
    let stage = Stage::with(|setup| setup.largest_file = 5 << 30).await;
    let judge = Judge::new();
    let (tasks, runbook, task) = (stage.id("Tasks"), stage.id("Runbook"), stage.id("Fix the login page"));
    let mut found = Vec::new();
    let mut look = |name: &str, value: &Value| found.extend(judge.wrong("answers", name, value));
    let all = json!({ "properties": {
        "Text": { "rich_text": {} }, "Site": { "url": {} }, "Mail": { "email": {} }, "Phone": { "phone_number": {} },
        "On": { "checkbox": {} }, "Files": { "files": {} }, "Made": { "created_time": {} }, "By": { "created_by": {} },
        "Changed": { "last_edited_time": {} }, "Key": { "unique_id": { "prefix": "A" } },
        "Cost": { "formula": { "expression": "prop(\"Estimate\")" } },
        "Needs": { "relation": { "data_source_id": tasks, "single_property": {} } },
    } });
    look("data_source", &stage.patch(&format!("/data_sources/{tasks}"), all).await);
    let source = stage.get(&format!("/data_sources/{tasks}")).await;
    let rollup = json!({ "function": "count", "relation_property_name": "Needs", "rollup_property_name": "Name" });
    let rollup = json!({ "properties": { "Count": { "rollup": rollup } } });
    look("data_source", &stage.patch(&format!("/data_sources/{tasks}"), rollup).await);
    let values = json!({ "properties": {
        "Text": { "rich_text": [
            { "type": "mention", "mention": { "user": { "id": stage.fake.user_id("ana").unwrap() } } },
            { "type": "mention", "mention": { "page": { "id": runbook } } },
            { "type": "mention", "mention": { "date": { "start": "2026-11-20" } } },
            { "type": "equation", "equation": { "expression": "x" } },
            { "text": { "content": "x", "link": { "url": "https://x.example" } }, "annotations": { "bold": true, "color": "red" } },
        ] },
        "Site": { "url": "https://x.example" }, "On": { "checkbox": true },
        "Files": { "files": [{ "name": "a", "external": { "url": "https://x.example/a" } }] },
        "Due": { "date": { "start": "2026-11-20T10:00:00Z", "end": "2026-11-21T10:00:00Z", "time_zone": null } },
        "Needs": { "relation": [{ "id": stage.id("Rotate the keys") }] },
    } });
    let page = stage.patch(&format!("/pages/{task}"), values).await;
    look("page", &page);
    look("page", &stage.get(&format!("/pages/{runbook}")).await);
    for property in page["properties"].as_object().unwrap().values() {
        let id = property["id"].as_str().unwrap();
        look("property", &stage.get(&format!("/pages/{task}/properties/{id}")).await);
    }
    look("query", &stage.post(&format!("/data_sources/{tasks}/query"), json!({})).await);
    look("search", &stage.post("/search", json!({})).await);
    let database = source["parent"]["database_id"].as_str().unwrap();
    look("database", &stage.get(&format!("/databases/{database}")).await);
    look("templates", &stage.get(&format!("/data_sources/{tasks}/templates")).await);
    look("users", &stage.get("/users").await);
    look("user", &stage.get("/users/me").await);
    look("block", &stage.get(&format!("/blocks/{database}")).await);
    stage
        .fake
        .write("ana", "Runbook", "```rust\nx\n```\n> q\n$$\nx\n$$\n---\n<table>\n<tr>\n<td>a</td>\n</tr>\n</table>")
        .unwrap();
    let kinds = json!({ "children": [
        { "callout": { "rich_text": words("x") } }, { "toggle": { "rich_text": words("x"), "children": [paragraph("y")] } },
        { "bookmark": { "url": "https://x.example" } }, { "image": { "external": { "url": "https://x.example" } } },
        { "file": { "external": { "url": "https://x.example" }, "name": "n" } }, { "embed": { "url": "https://x.example" } },
        { "link_to_page": { "page_id": task } }, { "table_of_contents": {} }, { "breadcrumb": {} },
        { "column_list": { "children": [{ "column": { "children": [paragraph("l")] } }, { "column": { "children": [paragraph("r")] } }] } },
        { "synced_block": { "synced_from": null } }, { "numbered_list_item": { "rich_text": words("x") } },
    ] });
    look("blocks", &stage.patch(&format!("/blocks/{runbook}/children"), kinds).await);
    look("blocks", &stage.get(&format!("/blocks/{runbook}/children")).await);
    look("page_markdown", &stage.get(&format!("/pages/{runbook}/markdown")).await);
    let comment = json!({ "parent": { "block_id": runbook }, "rich_text": words("x") });
    look("comment", &stage.post("/comments", comment).await);
    look("comments", &stage.get(&format!("/comments?block_id={runbook}")).await);
    look("file_upload", &stage.post("/file_uploads", json!({ "filename": "a.pdf" })).await);
    look(
        "file_upload",
        &stage.post("/file_uploads", json!({ "mode": "multi_part", "filename": "a.pdf", "number_of_parts": 2 })).await,
    );
    look("file_uploads", &stage.get("/file_uploads").await);
    assert_eq!(found, Vec::<String>::new());
    // What these tests send is what Notion's client would send.
    let mut judged = 0;
    for request in stage.fake.requests() {
        if let Some(route) = template(&judge, &request.method, &request.path) {
            judged += 1;
            assert_eq!(judge.wrong("requests", &route, &request.body), None);
        }
    }
    assert!(judged >= 9, "{judged}");
    // The judge is awake.
    assert!(judge.wrong("answers", "page", &json!({ "object": "page", "id": "x" })).is_some());
    assert!(
        judge
            .wrong("requests", "PATCH /v1/blocks/{block_id}/children", &json!({ "children": [], "after": "x" }))
            .is_some()
    );
}

/// What the fake takes and what the client's types allow are compared both ways.
#[tokio::test]
async fn the_fake_and_the_clients_types_agree_on_bodies() {
    let stage = Stage::new().await;
    let judge = Judge::new();
    let (runbook, tasks) = (stage.id("Runbook"), stage.id("Tasks"));
    let children = format!("/v1/blocks/{runbook}/children");
    let query = format!("/v1/data_sources/{tasks}/query");
    for (method, path, body, fits) in [
        ("PATCH", children.clone(), json!({ "children": [paragraph("x")] }), true),
        ("PATCH", children.clone(), json!({ "children": [paragraph("x")], "after": runbook }), false),
        ("PATCH", children.clone(), json!({ "children": [paragraph("x")], "position": { "type": "start" } }), true),
        ("PATCH", children.clone(), json!({ "children": [paragraph("x")], "position": {} }), false),
        ("PATCH", children.clone(), json!({ "children": [{ "object": "block", "divider": {} }] }), true),
        (
            "PATCH",
            children.clone(),
            json!({ "children": [{ "heading_1": { "rich_text": words("x"), "is_toggleable": 1 } }] }),
            false,
        ),
        ("PATCH", children, json!({ "children": [{ "to_do": { "rich_text": words("x"), "color": "mauve" } }] }), false),
        ("POST", query.clone(), json!({ "filter": { "property": "Name", "title": { "contains": "x" } } }), true),
        ("POST", query.clone(), json!({ "filter": { "property": "Name", "title": { "contains": 1 } } }), false),
        (
            "POST",
            query.clone(),
            json!({ "filter": { "timestamp": "created_time", "created_time": { "past_week": {} } } }),
            true,
        ),
        ("POST", query, json!({ "sorts": [{ "property": "Name", "direction": "up" }] }), false),
        (
            "PATCH",
            format!("/v1/pages/{runbook}"),
            json!({ "properties": { "title": { "title": words("Runbook") } }, "icon": null }),
            true,
        ),
        ("PATCH", format!("/v1/pages/{runbook}"), json!({ "is_locked": "yes" }), false),
        ("POST", "/v1/search".to_owned(), json!({ "filter": { "property": "object", "value": "database" } }), false),
        ("POST", "/v1/comments".to_owned(), json!({ "parent": { "page_id": runbook }, "markdown": "x" }), true),
        ("POST", "/v1/comments".to_owned(), json!({ "rich_text": words("x") }), false),
        (
            "PATCH",
            format!("/v1/pages/{runbook}/markdown"),
            json!({ "type": "replace_content", "replace_content": { "new_str": "x" } }),
            true,
        ),
        ("PATCH", format!("/v1/pages/{runbook}/markdown"), json!({ "replace_content": { "new_str": "x" } }), false),
        ("POST", "/v1/file_uploads".to_owned(), json!({ "mode": "single_part", "filename": "a.txt" }), true),
        ("POST", "/v1/file_uploads".to_owned(), json!({ "mode": "double_part" }), false),
    ] {
        let route = template(&judge, method, &path).unwrap();
        assert_eq!(judge.wrong("requests", &route, &body).is_none(), fits, "the types: {method} {path} {body}");
        let (status, answer) = stage.send(method.parse().unwrap(), &path[3..], body.clone()).await;
        assert_eq!(status == 200, fits, "the fake: {method} {path} {body}: {answer}");
    }
}

#[tokio::test]
async fn every_webhook_is_what_notions_client_expects() {
    let hook = NotionHook::new("http://127.0.0.1:9/").verified("secret_x");
    let stage = Stage::with(|setup| setup.hooks = vec![hook]).await;
    let fake = &stage.fake;
    fake.create_database("ana", Some("Engineering"), "Ideas", &json!({ "Name": { "title": {} } })).unwrap();
    fake.create_row("ana", "Ideas", &[("Name", "One")]).unwrap();
    fake.set_property("ana", "One", "Name", "Two").unwrap();
    fake.change_schema("ana", "Ideas", &json!({ "Size": { "number": {} } })).unwrap();
    fake.move_page("ana", "Two", "Reports").unwrap();
    fake.lock_page("ana", "Two", true).unwrap();
    fake.lock_page("ana", "Two", false).unwrap();
    let comment = fake.comment("ben", "Runbook", "Hm").unwrap();
    fake.edit_comment("ben", &comment, "Hmm").unwrap();
    fake.delete_comment("ben", &comment).unwrap();
    fake.trash("ana", "Runbook").unwrap();
    fake.restore("ana", "Runbook").unwrap();
    let ideas = stage.get(&format!("/data_sources/{}", stage.id("Ideas"))).await;
    let database = ideas["parent"]["database_id"].as_str().unwrap();
    let more = json!({ "parent": { "database_id": database }, "properties": {}, "title": words("More") });
    stage.post("/data_sources", more).await;
    let path = format!("/databases/{database}");
    stage.patch(&path, json!({ "parent": { "type": "page_id", "page_id": stage.id("Reports") } })).await;
    stage.patch(&path, json!({ "in_trash": true })).await;
    stage.patch(&path, json!({ "in_trash": false })).await;
    stage.post("/file_uploads", json!({ "filename": "a.txt" })).await;
    stage.hand.advance(3600);
    stage.get("/file_uploads").await;
    fake.settled().await;
    let judge = Judge::new();
    let mut kinds = Vec::new();
    for delivery in fake.deliveries() {
        let name =
            delivery.event.replace("data_source.", "source_").replace("file_upload.", "upload_").replace('.', "_");
        let name =
            name.replace("_updated", "").replace("comment", "comment_updated").replace("comment_updated_", "comment_");
        let name = if delivery.event == "comment.updated" { "comment_updated".to_owned() } else { name };
        assert_eq!(judge.wrong("answers", &name, &delivery.payload), None);
        kinds.push(delivery.event);
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), 22, "{kinds:?}");
}
