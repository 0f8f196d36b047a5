//! Pull requests: made, merged, refused.

use serde_json::json;

use super::*;

const PULLS: &str = "/repos/acme/api/pulls";

#[tokio::test]
async fn a_pull_request_is_made_from_a_branch_that_has_something_new() {
    let stage = Stage::new().await;
    let head = stage.get("/repos/acme/api/git/ref/heads/main").await["object"]["sha"].clone();
    let branch = json!({ "ref": "refs/heads/feature/x", "sha": head });
    assert_eq!(stage.send(Method::POST, "/repos/acme/api/git/refs", branch).await.0, 201);
    let new = json!({ "title": "Add x", "head": "feature/x", "base": "main", "body": "why", "draft": true });
    let (status, body) = stage.send(Method::POST, PULLS, new.clone()).await;
    assert_eq!((status, &body["errors"][0]["message"]), (422, &json!("No commits between main and feature/x")));
    stage.fake.push("ana", "acme/api", "feature/x", &["One"]).unwrap();
    let (status, pull) = stage.send(Method::POST, PULLS, new.clone()).await;
    assert_eq!((status, &pull["number"], &pull["draft"]), (201, &json!(1), &json!(true)));
    assert_eq!((&pull["mergeable_state"], &pull["body"]), (&json!("draft"), &json!("why")));
    let (_, body) = stage.send(Method::POST, PULLS, new).await;
    assert_eq!(body["errors"][0]["message"], "A pull request already exists for acme:feature/x.");
    let wrong = json!({ "title": "Add y", "head": "kim:feature/x", "base": "nowhere" });
    let (_, body) = stage.send(Method::POST, PULLS, wrong).await;
    insta::assert_snapshot!(body["errors"], @r#"[{"resource":"PullRequest","field":"head","code":"invalid"},{"resource":"PullRequest","field":"base","code":"invalid"}]"#);
    let closed = stage.send(Method::PATCH, &format!("{PULLS}/1"), json!({ "state": "closed" })).await.1;
    assert_eq!((&closed["state"], &closed["merged"]), (&json!("closed"), &json!(false)));
    let open = stage.send(Method::PATCH, &format!("{PULLS}/1"), json!({ "state": "open" })).await.1;
    assert_eq!(open["state"], "open");
    stage.fake.close_issue("ana", "acme/api", 1).unwrap();
    stage.fake.delete_branch("ana", "acme/api", "feature/x").unwrap();
    assert_eq!(stage.send(Method::PATCH, &format!("{PULLS}/1"), json!({ "state": "open" })).await.0, 422);
}

#[tokio::test]
async fn what_the_branch_asks_for_comes_before_the_merge() {
    let rules = Protection::new().reviews(1).check("ci").check("build");
    let stage = Stage::with(|setup| setup.repos[0] = setup.repos[0].clone().protected("main", rules)).await;
    let number = stage.fake.open_draft("ana", "acme/api", "Add x", "x").unwrap();
    let merge = format!("{PULLS}/{number}/merge");
    let refused = async || stage.refusal(Method::PUT, &merge, json!({})).await;
    let state = async || stage.get(&format!("{PULLS}/{number}")).await["mergeable_state"].clone();
    assert_eq!(refused().await, (405, "Pull Request is still a draft".to_owned()));
    stage.fake.ready_for_review("ana", "acme/api", number).unwrap();
    let why = "At least 1 approving review is required by reviewers with write access.";
    assert_eq!((refused().await, state().await), ((405, why.to_owned()), json!("blocked")));
    stage.fake.review("stranger", "acme/api", number, Verdict::Approve, "").unwrap();
    assert_eq!(refused().await.1, why);
    let review = stage.fake.review("kim", "acme/api", number, Verdict::Changes, "no").unwrap();
    assert_eq!(refused().await.1, "Changes have been requested by reviewers with write access.");
    stage.fake.dismiss_review("ana", "acme/api", number, review).unwrap();
    stage.fake.review("ben", "acme/api", number, Verdict::Approve, "").unwrap();
    assert_eq!(refused().await.1, "2 of 2 required status checks are expected.");
    stage.fake.set_status("ben", "acme/api", "x", "build", "success").unwrap();
    let check = stage.fake.start_check("acme/api", "ci", "x").unwrap();
    assert_eq!(refused().await.1, "1 of 2 required status checks are in progress.");
    stage.fake.end_check("acme/api", check, "failure", Some("2 of 40 failed")).unwrap();
    assert_eq!(refused().await.1, "1 of 2 required status checks are failing.");
    let check = stage.fake.start_check("acme/api", "ci", "x").unwrap();
    stage.fake.end_check("acme/api", check, "success", None).unwrap();
    assert_eq!(state().await, "clean");
    assert_eq!(stage.send(Method::PUT, &merge, json!({})).await.0, 200);
    assert_eq!(refused().await, (405, "Pull Request is not mergeable".to_owned()));
}

#[tokio::test]
async fn administrators_pass_over_rules_that_do_not_bind_them() {
    let rules = Protection::new().reviews(2).without_admins();
    let stage = Stage::with(|setup| {
        setup.repos[0] = setup.repos[0].clone().protected("main", rules);
        setup.tokens.push(GithubToken::classic("bens", "ben", &["repo"]));
    })
    .await;
    let number = stage.fake.open_pull("kim", "acme/api", "Add x", "x").unwrap();
    let merge = format!("{PULLS}/{number}/merge");
    let (status, body) =
        read(stage.bare(Method::PUT, &merge).bearer_auth("bens").json(&json!({})).send().await.unwrap()).await;
    let why = "At least 2 approving reviews are required by reviewers with write access.";
    assert_eq!((status, body["message"].as_str().unwrap()), (405, why));
    assert_eq!(stage.send(Method::PUT, &merge, json!({})).await.0, 200);
    let rules = stage.get("/repos/acme/api/branches/main/protection").await;
    assert_eq!(rules["required_pull_request_reviews"]["required_approving_review_count"], 2);
    let hidden = stage.bare(Method::GET, "/repos/acme/api/branches/main/protection").bearer_auth("bens");
    assert_eq!(hidden.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn two_sides_that_changed_one_file_conflict() {
    let stage = Stage::with(|setup| setup.repos[0] = setup.repos[0].clone().file("a.txt", "one\ntwo\n")).await;
    stage.fake.push_files("ben", "acme/api", "x", "Mine", &[("a.txt", Some("one\n2\n"))]).unwrap();
    let number = stage.fake.open_pull("ben", "acme/api", "Add x", "x").unwrap();
    let path = format!("{PULLS}/{number}");
    assert_eq!(stage.get(&path).await["mergeable"], true);
    stage.fake.push_files("kim", "acme/api", "main", "Theirs", &[("a.txt", Some("1\ntwo\n"))]).unwrap();
    let pull = stage.get(&path).await;
    assert_eq!((&pull["mergeable"], &pull["mergeable_state"]), (&json!(false), &json!("dirty")));
    let refused = stage.refusal(Method::PUT, &format!("{path}/merge"), json!({})).await;
    assert_eq!(refused, (405, "Pull Request is not mergeable".to_owned()));
    let file = &stage.get(&format!("{path}/files")).await[0];
    assert_eq!((&file["filename"], &file["patch"]), (&json!("a.txt"), &json!("@@ -1,2 +1,2 @@\n one\n-two\n+2")));
}

#[tokio::test]
async fn a_head_that_moved_is_not_merged_by_mistake_and_the_way_of_merging_counts() {
    let stage = Stage::with(|setup| {
        setup.repos[0] = setup.repos[0].clone().merging(false, true, true);
        setup.hooks = vec![deaf()];
        setup.merge_lag = SignedDuration::from_secs(3);
    })
    .await;
    let number = stage.fake.open_pull("ben", "acme/api", "Add x", "x").unwrap();
    let path = format!("{PULLS}/{number}");
    assert_eq!(stage.get(&path).await["mergeable"], json!(null));
    stage.hand.advance(3);
    let seen = stage.get(&path).await["head"]["sha"].clone();
    stage.fake.push("ben", "acme/api", "x", &["More"]).unwrap();
    stage.hand.advance(3);
    let merge = format!("{path}/merge");
    let refused = stage.refusal(Method::PUT, &merge, json!({ "sha": seen })).await;
    assert_eq!(refused, (409, "Head branch was modified. Review and try the merge again.".to_owned()));
    let refused = stage.refusal(Method::PUT, &merge, json!({ "merge_method": "merge" })).await;
    assert_eq!(refused, (405, "Merge commits are not allowed on this repository.".to_owned()));
    let sha = stage.get(&path).await["head"]["sha"].clone();
    let (status, merged) = stage.send(Method::PUT, &merge, json!({ "sha": sha, "merge_method": "squash" })).await;
    assert_eq!(status, 200);
    let commit = stage.get(&format!("/repos/acme/api/commits/{}", merged["sha"].as_str().unwrap())).await;
    assert_eq!((&commit["commit"]["message"], commit["parents"].as_array().unwrap().len()), (&json!("Add x (#1)"), 1));
    assert_eq!(stage.get("/repos/acme/api/commits").await.as_array().unwrap().len(), 2);
    let told = stage.told().await;
    assert!(told.contains(&"pull_request.synchronize".to_owned()) && told.contains(&"create".to_owned()), "{told:?}");
}

#[tokio::test]
async fn drafts_are_finished_and_taken_up_again_with_graphql() {
    let stage = Stage::with(|setup| setup.tokens.push(GithubToken::classic("s", "stranger", &["repo"]))).await;
    let number = stage.fake.open_draft("ben", "acme/api", "Add x", "x").unwrap();
    let path = format!("{PULLS}/{number}");
    let id = stage.get(&path).await["node_id"].clone();
    assert_eq!(stage.get(&format!("/repos/acme/api/issues/{number}")).await["node_id"], id);
    let query = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft number } } }";
    let body = json!({ "query": query, "variables": { "id": id } });
    let (status, answer) = stage.send(Method::POST, "/graphql", body.clone()).await;
    assert_eq!(
        (status, answer),
        (
            200,
            json!({ "data": { "markPullRequestReadyForReview": { "pullRequest": { "isDraft": false, "number": 1 } } } })
        )
    );
    let back = query.replace("markPullRequestReadyForReview", "convertPullRequestToDraft");
    let back = json!({ "query": back, "variables": { "id": id } });
    assert_eq!(stage.send(Method::POST, "/api/graphql", back).await.0, 200);
    assert_eq!(stage.get(&path).await["draft"], true);
    let unknown = json!({ "query": query, "variables": { "id": "PR_kwDO0000000000" } });
    assert_eq!(stage.send(Method::POST, "/graphql", unknown).await.1["errors"][0]["type"], "NOT_FOUND");
    let stranger = stage.bare(Method::POST, "/graphql").bearer_auth("s").json(&body).send().await.unwrap();
    assert_eq!(header(&stranger, "x-ratelimit-resource"), "graphql");
    assert_eq!(read(stranger).await.1["errors"][0]["type"], "FORBIDDEN");
    assert_eq!(read(stage.bare(Method::POST, "/graphql").json(&body).send().await.unwrap()).await.0, 401);
    let other = json!({ "query": "mutation { deleteRepository(input: {}) { clientMutationId } }" });
    assert!(
        stage.send(Method::POST, "/graphql", other).await.1["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("doesn't exist")
    );
}
