//! What a request is about: below a card it need not be said again. And who people are.

use quarterdeck::operations::PersonConfig;
use serde_json::json;

use crate::conversation::{ALERTS, ANA, BEN, Conversation, GENERAL, text_of};
use crate::programs::{open, publish};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_below_a_card_is_about_what_the_card_is_about() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    on.quiet().await;
    let below = |line: &str| format!("{} {line}", on.mention());
    on.say(BEN, GENERAL, Some(&card.ts), &below("github issue comment I can see it, too.")).await;
    assert!(text_of(&on.whisper(BEN).await).contains("Commented on acme/api#1"));
    on.message(GENERAL).await;
    on.say(BEN, GENERAL, Some(&card.ts), &below("github issue label bug, help wanted")).await;
    on.edited(&card, "help wanted").await;
    on.whisper(BEN).await;
    on.say(BEN, GENERAL, Some(&card.ts), &below("github issue close")).await;
    let closed = on.edited(&card, "Closed by").await;
    assert!(text_of(&closed).contains(&format!("<@{BEN}>")), "{}", text_of(&closed));
    assert!(text_of(&on.whisper(BEN).await).contains("Done; its card here shows it."));
    on.message(GENERAL).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_acknowledged_by_a_line_below_its_card_once() {
    let on = open().await;
    publish(&on, "1", "alert.firing", json!({ "alert": "api-latency", "title": "API is slow" })).await;
    let card = on.message(ALERTS).await;
    on.quiet().await;
    let line = format!("{} quarterdeck alert acknowledge", on.mention());
    on.say(ANA, ALERTS, Some(&card.ts), &line).await;
    on.edited(&card, "Acknowledged by").await;
    assert!(text_of(&on.whisper(ANA).await).contains("Done."));
    on.say(ANA, ALERTS, Some(&card.ts), &line).await;
    let told = text_of(&on.whisper(ANA).await);
    assert!(told.contains("Acknowledged already, by"), "{told}");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_mentioned_and_called_by_who_they_are_here() {
    let on = Conversation::with(|settings| {
        let person = |name: &str, handles: [&str; 2]| PersonConfig {
            name: name.to_owned(),
            handles: handles.map(str::to_owned).to_vec(),
        };
        settings.people.push(person("Ben Okafor", [&format!("slack:{BEN}"), "github:ben"]));
        settings.people.push(person("Ana Duarte", [&format!("slack:{ANA}"), "telegram:1042"]));
    })
    .await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api --assignees ben,kim").await;
    let card = on.message(GENERAL).await;
    let text = text_of(&card);
    assert!(text.contains(&format!("<@{BEN}>")) && text.contains("@kim"), "{text}");
    assert!(text.contains("asked by Ana Duarte on Slack"), "{text}");
    // GitHub's word of the opening bears the same second as that of the closing: it is to come first.
    on.quiet().await;
    on.press(ANA, &card, "Close").await;
    on.edited(&card, "Closed by").await;
    on.message(GENERAL).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_cannot_be_told_is_shown_as_such_until_it_can() {
    let mut on = Conversation::open().await;
    on.expects_dead = true;
    on.slash(ANA, GENERAL, "subscribe acme/api issues").await;
    on.message(GENERAL).await;
    on.stage.slack.remove_app_from_channel(GENERAL).unwrap();
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    on.quiet().await;
    let degraded = on.stage.running().unwrap().health().degraded;
    assert_eq!(degraded.len(), 1, "{degraded:?}");
    assert!(
        degraded[0].starts_with("slack:C0GENERAL01: cannot be told there since 2026-11-20T14:00:00Z: "),
        "{degraded:?}"
    );
    on.slash(ANA, GENERAL, "subscriptions").await;
    // Slack's word and the refused message tell the same; which of the two came last is what is said.
    let told = text_of(&on.whisper(ANA).await);
    let told =
        told.replace("was removed from the channel. Invite it again", "is not in that channel. Invite the bot there");
    insta::assert_snapshot!(told, @r"
    :warning: This place has 1 subscription
    github:acme/api issues (by ana)
    ⚠ Nothing can be told here since 2026-11-20 14:00 UTC: Quarterdeck is not in that channel. Invite the bot there: /invite @quarterdeck.
    Once I may write here again, the newest 50 of what was missed are sent.
    ");
    on.stage.slack.invite_bot(ANA, GENERAL).unwrap();
    on.quiet().await;
    on.pass(60);
    on.stage.github.open_issue("ben", "acme/api", "Logout fails", "").unwrap();
    let told = [on.message(GENERAL).await, on.message(GENERAL).await].map(|card| text_of(&card));
    assert!(told.iter().any(|card| card.contains("Login fails")), "what was missed is told: {told:?}");
    on.quiet().await;
    assert!(on.stage.running().unwrap().health().degraded.is_empty());
    on.end().await;
}
