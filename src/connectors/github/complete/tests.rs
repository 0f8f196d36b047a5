//! Completion against the sandbox's GitHub, which refuses what GitHub would refuse.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::super::tests::github;
use super::super::{Github, GithubConfig};
use super::*;
use crate::connectors::Connector as _;
use crate::model::{Actor, Clock, Place, PlatformId};
use crate::sandbox::github::{GithubFake, GithubSetup};
use crate::vault::SecretRef;

struct Stage {
    fake: GithubFake,
    github: Arc<Github>,
    clock: Clock,
    linked: BTreeMap<String, String>,
}

async fn stage() -> Stage {
    let clock = Clock::manual("2026-11-20T14:00:00Z".parse().unwrap());
    let now = clock.clone();
    let fake = GithubFake::start(GithubSetup::sample(Arc::new(move || now.now()))).await.unwrap();
    let mut config = GithubConfig::new(SecretRef::Env("T".to_owned()));
    config.base_url = fake.base().parse().unwrap();
    let github = github(&config, GithubSetup::SAMPLE_TOKEN, &clock);
    let linked = BTreeMap::from([("repository".to_owned(), "acme/api".to_owned())]);
    Stage { fake, github, clock, linked }
}

impl Stage {
    async fn found(&self, what: &str, begun: &str, given: &[(&str, &str)]) -> Vec<Choice> {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let place = Place::channel(&PlatformId::new("chat"), "C1");
        let actor = Actor::Rule { name: "r".into() };
        let asked = Asked { what, begun, given: &given, defaults: &self.linked, actor: &actor, place: &place };
        self.github.complete(&asked).await.unwrap()
    }

    async fn values(&self, what: &str, begun: &str) -> Vec<String> {
        self.found(what, begun, &[]).await.into_iter().map(|choice| choice.value).collect()
    }

    async fn labels(&self, what: &str, begun: &str) -> Vec<String> {
        self.found(what, begun, &[]).await.into_iter().map(|choice| choice.label).collect()
    }

    /// What GitHub was asked since the last look, with the status of its answers.
    fn asked(&self, since: usize) -> Vec<String> {
        let requests = self.fake.requests().into_iter().skip(since);
        requests.map(|request| format!("{} {}", request.path, request.status.unwrap_or_default())).collect()
    }
}

#[tokio::test]
async fn issues_are_found_by_number_and_title() {
    let stage = stage().await;
    for title in ["Login fails", "Crash on empty cart", "Carts are slow"] {
        stage.fake.open_issue("ben", "acme/api", title, "").unwrap();
        stage.clock.advance(SignedDuration::from_secs(1));
    }
    stage.fake.open_issue("ben", "acme/web", "Another shop", "").unwrap();
    stage.fake.close_issue("ben", "acme/api", 1).unwrap();
    assert_eq!(stage.labels("github.open_issues", "").await, ["#3 Carts are slow", "#2 Crash on empty cart"]);
    assert_eq!(stage.values("github.open_issues", "cart").await, ["acme/api#3", "acme/api#2"]);
    assert_eq!(stage.values("github.open_issues", "#2").await, ["acme/api#2"]);
    assert_eq!(stage.labels("github.closed_issues", "").await, ["#1 Login fails"]);
    assert_eq!(stage.values("github.issues", "").await.len(), 3);
    // Of another repository: by its name before the number, or as given beside it.
    assert_eq!(stage.labels("github.open_issues", "acme/web#").await, ["acme/web#1 Another shop"]);
    assert_eq!(stage.values("github.open_issues", "acme/web").await, ["acme/web#1"]);
    let given = stage.found("github.open_issues", "", &[("repository", "acme/web")]).await;
    assert_eq!(given[0].value, "acme/web#1");
    let labels = stage.found("github.labels", "bu", &[("issue", "acme/web#1")]).await;
    assert_eq!(labels[0].value, "bug");
    let last = stage.fake.requests().pop().unwrap();
    assert_eq!(last.path, "/repos/acme/web/labels");
}

