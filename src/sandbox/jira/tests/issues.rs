//! Making, reading and finding the way to issues.

use super::*;

#[tokio::test]
async fn a_new_issue_has_what_was_given_and_the_defaults() {
    let stage = Stage::new().await;
    let fields = json!({
        "project": { "key": "ACME" },
        "issuetype": { "name": "Bug" },
        "summary": "Crash",
        "description": doc("It fell over"),
        "labels": ["mobile"],
        "assignee": { "accountId": JiraSetup::BEN },
        "customfield_10016": 3.5,
        "customfield_10031": { "value": "Major" },
        "customfield_10034": [{ "value": "iOS" }],
        "components": [{ "name": "API" }],
        "fixVersions": [{ "name": "1.0" }],
        "duedate": "2026-12-01",
    });
    let body = json!({ "fields": fields, "properties": [{ "key": "quarterdeck", "value": { "marker": "m1" } }] });
    let (status, made) = stage.post("/rest/api/3/issue", body).await;
    assert_eq!((status, made["key"].as_str()), (201, Some("ACME-4")));
    let issue =
        stage.get("/rest/api/3/issue/ACME-4?expand=names,renderedFields,transitions,changelog&properties=*all").await;
    let fields = &issue["fields"];
    assert_eq!(fields["description"], doc("It fell over"));
    assert_eq!(fields["priority"]["name"], "Medium");
    assert_eq!(fields["status"]["statusCategory"]["key"], "new");
    assert_eq!(fields["assignee"]["accountId"], JiraSetup::BEN);
    assert_eq!(fields["reporter"]["accountId"], JiraSetup::ANA);
    assert_eq!(fields["customfield_10016"], 3.5);
    assert_eq!(fields["customfield_10031"]["value"], "Major");
    assert_eq!(fields["customfield_10034"][0]["value"], "iOS");
    assert_eq!(fields["created"], "2026-11-20T10:00:00.000+0000");
    assert_eq!(issue["names"]["customfield_10016"], "Story Points");
    assert_eq!(issue["renderedFields"]["description"], "<p>It fell over</p>");
    assert_eq!(issue["transitions"][0]["name"], "Start progress");
    assert_eq!(issue["properties"]["quarterdeck"]["marker"], "m1");
    let some = stage.get("/rest/api/3/issue/ACME-4?fields=summary,status").await;
    assert_eq!(some["fields"].as_object().unwrap().len(), 2);
    let wiki = stage.get("/rest/api/2/issue/ACME-4?fields=description").await;
    assert_eq!(wiki["fields"]["description"], "It fell over");
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let stage = Stage::new().await;
    let fields = json!({
        "project": { "key": "ACME" },
        "issuetype": { "name": "Bug" },
        "description": "plain",
        "labels": ["two words"],
        "nonsense": 1,
        "environment": doc("x"),
        "assignee": { "accountId": "nobody" },
        "priority": { "name": "Urgent" },
        "customfield_10016": "3",
        "customfield_10034": [{ "value": "Amiga" }],
        "duedate": "tomorrow",
    });
    let (status, wrong) = stage.post("/rest/api/3/issue", json!({ "fields": fields })).await;
    assert_eq!((status, &wrong["errorMessages"]), (400, &json!([])));
    let errors = &wrong["errors"];
    for (field, words) in [
        ("summary", "You must specify a summary of the issue."),
        ("description", "Operation value must be an Atlassian Document (see the Atlassian Document Format)"),
        ("labels", "The label 'two words' contains spaces which is invalid."),
        ("nonsense", "Field 'nonsense' cannot be set. It is not on the appropriate screen, or unknown."),
        ("environment", "Field 'environment' cannot be set. It is not on the appropriate screen, or unknown."),
        ("assignee", "Account ID is not valid."),
        ("priority", "The priority selected is invalid."),
        ("customfield_10016", "Operation value must be a number"),
        ("customfield_10031", "Severity is required."),
        ("customfield_10034", "Option value 'Amiga' is not valid"),
    ] {
        assert_eq!(errors[field], words, "{field}");
    }
    assert!(errors["duedate"].as_str().unwrap().starts_with("Error parsing date string: tomorrow"));
    let missing = stage.post("/rest/api/3/issue", json!({ "fields": { "summary": "x" } })).await;
    assert_eq!(missing.1["errors"]["project"], "Specify a valid project ID or key");
    assert_eq!(stage.fake.keys().len(), 3);
    let plain = stage.ask(Method::POST, "/rest/api/3/issue").body("{}").send().await.unwrap();
    assert_eq!(plain.status(), 415);
}

#[tokio::test]
async fn a_sub_task_needs_its_parent() {
    let stage = Stage::new().await;
    let fields = |parent: Value| {
        let mut fields = json!({ "project": { "key": "ACME" }, "issuetype": { "name": "Sub-task" }, "summary": "x" });
        if !parent.is_null() {
            fields["parent"] = parent;
        }
        json!({ "fields": fields })
    };
    let (status, wrong) = stage.post("/rest/api/3/issue", fields(json!(null))).await;
    assert_eq!(
        (status, wrong["errors"]["issuetype"].as_str().unwrap().starts_with("Issue type is a sub-task")),
        (400, true)
    );
    assert_eq!(stage.post("/rest/api/3/issue", fields(json!({ "key": "ACME-1" }))).await.0, 201);
    let parent = stage.get("/rest/api/3/issue/ACME-1?fields=subtasks").await;
    assert_eq!(parent["fields"]["subtasks"][0]["key"], "ACME-4");
    let refused = stage.send(Method::DELETE, "/rest/api/3/issue/ACME-1", json!(null)).await;
    assert!(said(&refused.1).contains("deleteSubtasks"));
    assert_eq!(stage.delete("/rest/api/3/issue/ACME-1?deleteSubtasks=true").await, 204);
    assert_eq!(stage.fake.keys(), ["ACME-2", "ACME-3"]);
}

