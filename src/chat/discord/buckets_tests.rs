use super::*;
use crate::chat::Ground;

const ROUTE: &str = "POST /channels/{}/messages";

fn spot(route: &str, major: &str) -> Spot {
    Spot { route: route.to_owned(), major: major.to_owned(), bot: true }
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().expect("a value"))).collect()
}

fn told(bucket: &str, remaining: u32, after: &str) -> HeaderMap {
    headers(&[
        ("x-ratelimit-bucket", bucket),
        ("x-ratelimit-limit", "5"),
        ("x-ratelimit-remaining", &remaining.to_string()),
        ("x-ratelimit-reset-after", after),
    ])
}

struct Scene {
    clock: Clock,
    ground: Ground,
    buckets: Buckets,
    _directory: tempfile::TempDir,
}

fn scene() -> Scene {
    let clock = Clock::manual("2026-11-20T12:00:00Z".parse().expect("a time"));
    let (ground, directory) = Ground::sample(&clock);
    let buckets = Buckets::new(clock.clone(), Arc::clone(&ground.limits));
    Scene { clock, ground, buckets, _directory: directory }
}

impl Scene {
    /// Makes a call that is answered so.
    async fn call(&self, spot: &Spot, status: u16, headers: &HeaderMap, body: &str) -> Option<Timestamp> {
        let permit = self.buckets.enter(spot, false).await.expect("a permit");
        let until = self.buckets.learn(spot, status, headers, body.as_bytes()).await;
        drop(permit);
        until
    }

    /// Until when a call is refused, in milliseconds from now.
    async fn refused(&self, buckets: &Buckets, spot: &Spot) -> Option<i64> {
        match buckets.enter(spot, false).await {
            Ok(_) => None,
            Err(Fault { kind: FaultKind::RateLimited { until }, .. }) => {
                i64::try_from(until.duration_since(self.clock.now()).as_millis()).ok()
            }
            Err(fault) => panic!("{fault}"),
        }
    }
}

#[tokio::test]
async fn a_bucket_that_is_used_up_is_not_called_and_slows_no_other() {
    let scene = scene();
    let (here, there) = (spot(ROUTE, "1"), spot(ROUTE, "2"));
    scene.call(&here, 200, &told("abc", 0, "2.5"), "").await;
    assert_eq!(scene.refused(&scene.buckets, &here).await, Some(2_500));
    assert_eq!(scene.refused(&scene.buckets, &there).await, None, "another channel has its own");
    assert_eq!(scene.refused(&scene.buckets, &spot("GET /channels/{}", "1")).await, None, "another route, too");
    let again = Buckets::new(
        scene.clock.clone(),
        Arc::new(Limits::open(&scene.ground.store, &scene.clock).expect("the limits")),
    );
    assert_eq!(scene.refused(&again, &here).await, Some(2_500), "a restart changes nothing");
    scene.clock.advance(SignedDuration::from_millis(2_500));
    assert_eq!(scene.refused(&scene.buckets, &here).await, None);
}

#[tokio::test]
async fn routes_that_share_a_bucket_wait_together_after_a_restart_too() {
    let scene = scene();
    let (post, edit) = (spot(ROUTE, "1"), spot("PATCH /channels/{}/messages/{}", "1"));
    scene.call(&edit, 200, &told("abc", 4, "2"), "").await;
    scene.call(&post, 200, &told("abc", 0, "2"), "").await;
    assert_eq!(scene.refused(&scene.buckets, &edit).await, Some(2_000));
    let again = Buckets::new(scene.clock.clone(), Arc::clone(&scene.ground.limits));
    assert_eq!(scene.refused(&again, &edit).await, Some(2_000), "by its route, before its bucket is known");
}

