//! Sources that are renamed: who follows them, what is taken for granted, and cards go with them.

use serde_json::json;

use super::*;
use crate::delivery::subjects;
use crate::model::{Action, ActionKind, MessageRef, Press};
use crate::routing::testing::{House, event, filed, key, place, sources, told};

const API: &str = "github:acme/api";
const CORE: &str = "github:acme/core";
const TMP: &str = "github:acme/tmp";

fn of(id: &str, source: &str, title: &str) -> Notice {
    told(source, 12, title).source_id(format!("github:{id}"))
}

fn at(mut notice: Notice, time: &str) -> Notice {
    notice.event.time = Some(time.parse().unwrap());
    notice
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_repository_takes_everything_along() {
    let house = House::open();
    house.follow("chat:C1", API).await;
    house.follow("chat:C2", "github:acme/*").await;
    house.router.set_default(&place("chat:C1"), "repository", "acme/api").await.unwrap();
    let first = of("1", API, "opened").related([key("github:acme/api-2#7"), key("jira:ACME-1")]);
    house.publish(first).await;
    house.publish(told("github:acme/api-2", 7, "other")).await;
    house.said();

    house.publish(of("1", CORE, "edited")).await;
    let related = "[Related: acme/api-2#7, ACME-1]";
    assert_eq!(
        house.said_anywhere(),
        [
            format!("edit C1.m1 to edited {related}"),
            format!("edit C2.m1 to edited {related}"),
            "edit C2.m2 to other [Related: acme/core#12]".to_owned(),
            "post acme/api is called acme/core now; the subscription goes on. in chat:C1".to_owned(),
        ]
    );
    assert_eq!(house.sources("chat:C1"), [CORE]);
    assert_eq!(house.sources("chat:C2"), ["github:acme/*"]);
    assert_eq!(sources(&house.again(), "chat:C1"), [CORE], "also after a restart");
    assert_eq!(house.router.defaults(&place("chat:C1")).unwrap()["repository"], "acme/core");
    let other = house.card("github:acme/api-2#7");
    assert_eq!(other, "other [Related: acme/core#12]", "another repository stays, and shows the new name");
    assert_eq!(house.card("github:acme/api#12"), "");
    let message = MessageRef { place: place("chat:C1"), id: "C1.m1".to_owned() };
    assert_eq!(subjects::of_message(&house.store, &message).unwrap(), Some(key("github:acme/core#12")));
    let row = house.store.get::<Sources>(&"github:1".to_owned()).unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.earlier.as_slice()), (CORE, [API.to_owned()].as_slice()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_buttons_of_a_renamed_repository_mean_its_new_name() {
    let house = House::open();
    house.follow("chat:C1", API).await;
    let args = json!({ "issue": "acme/api#12", "repository": "acme/api", "title": "acme/apis", "number": 12 });
    let press = Press::new("github.issue.close", serde_json::from_value(args).unwrap()).once("Closed");
    let mut notice = of("1", API, "opened");
    notice.card = notice.card.map(|card| card.action(Action::run("close", "Close", press)));
    house.publish(notice).await;
    house.publish(Notice::new(event("2", CORE, "github.push", "")).source_id("github:1")).await;
    let subject = subjects::get(&house.store, &key("github:acme/core#12")).unwrap().unwrap();
    let action = &subject.card.actions[0];
    let record = crate::delivery::tokens::get(&house.store, action.token.as_ref().unwrap()).unwrap().unwrap();
    let ActionKind::Run(press) = &action.kind else { panic!("{action:?}") };
    assert_eq!(record.press, *press);
    let args = serde_json::Value::Object(press.args.clone());
    let now = json!({ "issue": "acme/core#12", "repository": "acme/core", "title": "acme/apis", "number": 12 });
    assert_eq!(args, now);
    assert_eq!(record.subject, Some(key("github:acme/core#12")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_configuration_goes_on_meaning_what_it_meant() {
    let house = House::open();
    let configure = |router: &Router, files: &[(&str, &str)]| {
        let files = files.iter().map(|(at, source)| filed(at, source)).collect();
        let endpoint =
            r#"{"name":"ci","url":"https://example.com","secret":"env:X","source":"github:acme/api","events":["*"]}"#;
        let endpoint: EndpointConfig = serde_json::from_str(endpoint).unwrap();
        router.configure(files, vec![endpoint], vec![(place("chat:C9"), "acme/api".to_owned())]);
    };
    let all = [("chat:C1", API), ("chat:C2", CORE), ("chat:C3", "*")];
    configure(&house.router, &all);
    house.publish(of("1", API, "opened")).await;
    house.publish(of("1", CORE, "edited")).await;
    house.said();
    let names = |router: &Router| ["chat:C1", "chat:C2", "chat:C3"].map(|at| sources(router, at).join(" "));
    assert_eq!(names(&house.router), [CORE, CORE, "*"]);
    let event = event("9", CORE, "github.push", "");
    assert_eq!(house.router.wanting(&event).1, ["ci"]);
    assert_eq!(house.router.defaults(&place("chat:C9")).unwrap()["repository"], "acme/core");

    // Renamed once more, started anew, read again.
    house.publish(of("1", TMP, "edited again")).await;
    let again = house.again();
    configure(&again, &all);
    assert_eq!(names(&again), [TMP, TMP, "*"], "who followed the name that it had meanwhile follows it, too");
    assert_eq!(again.defaults(&place("chat:C9")).unwrap()["repository"], "acme/tmp");

    // A name that the file does not use any more means, when it is back, what has it then.
    configure(&again, &[("chat:C2", CORE)]);
    again.forget_aliases().await.unwrap();
    configure(&again, &all);
    assert_eq!(names(&again), [API, TMP, "*"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_moves_keeps_what_the_configuration_means_there() {
    use crate::delivery::PlaceWatch as _;
    let house = House::open();
    house.router.configure(vec![filed("chat:C1", API)], Vec::new(), Vec::new());
    house.publish(of("1", API, "opened")).await;
    house.publish(of("1", CORE, "edited")).await;
    let router = house.router.clone();
    house.store.write(move |tx| router.moved(tx, &place("chat:C1"), &place("chat:C8"))).await.unwrap();
    house.router.forget_aliases().await.unwrap();
    let again = house.again();
    again.configure(vec![filed("chat:C8", API)], Vec::new(), Vec::new());
    assert_eq!(sources(&again, "chat:C8"), [CORE]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_event_is_told_under_the_name_that_is_known() {
    let house = House::open();
    house.follow("chat:C1", API).await;
    house.publish(at(of("1", API, "opened"), "2026-11-20T13:00:00Z")).await;
    house.publish(at(of("1", CORE, "edited"), "2026-11-20T13:10:00Z")).await;
    house.said();
    house.publish(at(of("1", API, "late"), "2026-11-20T13:05:00Z")).await;
    house.publish(of("1", API, "without a time")).await;
    assert_eq!(house.said(), ["edit C1.m1 to without a time"]);
    assert_eq!(house.sources("chat:C1"), [CORE]);
    house.publish(at(of("1", API, "back"), "2026-11-20T13:20:00Z")).await;
    assert_eq!(house.sources("chat:C1"), [API], "it was named back");
    assert_eq!(house.card("github:acme/api#12"), "back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_swap_names_keep_their_own_followers() {
    let house = House::open();
    house.follow("chat:C1", API).await;
    house.follow("chat:C2", CORE).await;
    house.publish(of("1", API, "one")).await;
    house.publish(of("2", CORE, "two")).await;
    assert_eq!(house.said(), ["post one in chat:C1", "post two in chat:C2"]);
    // The second is heard of under the first one's name before the first is heard of at all.
    house.publish(of("2", API, "two, renamed")).await;
    assert_eq!(
        house.said(),
        ["post acme/core is called acme/api now; the subscription goes on. in chat:C2", "edit C2.m1 to two, renamed"]
    );
    assert_eq!(house.card("github:1#12"), "one", "its card waits under its id");
    house.publish(of("1", CORE, "one, renamed")).await;
    assert_eq!(
        house.said(),
        ["post acme/api is called acme/core now; the subscription goes on. in chat:C1", "edit C1.m1 to one, renamed"]
    );
    assert_eq!((house.sources("chat:C1"), house.sources("chat:C2")), (vec![CORE.to_owned()], vec![API.to_owned()]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_one_under_an_old_name_is_told_and_does_not_touch_old_cards() {
    let house = House::open();
    house.follow("chat:C1", API).await;
    house.publish(of("1", API, "old")).await;
    house.clock.advance(jiff::SignedDuration::from_secs(60));
    house.publish(of("2", API, "new")).await;
    assert_eq!(house.said(), ["post old in chat:C1", "post new in chat:C1"]);
    house.clock.advance(jiff::SignedDuration::from_secs(60));
    house.follow("chat:C2", API).await;
    // The first one was renamed, not deleted: who followed it then goes on following it.
    house.publish(of("1", CORE, "old, renamed")).await;
    assert_eq!(
        house.said(),
        ["post acme/api is called acme/core now; the subscription goes on. in chat:C1", "edit C1.m1 to old, renamed"]
    );
    assert_eq!((house.sources("chat:C1"), house.sources("chat:C2")), (vec![CORE.to_owned()], vec![API.to_owned()]));
    assert_eq!(house.card("github:acme/api#12"), "new");
    house.publish(of("2", API, "newer")).await;
    assert_eq!(house.said_anywhere(), ["edit C1.m2 to newer", "post newer in chat:C2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_project_moves_its_issues_and_merges_subscriptions() {
    let house = House::open();
    house.follow("chat:C1", "jira:ACME").await;
    house.follow("chat:C1", "jira:CORE").await;
    house.router.set_default(&place("chat:C1"), "project", "ACME").await.unwrap();
    let jira = |source: &str, issue: &str| {
        let card = Card::new(Tone::Neutral, issue);
        Notice::new(event(issue, source, "jira.issue.updated", &format!("jira:{issue}"))).card(card).source_id("jira:9")
    };
    house.publish(jira("jira:ACME", "ACME-12")).await;
    house.said();
    house.publish(jira("jira:CORE", "CORE-12")).await;
    assert_eq!(house.said()[1..], ["edit C1.m1 to CORE-12"]);
    assert_eq!(house.sources("chat:C1"), ["jira:CORE"], "two became one");
    assert_eq!(house.router.defaults(&place("chat:C1")).unwrap()["project"], "CORE");
    assert_eq!(sources(&house.again(), "chat:C1").len(), 1);
}

#[test]
fn only_what_belongs_to_a_source_goes_with_it() {
    let under = |key: &str| moves::under(key, API, CORE);
    assert_eq!(under("github:acme/api#12").as_deref(), Some("github:acme/core#12"));
    assert_eq!(under("github:acme/api/run/1").as_deref(), Some("github:acme/core/run/1"));
    assert_eq!(under(API).as_deref(), Some(CORE));
    assert_eq!(
        (under("github:acme/api-2#12"), under("github:acme/api2"), under("github:acme/apis/x")),
        (None, None, None)
    );
    assert_eq!(moves::under("jira:ACME-1", "jira:ACME", "jira:B").as_deref(), Some("jira:B-1"));
    assert_eq!(moves::under("jira:ACME-X1", "jira:ACME", "jira:B"), None);
}
