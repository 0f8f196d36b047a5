//! What is offered, to whom, and how long it is waited for.

use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::super::sample;
use super::super::{Access, AccessConfig, People as Known, Standing};
use super::*;
use crate::delivery::Minter;
use crate::model::PlatformId;
use crate::routing::Vocabulary;
use crate::store::{Store, StoreConfig};

struct Strangers;

#[async_trait]
impl Known for Strangers {
    async fn name_of(&self, _: &Actor) -> Option<String> {
        None
    }

    async fn groups_of(&self, _: &Actor, groups: &[String]) -> Result<Vec<String>, Vec<String>> {
        Ok(groups.iter().filter(|group| *group == crate::operations::EVERYBODY).cloned().collect())
    }
}

/// Knows issues; how it is today is up to the test.
#[derive(Default)]
struct Tracker {
    asked: AtomicUsize,
    mood: Mutex<Mood>,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Mood {
    #[default]
    Well,
    Failing,
    Silent,
}

#[async_trait]
impl Completer for Tracker {
    async fn complete(&self, asked: &Asked<'_>) -> Result<Vec<Choice>, Fault> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Well => {}
            Mood::Failing => return Err(Fault::unavailable("GitHub is down")),
            Mood::Silent => std::future::pending().await,
        }
        let repository = asked.defaults.get("repository").map_or("?", String::as_str);
        let choice = |number: usize| Choice {
            value: format!("{repository}#{number}"),
            label: format!("#{number} {} {}", asked.what, asked.given.len()),
        };
        Ok((1..=40).chain([1]).map(choice).collect())
    }
}

struct House {
    _directory: TempDir,
    offer: Arc<Offer>,
    tracker: Arc<Tracker>,
    fields: Arc<sample::further::Tracker>,
    clock: Clock,
}

impl House {
    async fn open(access: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = StoreConfig { path: directory.path().join("store"), ..StoreConfig::default() };
        let store = Store::open(&config).unwrap();
        let clock = Clock::manual("2026-11-20T14:00:00Z".parse().unwrap());
        let hour = SignedDuration::from_hours(1);
        let router = Router::open(&store, &clock, &Minter::new(&clock, hour), Vocabulary::default(), hour).unwrap();
        router.set_default(&place(), "repository", "acme/api").await.unwrap();
        let access = toml::from_str::<AccessConfig>(access).unwrap();
        let standing = Standing::new(Access::new(access, &Arc::default()), Arc::new(Strangers));
        let tracker = Arc::new(Tracker::default());
        let completer = || Arc::clone(&tracker) as Arc<dyn Completer>;
        let completers = HashMap::from(["github", "tracker"].map(|name| (name.to_owned(), completer())));
        let fields = Arc::new(sample::further::Tracker::default());
        let mut operations = sample::declarations();
        operations.extend(sample::further::declarations(&fields));
        let registry = Registry::new(operations).unwrap();
        let offer = Offer::new(Arc::new(registry), standing, &router, &clock, completers);
        Self { _directory: directory, offer, tracker, fields, clock }
    }

    async fn values(&self, operation: &str, param: &str, begun: &str) -> Vec<Choice> {
        self.values_with(operation, param, begun, &[]).await
    }

    async fn values_with(&self, operation: &str, param: &str, begun: &str, given: &[(&str, &str)]) -> Vec<Choice> {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (actor, place) = (actor(), place());
        let typing = Typing { operation, param, begun, given: &given, actor: &actor, place: &place };
        self.offer.values(typing).await
    }

    fn asked(&self) -> usize {
        self.tracker.asked.load(Ordering::SeqCst)
    }

    fn is(&self, mood: Mood) {
        *self.tracker.mood.lock().unwrap() = mood;
    }
}

fn actor() -> Actor {
    Actor::User { platform: PlatformId::new("chat"), id: "U1".to_owned(), name: "Ana".to_owned() }
}

fn place() -> Place {
    Place::channel(&PlatformId::new("chat"), "C1")
}

const OPERATOR: &str = "default_role = \"operator\"";

#[tokio::test]
async fn values_come_from_who_knows_them_with_what_the_place_takes_for_granted() {
    let house = House::open(OPERATOR).await;
    let found = house.values("github.issue.close", "issue", "").await;
    assert_eq!(
        (found.len(), found[0].value.as_str()),
        (25, "acme/api#1"),
        "no more than are shown anywhere, each once"
    );
    assert_eq!(found[0].label, "#1 github.open_issues 0");
    let labels = |found: Vec<Choice>| found.into_iter().map(|choice| choice.value).collect::<Vec<_>>();
    assert_eq!(labels(house.values("github.issue.close", "reason", "plan").await), ["not-planned"]);
    assert_eq!(labels(house.values("github.issue.list", "grades", "high, l").await), ["high, low"]);
    for (operation, param) in [("github.issue.close", "comment"), ("github.issue.close", "x"), ("no.such.thing", "x")] {
        assert!(house.values(operation, param, "").await.is_empty(), "{operation} {param}");
    }
}

