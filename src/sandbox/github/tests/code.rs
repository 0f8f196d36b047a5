//! Branches, commits, files, checks, releases.

use base64::Engine as _;
use serde_json::json;

use super::*;

const REPO: &str = "/repos/acme/api";

#[tokio::test]
async fn branches_are_made_moved_and_deleted() {
    let stage = Stage::with(|setup| setup.hooks = vec![deaf()]).await;
    let refs = format!("{REPO}/git/refs");
    let main = stage.fake.branches("acme/api")["main"].clone();
    let (status, made) = stage.send(Method::POST, &refs, json!({ "ref": "refs/heads/a/b", "sha": main })).await;
    assert_eq!((status, &made["ref"], &made["object"]["sha"]), (201, &json!("refs/heads/a/b"), &json!(main)));
    let refused =
        async |name: &str, sha: &str| stage.refusal(Method::POST, &refs, json!({ "ref": name, "sha": sha })).await;
    assert_eq!(refused("refs/heads/a/b", &main).await, (422, "Reference already exists".to_owned()));
    assert_eq!(refused("refs/heads/c", &"0".repeat(40)).await, (422, "Object does not exist".to_owned()));
    assert_eq!(refused("refs/heads/a b", &main).await, (422, "refs/heads/a b is not a valid ref name.".to_owned()));
    assert_eq!(stage.get(&format!("{REPO}/branches/a/b")).await["name"], "a/b");
    assert_eq!(stage.get(&format!("{REPO}/branches/a%2Fb")).await["commit"]["sha"], json!(main));
    assert_eq!(
        stage.refusal(Method::GET, &format!("{REPO}/branches/nope"), json!({})).await,
        (404, "Branch not found".to_owned())
    );
    assert_eq!(stage.get(&format!("{REPO}/git/matching-refs/heads/a")).await.as_array().unwrap().len(), 1);
    let new = stage.fake.push("ben", "acme/api", "a/b", &["One"]).unwrap();
    let back = stage.refusal(Method::PATCH, &format!("{refs}/heads/a/b"), json!({ "sha": main })).await;
    assert_eq!(back, (422, "Update is not a fast forward".to_owned()));
    assert_eq!(
        stage.send(Method::PATCH, &format!("{refs}/heads/a/b"), json!({ "sha": main, "force": true })).await.0,
        200
    );
    assert_ne!(stage.fake.branches("acme/api")["a/b"], new);
    assert_eq!(stage.ask(Method::DELETE, &format!("{refs}/heads/a/b")).send().await.unwrap().status(), 204);
    let events: Vec<String> = stage.told().await.into_iter().filter(|event| event != "ping").collect();
    assert_eq!(events, ["create", "push", "push", "push", "delete", "push"]);
    let payloads: Vec<_> = stage.fake.deliveries().into_iter().map(|delivery| delivery.payload).collect();
    assert!(payloads.iter().any(|payload| payload["forced"] == true && payload["deleted"] == false));
    assert!(payloads.iter().any(|payload| payload["deleted"] == true && payload["head_commit"].is_null()));
}

#[tokio::test]
async fn commits_are_listed_by_branch_path_and_author() {
    let stage = Stage::new().await;
    stage.fake.push("ben", "acme/api", "x", &["One", "Two"]).unwrap();
    stage.fake.push_files("kim", "acme/api", "main", "Docs", &[("docs/a.md", Some("# A\n"))]).unwrap();
    let count = async |query: &str| stage.get(&format!("{REPO}/commits?{query}")).await.as_array().unwrap().len();
    assert_eq!((count("").await, count("sha=x").await), (2, 3));
    assert_eq!((count("path=docs").await, count("sha=x&author=ben").await, count("author=nobody").await), (1, 2, 0));
    assert_eq!((count("sha=x&per_page=2").await, count("sha=x&per_page=2&page=2").await), (2, 1));
    let commit = stage.get(&format!("{REPO}/commits/main")).await;
    assert_eq!((&commit["stats"]["additions"], &commit["files"][0]["status"]), (&json!(1), &json!("added")));
    let short = commit["sha"].as_str().unwrap()[..10].to_owned();
    assert_eq!(stage.get(&format!("{REPO}/commits/{short}")).await["sha"], commit["sha"]);
    let refused = stage.refusal(Method::GET, &format!("{REPO}/commits/nope"), json!({})).await;
    assert_eq!(refused, (422, "No commit found for SHA: nope".to_owned()));
}

