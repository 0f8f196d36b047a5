//! GitHub in trouble: waits are said, an answer that was lost is looked up, and nothing is done twice on a guess.

use jiff::SignedDuration;
use quarterdeck::sandbox::github::Failure;

use crate::conversation::{ANA, Conversation, GENERAL, buttons, patiently, text_of};

const CREATE: &str = "github issue create Login fails --repository acme/api";
const ISSUES: &str = "POST /repos/*/*/issues";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_said_and_then_the_call_runs() {
    let on = Conversation::open().await;
    on.stage.github.fail_next(ISSUES, Failure::Secondary { retry_after: SignedDuration::from_secs(90) }, 1);
    on.slash(ANA, GENERAL, CREATE).await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    :warning: GitHub asked us to slow down; it goes on at 14:01:30 UTC.
    This runs at 2026-11-20 14:01 UTC.
    ");
    let wait = on.waiting().await;
    on.pass(wait);
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"));
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_outlives_a_restart() {
    let mut on = Conversation::open().await;
    on.stage.github.fail_next(ISSUES, Failure::Secondary { retry_after: SignedDuration::from_secs(90) }, 1);
    on.slash(ANA, GENERAL, CREATE).await;
    on.whisper(ANA).await;
    let wait = on.waiting().await;
    on.stage.restart().await.unwrap();
    on.pass(wait);
    on.message(GENERAL).await;
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_whose_answer_was_lost_is_found_and_opened_once() {
    let on = Conversation::open().await;
    on.stage.github.fail_next(ISSUES, Failure::DropReplyAfterWork, 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let wait = on.waiting().await;
    on.pass(wait);
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "{}", text_of(&card));
    on.quiet().await;
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_that_never_arrived_is_opened_after_a_look() {
    let on = Conversation::open().await;
    on.stage.github.fail_next(ISSUES, Failure::Status(502), 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let wait = on.waiting().await;
    on.pass(wait);
    on.message(GENERAL).await;
    let asked: Vec<String> = on.stage.github.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(asked, ["POST", "GET", "POST"], "it looks before it posts again");
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_looked_up_is_not_sent_twice_but_offered_to_be_checked() {
    let on = Conversation::open().await;
    on.stage.github.fail_next(ISSUES, Failure::DropReplyAfterWork, 1);
    on.stage.github.fail_next("GET /repos/*/*/issues", Failure::Status(403), 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let wait = on.waiting().await;
    on.pass(wait);
    let told = on.whisper(ANA).await;
    insta::assert_snapshot!(text_of(&told), @r"
    :warning: This may have happened, or not.
    GitHub does not allow this on acme/api: Forbidden.
    Nothing is sent twice on a guess. Check looks whether it is there.
    *What*
    github.issue.create
    Check
    ");
    assert_eq!(buttons(&told), ["Check"]);
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.press(ANA, &told, "Check").await;
    assert!(text_of(&on.whisper(ANA).await).contains("It is under way again."));
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "{}", text_of(&card));
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_did_not_happen_is_run_again_when_somebody_says_so() {
    let on = Conversation::open().await;
    on.stage.github.fail_next(ISSUES, Failure::Status(500), 1);
    on.stage.github.fail_next("GET /repos/*/*/issues", Failure::Status(403), 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let wait = on.waiting().await;
    on.pass(wait);
    let told = on.whisper(ANA).await;
    on.press(ANA, &told, "Check").await;
    let told = on.whisper(ANA).await;
    insta::assert_snapshot!(text_of(&told), @r"
    It did not happen.
    Run it now
    ");
    on.press(ANA, &told, "Run it now").await;
    assert!(text_of(&on.whisper(ANA).await).contains("It is under way again."));
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "{}", text_of(&card));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_under_way_at_a_stop_is_looked_up_by_the_next_start() {
    let mut on = Conversation::with(|settings| {
        settings.github.as_mut().unwrap().timeout = SignedDuration::from_secs(1);
    })
    .await;
    on.stage.github.fail_next(ISSUES, Failure::Hang, 1);
    on.slash(ANA, GENERAL, CREATE).await;
    let mut changes = on.stage.github.changes();
    patiently("the call", changes.wait_for(|_| !on.stage.github.requests().is_empty())).await.unwrap();
    // The daemon goes while GitHub is silent, and comes back not knowing what became of it.
    on.stage.restart().await.unwrap();
    let wait = on.waiting().await;
    on.pass(wait);
    on.message(GENERAL).await;
    on.quiet().await;
    let asked: Vec<String> = on.stage.github.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(asked, ["POST", "GET", "POST"], "it looks before it posts again");
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_stays_away_is_said_with_a_way_to_try_again() {
    let on = Conversation::open().await;
    on.stage.github.fail_next("GET /repos/*/*/issues", Failure::Status(502), 4);
    on.slash(ANA, GENERAL, "github issue list --repository acme/api").await;
    for _ in 0..3 {
        let wait = on.waiting().await;
        on.pass(wait);
    }
    let told = on.whisper(ANA).await;
    insta::assert_snapshot!(text_of(&told), @r"
    :red_circle: GitHub did not answer for acme/api. Try again in a moment.
    Try again
    ");
    on.press(ANA, &told, "Try again").await;
    let told = on.whisper(ANA).await;
    assert!(!text_of(&told).contains("Try again"), "{}", text_of(&told));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_no_good_is_said() {
    let on = Conversation::open().await;
    on.stage.github.revoke_token("sandbox-token-of-ana");
    on.slash(ANA, GENERAL, CREATE).await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @":red_circle: GitHub refused our token (Bad credentials). An administrator has to put a valid one where github.token points.");
    on.end().await;
}
