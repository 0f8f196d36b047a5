//! The webhook door over real HTTP: who is let in, what is kept of whom, and that nothing sent to it makes it fall.

use futures::future::join_all;
use quarterdeck::delivery::tables::{Hooks, Seen, Unread};
use quarterdeck::model::Clock;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::stage::StageSetup;
use quarterdeck::vault::SecretRef;
use reqwest::header::HeaderValue;
use serde_json::json;

use crate::conversation::{Conversation, GENERAL, start, text_of};
use crate::knock::{WEBHOOK_SECRET, answer, client, is_too_large, signature};

/// GitHub's own vector (<https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>).
const VECTOR: (&str, &str, &str) = (
    "It's a Secret to Everybody",
    "Hello, World!",
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
);

const ISSUE: &str = r#"{"action":"opened","issue":{"number":7,"title":"Login fails","state":"open","html_url":"https://github.example/acme/api/issues/7","user":{"login":"ben"}},"repository":{"full_name":"acme/api"},"sender":{"login":"ben"}}"#;

/// How many webhooks were ever taken in.
fn taken(on: &Conversation) -> u64 {
    on.stage.running().unwrap().store().count::<Seen>()
}

fn unread(on: &Conversation) -> u64 {
    on.stage.running().unwrap().store().count::<Unread>()
}

