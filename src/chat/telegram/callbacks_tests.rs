//! Presses against a small Telegram of the test's own.

use serde_json::json;

use super::super::tests::{Fake, NOW, client};
use super::*;
use crate::chat::Ground;

struct Bench {
    fake: Fake,
    clock: Clock,
    ground: Ground,
    _directory: tempfile::TempDir,
    callbacks: Callbacks,
}

async fn bench() -> Bench {
    let fake = Fake::default();
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, directory) = Ground::sample(&clock);
    let callbacks = Callbacks::new(&client(&fake.serve().await, &ground), &ground.store);
    Bench { fake, clock, ground, _directory: directory, callbacks }
}

/// Runs the callbacks until so many answers were given, nothing is open and nothing is written down.
async fn settle(bench: &Bench, answers: usize) {
    let settled = async {
        bench.fake.wait_for(answers).await;
        while bench.callbacks.count() > 0 || bench.ground.store.count::<Listening>() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = bench.callbacks.run() => unreachable!("it runs until dropped"),
        () = settled => {}
    }
}

#[tokio::test]
async fn a_press_is_answered_once_whoever_is_first() {
    let bench = bench().await;
    for _ in 0..3 {
        bench.fake.answer("AnswerCallbackQuery", 200, &json!({"ok": true, "result": true}));
    }
    for query in ["1", "2", "3"] {
        bench.callbacks.open(query);
    }
    assert_eq!(bench.callbacks.say("1", "Done already.", true).await, Ok(Said::Shown));
    assert_eq!(bench.callbacks.say("1", "Once more.", true).await, Ok(Said::TooLate));
    bench.callbacks.open("1");
    bench.callbacks.taken("2");
    bench.callbacks.taken("2");
    bench.clock.advance(PATIENCE);
    settle(&bench, 3).await;
    bench.callbacks.taken("3");
    let mut calls: Vec<_> = bench.fake.calls().into_iter().map(|(_, body)| body).collect();
    assert_eq!(calls[0], json!({"callback_query_id": "1", "text": "Done already.", "show_alert": true}));
    calls[1..].sort_by_key(ToString::to_string);
    assert_eq!(calls[1..], [json!({"callback_query_id": "2"}), json!({"callback_query_id": "3"})]);
}

#[tokio::test]
async fn an_answer_that_fails_is_given_again_and_one_that_is_too_late_is_not() {
    let bench = bench().await;
    bench.fake.answer("AnswerCallbackQuery", 502, &json!("bad gateway"));
    bench.callbacks.open("1");
    let fault = bench.callbacks.say("1", "x", false).await.expect_err("a fault");
    assert_eq!(fault.kind, FaultKind::Unavailable);
    bench.fake.answer("AnswerCallbackQuery", 200, &json!({"ok": true, "result": true}));
    assert_eq!(bench.callbacks.say("1", "x", false).await, Ok(Said::Shown));
    bench.callbacks.open("2");
    let old = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    bench.fake.answer("AnswerCallbackQuery", 400, &json!({"ok": false, "error_code": 400, "description": old}));
    assert_eq!(bench.callbacks.say("2", "x", false).await, Ok(Said::TooLate));
    assert_eq!(bench.callbacks.count(), 0);
}

#[tokio::test]
async fn what_was_open_at_a_stop_is_answered_at_the_next_start() {
    let bench = bench().await;
    for query in ["1", "2"] {
        bench.callbacks.open(query);
    }
    bench.fake.answer("AnswerCallbackQuery", 200, &json!({"ok": true, "result": true}));
    assert_eq!(bench.callbacks.say("1", "x", false).await, Ok(Said::Shown));
    let keeper = bench.callbacks.clone();
    let written = bench.ground.store.write(move |tx| keeper.keep(tx, &["1".to_owned(), "2".to_owned()]));
    written.await.expect("written");
    assert_eq!(bench.ground.store.count::<Listening>(), 1, "the answered one is not kept");
    // The next run of the program knows of nothing but the store.
    let next = Callbacks::new(&bench.callbacks.client, &bench.ground.store);
    bench.fake.answer("AnswerCallbackQuery", 200, &json!({"ok": true, "result": true}));
    let bench = Bench { callbacks: next, ..bench };
    settle(&bench, 2).await;
    assert_eq!(bench.fake.calls()[1].1, json!({"callback_query_id": "2"}));
}
