//! What stays on cards, and what related cards show of each other.

use crate::delivery::{EndpointConfig, Origin, subjects};
use crate::model::{Card, Field, SubjectKey, Text, Tone};
use crate::routing::testing::{House, event, key, place, told};
use crate::routing::{Look, LookRows, Notice};

const API: &str = "github:acme/api";

fn field(label: &str, value: &str) -> Vec<Field> {
    vec![Field { label: label.to_owned(), value: value.into() }]
}

fn jira(number: u32, title: &str) -> Notice {
    let about = format!("jira:ACME-{number}");
    Notice::new(event(title, "jira:ACME", "jira.issue.updated", &about)).card(Card::new(Tone::Neutral, title))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_from_elsewhere_stay_when_the_card_is_told_anew() {
    let house = House::open();
    house.follow("chat:C1", API).await;
    house.publish(told(API, 1, "opened").extra("reviews", field("Reviews", "none"))).await;
    assert_eq!(house.said(), ["post opened [Reviews: none] in chat:C1"]);

    let checked = event("2", API, "github.check_run.completed", "github:acme/api#1");
    house.publish(Notice::new(checked.clone()).extra("checks", field("Checks", "2 passed"))).await;
    assert_eq!(house.said(), ["edit C1.m1 to opened [Checks: 2 passed] [Reviews: none]"], "an event without a card");
    house.publish(Notice::new(checked).extra("checks", field("Checks", "2 passed"))).await;
    house.publish(told(API, 1, "opened")).await;
    assert_eq!(house.said(), Vec::<String>::new(), "nothing else is shown");
    house.publish(told(API, 1, "renamed").extra("reviews", Vec::new())).await;
    assert_eq!(house.said(), ["edit C1.m1 to renamed [Checks: 2 passed]"]);

    let elsewhere = event("3", API, "github.check_run.completed", "github:acme/api#2");
    house.publish(Notice::new(elsewhere).extra("checks", field("Checks", "1 failed"))).await;
    assert_eq!(house.card("github:acme/api#2"), "", "a subject that nobody knows stays unknown");
    assert!(house.said().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn related_cards_show_each_other_and_keep_up() {
    let house = House::open();
    house.follow("chat:C1", "jira:ACME").await;
    house.publish(jira(12, "Slow login").state("To Do")).await;
    house.said();

    // Nobody follows GitHub: the ticket shows the pull request all the same.
    house.publish(told(API, 1, "Speed up login").related([key("jira:ACME-12")]).state("Open")).await;
    assert_eq!(house.said(), ["edit C1.m1 to Slow login [Related: acme/api#1 · Open]"]);
    assert_eq!(house.card("github:acme/api#1"), "");
    house.publish(told(API, 1, "Speed up login").state("Merged")).await;
    assert_eq!(house.said(), ["edit C1.m1 to Slow login [Related: acme/api#1 · Merged]"]);
    let ticket = subjects::get(&house.store, &key("jira:ACME-12")).unwrap().unwrap().shown();
    let linked = Text::new().link("acme/api#1", "https://example.com/1").plain(" · ").plain("Merged");
    assert_eq!(ticket.fields[0].value, linked);

    // From now on GitHub is followed: the pull request shows the ticket from its first card on.
    house.follow("chat:C2", API).await;
    house.publish(told(API, 1, "Speed up login")).await;
    assert_eq!(house.said(), ["post Speed up login [Related: ACME-12 · To Do] in chat:C2"]);
    house.publish(jira(12, "Slow login").state("Done")).await;
    let said = house.said();
    assert_eq!(
        said,
        ["edit C2.m1 to Speed up login [Related: ACME-12 · Done]"],
        "the ticket's own card shows the same"
    );

    // An older event changes nothing.
    let at = |notice: Notice, time: &str| {
        let mut notice = notice;
        notice.event.time = Some(time.parse().unwrap());
        notice
    };
    house.publish(at(jira(12, "Slow login").state("Reopened"), "2026-11-20T14:05:00Z")).await;
    house.publish(at(jira(12, "Slow login").state("Late"), "2026-11-20T14:04:00Z")).await;
    assert_eq!(house.said(), ["edit C2.m1 to Speed up login [Related: ACME-12 · Reopened]"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_shows_a_few_related_subjects_and_says_how_many_more() {
    let house = House::open();
    house.follow("chat:C1", API).await;
    let page = format!("notion:{}", "0af1".repeat(8));
    house.publish(told(API, 1, "Big one").related([key(&page), key("github:acme/api#1")])).await;
    assert_eq!(house.said(), [format!("post Big one [Related: {page}] in chat:C1")], "its title is not known yet");

    let notion = Notice::new(event("1", "notion:x", "notion.page.updated", &page));
    house.publish(notion.card(Card::new(Tone::Neutral, "Runbook")).state("Ready")).await;
    assert_eq!(house.said(), ["edit C1.m1 to Big one [Related: Runbook · Ready]"]);
    house.clock.advance(jiff::SignedDuration::from_secs(1));
    let tickets: Vec<SubjectKey> = (1..=7).map(|number| key(&format!("jira:ACME-{number}"))).collect();
    house.publish(told(API, 1, "Big one").related(tickets)).await;
    let related = "ACME-1, ACME-2, ACME-3, ACME-4, ACME-5, +3 more";
    assert_eq!(house.said(), [format!("edit C1.m1 to Big one [Related: {related}]")]);
    let many = (1..=200).map(|number| key(&format!("jira:B-{number}")));
    house.publish(told(API, 2, "Flood").related(many)).await;
    assert!(house.said()[0].ends_with("+45 more] in chat:C1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moved_issue_keeps_its_card() {
    let house = House::open();
    house.follow("chat:C1", "jira:*").await;
    house.publish(jira(1, "Slow login").extra("checks", field("Checks", "ok"))).await;
    house.publish(told(API, 1, "Speed up").related([key("jira:ACME-1")]).state("Open")).await;
    house.said();
    let moved = Notice::new(event("2", "jira:OPS", "jira.issue.moved", "jira:OPS-7"));
    let moved = moved.card(Card::new(Tone::Neutral, "Slow login, moved")).formerly(key("jira:ACME-1"));
    house.publish(moved.note(Card::new(Tone::Neutral, "It moved."))).await;
    let fields = "[Checks: ok] [Related: acme/api#1 · Open]";
    assert_eq!(
        house.said(),
        [format!("edit C1.m1 to Slow login, moved {fields}"), "post It moved. in chat:C1 under C1.m1".into()]
    );
    assert_eq!(house.card("jira:ACME-1"), "");
    let message = crate::model::MessageRef { place: place("chat:C1"), id: "C1.m1".to_owned() };
    assert_eq!(subjects::of_message(&house.store, &message).unwrap(), Some(key("jira:OPS-7")));

    // What was noted under the old key still reaches the card.
    let (minter, now) = (house.minter.clone(), house.clock.now());
    let late = move |tx: &mut crate::store::Tx<'_>| {
        subjects::annotate(tx, &minter, &key("jira:OPS-7"), "checks", Vec::new())?;
        subjects::refresh(tx, &minter, now, &key("jira:ACME-1"), &[], &Origin::default())
    };
    house.store.write(late).await.unwrap();
    house.drained().await;
    assert_eq!(house.said(), ["edit C1.m1 to Slow login, moved [Related: acme/api#1 · Open]"]);

    // The pull request, heard of again, changes the ticket under its new key; both cards standing, one goes on.
    house.publish(told(API, 1, "Speed up").state("Merged")).await;
    assert_eq!(house.said(), ["edit C1.m1 to Slow login, moved [Related: acme/api#1 · Merged]"]);
    house.publish(jira(9, "Duplicate")).await;
    let back = Notice::new(event("3", "jira:OPS", "jira.issue.moved", "jira:ACME-9")).formerly(key("jira:OPS-7"));
    house.publish(back.card(Card::new(Tone::Neutral, "One"))).await;
    assert_eq!(
        house.said(),
        ["post Duplicate in chat:C1", "edit C1.m3 to One [Related: acme/api#1 · Merged]"],
        "two cards of one subject: that of the new key goes on"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_is_entered_only_for_who_wants_what_it_brings() {
    let house = House::open();
    let signal = |id: &str| event(id, "notion:db", "notion.page.updated", "notion:p");
    let events = || house.events();
    let rows = || house.store.scan::<LookRows>(None, 9).unwrap();
    house.publish(Notice::signal(signal("1"), Look::new("page:p"))).await;
    assert_eq!(rows().len(), 0, "nobody wants it: it is told as it is");
    assert_eq!(events(), 1);
    house.publish(Notice::new(signal("2")).look(Look::new("page:p"))).await;
    assert_eq!((rows().len(), events()), (0, 2), "the subject is not known");

    house.follow("chat:C1", "notion:db").await;
    house.publish(Notice::signal(signal("3"), Look::new("page:p"))).await;
    assert_eq!((rows().len(), events()), (1, 2), "it is told when it was read");
    let other = event("4", "notion:db", "notion.page.updated", "notion:q");
    let card = Card::new(Tone::Neutral, "Page");
    house.publish(Notice::new(other).card(card).look(Look::new("page:q").service("wiki"))).await;
    assert_eq!(events(), 3);
    let entered = rows();
    let ids: Vec<_> = entered.iter().map(|((service, key), _)| (service.as_str(), key.as_str())).collect();
    assert_eq!(ids, [("notion", "page:p"), ("wiki", "page:q")], "its card is known from this very notice on");

    // An outgoing webhook wants it, too.
    let endpoint = r#"{"name":"x","url":"https://example.com","secret":"env:X","source":"notion:*","events":["*"]}"#;
    let endpoint: EndpointConfig = serde_json::from_str(endpoint).unwrap();
    house.router.configure(Vec::new(), vec![endpoint], Vec::new());
    let elsewhere = event("5", "notion:other", "notion.page.updated", "notion:r");
    house.publish(Notice::signal(elsewhere, Look::new("page:r"))).await;
    assert_eq!(rows().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_one_thing_takes_it_for_granted() {
    let house = House::open();
    for source in ["github:acme/api", "jira:ACME", "jira:*", "notion:db1", "notion:db2"] {
        house.follow("chat:C1", source).await;
    }
    let defaults = house.router.defaults(&place("chat:C1")).unwrap();
    let defaults: Vec<_> = defaults.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(defaults, [("project", "ACME"), ("repository", "acme/api")]);
    house.router.unsubscribe(&place("chat:C1"), Some("notion:db2")).await.unwrap();
    house.router.set_default(&place("chat:C1"), "project", "OPS").await.unwrap();
    let defaults = house.router.defaults(&place("chat:C1")).unwrap();
    assert_eq!((defaults["database"].as_str(), defaults["project"].as_str()), ("db1", "OPS"));
}
