//! Buttons: each deed once, by whoever may, also after a restart; what destroys is confirmed first.

use quarterdeck::delivery::tables::Dead;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::sandbox::slack::{Failure, Message};
use serde_json::json;

use crate::conversation::{ANA, BEN, Conversation, GENERAL, buttons, text_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_click_is_told_who_was_first() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    // The card stays as it was on Ben's screen.
    on.stage.slack.fail_next("chat.update", Failure::RateLimited(30), 1);
    on.press(ANA, &card, "Close").await;
    let wait = on.waiting().await;
    on.press(BEN, &card, "Close").await;
    insta::assert_snapshot!(text_of(&on.whisper(BEN).await), @":warning: Closed already, by ana at 14:00 UTC.");
    on.pass(wait);
    on.edited(&card, "Closed by").await;
    let note = on.message(GENERAL).await;
    assert!(text_of(&note).contains("Closed by @ana as completed"));
    let asked = on.stage.github.requests().into_iter().filter(|request| request.method == "PATCH").count();
    assert_eq!(asked, 1, "GitHub was asked once");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_is_closed_reopened_and_closed_again() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    insta::assert_snapshot!(text_of(&card), @r"
    acme/api#1 Login fails
    — asked by ana on Slack
    *State*
    Open
    *Author*
    @ana
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Close
    Comment
    Open on GitHub
    ");
    on.press(ANA, &card, "Close").await;
    let card = on.edited(&card, "Closed by").await;
    insta::assert_snapshot!(text_of(&card), @r"
    :white_check_mark: acme/api#1 Login fails
    — asked by ana on Slack
    *State*
    Closed as completed
    *Author*
    @ana
    ✓ Closed by
    <@U0ANA000001>
    ·
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Reopen
    Comment
    Open on GitHub
    ");
    assert_eq!(buttons(&card), ["Reopen", "Comment", "Open on GitHub"]);
    on.message(GENERAL).await;
    on.pass(60);
    on.press(BEN, &card, "Reopen").await;
    let card = on.edited(&card, "Reopened by").await;
    insta::assert_snapshot!(text_of(&card), @r"
    acme/api#1 Login fails
    — asked by ana on Slack
    *State*
    Open
    *Author*
    @ana
    ✓ Reopened by
    <@U0BEN000002>
    ·
    <!date^1795183260^{date_short_pretty} {time}|2026-11-20 14:01 UTC>
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Close
    Comment
    Open on GitHub
    ");
    on.message(GENERAL).await;
    on.pass(60);
    on.press(BEN, &card, "Close").await;
    let card = on.edited(&card, "Closed by").await;
    insta::assert_snapshot!(text_of(&card), @r"
    :white_check_mark: acme/api#1 Login fails
    — asked by ana on Slack
    *State*
    Closed as completed
    *Author*
    @ana
    ✓ Closed by
    <@U0BEN000002>
    ·
    <!date^1795183320^{date_short_pretty} {time}|2026-11-20 14:02 UTC>
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Reopen
    Comment
    Open on GitHub
    ");
    on.message(GENERAL).await;
    assert_eq!(on.stage.github.issue("acme/api", 1).unwrap()["state"], "closed");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buttons_and_cards_outlive_a_restart() {
    let mut on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    on.quiet().await;
    on.stage.restart().await.unwrap();
    on.press(BEN, &card, "Close").await;
    on.edited(&card, "Closed by").await;
    on.message(GENERAL).await;
    on.stage.restart().await.unwrap();
    on.stage.github.reopen_issue("ben", "acme/api", 1).unwrap();
    let card = on.edited(&card, "Open\n").await;
    assert_eq!(buttons(&card), ["Close", "Comment", "Open on GitHub"]);
    on.message(GENERAL).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_that_failed_works_again() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    on.stage.github.fail_next("PATCH /repos/*/*/issues/*", quarterdeck::sandbox::github::Failure::Status(403), 1);
    on.press(ANA, &card, "Close").await;
    let told = on.whisper(ANA).await;
    assert!(text_of(&told).contains("GitHub does not allow this"), "{}", text_of(&told));
    on.press(ANA, &card, "Close").await;
    on.edited(&card, "Closed by").await;
    on.message(GENERAL).await;
    on.end().await;
}

/// A delivery that was given up: told in a channel that the bot is not in.
async fn with_a_dead_letter() -> (Conversation, String) {
    let mut on = Conversation::with(|settings| {
        settings.subscriptions.push(SubscriptionConfig {
            place: "slack:C0RANDOM004".parse().unwrap(),
            source: "*".to_owned(),
            events: vec!["*".to_owned()],
        });
    })
    .await;
    on.expects_dead = true;
    on.publish(&json!({ "specversion": "1.0", "id": "1", "source": "/x", "type": "x.y" })).await;
    on.quiet().await;
    let dead = on.stage.running().unwrap().store().scan::<Dead>(None, 5).unwrap();
    assert_eq!(dead.len(), 1);
    (on, dead[0].0.to_string())
}

fn dead(on: &Conversation) -> usize {
    on.stage.running().unwrap().store().scan::<Dead>(None, 5).unwrap().len()
}

async fn asked_to_drop(on: &Conversation, id: &str) -> Message {
    on.slash(ANA, GENERAL, &format!("quarterdeck delivery drop {id}")).await;
    let card = on.whisper(ANA).await;
    assert_eq!(buttons(&card), ["Yes, do it", "Cancel"]);
    card
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_destroys_is_confirmed_with_exactly_what_will_run() {
    let (on, id) = with_a_dead_letter().await;
    on.slash(ANA, GENERAL, "quarterdeck delivery list").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await).replace(&id, "<the delivery>"), @r"
    :warning: 1 given up
    <the delivery> to slack:C0RANDOM004, 2026-11-20 14:00 UTC: Quarterdeck is not in that channel. Invite the bot there: /invite @quarterdeck.
    ");
    let card = asked_to_drop(&on, &id).await;
    insta::assert_snapshot!(text_of(&card).replace(&id, "<the delivery>"), @r"
    :warning: Drop this delivery for good?
    <the delivery> to slack:C0RANDOM004, 2026-11-20 14:00 UTC: Quarterdeck is not in that channel. Invite the bot there: /invite @quarterdeck.
    Yes, do it
    Cancel
    ");
    assert_eq!(dead(&on), 1, "nothing happens before the yes");
    on.press(ANA, &card, "Cancel").await;
    let card = on.edited(&card, "Cancelled").await;
    insta::assert_snapshot!(text_of(&card), @":white_circle: Cancelled. Nothing was done.");
    assert_eq!((dead(&on), buttons(&card)), (1, Vec::new()));

    let card = asked_to_drop(&on, &id).await;
    on.press(ANA, &card, "Yes, do it").await;
    let card = on.edited(&card, "Dropped").await;
    insta::assert_snapshot!(text_of(&card), @":white_circle: Dropped for good.");
    assert_eq!((dead(&on), buttons(&card)), (0, Vec::new()));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_works_once_and_what_is_gone_is_said() {
    let (on, id) = with_a_dead_letter().await;
    let (first, second) = (asked_to_drop(&on, &id).await, asked_to_drop(&on, &id).await);
    // Twice at the same moment.
    let press = || on.stage.slack.press(ANA, &first.channel, &first.ts, "Yes, do it").unwrap();
    let (one, two) = (press(), press());
    assert!(one.outcome().await.is_acknowledged() && two.outcome().await.is_acknowledged());
    on.edited(&first, "Dropped").await;
    let told = text_of(&on.whisper(ANA).await);
    let (over, under_way) =
        ("Confirmed already, by ana at 14:00 UTC.", "ana pressed this at 14:00 UTC; it is under way.");
    assert!(told.contains(over) || told.contains(under_way), "{told}");
    on.press(ANA, &second, "Yes, do it").await;
    let told = text_of(&on.edited(&second, "no").await);
    assert!(!told.contains("Dropped"), "{told}");
    on.end().await;
}
