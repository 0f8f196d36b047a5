//! The main job: a slash command opens an issue, a button closes it, webhooks and events come back as cards.

use serde_json::json;

use crate::conversation::{ALERTS, ANA, Conversation, GENERAL, text_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slash_command_opens_an_issue_and_a_button_closes_it() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("Login fails"), "{}", text_of(&card));
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.press(ANA, &card, "Close").await;
    on.edited(&card, "Closed by").await;
    let note = on.message(GENERAL).await;
    assert_eq!(note.thread_ts.as_deref(), Some(card.ts.as_str()), "the follow-up is in the card's thread");
    assert!(text_of(&note).contains("Closed by @ana as completed"), "{}", text_of(&note));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_acknowledged() {
    let on = Conversation::with(|settings| {
        settings.subscriptions.push(quarterdeck::routing::SubscriptionConfig {
            place: "slack:#alerts".parse().unwrap(),
            source: "*".to_owned(),
            events: vec!["alerts".to_owned()],
        });
    })
    .await;
    let (status, answer) = on
        .publish(&json!({
            "specversion": "1.0", "id": "1", "source": "/mon", "type": "alert.firing",
            "data": { "alert": "latency", "title": "API latency above 2 s", "severity": "critical" }
        }))
        .await;
    assert_eq!((status, answer["status"].as_str()), (202, Some("accepted")), "{answer}");
    let card = on.message(ALERTS).await;
    on.press(ANA, &card, "Acknowledge").await;
    on.edited(&card, "Acknowledged by").await;
    on.end().await;
}
