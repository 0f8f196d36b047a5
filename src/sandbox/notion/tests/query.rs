//! Queries: filters by type, groups, sorts, pages.

use super::*;

async fn names(stage: &Stage, body: Value) -> Vec<String> {
    let path = format!("/data_sources/{}/query", stage.id("Tasks"));
    let found = stage.post(&path, body).await;
    let name =
        |page: &Value| page["properties"]["Name"]["title"][0]["plain_text"].as_str().unwrap_or_default().to_owned();
    found["results"].as_array().unwrap().iter().map(name).collect()
}

const LOGIN: &str = "Fix the login page";
const NOTES: &str = "Write the release notes";
const KEYS: &str = "Rotate the keys";

#[tokio::test]
async fn filters_go_by_the_type_of_the_column() {
    let stage = Stage::new().await;
    let ana = stage.fake.user_id("ana").unwrap();
    for (filter, wanted) in [
        (json!({ "property": "Name", "title": { "contains": "the LOGIN" } }), vec![LOGIN]),
        (json!({ "property": "Name", "rich_text": { "starts_with": "rotate" } }), vec![KEYS]),
        (json!({ "property": "Status", "status": { "equals": "Done" } }), vec![KEYS]),
        (json!({ "property": "Status", "status": { "does_not_equal": ["Done", "Not started"] } }), vec![LOGIN]),
        (json!({ "property": "Priority", "select": { "equals": "High" } }), vec![LOGIN]),
        (json!({ "property": "Tags", "multi_select": { "contains": "docs" } }), vec![NOTES]),
        (json!({ "property": "Assignee", "people": { "contains": ana } }), vec![NOTES]),
        (json!({ "property": "Assignee", "people": { "is_empty": true } }), vec![KEYS]),
        (json!({ "property": "Estimate", "number": { "greater_than": 1 } }), vec![LOGIN]),
        (json!({ "property": "Estimate", "number": { "is_empty": true } }), vec![KEYS]),
        (json!({ "property": "Due", "date": { "before": "2026-12-04" } }), vec![LOGIN]),
        (json!({ "property": "Due", "date": { "next_month": {} } }), vec![NOTES, LOGIN]),
        (json!({ "property": "Due", "date": { "on_or_before": "today" } }), vec![]),
        (json!({ "timestamp": "created_time", "created_time": { "equals": "2026-11-20" } }), vec![KEYS, NOTES, LOGIN]),
        (
            json!({ "or": [
                { "property": "Status", "status": { "equals": "Done" } },
                { "and": [
                    { "property": "Tags", "multi_select": { "contains": "bug" } },
                    { "property": "Priority", "select": { "equals": "High" } },
                ] },
            ] }),
            vec![KEYS, LOGIN],
        ),
    ] {
        assert_eq!(names(&stage, json!({ "filter": filter })).await, wanted, "{filter}");
    }
}

#[tokio::test]
async fn sorts_and_pages_and_what_is_in_the_trash() {
    let stage = Stage::new().await;
    let by = |property: &str, direction: &str| json!({ "sorts": [{ "property": property, "direction": direction }] });
    assert_eq!(names(&stage, by("Name", "ascending")).await, [LOGIN, KEYS, NOTES]);
    assert_eq!(names(&stage, by("Estimate", "descending")).await, [LOGIN, NOTES, KEYS], "what is empty comes last");
    assert_eq!(names(&stage, by("Priority", "ascending")).await, [LOGIN, NOTES, KEYS], "in the order of the options");
    let path = format!("/data_sources/{}/query", stage.id("Tasks"));
    let mut body = by("Name", "ascending");
    body["page_size"] = json!(2);
    let first = stage.post(&path, body.clone()).await;
    assert_eq!((&first["has_more"], &first["request_status"]["type"]), (&json!(true), &json!("complete")));
    body["start_cursor"] = first["next_cursor"].clone();
    assert_eq!(names(&stage, body).await, [NOTES]);
    stage.fake.trash("ana", KEYS).unwrap();
    assert_eq!(names(&stage, json!({})).await, [NOTES, LOGIN]);
    assert_eq!(names(&stage, json!({ "in_trash": true })).await, [KEYS]);
    let only = stage.post(&format!("{path}?filter_properties=title"), json!({})).await;
    assert_eq!(only["results"][0]["properties"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn filters_that_do_not_fit_are_refused() {
    let stage = Stage::new().await;
    let path = format!("/data_sources/{}/query", stage.id("Tasks"));
    for (filter, wanted) in [
        (json!({ "property": "Nope", "select": { "equals": "x" } }), "Could not find property with name or id: Nope"),
        (
            json!({ "property": "Status", "select": { "equals": "x" } }),
            "database property status does not match filter select",
        ),
        (
            json!({ "property": "Estimate", "number": { "equals": "3" } }),
            "body failed validation: body.filter.number.equals should be a number, instead was `\"3\"`.",
        ),
    ] {
        assert_eq!(stage.invalid(Method::POST, &path, json!({ "filter": filter })).await, wanted);
    }
    let sorts = json!({ "sorts": [{ "property": "Nope", "direction": "ascending" }] });
    assert_eq!(stage.invalid(Method::POST, &path, sorts).await, "Could not find property with name or id: Nope");
}

#[tokio::test]
async fn relations_formulas_and_numbers_of_rows() {
    let stage = Stage::new().await;
    let tasks = stage.id("Tasks");
    let changes = json!({ "properties": {
        "Blocks": { "relation": { "data_source_id": tasks, "single_property": {} } },
        "Cost": { "formula": { "expression": "prop(\"Estimate\")" } },
        "Key": { "unique_id": { "prefix": "ACME" } },
    } });
    stage.patch(&format!("/data_sources/{tasks}"), changes).await;
    stage.fake.set_property("ana", LOGIN, "Blocks", KEYS).unwrap();
    let keys = stage.id(KEYS);
    let filter = |filter: Value| json!({ "filter": filter });
    assert_eq!(names(&stage, filter(json!({ "property": "Blocks", "relation": { "contains": keys } }))).await, [LOGIN]);
    assert_eq!(
        names(&stage, filter(json!({ "property": "Cost", "formula": { "number": { "equals": 3 } } }))).await,
        [LOGIN]
    );
    assert_eq!(names(&stage, filter(json!({ "property": "Key", "unique_id": { "equals": 2 } }))).await, [NOTES]);
    let page = stage.get(&format!("/pages/{}", stage.id(LOGIN))).await;
    assert_eq!(page["properties"]["Key"]["unique_id"], json!({ "prefix": "ACME", "number": 1 }));
    assert_eq!(page["properties"]["Blocks"]["relation"], json!([{ "id": keys }]));
    let hidden = json!({ "properties": { "Blocks": { "relation": [{ "id": stage.id("Board minutes") }] } } });
    assert_eq!(stage.refused(Method::PATCH, &format!("/pages/{keys}"), hidden).await.0, 404);
}
