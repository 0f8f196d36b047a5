//! Pages: made, read, changed, moved, thrown away; properties, schema, markdown and comments.

use super::*;

fn row(stage: &Stage, properties: &Value) -> Value {
    json!({ "parent": { "type": "data_source_id", "data_source_id": stage.id("Tasks") }, "properties": properties })
}

#[tokio::test]
async fn a_row_gets_its_properties_and_new_options() {
    let stage = Stage::new().await;
    let ben = stage.fake.user_id("ben").unwrap();
    let properties = json!({
        "Name": { "title": words("Ship it") },
        "Status": { "status": { "name": "In progress" } },
        "Assignee": { "people": [{ "id": ben }] },
        "Due": { "date": { "start": "2026-12-24" } },
        "Priority": { "select": { "name": "Urgent" } },
        "Tags": { "multi_select": [{ "name": "bug" }, { "name": "new" }] },
        "Estimate": { "number": 2.5 },
    });
    let page = stage.post("/pages", row(&stage, &properties)).await;
    let found = &page["properties"];
    assert_eq!(found["Status"]["status"]["name"], "In progress");
    assert_eq!(found["Assignee"]["people"][0]["name"], "Ben Okafor");
    assert_eq!(found["Priority"]["select"]["name"], "Urgent");
    assert_eq!(found["Name"]["title"][0]["plain_text"], "Ship it");
    assert_eq!(page["parent"]["data_source_id"], stage.id("Tasks"));
    assert!(page["parent"]["database_id"].is_string());
    assert!(page["url"].as_str().unwrap().starts_with("https://www.notion.so/Ship-it-"));
    assert_eq!(page["created_time"], "2026-11-20T10:00:00.000Z");
    assert!(page.get("archived").is_none());
    let source = stage.get(&format!("/data_sources/{}", stage.id("Tasks"))).await;
    let options = source["properties"]["Priority"]["select"]["options"].as_array().unwrap().len();
    assert_eq!(options, 4);
    let id = page["id"].as_str().unwrap();
    let only = stage.get(&format!("/pages/{id}?filter_properties=title")).await;
    assert_eq!(only["properties"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn wrong_properties_are_refused_in_notions_words() {
    let stage = Stage::new().await;
    for (properties, wanted) in [
        (json!({ "Name": { "rich_text": words("x") } }), "Name is expected to be title."),
        (json!({ "Nope": { "rich_text": words("x") } }), "Nope is not a property that exists."),
        (
            json!({ "Nope": { "number": 1 }, "Due": { "number": 1 } }),
            "Nope is not a property that exists. Due is expected to be date.",
        ),
        (
            json!({ "Status": { "status": { "name": "Nearly" } } }),
            "Invalid status option. Status option \"Nearly\" does not exist\".",
        ),
        (json!({ "Priority": { "select": { "name": "a, b" } } }), "Invalid select option, commas not allowed: a, b"),
        (
            json!({ "Due": { "date": { "start": "tomorrow" } } }),
            "body failed validation: body.properties.Due.date.start should be a valid ISO 8601 date string, instead was `\"tomorrow\"`.",
        ),
        (
            json!({ "Name": { "title": words(&"x".repeat(2001)) } }),
            "body failed validation: body.properties.Name.title[0].text.content.length should be ≤ `2000`, instead was `2001`.",
        ),
        (
            json!({ "Name": { "title": "x" } }),
            "body failed validation: body.properties.Name.title should be an array, instead was `\"x\"`.",
        ),
    ] {
        assert_eq!(stage.invalid(Method::POST, "/pages", row(&stage, &properties)).await, wanted);
    }
    let many: Vec<Value> = (0..101).map(|_| json!({ "text": { "content": "x" } })).collect();
    let message = stage.invalid(Method::POST, "/pages", row(&stage, &json!({ "Name": { "title": many } }))).await;
    assert!(message.ends_with("body.properties.Name.title.length should be ≤ `100`, instead was `101`."), "{message}");
}

#[tokio::test]
async fn the_parent_decides_what_a_page_may_have() {
    let stage = Stage::new().await;
    let (page, source) = (stage.id("Runbook"), stage.id("Tasks"));
    let body = json!({ "parent": { "page_id": page }, "properties": { "title": { "title": words("Sub") } } });
    let sub = stage.post("/pages", body).await;
    assert_eq!(sub["properties"]["title"]["id"], "title");
    let body = json!({ "parent": { "page_id": page }, "properties": { "Status": { "status": { "name": "Done" } } } });
    assert_eq!(stage.invalid(Method::POST, "/pages", body).await, "Status is not a property that exists.");
    let body = json!({ "parent": { "data_source_id": page } });
    assert_eq!(stage.refused(Method::POST, "/pages", body).await.0, 404);
    let database = stage.get(&format!("/data_sources/{source}")).await["parent"]["database_id"].clone();
    let body =
        json!({ "parent": { "database_id": database }, "properties": { "Name": { "title": words("By database") } } });
    assert_eq!(stage.post("/pages", body.clone()).await["parent"]["data_source_id"], source.as_str());
    let more = json!({ "parent": { "database_id": database }, "properties": { "Name": { "title": {} } }, "title": words("Second") });
    stage.post("/data_sources", more).await;
    let (status, answer) = stage.send(Method::POST, "/pages", body).await;
    assert_eq!((status, &answer["additional_data"]["error_type"]), (400, &json!("multiple_data_sources_for_database")));
    let listed = stage.get(&format!("/databases/{}", database.as_str().unwrap())).await;
    assert_eq!(listed["data_sources"].as_array().unwrap().len(), 2);
    let path = format!("/data_sources/{}/query", database.as_str().unwrap());
    assert_eq!(stage.refused(Method::POST, &path, json!({})).await.0, 404, "a database is no data source");
    let path = format!("/pages/{}", database.as_str().unwrap());
    assert!(stage.invalid(Method::GET, &path, Value::Null).await.contains("is a database, not a page"));
}

#[tokio::test]
async fn a_page_in_the_trash_is_only_brought_back() {
    let stage = Stage::new().await;
    let path = format!("/pages/{}", stage.id("Runbook"));
    assert_eq!(stage.patch(&path, json!({ "in_trash": true })).await["in_trash"], true);
    let archived = "Can't edit block that is archived. You must unarchive the block before editing.";
    assert_eq!(stage.invalid(Method::PATCH, &path, json!({ "icon": { "emoji": "🔥" } })).await, archived);
    assert_eq!(stage.get(&path).await["in_trash"], true);
    let page = stage
        .patch(&path, json!({ "in_trash": false, "icon": { "type": "emoji", "emoji": "🔥" }, "is_locked": true }))
        .await;
    assert_eq!(
        (&page["in_trash"], &page["icon"]["emoji"], &page["is_locked"]),
        (&json!(false), &json!("🔥"), &json!(true))
    );
    let message = stage.invalid(Method::PATCH, &path, json!({ "archived": true })).await;
    assert_eq!(message, "body failed validation: body.archived should be not present, instead was `true`.");
}

#[tokio::test]
async fn a_page_moves_and_long_properties_come_in_pieces() {
    let stage = Stage::new().await;
    let (reports, runbook) = (stage.id("Reports"), stage.id("Runbook"));
    let path = format!("/pages/{reports}/move");
    let moved = stage.post(&path, json!({ "parent": { "page_id": runbook } })).await;
    assert_eq!(moved["parent"], json!({ "type": "page_id", "page_id": runbook }));
    let back = json!({ "parent": { "page_id": reports } });
    assert!(stage.invalid(Method::POST, &format!("/pages/{runbook}/move"), back).await.contains("into itself"));
    let task = stage.id("Fix the login page");
    let page = stage.get(&format!("/pages/{task}")).await;
    let due = page["properties"]["Due"]["id"].as_str().unwrap();
    let item = stage.get(&format!("/pages/{task}/properties/{due}")).await;
    assert_eq!((&item["object"], &item["date"]["start"]), (&json!("property_item"), &json!("2026-12-01")));
    let list = stage.get(&format!("/pages/{task}/properties/title?page_size=1")).await;
    assert_eq!(list["results"][0]["title"]["plain_text"], "Fix the login page");
    assert_eq!(list["property_item"]["type"], "title");
}

#[tokio::test]
async fn the_schema_changes_and_rows_follow() {
    let stage = Stage::new().await;
    let path = format!("/data_sources/{}", stage.id("Tasks"));
    let changes = json!({ "properties": { "Due": { "name": "Deadline" }, "Estimate": null, "Link": { "url": {} } } });
    let source = stage.patch(&path, changes).await;
    let names: Vec<&String> = source["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["Name", "Status", "Assignee", "Deadline", "Priority", "Tags", "Link"]);
    let message = stage.invalid(Method::PATCH, &path, json!({ "properties": { "Name": null } })).await;
    assert_eq!(message, "Cannot delete title property.");
    let high = source["properties"]["Priority"]["select"]["options"][0].clone();
    let recolor =
        json!({ "properties": { "Priority": { "select": { "options": [{ "id": high["id"], "color": "pink" }] } } } });
    assert!(stage.invalid(Method::PATCH, &path, recolor).await.starts_with("Cannot update color of select with id"));
    let fewer = json!({ "properties": { "Priority": { "select": { "options": [{ "name": "Low" }] } } } });
    stage.patch(&path, fewer).await;
    let page = stage.get(&format!("/pages/{}", stage.id("Fix the login page"))).await;
    assert_eq!(page["properties"]["Priority"]["select"], Value::Null);
    let status = &source["properties"]["Status"]["status"];
    assert_eq!(status["groups"][1]["option_ids"][0], status["options"][1]["id"]);
    stage.fake.rename_option("ana", "Tasks", "Status", "Done", "Shipped").unwrap();
    let page = stage.get(&format!("/pages/{}", stage.id("Rotate the keys"))).await;
    assert_eq!(page["properties"]["Status"]["status"]["name"], "Shipped");
}

#[tokio::test]
async fn markdown_is_read_and_written() {
    let stage = Stage::new().await;
    let path = format!("/pages/{}/markdown", stage.id("Runbook"));
    let text = stage.get(&path).await["markdown"].as_str().unwrap().to_owned();
    assert!(text.starts_with("# When the API is slow\nLook at the dashboard first.\n- [ ] Check the queue"), "{text}");
    let before = stage.get(&format!("/blocks/{}/children", stage.id("Runbook"))).await;
    let update = |old: &str, new: &str| json!({ "type": "update_content", "update_content": { "content_updates": [{ "old_str": old, "new_str": new }] } });
    let after = stage.patch(&path, update("- [ ] Check the queue", "- [x] Check the queue")).await;
    assert!(after["markdown"].as_str().unwrap().contains("- [x] Check the queue\n- [ ] Check the database"));
    let blocks = stage.get(&format!("/blocks/{}/children", stage.id("Runbook"))).await;
    assert_eq!(blocks["results"][0]["id"], before["results"][0]["id"], "what did not change is left alone");
    assert_ne!(blocks["results"][2]["id"], before["results"][2]["id"]);
    assert!(stage.invalid(Method::PATCH, &path, update("nowhere", "x")).await.starts_with("Could not find old_str"));
    assert!(stage.invalid(Method::PATCH, &path, update("Check", "x")).await.starts_with("Found 2 matches"));
    let insert = json!({ "type": "insert_content", "insert_content": { "content": "At once", "position": { "type": "start" } } });
    assert!(stage.patch(&path, insert).await["markdown"].as_str().unwrap().starts_with("At once\n# When"));
    let all = json!({ "type": "replace_content", "replace_content": { "new_str": "**All** new" } });
    assert_eq!(stage.patch(&path, all.clone()).await["markdown"], "**All** new");
    let above = format!("/pages/{}/markdown", stage.id("Engineering"));
    assert!(stage.invalid(Method::PATCH, &above, all).await.starts_with("This operation would delete child pages"));
    let body = json!({ "parent": { "page_id": stage.id("Runbook") }, "markdown": "# One\n- two\n\t- three" });
    let page = stage.post("/pages", body).await;
    assert_eq!(stage.fake.text(page["id"].as_str().unwrap()), "# One\n- two\n\t- three");
}

#[tokio::test]
async fn comments_form_threads() {
    let stage = Stage::new().await;
    let runbook = stage.id("Runbook");
    let body = json!({ "parent": { "page_id": runbook }, "rich_text": words("First") });
    let first = stage.post("/comments", body).await;
    assert_eq!(first["display_name"]["resolved_name"], "Quarterdeck");
    let body = json!({ "discussion_id": first["discussion_id"], "markdown": "**Second**" });
    stage.post("/comments", body).await;
    stage.fake.answer_comment("ben", first["id"].as_str().unwrap(), "Third").unwrap();
    let list = stage.get(&format!("/comments?block_id={runbook}&page_size=2")).await;
    assert_eq!(list["results"][1]["rich_text"][0]["annotations"]["bold"], true);
    assert_eq!(list["has_more"], true);
    let rest = stage
        .get(&format!("/comments?block_id={runbook}&start_cursor={}", list["next_cursor"].as_str().unwrap()))
        .await;
    assert_eq!(rest["results"][0]["rich_text"][0]["plain_text"], "Third");
    let bens = rest["results"][0]["id"].as_str().unwrap();
    let change = json!({ "rich_text": words("Mine") });
    assert_eq!(stage.refused(Method::PATCH, &format!("/comments/{bens}"), change.clone()).await.0, 403);
    let own = format!("/comments/{}", first["id"].as_str().unwrap());
    assert_eq!(stage.patch(&own, change).await["rich_text"][0]["plain_text"], "Mine");
    let both =
        json!({ "parent": { "page_id": runbook }, "discussion_id": first["discussion_id"], "rich_text": words("x") });
    stage.invalid(Method::POST, "/comments", both).await;
}

#[tokio::test]
async fn templates_give_a_page_its_beginning() {
    let stage = Stage::new().await;
    let template = stage.fake.create_row("ana", "Tasks", &[("Name", "Incident"), ("Priority", "High")]).unwrap();
    stage.fake.write("ana", &template, "## What happened").unwrap();
    stage.fake.make_template(&template, true).unwrap();
    let source = stage.id("Tasks");
    let listed = stage.get(&format!("/data_sources/{source}/templates")).await;
    assert_eq!(listed["templates"][0], json!({ "id": template, "name": "Incident", "is_default": true }));
    let mut body = row(&stage, &json!({ "Name": { "title": words("Outage") } }));
    body["template"] = json!({ "type": "default" });
    let page = stage.post("/pages", body).await;
    assert_eq!(page["properties"]["Priority"]["select"]["name"], "High");
    assert_eq!(stage.fake.text("Outage"), "## What happened");
}
