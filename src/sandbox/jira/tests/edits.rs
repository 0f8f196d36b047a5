//! Changing issues: fields, workflow, comments, files, links, properties, work.

use super::*;

#[tokio::test]
async fn an_edit_sets_adds_and_removes() {
    let stage = Stage::new().await;
    let path = "/rest/api/3/issue/ACME-1";
    let body = json!({
        "fields": { "summary": "Better", "priority": { "id": "1" } },
        "update": { "labels": [{ "add": "a" }, { "add": "b" }, { "remove": "a" }], "comment": [{ "add": { "body": doc("so") } }] },
    });
    assert_eq!(stage.put(path, body).await.0, 204);
    let issue = stage.get(&format!("{path}?expand=changelog")).await;
    assert_eq!((&issue["fields"]["labels"], &issue["fields"]["summary"]), (&json!(["b"]), &json!("Better")));
    let items = issue["changelog"]["histories"][0]["items"].as_array().unwrap();
    let priority = items.iter().find(|item| item["field"] == "priority").unwrap();
    assert_eq!((&priority["fromString"], &priority["to"]), (&json!("Medium"), &json!("1")));
    assert_eq!(issue["fields"]["comment"]["total"], 1);
    let (status, wrong) = stage.put(path, json!({ "fields": { "summary": " ", "status": { "name": "Done" } } })).await;
    assert_eq!((status, wrong["errors"].as_object().unwrap().len()), (400, 2));
    let (_, wrong) = stage.put("/rest/api/3/issue/ACME-2", json!({ "fields": { "customfield_10031": null } })).await;
    assert_eq!(wrong["errors"]["customfield_10031"], "Severity is required.");
    assert_eq!(stage.put(&format!("{path}/assignee"), json!({ "accountId": null })).await.0, 204);
    assert_eq!(stage.get(path).await["fields"]["assignee"], json!(null));
    let (_, wrong) = stage.put(&format!("{path}/assignee"), json!({ "name": "ben" })).await;
    assert!(wrong["errors"]["assignee"].as_str().unwrap().contains("GDPR strict mode"));
}

#[tokio::test]
async fn a_step_is_one_of_those_that_there_are_and_asks_for_its_fields() {
    let stage = Stage::new().await;
    let path = "/rest/api/3/issue/ACME-1/transitions";
    let steps = stage.get(&format!("{path}?expand=transitions.fields")).await;
    let done = &steps["transitions"][1];
    assert_eq!((&done["id"], &done["fields"]["resolution"]["required"]), (&json!("51"), &json!(true)));
    let (status, wrong) = stage.post(path, json!({ "transition": { "id": "51" } })).await;
    assert_eq!((status, &wrong["errors"]["resolution"]), (400, &json!("Resolution is required.")));
    let (_, wrong) = stage.post(path, json!({ "transition": { "id": "61" } })).await;
    assert_eq!(said(&wrong), "Transition id '61' is not valid for this issue.");
    let body = json!({ "transition": { "id": "51" }, "fields": { "resolution": { "name": "Duplicate" } }, "update": { "comment": [{ "add": { "body": doc("twice") } }] } });
    assert_eq!(stage.post(path, body).await.0, 204);
    let issue = stage.get("/rest/api/3/issue/ACME-1").await;
    assert_eq!(
        (&issue["fields"]["resolution"]["name"], &issue["fields"]["status"]["name"]),
        (&json!("Duplicate"), &json!("Done"))
    );
    assert_eq!(issue["fields"]["resolutiondate"], "2026-11-20T10:00:00.000+0000");
    assert_eq!(stage.post(path, json!({ "transition": { "id": "61" } })).await.0, 204);
    assert_eq!(stage.get("/rest/api/3/issue/ACME-1").await["fields"]["resolution"], json!(null));
}

#[tokio::test]
async fn comments_come_change_and_go_and_bear_properties() {
    let stage = Stage::new().await;
    let path = "/rest/api/3/issue/ACME-1/comment";
    let body = json!({ "body": doc("Hello"), "properties": [{ "key": "quarterdeck", "value": { "marker": "m" } }] });
    let (status, made) = stage.post(path, body).await;
    assert_eq!((status, &made["body"]), (201, &doc("Hello")));
    let id = made["id"].as_str().unwrap();
    let one = format!("{path}/{id}");
    assert_eq!(stage.put(&one, json!({ "body": doc("Bye") })).await.1["body"], doc("Bye"));
    let property = stage.get(&format!("/rest/api/3/comment/{id}/properties/quarterdeck")).await;
    assert_eq!(property["value"]["marker"], "m");
    let listed = stage.get(&format!("{path}?expand=properties,renderedBody&orderBy=-created")).await;
    assert_eq!((listed["total"].as_u64(), &listed["comments"][0]["renderedBody"]), (Some(1), &json!("<p>Bye</p>")));
    assert_eq!(stage.delete(&one).await, 204);
    let (status, body) = stage.look(&one).await;
    assert_eq!((status, said(&body).starts_with("Can not find a comment")), (404, true));
    assert_eq!(said(&stage.post(path, json!({ "body": "plain" })).await.1), "Comment body is not valid!");
    let empty = json!({ "body": { "type": "doc", "version": 1, "content": [] } });
    assert_eq!(stage.post(path, empty).await.1["errors"]["comment"], "Comment body can not be empty!");
}

