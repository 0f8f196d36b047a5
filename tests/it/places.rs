//! Where answers go: by reply address or into the place, into channels the bot is not in, and anew where a card is gone.

use quarterdeck::delivery::tables::Dead;
use quarterdeck::sandbox::github;
use quarterdeck::sandbox::slack::Failure;

use crate::conversation::{ANA, BEN, Conversation, GENERAL, buttons, text_of};

const RANDOM: &str = "C0RANDOM004";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_somebody_deleted_is_posted_anew() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    on.quiet().await;
    on.stage.slack.delete_message_as(ANA, &card.ts).unwrap();
    on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
    let anew = on.message(GENERAL).await;
    assert!(text_of(&anew).contains("Closed as completed"), "{}", text_of(&anew));
    let note = on.message(GENERAL).await;
    assert_eq!(note.thread_ts.as_deref(), Some(anew.ts.as_str()), "what follows is below the new card");
    on.stage.github.reopen_issue("ben", "acme/api", 1).unwrap();
    on.edited(&anew, "Open\n").await;
    on.message(GENERAL).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_whose_address_is_used_up_goes_to_the_place() {
    let on = Conversation::open().await;
    on.stage.slack.fail_next("response_url", Failure::Status(404), 1);
    on.slash(ANA, GENERAL, "help issue").await;
    let told = on.whisper(ANA).await;
    assert!(text_of(&told).contains("github issue close"), "{}", text_of(&told));
    on.quiet().await;
    let methods: Vec<String> = on.stage.slack.requests().into_iter().map(|request| request.method).collect();
    assert!(methods.contains(&"chat.postEphemeral".to_owned()), "{methods:?}");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_after_half_an_hour_goes_to_the_place() {
    let on = Conversation::open().await;
    let reset_in = jiff::SignedDuration::from_mins(40);
    on.stage.github.fail_next("/repos/**", github::Failure::Primary { reset_in }, 1);
    on.slash(ANA, GENERAL, "github issue list --repository acme/api").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    :warning: GitHub asked us to slow down; it goes on at 14:40:00 UTC.
    This runs at 2026-11-20 14:40 UTC.
    ");
    let wait = on.waiting().await;
    on.pass(wait);
    let told = on.whisper(ANA).await;
    assert!(text_of(&told).contains("acme/api"), "{}", text_of(&told));
    on.quiet().await;
    let last = on.stage.slack.requests().pop().unwrap();
    assert_eq!(last.method, "chat.postEphemeral");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_bot_is_not_the_card_comes_by_the_reply_address() {
    let on = Conversation::open().await;
    on.slash(ANA, RANDOM, "github issue create Login fails --repository acme/api").await;
    let card = on.message(RANDOM).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "{}", text_of(&card));
    assert_eq!(buttons(&card), ["Close", "Comment", "Open on GitHub"]);
    on.quiet().await;
    // What is done there is shown there, too.
    on.press(ANA, &card, "Close").await;
    let card = on.edited(&card, "Closed by").await;
    assert_eq!(buttons(&card), ["Reopen", "Comment", "Open on GitHub"]);
    on.press(BEN, &card, "Reopen").await;
    on.edited(&card, "Reopened by").await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_that_was_removed_still_answers_who_asks() {
    let mut on = Conversation::open().await;
    on.expects_dead = true;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    on.quiet().await;
    on.stage.slack.remove_app_from_channel(GENERAL).unwrap();
    on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
    // Slack lets the bot edit what it wrote, but not write anew.
    on.edited(&card, "Closed as completed").await;
    on.quiet().await;
    let dead = on.stage.running().unwrap().store().scan::<Dead>(None, 5).unwrap();
    assert_eq!(dead.len(), 1, "the note is given up, where an operator sees it: {dead:?}");
    on.slash(ANA, GENERAL, "help issue").await;
    on.whisper(ANA).await;
    on.stage.slack.invite_bot(ANA, GENERAL).unwrap();
    // Slack says so, and the place is told what it missed.
    on.quiet().await;
    on.stage.github.reopen_issue("ben", "acme/api", 1).unwrap();
    let notes = [on.message(GENERAL).await, on.message(GENERAL).await].map(|note| text_of(&note));
    assert!(notes[0].contains("Closed by") && notes[1].contains("Reopened by"), "{notes:?}");
    on.edited(&card, "Open\n").await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_card_stands_in_every_place_where_it_was_asked_for() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let general = on.message(GENERAL).await;
    on.slash(BEN, "deploys", "github issue label acme/api#1 bug").await;
    let deploys = on.message("deploys").await;
    on.press(BEN, &deploys, "Close").await;
    on.edited(&deploys, "Closed by").await;
    on.edited(&general, "Closed by").await;
    for (channel, card) in [(GENERAL, &general), ("deploys", &deploys)] {
        let note = on.message(channel).await;
        assert_eq!(note.thread_ts.as_deref(), Some(card.ts.as_str()));
    }
    on.end().await;
}
