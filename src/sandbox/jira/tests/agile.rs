//! Boards and sprints, over the API and by hand.

use super::*;

async fn board(stage: &Stage) -> String {
    let boards = stage.get("/rest/agile/1.0/board?projectKeyOrId=ACME").await;
    format!("/rest/agile/1.0/board/{}", boards["values"][0]["id"])
}

#[tokio::test]
async fn a_sprint_is_filled_started_and_completed() {
    let stage = Stage::new().await;
    let board = board(&stage).await;
    let future = stage.get(&format!("{board}/sprint?state=future")).await["values"][0].clone();
    let path = format!("/rest/agile/1.0/sprint/{}", future["id"]);
    assert_eq!(stage.post(&format!("{path}/issue"), json!({ "issues": ["ACME-1"] })).await.0, 204);
    let many: Vec<String> = (0..51).map(|_| "ACME-1".to_owned()).collect();
    assert_eq!(stage.post(&format!("{path}/issue"), json!({ "issues": many })).await.0, 400);
    assert_eq!(stage.get(&format!("{path}/issue?fields=summary")).await["total"], 1);
    let (status, wrong) = stage.post(&path, json!({ "state": "active" })).await;
    assert_eq!((status, said(&wrong).starts_with("Another sprint is already active")), (400, true));
    stage.fake.complete_sprint("ACME Sprint 1").unwrap();
    let (_, wrong) = stage.post(&path, json!({ "state": "active" })).await;
    assert!(wrong["errors"]["startDate"].is_string() && wrong["errors"]["endDate"].is_string());
    let start = json!({ "state": "active", "startDate": "2026-11-20T10:00:00.000Z", "endDate": "2026-12-04T10:00:00.000+0000" });
    let (status, started) = stage.post(&path, start).await;
    assert_eq!(
        (status, &started["state"], &started["startDate"]),
        (200, &json!("active"), &json!("2026-11-20T10:00:00.000Z"))
    );
    assert_eq!(stage.put(&path, json!({ "state": "closed" })).await.0, 400);
    assert_eq!(stage.post(&path, json!({ "state": "future" })).await.0, 400);
    assert_eq!(stage.post(&path, json!({ "state": "closed" })).await.1["completeDate"], "2026-11-20T10:00:00.000Z");
    let issue = stage.get("/rest/api/3/issue/ACME-1?fields=customfield_10020").await;
    let states: Vec<&str> = issue["fields"]["customfield_10020"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["closed"]);
    let backlog = stage.get(&format!("{board}/backlog?fields=summary")).await;
    assert_eq!(backlog["total"], 3);
}

#[tokio::test]
async fn a_kanban_board_has_no_sprints_and_moves_freely() {
    let stage = Stage::new().await;
    let boards = stage.get("/rest/agile/1.0/board?type=kanban").await;
    let (status, body) = stage.look(&format!("/rest/agile/1.0/board/{}/sprint", boards["values"][0]["id"])).await;
    assert_eq!((status, said(&body)), (400, "The board does not support sprints"));
    let key = stage.fake.create_issue("ben", "OPS", "Task", "Patch", &[("labels", "urgent")]).unwrap();
    stage.fake.drag("ben", &key, "Done").unwrap();
    stage.fake.drag("ben", &key, "In Progress").unwrap();
    assert!(stage.fake.drag("ben", "ACME-1", "In Review").is_err());
    let view = stage.fake.view();
    assert_eq!(view["projects"][1]["columns"][1]["cards"][0]["key"], "OPS-1");
    assert_eq!(view["projects"][0]["columns"][0]["cards"].as_array().unwrap().len(), 3);
    assert_eq!(view["projects"][0]["sprints"][0]["state"], "active");
    let columns = stage.get(&format!("{}/configuration", board(&stage).await)).await;
    assert_eq!(columns["columnConfig"]["columns"][1]["name"], "In Progress");
}