#[tokio::test]
async fn a_moved_issue_answers_to_its_old_key_and_a_hidden_one_to_none() {
    let stage = Stage::with(|mut setup| {
        setup.projects.push(JiraProject::new("SEC", "Secret").only_for(&[JiraSetup::BEN]).issue("Task", "x", "", 1));
        setup
    })
    .await;
    assert_eq!(stage.fake.move_issue("ana", "ACME-1", "OPS").unwrap(), "OPS-1");
    let issue = stage.get("/rest/api/3/issue/ACME-1").await;
    assert_eq!((issue["key"].as_str(), issue["fields"]["project"]["key"].as_str()), (Some("OPS-1"), Some("OPS")));
    let gone = "Issue does not exist or you do not have permission to see it.";
    stage.fake.archive_issue("ACME-2", true).unwrap();
    stage.fake.delete_issue("ben", "ACME-3").unwrap();
    for key in ["ACME-2", "ACME-3", "SEC-1", "ACME-99", "NOPE-1"] {
        let (status, body) = stage.look(&format!("/rest/api/3/issue/{key}")).await;
        assert_eq!((status, said(&body)), (404, gone), "{key}");
    }
    assert_eq!(stage.look("/rest/api/3/project/SEC").await.0, 404);
    stage.fake.archive_issue("ACME-2", false).unwrap();
    stage.get("/rest/api/3/issue/ACME-2").await;
}

#[tokio::test]
async fn the_create_dialog_is_described() {
    let stage = Stage::new().await;
    let types = stage.get("/rest/api/3/issue/createmeta/ACME/issuetypes?maxResults=2").await;
    assert_eq!((types["total"].as_u64(), types["issueTypes"].as_array().unwrap().len()), (Some(5), 2));
    let fields = stage.get("/rest/api/3/issue/createmeta/ACME/issuetypes/10003").await;
    let of = |id: &str| fields["fields"].as_array().unwrap().iter().find(|field| field["fieldId"] == id).cloned();
    let severity = of("customfield_10031").unwrap();
    assert_eq!((severity["required"].as_bool(), severity["hasDefaultValue"].as_bool()), (Some(true), Some(false)));
    assert_eq!(severity["schema"]["custom"], "com.atlassian.jira.plugin.system.customfieldtypes:select");
    assert_eq!(severity["allowedValues"][0]["value"], "Critical");
    assert_eq!(of("priority").unwrap()["defaultValue"]["name"], "Medium");
    assert!(of("environment").is_none() && of("parent").is_some());
    let story = stage.get("/rest/api/3/issue/createmeta/ACME/issuetypes/10001").await;
    assert!(!story["fields"].as_array().unwrap().iter().any(|field| field["fieldId"] == "customfield_10031"));
    let ops = stage.get("/rest/api/3/issue/createmeta/OPS/issuetypes/10003").await;
    assert!(!ops["fields"].as_array().unwrap().iter().any(|field| field["name"] == "Customer"));
    let all = stage.get("/rest/api/3/field").await;
    assert!(
        all.as_array().unwrap().iter().any(|field| field["name"] == "Sprint" && field["id"] == "customfield_10020")
    );
}

#[tokio::test]
async fn people_are_found_by_name_or_shown_address() {
    let stage = Stage::new().await;
    assert_eq!(stage.get("/rest/api/3/myself").await["accountId"], JiraSetup::ANA);
    let found = |query: &'static str| {
        let stage = &stage;
        async move {
            let list = stage.get(&format!("/rest/api/3/user/search?query={query}")).await;
            list.as_array()
                .unwrap()
                .iter()
                .map(|user| user["displayName"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(found("ben@acme.example").await, ["Ben Okafor"]);
    assert_eq!(found("okaf").await, ["Ben Okafor"]);
    assert_eq!(found("chris@acme.example").await, Vec::<String>::new());
    let chris = stage.get(&format!("/rest/api/3/user?accountId={}", JiraSetup::CHRIS)).await;
    assert!(chris.get("emailAddress").is_none());
    stage.fake.set_active("ben", false).unwrap();
    let assignable = stage.get("/rest/api/3/user/assignable/search?project=ACME").await;
    assert_eq!(assignable.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_wrong_sign_in_is_refused_with_next_to_nothing() {
    let stage = Stage::new().await;
    let refused = stage.bare(Method::GET, "/rest/api/3/myself").basic_auth("ana@acme.example", Some("x"));
    let refused = refused.send().await.unwrap();
    assert_eq!((refused.status().as_u16(), header(&refused, "x-seraph-loginreason")), (401, "AUTHENTICATED_FAILED"));
    let bearer =
        stage.bare(Method::GET, "/rest/api/3/myself").bearer_auth(JiraSetup::SAMPLE_TOKEN).send().await.unwrap();
    assert_eq!(bearer.status(), 403);
    stage.fake.revoke_token(JiraSetup::SAMPLE_TOKEN);
    assert_eq!(stage.look("/rest/api/3/myself").await.0, 401);
    assert_eq!(stage.look("/rest/api/3/nonsense").await.0, 404);
    let seen = stage.fake.requests();
    assert!(seen.iter().all(|record| record.headers.iter().all(|(name, _)| name != "authorization")));
    assert_eq!(stage.fake.violations()[0].request, "GET /rest/api/3/nonsense");
}
