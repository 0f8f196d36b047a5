//! Workflows, runs, jobs, deployments.

use serde_json::json;

use super::*;

const ACTIONS: &str = "/repos/acme/api/actions";

async fn stage() -> Stage {
    Stage::with(|setup| {
        *setup = GithubSetup::with_delivery(Arc::clone(&setup.now));
        setup.hooks = vec![deaf()];
        setup.apps[0] = setup.apps[0].clone().hook(HookTarget::new("http://127.0.0.1:9/app", "another key"));
    })
    .await
}

#[tokio::test]
async fn a_workflow_is_started_by_hand_with_inputs_that_it_knows() {
    let stage = stage().await;
    let path = format!("{ACTIONS}/workflows/deploy.yml/dispatches");
    let refused = async |body: Value| stage.refusal(Method::POST, &path, body).await;
    let with = |inputs: Value| json!({ "ref": "main", "inputs": inputs });
    for (body, why) in [
        (json!({ "ref": "nope" }), "No ref found for: nope"),
        (with(json!({})), "Required input 'version' not provided"),
        (with(json!({ "version": "v1", "foo": "1" })), "Unexpected inputs provided: [\"foo\"]"),
        (
            with(json!({ "version": "v1", "strategy": "yolo" })),
            "Provided value 'yolo' for input 'strategy' not in the list of allowed values",
        ),
        (
            with(json!({ "version": "v1", "dry_run": "maybe" })),
            "Provided value 'maybe' for input 'dry_run' is not a boolean",
        ),
        (
            with(json!({ "version": "v1", "replicas": "two" })),
            "Provided value 'two' for input 'replicas' is not a number",
        ),
        (
            with(json!({ "version": "v1", "dry_run": true })),
            "Invalid request.\n\nFor 'properties/inputs/dry_run', true is not a string.",
        ),
        (json!({}), "Invalid request.\n\n\"ref\" wasn't supplied."),
    ] {
        assert_eq!(refused(body).await, (422, why.to_owned()));
    }
    let ci =
        stage.refusal(Method::POST, &format!("{ACTIONS}/workflows/ci.yml/dispatches"), json!({ "ref": "main" })).await;
    assert_eq!(ci, (422, "Workflow does not have 'workflow_dispatch' trigger".to_owned()));
    let good = with(json!({ "version": "v1", "environment": "staging" }));
    let quiet = stage.ask(Method::POST, &path).json(&good).send().await.unwrap();
    assert_eq!((quiet.status().as_u16(), quiet.text().await.unwrap()), (204, String::new()));
    let told =
        stage.ask(Method::POST, &path).header("x-github-api-version", "2026-03-10").json(&good).send().await.unwrap();
    let (status, details) = read(told).await;
    let run = details["workflow_run_id"].as_u64().unwrap();
    assert_eq!((status, details["html_url"].as_str().unwrap().ends_with(&format!("/actions/runs/{run}"))), (200, true));
    let inputs = stage.fake.run_inputs("acme/api", run);
    assert_eq!((inputs["strategy"].as_str(), inputs["replicas"].as_str(), inputs.get("note")), ("rolling", "2", None));
    let runs =
        stage.get(&format!("{ACTIONS}/workflows/deploy.yml/runs?event=workflow_dispatch&created=2026-11-20")).await;
    assert_eq!((&runs["total_count"], &runs["workflow_runs"][0]["id"]), (&json!(2), &json!(run)));
    assert_eq!(stage.get(&format!("{ACTIONS}/runs?created=%3E2026-11-20T10:00:00Z")).await["total_count"], 0);
}

