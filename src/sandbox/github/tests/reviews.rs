//! Reviews with comments on lines, and who is asked for one.

use serde_json::json;

use super::*;

/// A pull request of ben's that changes lines 6 and 7 of a file with twelve.
async fn stage() -> (Stage, String) {
    let before = (1..=12).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
    let after = before.replace("line 6\n", "line six\nand more\n");
    let stage = Stage::with(|setup| {
        setup.repos[0] = setup.repos[0].clone().file("a.txt", &before);
        setup.hooks = vec![deaf()];
    })
    .await;
    stage.fake.push_files("ben", "acme/api", "x", "Change", &[("a.txt", Some(&after))]).unwrap();
    let number = stage.fake.open_pull("ben", "acme/api", "Add x", "x").unwrap();
    (stage, format!("/repos/acme/api/pulls/{number}"))
}

#[tokio::test]
async fn a_review_says_something_of_lines() {
    let (stage, path) = stage().await;
    let comments = json!([
        { "path": "a.txt", "line": 7, "side": "RIGHT", "start_line": 6, "body": "Why two?" },
        { "path": "a.txt", "line": 6, "side": "LEFT", "body": "Was better" },
    ]);
    let new = json!({ "event": "REQUEST_CHANGES", "body": "Look again", "comments": comments });
    let (status, review) = stage.send(Method::POST, &format!("{path}/reviews"), new).await;
    assert_eq!((status, &review["state"]), (200, &json!("CHANGES_REQUESTED")));
    let all = stage.get(&format!("{path}/comments")).await;
    assert_eq!((&all[0]["line"], &all[0]["start_line"], &all[0]["position"]), (&json!(7), &json!(6), &json!(6)));
    assert_eq!(
        (&all[1]["side"], &all[1]["diff_hunk"].as_str().unwrap().lines().last()),
        (&json!("LEFT"), &Some("-line 6"))
    );
    assert_eq!(all[0]["pull_request_review_id"], review["id"]);
    let one = format!("{path}/comments/{}/replies", all[0]["id"]);
    let (status, reply) = stage.send(Method::POST, &one, json!({ "body": "Because" })).await;
    assert_eq!((status, &reply["in_reply_to_id"]), (201, &all[0]["id"]));
    stage.fake.push_files("ben", "acme/api", "x", "Undo", &[("a.txt", Some("all new\n"))]).unwrap();
    let first = stage.get(&format!("/repos/acme/api/pulls/comments/{}", all[0]["id"])).await;
    assert_eq!((&first["line"], &first["position"], &first["original_line"]), (&json!(null), &json!(null), &json!(7)));
    let told = stage.told().await;
    assert_eq!(told.iter().filter(|event| *event == "pull_request_review_comment.created").count(), 3);
    assert_eq!(stage.get(&path).await["review_comments"], 3);
}

#[tokio::test]
async fn a_line_that_the_diff_does_not_show_cannot_be_spoken_of() {
    let (stage, path) = stage().await;
    let reviews = format!("{path}/reviews");
    let refused = async |comment: Value| {
        let new = json!({ "event": "COMMENT", "comments": [comment] });
        let (status, body) = stage.send(Method::POST, &reviews, new).await;
        assert_eq!((status, &body["message"]), (422, &json!("Unprocessable Entity")));
        body["errors"][0].as_str().unwrap().to_owned()
    };
    let line = |line: u64| json!({ "path": "a.txt", "line": line, "body": "x" });
    assert!(refused(line(1)).await.starts_with("Pull request review thread line must be part of the diff"));
    assert!(refused(json!({ "path": "b.txt", "line": 7, "body": "x" })).await.contains("path is invalid"));
    let backwards = json!({ "path": "a.txt", "line": 6, "start_line": 7, "body": "x" });
    assert!(refused(backwards).await.contains("must precede"));
    assert_eq!(stage.get(&reviews).await, json!([]));
    let sha = stage.get(&path).await["head"]["sha"].clone();
    let single = json!({ "path": "a.txt", "line": 1, "body": "x", "commit_id": sha });
    let (status, body) = stage.send(Method::POST, &format!("{path}/comments"), single).await;
    assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("pull_request_review_thread.line")));
    let single = json!({ "path": "a.txt", "line": 7, "body": "x", "commit_id": sha });
    assert_eq!(stage.send(Method::POST, &format!("{path}/comments"), single).await.0, 201);
    let own = GithubToken::classic("bens", "ben", &["repo"]);
    stage.fake.add_token(own);
    let approve = stage.bare(Method::POST, &reviews).bearer_auth("bens").json(&json!({ "event": "APPROVE" }));
    assert_eq!(read(approve.send().await.unwrap()).await.1["errors"][0], "Can not approve your own pull request");
}

#[tokio::test]
async fn who_is_asked_and_who_no_longer() {
    let (stage, path) = stage().await;
    let people = format!("{path}/requested_reviewers");
    assert_eq!(stage.send(Method::POST, &people, json!({ "reviewers": ["kim", "ana"] })).await.0, 201);
    let refused = stage.refusal(Method::POST, &people, json!({ "reviewers": ["ben"] })).await;
    assert_eq!(refused, (422, "Review cannot be requested from pull request author.".to_owned()));
    assert_eq!(stage.refusal(Method::POST, &people, json!({ "team_reviewers": ["core"] })).await.0, 422);
    let (status, pull) = stage.send(Method::DELETE, &people, json!({ "reviewers": ["kim"] })).await;
    assert_eq!((status, pull["requested_reviewers"].as_array().unwrap().len()), (200, 1));
    assert_eq!(stage.get(&people).await["users"][0]["login"], "ana");
    let review = stage.fake.review("kim", "acme/api", 1, Verdict::Approve, "").unwrap();
    let dismissal = format!("{path}/reviews/{review}/dismissals");
    let (status, review) = stage.send(Method::PUT, &dismissal, json!({ "message": "too early" })).await;
    assert_eq!((status, &review["state"]), (200, &json!("DISMISSED")));
    let told = stage.told().await;
    assert!(told.contains(&"pull_request.review_request_removed".to_owned()));
    assert!(told.contains(&"pull_request_review.dismissed".to_owned()));
}