#[tokio::test]
async fn little_is_asked_and_an_unchanged_list_costs_nothing() {
    let stage = stage().await;
    stage.fake.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    for begun in ["", "l", "lo", "log"] {
        assert_eq!(stage.values("github.open_issues", begun).await, ["acme/api#1"], "{begun}");
    }
    assert_eq!(stage.asked(0), ["/repos/acme/api/issues 200"], "one page for all keystrokes");
    stage.clock.advance(FRESH);
    assert_eq!(stage.values("github.open_issues", "").await, ["acme/api#1"]);
    assert_eq!(stage.asked(1), ["/repos/acme/api/issues 304"]);
    stage.fake.open_issue("ben", "acme/api", "Logout fails", "").unwrap();
    stage.clock.advance(FRESH);
    assert_eq!(stage.values("github.open_issues", "log").await.len(), 2);
    assert_eq!(stage.asked(2), ["/repos/acme/api/issues 200"]);
}

#[tokio::test]
async fn what_is_not_on_the_first_page_is_searched_for() {
    let stage = stage().await;
    stage.fake.open_issue("ben", "acme/api", "Crash on \"empty\" cart", "").unwrap();
    for number in 0..100 {
        stage.clock.advance(SignedDuration::from_secs(1));
        stage.fake.open_issue("ben", "acme/api", &format!("Other {number}"), "").unwrap();
    }
    assert_eq!(stage.values("github.open_issues", "crash").await, ["acme/api#1"]);
    assert_eq!(stage.asked(0), ["/repos/acme/api/issues 200", "/search/issues 200"]);
    assert!(stage.values("github.open_issues", "cr").await.is_empty(), "two letters find anything");
    assert!(stage.values("github.open_issues", "777").await.is_empty());
    assert!(stage.values("github.open_pulls", "crash").await.is_empty(), "an issue is no pull request");
    assert_eq!(stage.asked(2), ["/repos/acme/api/pulls 200"]);
}

#[tokio::test]
async fn every_list_is_one_of_githubs() {
    let stage = stage().await;
    stage.fake.open_pull("ben", "acme/api", "Fix login", "fix-login").unwrap();
    assert_eq!(stage.values("github.repositories", "").await.len(), 2);
    assert_eq!(stage.values("github.repositories", "web").await, ["acme/web"]);
    assert!(stage.values("github.owners", "").await.iter().all(|owner| owner == "acme"));
    assert_eq!(stage.labels("github.pulls", "").await, ["#1 Fix login"]);
    assert_eq!(stage.values("github.open_pulls", "fix").await, ["acme/api#1"]);
    assert!(stage.values("github.open_issues", "").await.is_empty(), "a pull request is no issue here");
    assert_eq!(stage.values("github.branches", "").await, ["fix-login", "main"]);
    assert_eq!(stage.values("github.labels", "bug, good").await, ["bug, good first issue"]);
    assert_eq!(stage.labels("github.assignees", "@be").await, ["@ben"]);
    assert_eq!(stage.values("github.milestones", "").await, ["v1.0"]);
    assert!(stage.fake.unknown_routes().is_empty(), "{:?}", stage.fake.unknown_routes());
}

#[tokio::test]
async fn every_completion_that_is_named_is_known_and_without_a_repository_there_is_nothing() {
    let mut stage = stage().await;
    stage.linked.clear();
    for operation in Arc::clone(&stage.github).operations() {
        for what in operation.params.iter().filter_map(|param| param.complete.as_deref()) {
            let found = stage.values(what, "").await;
            let global = matches!(what, "github.repositories" | "github.owners");
            assert_eq!(found.is_empty(), !global, "{}: {what}", operation.spec.name);
        }
    }
    assert!(What::named("made_up").is_none());
    assert_eq!(split("acme/api#12"), (Repo::parse("acme/api"), "12"));
    assert_eq!(split("#12"), (None, "#12"));
    assert_eq!(split("a b#1"), (None, "a b#1"));
    let pull = json!({ "number": 3, "title": "x", "pull_request": {} });
    let repo = Repo::parse("acme/api");
    assert_eq!(What::Issues("all").searched(repo.as_ref(), pull.clone()), None);
    assert_eq!(
        What::Pulls("all").searched(repo.as_ref(), pull).map(|choice| choice.value).as_deref(),
        Some("acme/api#3")
    );
}