#[tokio::test]
async fn a_guarded_environment_waits_for_its_reviewers() {
    let stage = stage().await;
    stage.fake.add_token(GithubToken::classic("bens", "ben", &["repo"]));
    let path = format!("{ACTIONS}/workflows/deploy.yml/dispatches");
    let body = json!({ "ref": "main", "inputs": { "version": "v1", "environment": "production" }, "return_run_details": true });
    let (_, details) = stage.send(Method::POST, &path, body.clone()).await;
    let run = details["workflow_run_id"].as_u64().unwrap();
    let one = format!("{ACTIONS}/runs/{run}");
    assert_eq!(stage.get(&one).await["status"], "waiting");
    assert!(stage.fake.finish_run("acme/api", run, Conclusion::Success).is_err());
    let waits = format!("{one}/pending_deployments");
    let pending = stage.get(&waits).await;
    assert_eq!(
        (&pending[0]["environment"]["name"], &pending[0]["current_user_can_approve"]),
        (&json!("production"), &json!(true))
    );
    let id = pending[0]["environment"]["id"].clone();
    let decision = json!({ "environment_ids": [id], "state": "approved", "comment": "go" });
    let ben = stage.bare(Method::POST, &waits).bearer_auth("bens").json(&decision).send().await.unwrap();
    assert_eq!(ben.status(), 403);
    let wrong = json!({ "environment_ids": [1], "state": "approved", "comment": "" });
    assert_eq!(stage.refusal(Method::POST, &waits, wrong).await.0, 422);
    let (status, deployments) = stage.send(Method::POST, &waits, decision.clone()).await;
    assert_eq!((status, &deployments[0]["environment"]), (200, &json!("production")));
    assert_eq!(stage.refusal(Method::POST, &waits, decision).await.0, 422);
    stage.fake.finish_run("acme/api", run, Conclusion::Success).unwrap();
    let statuses = format!("/repos/acme/api/deployments/{}/statuses", deployments[0]["id"]);
    assert_eq!(stage.get(&statuses).await[0]["state"], "success");
    assert_eq!(stage.get(&format!("{one}/approvals")).await[0]["comment"], "go");
    let (_, details) = stage.send(Method::POST, &path, body).await;
    let second = details["workflow_run_id"].as_u64().unwrap();
    stage.fake.review_deployment("kim", "acme/api", second, false, "not today").unwrap();
    assert_eq!(stage.get(&format!("{ACTIONS}/runs/{second}")).await["conclusion"], "failure");
    stage.fake.settled().await;
    let deliveries = stage.fake.deliveries();
    // Only the app hears of the reviews.
    let reviews: Vec<_> = deliveries.iter().filter(|found| found.event == "deployment_review").collect();
    let actions: Vec<_> = reviews.iter().map(|found| found.action.clone().unwrap()).collect();
    assert_eq!(actions, ["requested", "approved", "requested", "rejected"]);
    assert!(reviews.iter().all(|found| found.url.ends_with("/app") && found.payload["installation"]["id"].is_u64()));
    let states = deliveries.iter().filter(|found| found.event == "deployment_status" && found.url.ends_with(":9/"));
    let states: Vec<_> =
        states.map(|found| found.payload["deployment_status"]["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["waiting", "queued", "in_progress", "success", "waiting", "failure"]);
}

#[tokio::test]
async fn runs_are_stopped_and_their_jobs_read() {
    let stage = stage().await;
    let run = stage.fake.start_workflow("acme/api", "CI", "main").unwrap();
    stage.fake.begin_run("acme/api", run).unwrap();
    let one = format!("{ACTIONS}/runs/{run}");
    let jobs = stage.get(&format!("{one}/jobs")).await;
    assert_eq!((&jobs["total_count"], &jobs["jobs"][0]["steps"][0]["status"]), (&json!(2), &json!("in_progress")));
    assert_eq!(stage.send(Method::POST, &format!("{one}/cancel"), json!({})).await, (202, json!({})));
    let again = stage.refusal(Method::POST, &format!("{one}/cancel"), json!({})).await;
    assert_eq!(again, (409, "Cannot cancel a workflow run that is completed.".to_owned()));
    assert_eq!(stage.get(&one).await["conclusion"], "cancelled");
    let run = stage.fake.run_workflow("acme/api", "CI", "main", Conclusion::Failure).unwrap();
    let jobs = stage.get(&format!("{ACTIONS}/runs/{run}/jobs")).await;
    assert_eq!(
        (&jobs["jobs"][0]["conclusion"], &jobs["jobs"][1]["conclusion"]),
        (&json!("success"), &json!("failure"))
    );
    assert_eq!(jobs["jobs"][1]["steps"][2]["conclusion"], "failure");
    let log = stage.ask(Method::GET, &format!("{ACTIONS}/jobs/{}/logs", jobs["jobs"][1]["id"])).send().await.unwrap();
    assert_eq!((log.status().as_u16(), log.text().await.unwrap().contains("##[error]")), (200, true));
    assert_eq!(stage.send(Method::POST, &format!("{ACTIONS}/runs/{run}/rerun-failed-jobs"), json!({})).await.0, 201);
    let after = stage.get(&format!("{ACTIONS}/runs/{run}/jobs")).await;
    assert_eq!(
        (after["jobs"][0]["id"] == jobs["jobs"][0]["id"], after["jobs"][1]["id"] == jobs["jobs"][1]["id"]),
        (true, false)
    );
}

#[tokio::test]
async fn deployments_are_made_over_the_api_too() {
    let stage = stage().await;
    let path = "/repos/acme/api/deployments";
    let (status, made) = stage.send(Method::POST, path, json!({ "ref": "main", "environment": "staging" })).await;
    assert_eq!((status, &made["environment"]), (201, &json!("staging")));
    let statuses = format!("{path}/{}/statuses", made["id"]);
    assert_eq!(stage.send(Method::POST, &statuses, json!({ "state": "success" })).await.0, 201);
    assert_eq!(stage.send(Method::POST, &statuses, json!({ "state": "waiting" })).await.0, 422);
    assert_eq!(stage.get(&format!("{path}?environment=staging")).await[0]["id"], made["id"]);
    stage.fake.set_status("ben", "acme/api", "main", "ci", "failure").unwrap();
    let refused = stage.refusal(Method::POST, path, json!({ "ref": "main" })).await;
    assert_eq!(refused, (409, "Conflict: Commit status checks failed for main.".to_owned()));
    assert_eq!(stage.get("/repos/acme/api/environments").await["total_count"], 2);
    assert_eq!(stage.fake.unknown_routes(), Vec::<String>::new());
}
