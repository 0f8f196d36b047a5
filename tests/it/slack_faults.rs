//! Slack in trouble: what it asks to wait for waits, what may have arrived is looked up, and nothing is said twice.

use quarterdeck::sandbox::slack::Failure;

use crate::conversation::{ALERTS, ANA, Conversation, GENERAL, text_of};

const CREATE: &str = "github issue create Login fails --repository acme/api";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_asks_to_wait_for_waits_and_the_rest_goes_on() {
    let on = Conversation::open().await;
    on.stage.slack.fail_next("chat.postMessage", Failure::RateLimited(30), 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let wait = on.waiting().await;
    // Another method is not covered by that window.
    on.slash(ANA, GENERAL, "help issue").await;
    on.whisper(ANA).await;
    assert!(on.stage.slack.messages(GENERAL).is_empty());
    on.pass(wait);
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("Login fails"));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_outlives_a_restart() {
    let mut on = Conversation::open().await;
    on.stage.slack.fail_next("chat.postMessage", Failure::RateLimited(30), 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let wait = on.waiting().await;
    on.stage.restart().await.unwrap();
    on.slash(ANA, ALERTS, "github issue create Logout fails --repository acme/api").await;
    on.waiting().await;
    on.pass(wait);
    assert!(text_of(&on.message(GENERAL).await).contains("Login fails"));
    assert!(text_of(&on.message(ALERTS).await).contains("Logout fails"));
    on.end().await;
}

/// One message arrives, and arrives once, although Slack failed so.
async fn arrives_once(failure: Failure) {
    let on = Conversation::with(|settings| {
        settings.slack.as_mut().unwrap().timeout = jiff::SignedDuration::from_secs(1);
    })
    .await;
    let what = format!("{failure:?}");
    on.stage.slack.fail_next("chat.postMessage", failure, 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let wait = on.waiting().await;
    on.pass(wait);
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("Login fails"), "{what}");
    on.quiet().await;
    assert_eq!(on.stage.slack.messages(GENERAL).len(), 1, "{what}");
    // Wherever it came from, it is the living card.
    on.press(ANA, &card, "Close").await;
    on.edited(&card, "Closed by").await;
    on.message(GENERAL).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_error_is_tried_again() {
    arrives_once(Failure::Status(500)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_hangs_is_tried_again() {
    arrives_once(Failure::Hang).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_is_tried_again() {
    arrives_once(Failure::CutBeforeWork).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_answer_was_lost_is_found_and_not_repeated() {
    arrives_once(Failure::DropReplyAfterWork).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_answer_was_lost_is_found_after_a_restart() {
    let mut on = Conversation::open().await;
    on.stage.slack.fail_next("chat.postMessage", Failure::DropReplyAfterWork, 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let wait = on.waiting().await;
    on.stage.restart().await.unwrap();
    on.pass(wait);
    on.message(GENERAL).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_that_failed_is_made_again() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, CREATE).await;
    let card = on.message(GENERAL).await;
    on.stage.slack.fail_next("chat.update", Failure::Status(503), 1);
    on.press(ANA, &card, "Close").await;
    let wait = on.waiting().await;
    on.pass(wait);
    on.edited(&card, "Closed by").await;
    on.message(GENERAL).await;
    on.end().await;
}