#[tokio::test]
async fn a_429_closes_what_it_covers() {
    let scene = scene();
    let body = r#"{"message":"You are being rate limited.","retry_after":1.25,"global":false}"#;
    let until = scene.call(&spot(ROUTE, "1"), 429, &headers(&[("x-ratelimit-scope", "user")]), body).await;
    assert_eq!(until, Some(later(scene.clock.now(), SignedDuration::from_millis(1_250))));
    assert_eq!(scene.refused(&scene.buckets, &spot(ROUTE, "1")).await, Some(1_250));
    assert_eq!(scene.refused(&scene.buckets, &spot(ROUTE, "2")).await, None);
    let global = r#"{"message":"You are being rate limited.","retry_after":3,"global":true}"#;
    scene.call(&spot(ROUTE, "2"), 429, &headers(&[]), global).await;
    assert_eq!(scene.refused(&scene.buckets, &spot("GET /users/@me", "")).await, Some(3_000));
    let token = Spot { bot: false, ..spot("POST /webhooks/{}/{}", "9/ab") };
    assert_eq!(scene.refused(&scene.buckets, &token).await, None, "what goes without the bot's token goes on");
    scene.call(&token, 429, &headers(&[("retry-after", "7")]), "error code: 1015").await;
    scene.clock.advance(SignedDuration::from_secs(4));
    assert_eq!(scene.refused(&scene.buckets, &spot(ROUTE, "3")).await, Some(3_000), "Cloudflare means all of us");
}

#[tokio::test]
async fn only_as_many_go_at_once_as_are_left() {
    let scene = scene();
    let here = spot(ROUTE, "1");
    let first = scene.buckets.enter(&here, false).await.expect("a permit");
    let second = scene.buckets.enter(&here, false);
    tokio::pin!(second);
    assert!(futures::poll!(&mut second).is_pending(), "one call finds out how many there are");
    scene.buckets.learn(&here, 200, &told("abc", 2, "5"), b"").await;
    drop(first);
    let second = second.await.expect("a permit");
    let third = scene.buckets.enter(&here, false).await.expect("a permit");
    let fourth = scene.buckets.enter(&here, false);
    tokio::pin!(fourth);
    assert!(futures::poll!(&mut fourth).is_pending());
    // Answers overtake each other: the smaller number counts.
    scene.buckets.learn(&here, 200, &told("abc", 0, "5"), b"").await;
    scene.buckets.learn(&here, 200, &told("abc", 1, "5"), b"").await;
    drop((second, third));
    assert!(matches!(fourth.await, Err(Fault { kind: FaultKind::RateLimited { .. }, .. })));
}

#[tokio::test]
async fn a_bot_keeps_below_fifty_calls_a_second() {
    let scene = scene();
    for number in 0..PACE {
        scene.call(&spot(ROUTE, &number.to_string()), 200, &told("abc", 4, "1"), "").await;
    }
    let one_more = spot(ROUTE, "more");
    let call = scene.buckets.enter(&one_more, false);
    tokio::pin!(call);
    assert!(futures::poll!(&mut call).is_pending());
    scene.clock.advance(SECOND);
    assert!(call.await.is_ok());
}

#[tokio::test]
async fn a_bad_token_and_too_many_refusals_stop_all_calls() {
    let scene = scene();
    scene.call(&spot("GET /users/@me", ""), 401, &headers(&[]), r#"{"code":0}"#).await;
    let refused = scene.buckets.enter(&spot(ROUTE, "1"), true).await.expect_err("a bad token");
    assert_eq!(refused.kind, FaultKind::Misconfigured);
    scene.clock.advance(BAD);
    assert_eq!(scene.refused(&scene.buckets, &spot(ROUTE, "1")).await, None, "a new try, after a while");
    let now = scene.clock.now();
    (0..REFUSED).for_each(|_| scene.buckets.state().count(&spot(ROUTE, "1"), 429, true, now));
    assert_eq!(scene.refused(&scene.buckets, &spot(ROUTE, "2")).await, None, "shared limits are nobody's fault");
    (1..REFUSED).for_each(|_| scene.buckets.state().count(&spot(ROUTE, "1"), 429, false, now));
    scene.call(&spot(ROUTE, "2"), 403, &headers(&[]), "{}").await;
    assert_eq!(scene.refused(&scene.buckets, &spot(ROUTE, "3")).await, Some(600_000));
}