#[tokio::test]
async fn files_are_read_at_a_reference() {
    let stage = Stage::with(|setup| *setup = GithubSetup::with_delivery(Arc::clone(&setup.now))).await;
    let path = format!("{REPO}/contents/.github/workflows/deploy.yml");
    let file = stage.get(&path).await;
    assert_eq!((&file["encoding"], &file["name"]), (&json!("base64"), &json!("deploy.yml")));
    let packed = file["content"].as_str().unwrap().replace('\n', "");
    let text = base64::engine::general_purpose::STANDARD.decode(packed).unwrap();
    insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r"
    name: Deploy

    on:
      workflow_dispatch:
        inputs:
          environment:
            description: 'Where to'
            type: environment
            required: true
            default: 'staging'
          version:
            description: 'Version to deploy, such as v1.2.3'
            type: string
            required: true
          strategy:
            description: 'How'
            type: choice
            default: 'rolling'
            options:
              - rolling
              - blue-green
              - canary
          dry_run:
            description: 'Only show what would be done'
            type: boolean
            default: false
          replicas:
            description: 'How many'
            type: number
            default: 2
          note:
            description: 'Anything to say: it ends up in the log'
            type: string

    jobs:
      deploy:
        runs-on: ubuntu-latest
        environment: ${{ inputs.environment }}
        steps:
          - uses: actions/checkout@v4
          - run: ./deploy.sh
    ");
    let folder = stage.get(&format!("{REPO}/contents/.github/workflows?ref=main")).await;
    assert_eq!(folder.as_array().unwrap().len(), 2);
    assert_eq!(
        stage.refusal(Method::GET, &format!("{path}?ref=nope"), json!({})).await,
        (404, "No commit found for the ref nope".to_owned())
    );
    assert_eq!(stage.refusal(Method::GET, &format!("{REPO}/contents/nope"), json!({})).await.0, 404);
}

#[tokio::test]
async fn checks_and_statuses_are_summed_up() {
    let stage = Stage::with(|setup| setup.hooks = vec![deaf()]).await;
    let status = async || stage.get(&format!("{REPO}/commits/main/status")).await["state"].clone();
    assert_eq!(status().await, "pending");
    let sha = stage.fake.branches("acme/api")["main"].clone();
    let (code, made) = stage
        .send(Method::POST, &format!("{REPO}/statuses/{sha}"), json!({ "state": "success", "context": "ci/x" }))
        .await;
    assert_eq!((code, &made["context"]), (201, &json!("ci/x")));
    assert_eq!(status().await, "success");
    stage.fake.set_status("ben", "acme/api", "main", "ci/x", "failure").unwrap();
    assert_eq!(status().await, "failure");
    assert_eq!(stage.get(&format!("{REPO}/commits/{sha}/statuses")).await.as_array().unwrap().len(), 2);
    let check = stage.fake.start_check("acme/api", "lint", "main").unwrap();
    stage.fake.run_workflow("acme/api", "CI", "main", Conclusion::Failure).unwrap();
    let runs = stage.get(&format!("{REPO}/commits/main/check-runs")).await;
    assert_eq!((&runs["total_count"], &runs["check_runs"][0]["conclusion"]), (&json!(2), &json!("failure")));
    stage.fake.end_check("acme/api", check, "success", Some("Nothing to say")).unwrap();
    assert_eq!(stage.get(&format!("{REPO}/check-runs/{check}")).await["output"]["summary"], "Nothing to say");
    assert_eq!(stage.get(&format!("{REPO}/commits/main/check-suites")).await["total_count"], 2);
    let told = stage.told().await;
    for event in ["status", "check_run.created", "check_run.completed", "check_suite.completed"] {
        assert!(told.contains(&event.to_owned()), "{event}");
    }
}

#[tokio::test]
async fn a_release_is_made_once() {
    let stage = Stage::with(|setup| setup.hooks = vec![deaf()]).await;
    let releases = format!("{REPO}/releases");
    let new = json!({ "tag_name": "v1.0.0", "name": "First", "body": "All new", "generate_release_notes": true });
    let (status, release) = stage.send(Method::POST, &releases, new.clone()).await;
    assert_eq!(status, 201);
    assert!(release["body"].as_str().unwrap().contains("**Full Changelog**"));
    let (status, body) = stage.send(Method::POST, &releases, new).await;
    assert_eq!((status, &body["errors"][0]["code"]), (422, &json!("already_exists")));
    let draft = json!({ "tag_name": "v2", "draft": true, "target_commitish": "main" });
    assert_eq!(stage.send(Method::POST, &releases, draft).await.1["published_at"], json!(null));
    assert_eq!(stage.get(&format!("{releases}/latest")).await["tag_name"], "v1.0.0");
    assert_eq!(stage.get(&format!("{releases}/tags/v1.0.0")).await["id"], release["id"]);
    assert_eq!(stage.get(&format!("{releases}/{}", release["id"])).await["name"], "First");
    let nobody = read(stage.bare(Method::GET, &releases).send().await.unwrap()).await.1;
    assert_eq!(nobody.as_array().unwrap().len(), 1);
    let bad = json!({ "tag_name": "v3", "target_commitish": "nope" });
    assert_eq!(stage.send(Method::POST, &releases, bad).await.1["errors"][0]["field"], "target_commitish");
    assert_eq!(stage.told().await.iter().filter(|event| *event == "release.published").count(), 1);
}
