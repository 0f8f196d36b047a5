//! Listening to the strict Telegram of the sandbox: nothing is lost and nothing heard twice.

use std::collections::BTreeMap;

use serde_json::json;
use tokio::net::TcpListener;

use super::super::Telegram;
use super::super::listen::Accept;
use super::super::tests::{Attends, Gate, NOW, offer, telegram};
use super::*;
use crate::chat::Ground;
use crate::chat::web::Twice;
use crate::delivery::tables::{Requests, Unread};
use crate::model::{Ask, PlaceNews, Request};
use crate::sandbox::telegram::{
    ANA, BEN, DEPLOYS, DEV, Failure, INCIDENT, OPS, Outcome, RateLimits, Status, TelegramFake, TelegramSetup,
};

struct Rig {
    fake: TelegramFake,
    clock: Clock,
    ground: Ground,
    _directory: tempfile::TempDir,
}

impl Rig {
    async fn new() -> Self {
        let clock = Clock::manual(NOW.parse().expect("a time"));
        let (ground, directory) = Ground::sample(&clock);
        let hand = clock.clone();
        let setup = TelegramSetup {
            now: std::sync::Arc::new(move || hand.now()),
            limits: RateLimits::Unlimited,
            http_webhooks: true,
            ..TelegramSetup::default()
        };
        let fake = TelegramFake::start(setup).await.expect("a fake");
        Self { fake, clock, ground, _directory: directory }
    }

    fn platform(&self) -> Telegram {
        telegram(&self.fake.api_base(), &self.fake.setup().token, None, &self.ground)
    }

    /// Listens while `script` runs.
    async fn during<T>(
        &self,
        platform: &Telegram,
        refuse: std::ops::Range<usize>,
        script: impl Future<Output = T>,
    ) -> T {
        let offer = offer(&self.ground, "viewer", &[], &[]);
        let gate: std::sync::Arc<dyn Accept> = Gate::new(&self.ground, refuse);
        let attends = Attends::default();
        tokio::select! {
            ended = platform.listen_into(gate, &offer, &attends) => panic!("{ended:?}"),
            done = script => done,
        }
    }

    fn requests(&self) -> Vec<Request> {
        let rows = self.ground.store.scan::<Requests>(None, usize::MAX).expect("rows");
        rows.into_iter().map(|(_, request)| request).collect()
    }

    fn lines(&self) -> Vec<String> {
        let line = |request: Request| match request.ask {
            Ask::Line { text } => Some(text),
            _ => None,
        };
        self.requests().into_iter().filter_map(line).collect()
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.fake.tick();
    }

    fn calls(&self, method: &str) -> usize {
        self.fake.requests().iter().filter(|request| request.method.eq_ignore_ascii_case(method)).count()
    }
}

async fn until(check: impl Fn() -> bool) {
    while !check() {
        tokio::task::yield_now().await;
    }
}

async fn connected(platform: &Telegram, is: bool) {
    platform.connected.subscribe().wait_for(|connected| *connected == is).await.expect("a platform");
}