#[tokio::test]
async fn properties_are_kept_and_forgotten() {
    let stage = Stage::new().await;
    let path = "/rest/api/3/issue/ACME-1/properties/quarterdeck";
    assert_eq!(stage.look(path).await.0, 404);
    assert_eq!(stage.put(path, json!({ "a": 1 })).await.0, 201);
    assert_eq!(stage.put(path, json!({ "a": 2 })).await.0, 200);
    assert_eq!(stage.get(path).await["value"]["a"], 2);
    assert_eq!(stage.get("/rest/api/3/issue/ACME-1/properties").await["keys"][0]["key"], "quarterdeck");
    assert_eq!((stage.delete(path).await, stage.delete(path).await), (204, 404));
}

#[tokio::test]
async fn a_file_needs_the_header_against_forgery_and_a_fitting_size() {
    let stage = Stage::with(|setup| JiraSetup { attachment_limit: 1 << 20, ..setup }).await;
    let path = "/rest/api/3/issue/ACME-1/attachments";
    let form = |size: usize| {
        let part =
            reqwest::multipart::Part::bytes(vec![b'x'; size]).file_name("log.txt").mime_str("text/plain").unwrap();
        reqwest::multipart::Form::new().part("file", part)
    };
    let refused = stage.ask(Method::POST, path).multipart(form(3)).send().await.unwrap();
    assert_eq!(read(refused).await, (403, json!("XSRF check failed")));
    let upload = |size| stage.ask(Method::POST, path).header("X-Atlassian-Token", "no-check").multipart(form(size));
    let (status, body) = read(upload((1 << 20) + 1).send().await.unwrap()).await;
    assert_eq!((status, said(&body)), (413, "The file log.txt exceeds its maximum permitted size of 1 MB."));
    let (status, made) = read(upload(3).send().await.unwrap()).await;
    assert_eq!((status, &made[0]["filename"], &made[0]["size"]), (200, &json!("log.txt"), &json!(3)));
    let id = made[0]["id"].as_str().unwrap();
    let moved = stage.ask(Method::GET, &format!("/rest/api/3/attachment/content/{id}")).send().await.unwrap();
    assert_eq!(moved.status(), 303);
    let bytes = stage.client.get(header(&moved, "location")).send().await.unwrap();
    assert_eq!(bytes.text().await.unwrap(), "xxx");
    assert_eq!(stage.delete(&format!("/rest/api/3/attachment/{id}")).await, 204);
}

#[tokio::test]
async fn links_watchers_and_work() {
    let stage = Stage::new().await;
    let link = json!({ "type": { "name": "Blocks" }, "inwardIssue": { "key": "ACME-1" }, "outwardIssue": { "key": "ACME-2" } });
    assert_eq!(stage.post("/rest/api/3/issueLink", link).await.0, 201);
    let blocked = stage.get("/rest/api/3/issue/ACME-2?fields=issuelinks").await;
    let entry = &blocked["fields"]["issuelinks"][0];
    assert_eq!((&entry["inwardIssue"]["key"], &entry["type"]["inward"]), (&json!("ACME-1"), &json!("is blocked by")));
    assert_eq!(stage.delete(&format!("/rest/api/3/issueLink/{}", entry["id"].as_str().unwrap())).await, 204);
    let remote = "/rest/api/3/issue/ACME-1/remotelink";
    let body = |title: &str| json!({ "globalId": "quarterdeck=1", "object": { "url": "https://x", "title": title } });
    let first = stage.post(remote, body("one")).await;
    let second = stage.post(remote, body("two")).await;
    assert_eq!((first.0, second.0, &first.1["id"]), (201, 200, &second.1["id"]));
    let listed = stage.get(remote).await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["object"]["title"]), (1, &json!("two")));
    assert_eq!(stage.delete(&format!("{remote}?globalId=quarterdeck%3D1")).await, 204);
    let watchers = "/rest/api/3/issue/ACME-1/watchers";
    assert_eq!(stage.post(watchers, json!(JiraSetup::BEN)).await.0, 204);
    assert_eq!(stage.get(watchers).await["watchCount"], 2);
    let work = "/rest/api/3/issue/ACME-1/worklog";
    let (status, log) = stage.post(work, json!({ "timeSpent": "1d 2h", "comment": doc("hard") })).await;
    assert_eq!((status, &log["timeSpentSeconds"], &log["timeSpent"]), (201, &json!(36_000), &json!("1d 2h")));
    assert_eq!(
        stage.post(work, json!({ "timeSpent": "soon" })).await.1["errors"]["timeLogged"],
        "Invalid time duration entered"
    );
}
