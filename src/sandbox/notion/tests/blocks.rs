//! Blocks: appended, placed, changed, thrown away; limits and nesting.

use super::*;

fn texts(list: &Value) -> Vec<String> {
    let text = |block: &Value| {
        let kind = block["type"].as_str().unwrap();
        block[kind]["rich_text"][0]["plain_text"].as_str().unwrap_or(kind).to_owned()
    };
    list["results"].as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn blocks_are_placed_where_they_are_wanted() {
    let stage = Stage::new().await;
    let path = format!("/blocks/{}/children", stage.id("Reports"));
    let first = stage.patch(&path, json!({ "children": [paragraph("b"), paragraph("d")] })).await;
    let after = first["results"][0]["id"].clone();
    let position = json!({ "type": "after_block", "after_block": { "id": after } });
    stage.patch(&path, json!({ "children": [paragraph("c")], "position": position })).await;
    stage.patch(&path, json!({ "children": [paragraph("a")], "position": { "type": "start" } })).await;
    stage.patch(&path, json!({ "children": [paragraph("e")], "position": { "type": "end" } })).await;
    assert_eq!(texts(&stage.get(&path).await), ["a", "b", "c", "d", "e"]);
    let message = stage.invalid(Method::PATCH, &path, json!({ "children": [paragraph("x")], "after": after })).await;
    assert!(message.starts_with("body failed validation: body.after should be not present"), "{message}");
    let stranger = stage.id("Runbook");
    let position = json!({ "type": "after_block", "after_block": { "id": stranger } });
    let message =
        stage.invalid(Method::PATCH, &path, json!({ "children": [paragraph("x")], "position": position })).await;
    assert!(message.contains("to append children after is not parented by"), "{message}");
    let page = stage.get(&format!("{path}?page_size=2")).await;
    let rest = stage.get(&format!("{path}?start_cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!((texts(&page), texts(&rest)), (vec!["a".into(), "b".into()], vec!["c".into(), "d".into(), "e".into()]));
}

#[tokio::test]
async fn limits_of_a_request_hold() {
    let stage = Stage::new().await;
    let path = format!("/blocks/{}/children", stage.id("Reports"));
    let many: Vec<Value> = (0..101).map(|_| paragraph("x")).collect();
    let message = stage.invalid(Method::PATCH, &path, json!({ "children": many })).await;
    assert_eq!(message, "body failed validation: body.children.length should be ≤ `100`, instead was `101`.");
    let nested = |inner: Vec<Value>| json!({ "bulleted_list_item": { "rich_text": words("x"), "children": inner } });
    let two = nested(vec![nested(vec![paragraph("deep")])]);
    stage.patch(&path, json!({ "children": [two.clone()] })).await;
    let message = stage.invalid(Method::PATCH, &path, json!({ "children": [nested(vec![two])] })).await;
    assert!(message.contains("children[0].bulleted_list_item.children should be not present"), "{message}");
    let row = || nested((0..99).map(|_| paragraph("x")).collect());
    let many: Vec<Value> = (0..11).map(|_| row()).collect();
    let message = stage.invalid(Method::PATCH, &path, json!({ "children": many })).await;
    assert!(message.contains("≤ `1000`, instead was `1100`"), "{message}");
    let message = stage.invalid(Method::PATCH, &path, json!({ "children": [{ "type": "poem", "poem": {} }] })).await;
    assert!(
        message.starts_with("body failed validation: body.children[0].type should be `\"paragraph\"`"),
        "{message}"
    );
    let long = json!({ "bookmark": { "url": format!("https://x.example/{}", "x".repeat(2000)) } });
    assert!(
        stage
            .invalid(Method::PATCH, &path, json!({ "children": [long] }))
            .await
            .contains("url.length should be ≤ `2000`")
    );
    let code = json!({ "code": { "rich_text": words("x"), "language": "klingon" } });
    assert!(
        stage.invalid(Method::PATCH, &path, json!({ "children": [code] })).await.contains("code.language should be")
    );
    let narrow = json!({ "table": { "table_width": 2, "children": [{ "table_row": { "cells": [words("a")] } }] } });
    assert!(
        stage
            .invalid(Method::PATCH, &path, json!({ "children": [narrow] }))
            .await
            .contains("cells.length should be equal to `2`")
    );
}

#[tokio::test]
async fn a_block_is_changed_and_thrown_away() {
    let stage = Stage::new().await;
    let reports = stage.id("Reports");
    let children = format!("/blocks/{reports}/children");
    let todo = json!({ "to_do": { "rich_text": words("do it") } });
    let made = stage.patch(&children, json!({ "children": [todo] })).await;
    let id = made["results"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/blocks/{id}");
    assert_eq!(made["results"][0]["to_do"]["checked"], false);
    assert_eq!(made["results"][0]["parent"], json!({ "type": "page_id", "page_id": reports }));
    let changed = stage.patch(&path, json!({ "to_do": { "checked": true } })).await;
    assert_eq!(
        (&changed["to_do"]["checked"], &changed["to_do"]["rich_text"][0]["plain_text"]),
        (&json!(true), &json!("do it"))
    );
    let message = stage.invalid(Method::PATCH, &path, json!({ "paragraph": { "rich_text": [] } })).await;
    assert!(message.contains("body.paragraph should be not present"), "{message}");
    let (status, gone) = stage.send(Method::DELETE, &path, Value::Null).await;
    assert_eq!((status, &gone["in_trash"]), (200, &json!(true)));
    assert!(texts(&stage.get(&children).await).is_empty());
    stage.invalid(Method::PATCH, &path, json!({ "to_do": { "checked": false } })).await;
    assert_eq!(stage.patch(&path, json!({ "in_trash": false })).await["in_trash"], false);
    assert_eq!(texts(&stage.get(&children).await), ["do it"]);
    let divider = stage.patch(&children, json!({ "children": [{ "divider": {} }] })).await;
    let inside = format!("/blocks/{}/children", divider["results"][0]["id"].as_str().unwrap());
    let message = stage.invalid(Method::PATCH, &inside, json!({ "children": [paragraph("x")] })).await;
    assert_eq!(message, "Block type divider does not support children.");
    let page = stage.get(&format!("/blocks/{reports}")).await;
    assert_eq!((&page["type"], &page["child_page"]["title"]), (&json!("child_page"), &json!("Reports")));
}

#[tokio::test]
async fn every_kind_of_block_can_be_made() {
    let stage = Stage::new().await;
    let path = format!("/blocks/{}/children", stage.id("Reports"));
    let text = || json!({ "rich_text": words("x") });
    let media = || json!({ "type": "external", "external": { "url": "https://x.example/a" } });
    let column = || json!({ "column": { "children": [paragraph("in a column")] } });
    let row = || json!({ "table_row": { "cells": [words("a"), words("b")] } });
    let children = json!([
        { "heading_1": text() }, { "heading_2": text() }, { "heading_3": text() }, { "heading_4": text() },
        { "bulleted_list_item": text() }, { "numbered_list_item": text() }, { "to_do": text() }, { "toggle": text() },
        { "quote": text() }, { "callout": { "rich_text": words("x"), "icon": { "emoji": "💡" } } },
        { "code": { "rich_text": words("x"), "language": "rust" } }, { "equation": { "expression": "e=mc^2" } },
        { "divider": {} }, { "breadcrumb": {} }, { "table_of_contents": {} },
        { "table": { "table_width": 2, "has_column_header": true, "children": [row(), row()] } },
        { "column_list": { "children": [column(), column()] } },
        { "embed": { "url": "https://x.example" } }, { "bookmark": { "url": "https://x.example" } },
        { "image": media() }, { "video": media() }, { "pdf": media() }, { "file": media() }, { "audio": media() },
        { "link_to_page": { "type": "page_id", "page_id": stage.id("Runbook") } },
        { "synced_block": { "synced_from": null, "children": [paragraph("synced")] } },
    ]);
    let count = children.as_array().unwrap().len();
    let made = stage.patch(&path, json!({ "children": children })).await;
    assert_eq!(made["results"].as_array().unwrap().len(), count);
    let table = made["results"][15]["id"].as_str().unwrap();
    let wide = json!({ "children": [{ "table_row": { "cells": [words("a")] } }] });
    assert!(
        stage
            .invalid(Method::PATCH, &format!("/blocks/{table}/children"), wide)
            .await
            .contains("must match the table width")
    );
    assert!(stage.fake.text("Reports").contains("<td>a</td>"));
}