/// A stage that tells of everything of GitHub's in #general.
async fn telling() -> Conversation {
    Conversation::with(|settings| {
        settings.subscriptions.push(SubscriptionConfig {
            place: "slack:#general".parse().unwrap(),
            source: "github:*".to_owned(),
            events: vec!["*".to_owned()],
        });
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_of_two_secrets_opens_while_one_replaces_the_other() {
    let mut setup = StageSetup::new(&Clock::manual(start()));
    setup.more_secrets = vec![("env:STAGE_WEBHOOK_NEW".to_owned(), VECTOR.0.to_owned())];
    setup.change = Box::new(|settings| {
        let new = SecretRef::Env("STAGE_WEBHOOK_NEW".to_owned());
        settings.github.as_mut().unwrap().webhook_secrets.push(new);
    });
    let mut on = Conversation::from(setup).await;
    on.quiet().await;
    let headers = |id: &'static str, signature: &'static str| {
        [("x-github-event", "issues"), ("x-github-delivery", id), ("x-hub-signature-256", signature)]
    };
    // The vendor's own vector, which happens to be no JSON: taken, and kept as unread.
    let (status, _) = answer(on.hook(VECTOR.1, &headers("vector", VECTOR.2))).await;
    assert_eq!(status, 202);
    assert_eq!(signature(VECTOR.0, VECTOR.1.as_bytes()), VECTOR.2, "the test's own signing");
    assert_eq!(answer(on.signed_hook("ping", "old", "{}")).await.0, 202);
    let third = signature("a third secret", b"{}");
    let (status, _) = answer(on.hook("{}", &[("x-github-delivery", "third"), ("x-hub-signature-256", &third)])).await;
    assert_eq!(status, 401);
    on.quiet().await;
    assert_eq!(unread(&on), 1);
    on.expects_dead = true;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_flipped_bit_anywhere_is_refused() {
    let on = Conversation::open().await;
    on.quiet().await;
    let before = taken(&on);
    let good = signature(WEBHOOK_SECRET, ISSUE.as_bytes());
    for at in (0..ISSUE.len()).step_by(3) {
        let mut body = ISSUE.as_bytes().to_vec();
        body[at] ^= 1 << (at % 8);
        let headers = [("x-github-event", "issues"), ("x-github-delivery", "flipped"), ("x-hub-signature-256", &good)];
        let (status, said) = answer(on.hook(body, &headers)).await;
        assert_eq!((status, said["error"]["class"].as_str()), (401, Some("denied")), "bit of byte {at}");
    }
    for at in 0..good.len() {
        let mut flipped = good.clone().into_bytes();
        flipped[at] ^= 1;
        let request = on.hook(ISSUE, &[("x-github-event", "issues"), ("x-github-delivery", "flipped")]);
        let request = request.header("x-hub-signature-256", HeaderValue::from_bytes(&flipped).unwrap());
        assert_eq!(answer(request).await.0, 401, "sign {at} of the signature");
    }
    for body in [&ISSUE[..ISSUE.len() - 1], &format!("{ISSUE} "), &format!(" {ISSUE}"), ""] {
        let headers = [("x-github-event", "issues"), ("x-github-delivery", "flipped"), ("x-hub-signature-256", &good)];
        assert_eq!(answer(on.hook(body, &headers)).await.0, 401, "{} bytes", body.len());
    }
    assert_eq!(taken(&on), before, "nothing of it was taken in");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_nobody_can_rely_on_are_refused() {
    let on = Conversation::open().await;
    on.quiet().await;
    let before = taken(&on);
    let good = signature(WEBHOOK_SECRET, b"{}");
    let hex = good.trim_start_matches("sha256=").to_owned();
    let odd = HeaderValue::from_bytes(b"sha256=\xff\xfe").unwrap();
    let oversized = format!("{good}{}", "0".repeat(5000));
    let texts = ["", "sha256=", &hex, &format!("sha1={hex}"), &format!("sha256={}", hex.to_uppercase()), &oversized];
    let mut values: Vec<Vec<HeaderValue>> = vec![vec![], vec![odd]];
    values.extend(texts.iter().map(|text| vec![HeaderValue::from_str(text).unwrap()]));
    // Twice, even if both are right: which one did a proxy check?
    values.push(vec![HeaderValue::from_str(&good).unwrap(); 2]);
    for signatures in values {
        let shown = format!("{signatures:?}");
        let request = on.hook("{}", &[("x-github-event", "ping"), ("x-github-delivery", "odd")]);
        let request = signatures.into_iter().fold(request, |request, one| request.header("x-hub-signature-256", one));
        assert_eq!(answer(request).await.0, 401, "{shown}");
    }
    let odd = HeaderValue::from_bytes(b"id-\xff").unwrap();
    let long = HeaderValue::from_str(&"a".repeat(257)).unwrap();
    let id = HeaderValue::from_static("id");
    for ids in [vec![], vec![odd], vec![long], vec![HeaderValue::from_static("")], vec![id.clone(), id]] {
        let shown = format!("{} ids", ids.len());
        let request = on.hook("{}", &[("x-github-event", "ping"), ("x-hub-signature-256", &good)]);
        let request = ids.into_iter().fold(request, |request, id| request.header("x-github-delivery", id));
        let (status, said) = answer(request).await;
        assert_eq!((status, said["error"]["field"].as_str()), (400, Some("x-github-delivery")), "{shown}: {said}");
    }
    assert_eq!(taken(&on), before);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_delivery_sent_two_hundred_times_happens_once_also_after_a_restart() {
    let mut on = telling().await;
    on.quiet().await;
    let all = join_all((0..200).map(|_| answer(on.signed_hook("issues", "the-one", ISSUE)))).await;
    let with = |word: &str| all.iter().filter(|(status, said)| *status == 202 && said["status"] == word).count();
    assert_eq!((with("accepted"), with("duplicate")), (1, 199));
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("Login fails"), "{}", text_of(&card));
    on.quiet().await;
    on.stage.restart().await.unwrap();
    let (status, said) = answer(on.signed_hook("issues", "the-one", ISSUE)).await;
    assert_eq!((status, said["status"].as_str()), (202, Some("duplicate")));
    // `end` fails on a second card.
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_bodies_are_kept_as_unread_and_harm_nobody() {
    let mut on = Conversation::open().await;
    on.quiet().await;
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    let unreadable: Vec<Vec<u8>> = vec![
        Vec::new(),
        ISSUE.as_bytes()[..ISSUE.len() / 2].to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"\"text\"".to_vec(),
        b"12".to_vec(),
        b"\0\0\0\0".to_vec(),
        b"{\"action\":\"\xff\xfe\"}".to_vec(),
        b"\xff\xfe\xfd".to_vec(),
        nested("[", "]").into_bytes(),
        nested("{\"issue\":", "}").into_bytes(),
        format!("{{\"issue\":{}}}", nested("[", "]")).into_bytes(),
    ];
    let kept = unreadable.len() as u64;
    for (index, body) in unreadable.into_iter().enumerate() {
        let (status, said) = answer(on.signed_hook("issues", &format!("unreadable-{index}"), body)).await;
        assert_eq!((status, said["status"].as_str()), (202, Some("accepted")), "body {index}");
    }
    on.quiet().await;
    assert_eq!(unread(&on), kept);
    // What can be read is read, however odd: an event without a card.
    let odd = [
        r#"{"action":5,"issue":"x","repository":[],"sender":null}"#,
        r#"{"issue":{"number":-1,"labels":{"a":1},"user":7}}"#,
        r#"{"action":"opened","repository":{"full_name":"../../etc"}}"#,
        r#"{"a":1e999,"action":"\ud800"}"#,
        "{}",
    ];
    for (index, body) in odd.into_iter().enumerate() {
        let (status, _) = answer(on.signed_hook("issues", &format!("odd-{index}"), body)).await;
        assert_eq!(status, 202, "{body}");
    }
    for event in ["", "no word", "\u{e9}", &"a".repeat(1000), "ping", "nobody_knows_this"] {
        let (status, _) = answer(on.signed_hook(event, &format!("event-{}", event.len()), "{}")).await;
        assert_eq!(status, 202, "{event:?}");
    }
    on.quiet().await;
    let (status, said) = answer(on.api(reqwest::Method::GET, "/readyz", None)).await;
    assert_eq!((status, said["broken"].as_array().map(Vec::len)), (200, Some(0)), "{said}");
    on.expects_dead = true;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_or_compressed_is_refused_before_it_is_believed() {
    let mut on = Conversation::open().await;
    on.quiet().await;
    let before = taken(&on);
    let largest = 25 * 1024 * 1024;
    let padded = |length: usize| {
        let mut body = vec![b' '; length];
        body[..2].copy_from_slice(b"{}");
        body
    };
    let (status, _) = answer(on.signed_hook("ping", "large", padded(largest + 1))).await;
    assert_eq!(status, 413);
    for length in [largest + 2, 2 * largest] {
        assert!(is_too_large(on.signed_hook("ping", "large", padded(length))).await, "{length} bytes");
    }
    let (status, said) = answer(on.signed_hook("ping", "zipped", "{}").header("content-encoding", "gzip")).await;
    assert_eq!((status, said["error"]["field"].as_str()), (415, Some("content-encoding")));
    assert_eq!(taken(&on), before);
    let (status, _) = answer(on.signed_hook("ping", "just-fits", padded(largest))).await;
    assert_eq!(status, 202);
    on.quiet().await;
    assert_eq!(on.stage.running().unwrap().store().count::<Hooks>(), 0);
    on.expects_dead = true;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_doors_and_ways_lead_nowhere() {
    let on = telling().await;
    on.quiet().await;
    let url = on.stage.url();
    let signature = signature(WEBHOOK_SECRET, b"{}");
    let knock = |path: &str| {
        client().post(format!("{url}{path}")).header("x-hub-signature-256", &signature).header("x-github-delivery", "d")
    };
    for path in ["/webhooks/jira", "/webhooks/GitHub", "/webhooks/github%00", "/webhooks/..%2fgithub", "/webhooks/"] {
        assert_eq!(answer(knock(path).body("{}")).await.0, 404, "{path}");
    }
    assert_eq!(answer(client().get(format!("{url}/webhooks/github"))).await.0, 405);
    // A ping is taken and nobody is bothered with it: `end` fails on a card.
    let ping = json!({ "zen": "Keep it logically awesome.", "hook_id": 1, "repository": { "full_name": "acme/api" } });
    assert_eq!(answer(on.signed_hook("ping", "a-ping", ping.to_string())).await.0, 202);
    on.end().await;
}
