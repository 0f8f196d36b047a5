//! Repositories: made, renamed, handed over; their people and stars; hooks that are tested.

use serde_json::json;

use super::*;

/// A client that does not follow.
fn stubborn() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().user_agent("quarterdeck-test");
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

#[tokio::test]
async fn a_repository_is_made_for_a_person_and_for_an_organisation() {
    let stage = Stage::with(|setup| setup.tokens.push(GithubToken::classic("s", "stranger", &["repo"]))).await;
    let (status, repo) = stage.send(Method::POST, "/user/repos", json!({ "name": "my notes", "private": true })).await;
    assert_eq!((status, &repo["full_name"], &repo["private"]), (201, &json!("ana/my-notes"), &json!(true)));
    let empty = stage.refusal(Method::GET, "/repos/ana/my-notes/commits", json!({})).await;
    assert_eq!(empty, (409, "Git Repository is empty.".to_owned()));
    let new = json!({ "name": "tools", "description": "All of them", "auto_init": true, "visibility": "private" });
    let (status, repo) = stage.send(Method::POST, "/orgs/acme/repos", new.clone()).await;
    assert_eq!((status, &repo["owner"]["login"], &repo["visibility"]), (201, &json!("acme"), &json!("private")));
    assert_eq!(stage.get("/repos/acme/tools/branches").await[0]["name"], "main");
    assert_eq!(stage.get(&format!("/repositories/{}", repo["id"])).await["full_name"], "acme/tools");
    let (status, body) = stage.send(Method::POST, "/orgs/acme/repos", new.clone()).await;
    assert_eq!((status, &body["message"]), (422, &json!("Repository creation failed.")));
    assert_eq!(body["errors"][0]["message"], "name already exists on this account");
    let stranger = stage.bare(Method::POST, "/orgs/acme/repos").bearer_auth("s").json(&new).send().await.unwrap();
    assert_eq!(stranger.status(), 403);
}

#[tokio::test]
async fn an_old_name_leads_on() {
    let stage = Stage::with(|setup| setup.hooks = vec![deaf()]).await;
    let id = stage.fake.repo_id("acme/api").unwrap();
    stage.issue("Crash").await;
    stage.fake.rename_repo("ana", "acme/api", "core").unwrap();
    let ask = |method: Method, path: &str| {
        stubborn().request(method, format!("{}{path}", stage.fake.base())).bearer_auth(GithubSetup::SAMPLE_TOKEN)
    };
    let moved = ask(Method::GET, "/repos/acme/api/issues?state=all").send().await.unwrap();
    let place = format!("{}/repositories/{id}/issues?state=all", stage.fake.base());
    assert_eq!((moved.status().as_u16(), header(&moved, "location")), (301, place.as_str()));
    assert_eq!(read(moved).await.1["message"], "Moved Permanently");
    let moved = ask(Method::POST, "/repos/acme/api/issues").json(&json!({ "title": "x" })).send().await.unwrap();
    assert_eq!(moved.status(), 307);
    // Who follows arrives, and what was sent arrives with it.
    assert_eq!(
        stage.get("/repos/acme/api/issues").await[0]["repository_url"],
        format!("{}/repos/acme/core", stage.fake.base())
    );
    assert_eq!(stage.issue("Through the old name").await, 2);
    stage.fake.transfer_repo("ana", "acme/core", "kim").unwrap();
    assert_eq!(stage.get("/repos/acme/api").await["full_name"], "kim/core");
    stage.fake.transfer_repo("kim", "kim/core", "acme").unwrap();
    stage.fake.open_issue("ben", "acme/core", "Later", "").unwrap();
    let told = stage.told().await;
    assert!(told.contains(&"repository.renamed".to_owned()) && told.contains(&"repository.transferred".to_owned()));
    let deliveries = stage.fake.deliveries();
    let of = |event: &str| deliveries.iter().rev().find(|delivery| delivery.event == event).unwrap().payload.clone();
    assert_eq!(
        (&of("issues")["repository"]["full_name"], &of("issues")["repository"]["id"]),
        (&json!("acme/core"), &json!(id))
    );
    assert_eq!(of("repository")["changes"]["owner"]["from"]["user"]["login"], "kim");
    let taken = stage.fake.open_issue("ben", "acme/api", "x", "");
    assert!(taken.is_err());
    let private = ask(Method::GET, "/repos/acme/nothing").send().await.unwrap();
    assert_eq!(private.status(), 404);
}

#[tokio::test]
async fn people_come_and_go_and_leave_stars() {
    let stage = Stage::with(|setup| setup.hooks = vec![deaf()]).await;
    stage.fake.set_member("ana", "acme/api", "zoe", Some(Role::Read)).unwrap();
    stage.fake.set_member("ana", "acme/api", "zoe", Some(Role::Admin)).unwrap();
    let zoe = stage.get("/repos/acme/api/collaborators/zoe/permission").await;
    assert_eq!((&zoe["permission"], &zoe["role_name"]), (&json!("admin"), &json!("admin")));
    assert_eq!(stage.get("/repos/acme/api/collaborators").await.as_array().unwrap().len(), 4);
    stage.fake.set_member("ana", "acme/api", "zoe", None).unwrap();
    stage.fake.star("zoe", "acme/api", true).unwrap();
    stage.fake.star("zoe", "acme/api", true).unwrap();
    assert_eq!(stage.get("/repos/acme/api").await["stargazers_count"], 1);
    stage.fake.star("zoe", "acme/api", false).unwrap();
    let told: Vec<String> = stage.told().await.into_iter().filter(|event| event != "ping").collect();
    assert_eq!(told, ["member.added", "member.edited", "member.removed", "star.created", "star.deleted"]);
}

#[tokio::test]
async fn a_hook_is_tested_with_the_last_push() {
    let stage = Stage::with(|setup| setup.hooks = vec![deaf()]).await;
    let hook = stage.get("/repos/acme/api/hooks").await[0]["id"].clone();
    assert_eq!(stage.send(Method::POST, &format!("/repos/acme/api/hooks/{hook}/tests"), json!({})).await.0, 204);
    assert_eq!(stage.send(Method::POST, "/repos/acme/api/hooks/1/tests", json!({})).await.0, 404);
    stage.fake.settled().await;
    let last = stage.fake.deliveries().pop().unwrap();
    assert_eq!((last.event.as_str(), &last.payload["ref"]), ("push", &json!("refs/heads/main")));
}
