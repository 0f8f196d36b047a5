use serde_json::json;

use super::*;

#[test]
fn nothing_that_is_odd_fails() {
    let odd = json!({
        "id": 10013, "key": "ACME-1", "self": 7, "unknown": { "deep": [] },
        "fields": {
            "summary": null, "description": ["no", "document"], "issuetype": "Bug", "status": [], "priority": {},
            "assignee": { "accountId": 5, "displayName": "Ana" }, "labels": ["a", 7, "b"], "fixVersions": null,
            "issuelinks": [{ "outwardIssue": { "key": "ACME-2", "fields": { "summary": "Two", "parent": { "fields": {} } } } }, 3],
            "created": "2019-02-15T19:01:52.971-0800", "updated": 1_550_286_113_023_u64, "duedate": 9,
            "comment": { "comments": [{ "id": 1, "body": "x" }, 2] }, "parent": { "key": null },
        },
        "changelog": { "items": [{ "field": "status", "toString": "Done" }, null] },
    });
    let issue: Issue = serde_json::from_value(odd).unwrap();
    assert_eq!((issue.id.as_str(), issue.key.as_str()), ("10013", "ACME-1"));
    let fields = issue.fields;
    assert_eq!(fields.labels, ["a", "b"]);
    assert_eq!(fields.created.unwrap().to_string(), "2019-02-16T03:01:52.971Z");
    assert_eq!(fields.updated.unwrap().to_string(), "2019-02-16T03:01:53.023Z");
    assert_eq!(fields.comment.len(), 1);
    assert_eq!(fields.issuelinks[0].other().unwrap().1.fields.summary, "Two");
    assert_eq!(issue.changelog.unwrap().items[0].to_words.as_deref(), Some("Done"));
    for odd in [json!(null), json!([]), json!("x"), json!({ "fields": 1 })] {
        let _ = serde_json::from_value::<Issue>(odd);
    }
}

#[test]
fn people_of_cloud_and_of_data_center_have_an_id() {
    let user = |json: Value| serde_json::from_value::<User>(json).unwrap();
    let cloud = user(json!({ "accountId": "557058:1", "displayName": "Ana W", "emailAddress": "\"?\"" }));
    assert_eq!((cloud.id(), cloud.called(), cloud.email()), ("557058:1", "Ana W", None));
    assert_eq!(cloud.handle().as_deref(), Some("jira:557058:1"));
    let server = user(json!({ "name": "ana", "key": "JIRAUSER1", "emailAddress": "ana@acme.example" }));
    assert_eq!((server.id(), server.called(), server.email()), ("ana", "ana", Some("ana@acme.example")));
    assert_eq!((User::default().called(), User::default().handle()), ("somebody", None));
}

#[test]
fn sprints_are_known_in_every_form() {
    let text = "com.atlassian.greenhopper.service.sprint.Sprint@1[id=4,rapidViewId=2,state=ACTIVE,name=One, two=three,goal=ship, \
        really,startDate=2019-05-23T14:02:10.170Z,endDate=<null>,completeDate=<null>,sequence=1]";
    let sprint = Sprint::of(&json!(text)).unwrap();
    assert_eq!((sprint.id.as_str(), sprint.name.as_str(), sprint.state.as_str()), ("4", "One, two=three", "active"));
    assert_eq!((sprint.goal.as_str(), sprint.origin_board_id.as_str()), ("ship, really", "2"));
    assert!(sprint.start_date.is_some() && sprint.end_date.is_none());
    let record = json!({ "id": 37, "name": "Two", "state": "future", "boardId": 5 });
    assert_eq!(Sprint::of(&record).unwrap().origin_board_id, "5");
    for other in [
        json!("0|i00067:"),
        json!({ "name": "x", "state": "open", "id": 1 }),
        json!(3),
        json!("com.atlassian.greenhopper["),
    ] {
        assert!(Sprint::of(&other).is_none(), "{other}");
    }
    let fields: Fields =
        serde_json::from_value(json!({ "customfield_1": [text, record], "customfield_2": "x" })).unwrap();
    assert_eq!(fields.sprints().len(), 2);
    assert_eq!(fields.sprint().unwrap().id, "4");
}

#[test]
fn transitions_and_fields_are_read() {
    let transition: Transition = serde_json::from_value(json!({
        "id": "31", "name": "Done", "to": { "name": "Done", "statusCategory": { "key": "done" } }, "hasScreen": true,
        "fields": { "resolution": { "required": true, "name": "Resolution", "schema": { "type": "resolution", "system": "resolution" },
            "allowedValues": [{ "id": "1", "name": "Fixed" }, { "id": "2", "value": "Other" }] } },
    }))
    .unwrap();
    let field = &transition.fields["resolution"];
    assert!(field.required && transition.to.status_category.key == "done");
    assert_eq!(field.allowed_values.iter().map(Allowed::called).collect::<Vec<_>>(), ["Fixed", "Other"]);
    let page: Page<Board> =
        serde_json::from_value(json!({ "values": [{ "id": 5, "type": "scrum" }], "isLast": true })).unwrap();
    assert_eq!((page.values[0].id.as_str(), page.is_last), ("5", Some(true)));
    let meta: CreateMeta =
        serde_json::from_value(json!({ "values": [{ "fieldId": "summary", "required": true }] })).unwrap();
    assert_eq!(meta.fields[0].field_id, "summary");
}
