//! Text from outside is only text: it pings nobody, formats nothing, forges nothing.

use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::sandbox::slack::Message;
use serde_json::{Value, json};

use crate::conversation::{ALERTS, ANA, Conversation, text_of};

const HOSTILE: &str =
    "<!channel> @here <@U0ANA000001> *bold* _it_ `code` <https://evil.example|click> &lt;!here&gt; :tada: \u{202e}txt";

/// Everything in a message that Slack would read as more than text.
fn forged(message: &Message) -> Vec<String> {
    let mut found = Vec::new();
    for part in ["<!channel", "<!here", "<!everyone", "<@U0ANA", "<https://evil"] {
        if message.text.contains(part) {
            found.push(format!("{part} in the fallback"));
        }
    }
    message.blocks.iter().for_each(|block| look(block, &mut found));
    found
}

fn look(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
            let text = members.get("text").and_then(Value::as_str).unwrap_or_default();
            match kind {
                "mrkdwn" => {
                    for part in
                        ["<!channel", "<!here", "<@U0ANA", "<https://evil", "*bold*", "_it_", "`code`", ":tada:"]
                    {
                        if text.contains(part) {
                            found.push(format!("{part} in mrkdwn: {text}"));
                        }
                    }
                }
                // The sign of the card's tone is our own.
                "emoji" if value["name"] != "tada" => {}
                "broadcast" | "user" | "usergroup" | "emoji" => found.push(value.to_string()),
                "link" if value["url"].as_str().is_some_and(|url| url.contains("evil")) => {
                    found.push(value.to_string());
                }
                "plain_text" if members.get("emoji") != Some(&json!(false)) => found.push(value.to_string()),
                _ => {}
            }
            if text.contains('\u{202e}') {
                found.push(format!("text that runs backwards: {text:?}"));
            }
            members.values().for_each(|member| look(member, found));
        }
        Value::Array(members) => members.iter().for_each(|member| look(member, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_stays_text() {
    let on = Conversation::with(|settings| {
        settings.subscriptions.push(SubscriptionConfig {
            place: "slack:#alerts".parse().unwrap(),
            source: "*".to_owned(),
            events: vec!["*".to_owned()],
        });
    })
    .await;
    let github = &on.stage.github;
    github.open_issue("kim", "acme/api", HOSTILE, "<!channel> <https://evil.example|click> @here").unwrap();
    let card = on.message(ALERTS).await;
    assert_eq!(forged(&card), Vec::<String>::new());
    insta::assert_snapshot!(text_of(&card).lines().next().unwrap(), @"acme/api#1 <!channel> @here <@U0ANA000001> *bold* _it_ `code` <https://evil.example|click> &lt;!here&gt; :tada: txt");
    github.label_issue("kim", "acme/api", 1, &["<!here> *bold*"]).unwrap();
    let card = on.edited(&card, "<!here> *bold*").await;
    assert_eq!(forged(&card), Vec::<String>::new());
    github.comment("kim", "acme/api", 1, HOSTILE).unwrap();
    assert_eq!(forged(&on.message(ALERTS).await), Vec::<String>::new());
    github.push("kim", "acme/api", "main", &[HOSTILE]).unwrap();
    assert_eq!(forged(&on.message(ALERTS).await), Vec::<String>::new());
    github.publish_release("kim", "acme/api", "v1-<!here>", HOSTILE, HOSTILE).unwrap();
    assert_eq!(forged(&on.message(ALERTS).await), Vec::<String>::new());
    for (id, kind, data) in [
        (
            "1",
            "task.failed",
            json!({ "task": HOSTILE, "error": HOSTILE, "log": HOSTILE, "url": "javascript:alert(1)" }),
        ),
        ("2", "alert.firing", json!({ "alert": "a", "title": HOSTILE, "labels": { HOSTILE: HOSTILE } })),
        ("3", "scan.completed", json!({ "target": HOSTILE, "findings": [{ "id": HOSTILE, "severity": "high" }] })),
        ("4", "some.thing", json!({ "title": HOSTILE, HOSTILE: HOSTILE, "url": "https://ok.example/<!channel>" })),
    ] {
        let event = json!({ "specversion": "1.0", "id": id, "source": HOSTILE.replace('\u{202e}', ""), "type": kind, "data": data });
        // Slack takes about one message a second in a channel.
        on.pass(2);
        let (status, answer) = on.publish(&event).await;
        assert_eq!(status, 202, "{answer}");
        assert_eq!(forged(&on.message(ALERTS).await), Vec::<String>::new(), "{kind}");
    }
    // What somebody typed comes back in an error.
    on.slash(ANA, ALERTS, HOSTILE).await;
    assert_eq!(forged(&on.whisper(ANA).await), Vec::<String>::new());
    on.end().await;
}