#[tokio::test]
async fn who_may_not_run_it_is_not_shown_what_there_is() {
    let house = House::open("").await;
    assert!(house.values("github.issue.close", "issue", "").await.is_empty());
    assert!(house.values("github.issue.close", "reason", "").await.is_empty());
    assert_eq!(house.asked(), 0, "and nobody is asked for it");
    let names = |all: Vec<Arc<Declaration>>| all.iter().map(|one| one.spec.name).collect::<Vec<_>>();
    assert_eq!(names(house.offer.operations(&actor(), Some(&place())).await), ["github.issue.list", "jira.issue.list"]);
    assert!(house.offer.lines("github issue cl", &actor(), &place()).await.is_empty());
    let house = House::open("[[members]]\nwho = [\"chat:U1\"]\nrole = \"operator\"\nplaces = [\"chat:C1\"]").await;
    assert_eq!(house.values("github.issue.close", "issue", "").await.len(), 25);
    assert_eq!(house.offer.lines("github issue cl", &actor(), &place()).await[0].value, "github issue close");
    assert!(names(house.offer.operations(&actor(), None).await).iter().all(|name| *name != "github.issue.close"));
}

#[tokio::test]
async fn an_answer_is_good_for_the_next_keystroke_and_no_longer() {
    let house = House::open(OPERATOR).await;
    house.values("github.issue.close", "issue", "1").await;
    house.values("github.issue.close", "issue", "1").await;
    assert_eq!(house.asked(), 1);
    house.values("github.issue.close", "issue", "12").await;
    assert_eq!(house.asked(), 2);
    house.clock.advance(FRESH);
    house.values("github.issue.close", "issue", "1").await;
    assert_eq!(house.asked(), 3);
}

#[tokio::test]
async fn a_service_that_fails_or_is_slow_only_has_nothing_to_offer() {
    let house = House::open(OPERATOR).await;
    house.is(Mood::Failing);
    assert!(house.values("github.issue.close", "issue", "").await.is_empty());
    house.is(Mood::Silent);
    let clock = house.clock.clone();
    let waited = house.values("github.issue.close", "issue", "");
    let moved = async {
        while house.asked() < 2 {
            tokio::task::yield_now().await;
        }
        clock.advance(PATIENCE);
    };
    let (found, ()) = tokio::join!(waited, moved);
    assert!(found.is_empty());
    house.is(Mood::Well);
    assert_eq!(house.values("github.issue.close", "issue", "").await.len(), 25, "and a failure is not remembered");
}

#[tokio::test]
async fn further_fields_are_completed_by_what_is_given_already() {
    let house = House::open(OPERATOR).await;
    let asked = || house.fields.asked.load(Ordering::SeqCst);
    let file = "tracker.ticket.file";
    assert!(
        house.values_with(file, "fields.cf_4", "", &[("project", "ACME")]).await.is_empty(),
        "the title is missing"
    );
    assert_eq!(asked(), 0);
    let given = [("project", "ACME"), ("title", "x"), ("note", ""), ("fields", "cf_1=5"), ("fields.cf_1", "5")];
    let found = house.values_with(file, "fields.cf_4", "a", &given).await;
    assert_eq!(found[0].label, "#1 tracker.people 5", "it is asked with all that is given");
    let severity = house.values_with(file, "fields.cf_2", "hi", &given[..2]).await;
    assert_eq!(severity.iter().map(|choice| choice.value.as_str()).collect::<Vec<_>>(), ["1"], "by what it is called");
    assert_eq!(asked(), 1, "and nobody is asked anew");
    for (param, given) in [("fields.cf_1", &given), ("fields.x", &given), ("head", &given)] {
        assert!(house.values_with(file, param, "", given).await.is_empty(), "{param}");
    }
    assert!(house.values("tracker.change.merge", "head", "").await.is_empty());
    house.fields.down.store(true, Ordering::SeqCst);
    let other = [("project", "OPS"), ("title", "x")];
    assert!(house.values_with(file, "fields.cf_2", "", &other).await.is_empty());
    house.fields.down.store(false, Ordering::SeqCst);
    assert_eq!(house.values_with(file, "fields.cf_2", "", &other).await.len(), 2, "a failure is not remembered");
    let house = House::open("").await;
    assert!(house.values_with(file, "fields.cf_4", "", &given).await.is_empty());
    assert_eq!(house.fields.asked.load(Ordering::SeqCst), 0, "who may not run it does not hear of them");
}
