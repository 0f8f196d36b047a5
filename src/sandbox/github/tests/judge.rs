//! A GitHub client that was not made for this fake judges it.

#![expect(clippy::large_futures, reason = "the futures of the client are as large as they are")]

use octocrab::Octocrab;
use octocrab::models::IssueState;

use super::*;

fn client(stage: &Stage, base: &str) -> Octocrab {
    let _once = rustls::crypto::ring::default_provider().install_default();
    let builder = Octocrab::builder().base_uri(format!("{}{base}", stage.fake.base())).unwrap();
    let builder = builder.add_retry_config(octocrab::service::middleware::retry::RetryConfig::None);
    builder.personal_token(GithubSetup::SAMPLE_TOKEN).build().unwrap()
}

#[tokio::test]
async fn octocrab_creates_lists_comments_and_closes() {
    let stage = Stage::new().await;
    let github = client(&stage, "");
    let issues = github.issues("acme", "api");
    let made = issues.create("Crash").body("on start").labels(vec!["bug".to_owned()]).send().await.unwrap();
    assert_eq!((made.number, made.labels[0].name.as_str()), (1, "bug"));
    issues.create_comment(1, "same here").await.unwrap();
    let page = issues.list().state(octocrab::params::State::All).per_page(10).send().await.unwrap();
    assert_eq!((page.items.len(), page.items[0].comments), (1, 1));
    assert_eq!(issues.list_comments(1).send().await.unwrap().items[0].body.as_deref(), Some("same here"));
    let closed = issues.update(1).state(IssueState::Closed).send().await.unwrap();
    assert_eq!(closed.state, IssueState::Closed);
    assert_eq!(github.current().user().await.unwrap().login, "ana");
}

#[tokio::test]
async fn octocrab_understands_repositories_pulls_runs_and_releases() {
    let stage = Stage::new().await;
    let number = stage.fake.open_pull("ben", "acme/api", "Add retries", "retries").unwrap();
    stage.fake.review("kim", "acme/api", number, Verdict::Approve, "fine").unwrap();
    let run = stage.fake.run_workflow("acme/api", "CI", "retries", Conclusion::Failure).unwrap();
    stage.fake.publish_release("ana", "acme/api", "v1", "First", "All new").unwrap();
    let github = client(&stage, "/api/v3/");
    assert_eq!(github.repos("acme", "api").get().await.unwrap().default_branch.as_deref(), Some("main"));
    let pull = github.pulls("acme", "api").get(number).await.unwrap();
    assert_eq!(pull.title.as_deref(), Some("Add retries"));
    assert_eq!(github.pulls("acme", "api").list().send().await.unwrap().items.len(), 1);
    assert_eq!(github.pulls("acme", "api").list_reviews(number).send().await.unwrap().items.len(), 1);
    let shown = github.workflows("acme", "api").get(octocrab::models::RunId(run)).await.unwrap();
    assert_eq!(shown.conclusion.as_deref(), Some("failure"));
    assert_eq!(github.repos("acme", "api").releases().list().send().await.unwrap().items[0].tag_name, "v1");
    github.pulls("acme", "api").merge(number).send().await.unwrap();
    assert_eq!(github.repos("acme", "api").list_commits().send().await.unwrap().items.len(), 3);
}

#[tokio::test]
async fn octocrab_sees_githubs_errors_as_such() {
    let stage = Stage::new().await;
    let github = client(&stage, "");
    let error = github.issues("acme", "api").get(99).await.unwrap_err();
    let octocrab::Error::GitHub { source, .. } = error else { panic!("{error}") };
    assert_eq!((source.status_code.as_u16(), source.message.as_str()), (404, "Not Found"));
}
