//! Forms: what is missing is asked for, what is wrong is shown, and a form that could not open is offered by a button.

use quarterdeck::sandbox::slack::Failure;
use serde_json::json;

use crate::conversation::{ANA, Conversation, GENERAL, buttons, text_of, text_of_form};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_asked_for_in_a_form() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create --repository acme/api").await;
    let form = on.form(ANA).await;
    insta::assert_snapshot!(text_of_form(&form), @r"
    Create an issue
    Title
    What it is about, in one line.
    Body
    The details, in GitHub's Markdown.
    Labels
    Type to search
    Labels to put on it.
    Assignees
    Type to search
    GitHub users to assign it to.
    Milestone
    Type to search
    Milestone, by its title or number.
    Repository
    Type to search
    acme/api
    Repository as owner/name or its link; by default the one linked here.
    ");
    on.submit(ANA, &json!({ "title": "Login fails", "labels": "bug, urgent" })).await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "{}", text_of(&card));
    let issue = on.stage.github.issue("acme/api", 1).unwrap();
    let labels: Vec<_> = issue["labels"].as_array().unwrap().iter().map(|label| &label["name"]).collect();
    assert_eq!(labels, ["bug", "urgent"]);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_with_a_mistake_is_shown_again_with_what_is_wrong() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create").await;
    let first = on.form(ANA).await;
    on.submit(ANA, &json!({ "title": "Login fails", "repository": "no such thing" })).await;
    let ended = on.stage.slack.until(|slack| slack.views(ANA).pop().filter(|view| view.id != first.id));
    let again = crate::conversation::patiently("the form again", ended).await;
    insta::assert_snapshot!(text_of_form(&again), @r"
    Create an issue
    Title
    What it is about, in one line.
    Repository
    Type to search
    no such thing
    Repository as owner/name or its link; by default the one linked here.
    ⚠️ `no such thing` is no repository; write `owner/name`, such as `acme/api`, or paste the repository's link
    Body
    The details, in GitHub's Markdown.
    Labels
    Type to search
    Labels to put on it.
    Assignees
    Type to search
    GitHub users to assign it to.
    Milestone
    Type to search
    Milestone, by its title or number.
    ");
    on.submit(ANA, &json!({ "repository": "acme/api" })).await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "what was filled in before is kept: {}", text_of(&card));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_does_not_open_in_time_is_offered_by_a_button() {
    let on = Conversation::open().await;
    on.stage.slack.fail_next("views.open", Failure::OkFalse("expired_trigger_id".to_owned()), 1);
    on.slash(ANA, GENERAL, "github issue create --repository acme/api").await;
    let offer = on.whisper(ANA).await;
    insta::assert_snapshot!(text_of(&offer), @r"
    Create an issue needs a little more.
    Create an issue.
    Fill in
    ");
    on.press(ANA, &offer, "Fill in").await;
    on.submit(ANA, &json!({ "title": "Login fails" })).await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "{}", text_of(&card));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_asked_for_in_a_mention_is_offered_by_a_button() {
    let on = Conversation::open().await;
    let root = on.stage.slack.say(ANA, GENERAL, None, "The login is broken").unwrap().ts;
    on.say(ANA, GENERAL, Some(&root), &format!("{} github issue create", on.mention())).await;
    let offer = on.whisper(ANA).await;
    on.press(ANA, &offer, "Fill in").await;
    on.submit(ANA, &json!({ "title": "Login fails", "repository": "acme/api" })).await;
    let card = on.message(GENERAL).await;
    assert_eq!(card.thread_ts.as_deref(), Some(root.as_str()), "the answer is where it was asked for");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_argument_is_mended_in_a_form() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    on.slash(ANA, GENERAL, "github issue close nonsense --reason duplicate").await;
    let told = on.whisper(ANA).await;
    insta::assert_snapshot!(text_of(&told), @r"
    :warning: issue: nonsense is no issue or pull request; write owner/name#12, paste the link of the issue or pull request, or write #12 in a channel with a linked repository
    Correct it in a form
    ");
    on.press(ANA, &told, "Correct it in a form").await;
    on.submit(ANA, &json!({ "issue": "acme/api#1" })).await;
    on.edited(&card, "Closed as duplicate").await;
    on.message(GENERAL).await;
    on.whisper(ANA).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_vendor_refuses_is_mended_in_a_form() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api --milestone v9").await;
    let told = on.whisper(ANA).await;
    insta::assert_snapshot!(text_of(&told), @r"
    :warning: acme/api has no milestone v9; it has v1.0.
    Correct it in a form
    ");
    on.press(ANA, &told, "Correct it in a form").await;
    on.submit(ANA, &json!({ "milestone": "v1.0" })).await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("v1.0"), "{}", text_of(&card));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_is_written_in_a_form_below_the_card() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    assert_eq!(buttons(&card), ["Close", "Comment", "Open on GitHub"]);
    on.press(ANA, &card, "Comment").await;
    insta::assert_snapshot!(text_of_form(&on.form(ANA).await), @r"
    Comment on an issue
    Text
    What to say, in GitHub's Markdown.
    Issue
    Type to search
    acme/api#1
    Issue as owner/name#12, its link, or #12 in a linked channel.
    ");
    on.submit(ANA, &json!({ "text": "I look at *it*" })).await;
    let told = on.whisper(ANA).await;
    insta::assert_snapshot!(text_of(&told), @r"
    :white_check_mark: Commented on acme/api#1
    I look at it
    — asked by ana on Slack
    ");
    let note = on.message(GENERAL).await;
    insta::assert_snapshot!(text_of(&note), @r"
    @ana commented
    I look at it
    — asked by ana on Slack
    ");
    assert_eq!(note.thread_ts.as_deref(), Some(card.ts.as_str()), "the words are in the card's thread");
    assert_eq!(on.stage.github.comments("acme/api", 1).len(), 1);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_outlives_a_restart() {
    let mut on = Conversation::open().await;
    on.slash(ANA, GENERAL, "github issue create --repository acme/api").await;
    on.form(ANA).await;
    on.stage.restart().await.unwrap();
    on.submit(ANA, &json!({ "title": "Login fails" })).await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "{}", text_of(&card));
    on.end().await;
}