#[tokio::test]
async fn what_people_say_to_the_bot_is_heard_in_order_and_no_more_than_that() {
    let rig = Rig::new().await;
    let fake = &rig.fake;
    let platform = rig.platform();
    // Privacy mode is on: what people say among themselves does not even come.
    rig.during(&platform, 0..0, async {
        connected(&platform, true).await;
        fake.say(ANA, OPS, None, "good morning", None).expect("said");
        fake.say(ANA, OPS, None, "/qd sample thing list", None).expect("said");
        fake.say(BEN, DEV, Some(DEPLOYS), "/sample thing list", None).expect("said");
        fake.say(ANA, ANA, None, "things", None).expect("said");
        fake.say(ANA, OPS, None, "@quarterdeck_bot help", None).expect("said");
        fake.send_unknown_update(&json!({"brand_new": {"x": 1}}));
        until(|| rig.ground.store.count::<Unread>() == 1).await;
        fake.until(|fake| (fake.unsettled() == 0).then_some(())).await;
    })
    .await;
    let lines = rig.lines();
    assert_eq!(lines[..3], ["sample thing list", "sample thing list", "things"], "{lines:?}");
    let places: Vec<String> = rig.requests().iter().map(|request| request.place.to_string()).collect();
    assert_eq!(places[1], format!("telegram:{DEV}/{DEPLOYS}"));
    assert!(fake.violations().is_empty() && fake.unknown_routes().is_empty());
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_batch_loses_nothing_and_repeats_nothing() {
    let rig = Rig::new().await;
    let said: Vec<String> = (0..5).map(|number| format!("line {number}")).collect();
    for line in &said {
        rig.fake.say(ANA, ANA, None, line, None).expect("said");
    }
    // The disk does not take the third, and the daemon is stopped.
    let platform = rig.platform();
    rig.during(&platform, 2..3, async { until(|| rig.calls("getUpdates") >= 1 && !rig.requests().is_empty()).await })
        .await;
    assert!(rig.fake.unsettled() > 0, "what is not on disk is not confirmed");
    // A new run: all of it comes again.
    let platform = rig.platform();
    rig.during(&platform, 0..0, async {
        rig.fake.until(|fake| (fake.unsettled() == 0).then_some(())).await;
    })
    .await;
    let mut lines = rig.lines();
    lines.sort();
    assert_eq!(lines, said);
    // Another one asks from where that one ended.
    rig.fake.say(ANA, ANA, None, "line 5", None).expect("said");
    let platform = rig.platform();
    rig.during(&platform, 0..0, until(|| rig.requests().len() == 6)).await;
    let offset = |body: &Value| {
        let offset = body.get("offset")?;
        offset.as_i64().or_else(|| offset.as_str()?.parse().ok())
    };
    let offsets: Vec<i64> = rig.fake.requests().iter().filter_map(|request| offset(&request.body)).collect();
    assert!(offsets.is_sorted() && !offsets.is_empty(), "{offsets:?}");
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_waited_for() {
    let rig = Rig::new().await;
    rig.fake.say(ANA, ANA, None, "help", None).expect("said");
    let platform = rig.platform();
    rig.during(&platform, 0..2, async {
        until(|| rig.calls("getUpdates") == 1).await;
        for calls in 2..=3 {
            // Not sooner than after the pause, and then again.
            until(|| {
                rig.pass(1);
                rig.calls("getUpdates") >= calls
            })
            .await;
        }
        rig.fake.until(|fake| (fake.unsettled() == 0).then_some(())).await;
        connected(&platform, true).await;
    })
    .await;
    assert_eq!(rig.lines(), ["help"]);
}

#[tokio::test]
async fn another_poller_and_a_wait_are_borne_and_told() {
    let rig = Rig::new().await;
    let conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    rig.fake.fail_next("getUpdates", Failure::Refused(409, conflict.to_owned()), 2);
    let platform = rig.platform();
    rig.during(&platform, 0..0, async {
        until(|| rig.calls("getUpdates") == 1).await;
        until(|| {
            rig.pass(1);
            rig.calls("getUpdates") >= 3
        })
        .await;
        connected(&platform, true).await;
        // What is under way when Telegram says "wait" cannot be called back; nothing else is.
        until(|| rig.calls("setMyCommands") == 3).await;
        rig.fake.until(|fake| fake.polling().then_some(())).await;
        // A wait closes every call of the bot, also of one who has nothing to do with polling.
        rig.fake.fail_next("sendMessage", Failure::RateLimited(30), 1);
        let args = json!({"chat_id": ANA, "text": "x"});
        platform.client.call("sendMessage", Twice::Seen, &args).await.expect_err("a wait");
        let before = rig.fake.requests().len();
        let second = platform.client.call("sendMessage", Twice::Seen, &args).await.expect_err("a wait");
        assert_eq!(second.code, 429);
        assert!(rig.fake.requests().len() <= before + 1, "nobody but a poll that hung already");
        rig.pass(31);
        platform.client.call("sendMessage", Twice::Seen, &args).await.expect("sent");
    })
    .await;
    assert!(!*platform.connected.borrow(), "who stopped listening is not connected");
    assert!(rig.fake.violations().is_empty(), "{:?}", rig.fake.violations());
}

#[tokio::test]
async fn a_token_that_is_none_ends_the_listening() {
    let rig = Rig::new().await;
    let platform = telegram(&rig.fake.api_base(), "123:AAwrong", None, &rig.ground);
    let offer = offer(&rig.ground, "viewer", &[], &[]);
    let gate: std::sync::Arc<dyn Accept> = Gate::new(&rig.ground, 0..0);
    let fault = platform.listen_into(gate, &offer, &Attends::default()).await.expect_err("never");
    assert_eq!(fault.kind, FaultKind::Misconfigured);
    assert!(!format!("{fault:?}").contains("AAwrong"));
}

#[tokio::test]
async fn a_press_that_nobody_answers_is_let_go() {
    let rig = Rig::new().await;
    let platform = rig.platform();
    rig.during(&platform, 0..0, async {
        connected(&platform, true).await;
        let keyboard = json!({"inline_keyboard": [[{"text": "Go", "callback_data": "p:abc"}, {"text": "?", "callback_data": "odd"}]]});
        let args = json!({"chat_id": OPS, "text": "x", "reply_markup": keyboard});
        let sent = platform.client.call("sendMessage", Twice::Seen, &args).await.expect("sent");
        let message = sent["message_id"].as_i64().expect("an id");
        for button in ["Go", "?"] {
            let pressed = rig.fake.press(BEN, OPS, message, button).expect("pressed");
            rig.fake.until(|fake| (Some(fake.confirmed_offset()) > pressed.update).then_some(())).await;
            assert_eq!(pressed.outcome_now(), None, "somebody may still have a word to say");
            rig.pass(2);
            assert!(matches!(pressed.outcome().await, Outcome::Answered { text: None, .. }));
        }
    })
    .await;
    let presses: Vec<Ask> = rig.requests().into_iter().map(|request| request.ask).collect();
    assert!(matches!(presses.as_slice(), [Ask::Press { .. }]), "{presses:?}");
    assert!(rig.fake.unanswered_callbacks().is_empty());
}

#[tokio::test]
async fn what_becomes_of_groups_is_news_and_a_migration_is_told_once() {
    let rig = Rig::new().await;
    let platform = rig.platform();
    let new = rig
        .during(&platform, 0..0, async {
            connected(&platform, true).await;
            rig.fake.remove_bot(OPS, ANA).expect("removed");
            rig.fake.add_bot(OPS, ANA).expect("added");
            rig.fake.set_bot_status(OPS, ANA, Status::Administrator).expect("promoted");
            rig.fake.block_bot(BEN).expect("blocked");
            let new = rig.fake.migrate(INCIDENT, ANA).expect("migrated");
            rig.fake.until(|fake| (fake.unsettled() == 0).then_some(())).await;
            new
        })
        .await;
    let mut news: BTreeMap<String, Vec<PlaceNews>> = BTreeMap::new();
    for request in rig.requests() {
        if let Ask::News(what) = request.ask {
            news.entry(request.place.to_string()).or_default().push(what);
        }
    }
    let ops = &news[&format!("telegram:{OPS}")];
    assert!(matches!(ops.as_slice(), [PlaceNews::Lost(_), PlaceNews::Found, PlaceNews::Found]), "{ops:?}");
    assert!(matches!(news[&format!("telegram:{BEN}")].as_slice(), [PlaceNews::Lost(_)]));
    let to = format!("telegram:{new}").parse().expect("a place");
    let moved: Vec<_> =
        news[&format!("telegram:{INCIDENT}")].iter().filter(|one| matches!(one, PlaceNews::Moved(_))).collect();
    assert_eq!(moved, [&PlaceNews::Moved(to)]);
}

#[tokio::test]
async fn by_webhook_and_back_to_polling_nothing_is_lost() {
    let rig = Rig::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/telegram/webhook", listener.local_addr().expect("an address"));
    let platform = telegram(&rig.fake.api_base(), &rig.fake.setup().token, Some(&url), &rig.ground);
    let offer = offer(&rig.ground, "viewer", &[], &[]);
    // The first time, the disk does not take it, and Telegram sends it again.
    let intake = platform.intake(Gate::new(&rig.ground, 0..1), offer.registry());
    let door = super::super::webhook::door(platform.webhook_secret.as_ref().expect("a secret"), intake);
    let server = tokio::spawn(async move { axum::serve(listener, door).await });
    rig.during(&platform, 0..0, async {
        connected(&platform, true).await;
        rig.fake.say(ANA, ANA, None, "help", None).expect("said");
        until(|| {
            rig.pass(1);
            rig.requests().len() == 1
        })
        .await;
    })
    .await;
    server.abort();
    let _ = server.await;
    rig.fake.say(ANA, ANA, None, "help github", None).expect("said");
    let platform = rig.platform();
    rig.during(&platform, 0..0, until(|| rig.requests().len() == 2)).await;
    assert_eq!(rig.lines(), ["help", "help github"]);
    assert_eq!(rig.fake.webhook_info()["url"], "");
    assert!(rig.fake.violations().is_empty());
}
