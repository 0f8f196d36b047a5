//! Who hears of what: subscribed in chat or by the file, listed, and ended.

use quarterdeck::routing::SubscriptionConfig;

use crate::conversation::{ALERTS, ANA, BEN, Conversation, GENERAL, buttons, text_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_subscribes_lists_and_unsubscribes() {
    let mut on = Conversation::open().await;
    on.slash(ANA, GENERAL, "subscriptions").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    This place is told of nothing yet.
    For example: subscribe acme/api issues pulls
    ");
    on.slash(ANA, GENERAL, "subscribe acme/api issues pulls").await;
    let subscribed = on.message(GENERAL).await;
    insta::assert_snapshot!(text_of(&subscribed), @r"
    :white_check_mark: Subscribed
    Events issues pulls from github:acme/api are told here.
    Unsubscribe
    ");
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"));
    on.stage.github.open_issue("ben", "acme/web", "Not here", "").unwrap();
    on.stage.github.run_workflow("acme/api", "CI", "main", quarterdeck::sandbox::github::Conclusion::Failure).unwrap();
    on.quiet().await;
    on.stage.restart().await.unwrap();
    on.slash(BEN, GENERAL, "subscribe acme/api pushes").await;
    on.message(GENERAL).await;
    on.slash(BEN, GENERAL, "subscriptions").await;
    insta::assert_snapshot!(text_of(&on.whisper(BEN).await), @r"
    This place has 1 subscription
    github:acme/api issues pulls pushes (by ana)
    ");
    // A channel that follows one repository takes it for granted.
    on.slash(BEN, GENERAL, "github issue close #1").await;
    on.edited(&card, "Closed as completed").await;
    let told = text_of(&on.whisper(BEN).await);
    assert!(told.contains("Done; its card here shows it."), "{told}");
    on.message(GENERAL).await;
    on.slash(BEN, GENERAL, "unsubscribe acme/api").await;
    insta::assert_snapshot!(text_of(&on.message(GENERAL).await), @r"
    :white_circle: Unsubscribed
    No longer told here: github:acme/api
    ");
    on.stage.github.open_issue("ben", "acme/api", "Nobody hears of it", "").unwrap();
    on.slash(BEN, GENERAL, "unsubscribe acme/api").await;
    insta::assert_snapshot!(text_of(&on.whisper(BEN).await), @":warning: This place has no such subscription. subscriptions lists what it has.");
    assert_eq!(buttons(&subscribed), ["Unsubscribe"]);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_button_of_a_subscription_ends_it() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "subscribe acme/* issues").await;
    let told = on.message(GENERAL).await;
    on.stage.github.open_issue("ben", "acme/web", "Here too", "").unwrap();
    on.message(GENERAL).await;
    on.press(ANA, &told, "Unsubscribe").await;
    on.message(GENERAL).await;
    on.stage.github.open_issue("ben", "acme/web", "Nobody hears of it", "").unwrap();
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_subscriptions_are_ended_in_the_file() {
    let on = Conversation::with(|settings| {
        settings.subscriptions.push(SubscriptionConfig {
            place: "slack:#alerts".parse().unwrap(),
            source: "github:acme/api".to_owned(),
            events: vec!["issues".to_owned()],
        });
    })
    .await;
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    on.message(ALERTS).await;
    on.slash(ANA, ALERTS, "subscriptions").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    This place has 1 subscription
    github:acme/api issues (by the configuration file)
    ");
    on.slash(ANA, ALERTS, "unsubscribe acme/api").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @":warning: This subscription is in the configuration file; take it out there.");
    on.end().await;
}
