//! Slack over HTTP: signed requests in, and nothing else.

use quarterdeck::delivery::tables::Seen;
use quarterdeck::model::Clock;
use quarterdeck::sandbox::slack::{Delivery, RequestUrls};
use quarterdeck::stage::StageSetup;
use url::form_urlencoded::Serializer;

use crate::conversation::{ANA, Conversation, GENERAL, start};
use crate::knock::{answer, client, is_too_large};

async fn over_http() -> Conversation {
    let mut setup = StageSetup::new(&Clock::manual(start()));
    setup.slack.delivery = Delivery::Http(RequestUrls::default());
    Conversation::from(setup).await
}

fn taken(on: &Conversation) -> u64 {
    on.stage.running().unwrap().store().count::<Seen>()
}

fn command(on: &Conversation, trigger: &str) -> String {
    let mut form = Serializer::new(String::new());
    let team = on.stage.slack.setup().team.id.clone();
    let pairs = [
        ("team_id", team.as_str()),
        ("channel_id", GENERAL),
        ("channel_name", "general"),
        ("user_id", ANA),
        ("user_name", "ana"),
        ("command", "/qd"),
        ("text", "help"),
        ("trigger_id", trigger),
    ];
    form.extend_pairs(pairs).finish()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_minutes_off_is_the_limit_both_ways() {
    let on = over_http().await;
    on.quiet().await;
    let before = taken(&on);
    let body = r#"{"type":"url_verification","challenge":"a word of Slack's"}"#;
    for (off, status) in
        [(-301, 401), (-300, 200), (0, 200), (300, 200), (301, 401), (-86_400, 401), (i64::MIN / 4, 401)]
    {
        let response = on.slack_hook("/slack/events", body, off).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{off} s");
        let said = response.text().await.unwrap();
        assert_eq!(
            said.contains("a word of Slack's"),
            status == 200,
            "the challenge is answered to Slack alone: {said}"
        );
    }
    assert_eq!(taken(&on), before);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_did_not_sign_is_refused() {
    let on = over_http().await;
    on.quiet().await;
    let before = taken(&on);
    let body = command(&on, "1.refused");
    for path in ["/slack/events", "/slack/commands", "/slack/interactivity"] {
        let url = format!("{}{path}", on.stage.url());
        assert_eq!(answer(client().post(&url).body(body.clone())).await.0, 401, "{path} without a signature");
        let good = on.slack_hook(path, &body, 0).build().unwrap();
        for at in (0..body.len()).step_by(7) {
            let mut flipped = body.clone().into_bytes();
            flipped[at] ^= 1;
            let request =
                good.headers().iter().fold(client().post(&url), |request, (name, value)| request.header(name, value));
            assert_eq!(answer(request.body(flipped)).await.0, 401, "{path}, byte {at}");
        }
        for name in ["x-slack-signature", "x-slack-request-timestamp"] {
            let value = good.headers()[name].clone();
            let doubled = on.slack_hook(path, &body, 0).header(name, value);
            assert_eq!(answer(doubled).await.0, 401, "{path} with {name} twice");
        }
        // A true signature under another time.
        let later = (on.stage.clock.now().as_second() + 1).to_string();
        let request = client().post(&url).header("x-slack-request-timestamp", later);
        let request = request.header("x-slack-signature", good.headers()["x-slack-signature"].clone());
        assert_eq!(answer(request.body(body.clone())).await.0, 401);
        assert!(is_too_large(on.slack_hook(path, &"x".repeat((1 << 20) + 1), 0)).await, "{path}");
    }
    assert_eq!(taken(&on), before);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_sent_again_is_taken_once() {
    let on = over_http().await;
    on.quiet().await;
    let before = taken(&on);
    let body = command(&on, "1.again");
    for _ in 0..5 {
        assert_eq!(answer(on.slack_hook("/slack/commands", &body, 0)).await.0, 200);
    }
    on.quiet().await;
    assert_eq!(taken(&on), before + 1);
    let help = on.whisper(ANA).await;
    assert!(!help.blocks.is_empty());
    on.end().await;
}
