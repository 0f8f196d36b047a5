//! What people type: the grammar forgives, help explains, and an answer finds the place it was asked in.

use serde_json::json;

use crate::conversation::{ANA, BEN, Conversation, GENERAL, text_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_mistyped_is_answered_with_what_was_meant() {
    let on = Conversation::open().await;
    for (line, meant) in [
        ("github isue create Login", "Did you mean /qd github issue create?"),
        ("githb issue list", "Did you mean /qd github issue list?"),
        ("help isue", "Did you mean /qd help issue?"),
        ("github issue close acme/api#1 --reson done", "Did you mean --reason?"),
        ("subscribe acme/api pulss", "Did you mean pulls?"),
        ("github issue close acme/api#1 --reason soon", "reason must be one of completed, not_planned, duplicate"),
    ] {
        on.slash(ANA, GENERAL, line).await;
        let told = text_of(&on.whisper(ANA).await);
        assert!(told.contains(meant), "{line}: {told}");
    }
    assert!(on.stage.github.requests().is_empty(), "nothing of it reached GitHub");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn help_explains_itself() {
    let on = Conversation::open().await;
    on.slash(ANA, GENERAL, "").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    What I can do
    /qd github
    issue: list, get, create, create-from-message, update, close, reopen, comment, label, assign
    pr: list, get, comment
    repo: list, get
    /qd slack
    message: send, update, delete, ephemeral
    channel: list, get, create
    user: list, get
    file: upload
    team: get
    reaction: add
    /qd quarterdeck
    subscription: create, delete, list
    place: link
    task: retry
    alert: acknowledge
    delivery: list, redrive, drop
    More: /qd help <name>. What is missing in a command I ask for in a form.
    ");
    on.slash(ANA, GENERAL, "help issue").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    issue
    github issue list: List the issues of a repository, newest first.
    github issue get: Show one issue.
    github issue create: Create an issue.
    github issue create-from-message: Create a GitHub issue from a chat message. Also: github-issue.
    github issue update: Change the title, text, labels, assignees or milestone of an issue.
    github issue close: Close an issue, optionally saying why.
    github issue reopen: Reopen a closed issue.
    github issue comment: Comment on an issue.
    github issue label: Put labels on an issue, or take them off.
    github issue assign: Assign an issue to GitHub users, or take it from them.
    More: /qd help <name>.
    ");
    on.slash(ANA, GENERAL, "github issue close --help").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    github issue close
    Close an issue, optionally saying why.
    /qd github issue close <issue> [--reason completed|not_planned|duplicate] [--comment <text>]
    issue (needed): Issue as owner/name#12, its link, or #12 in a linked channel.
    --reason: Why it is closed. One of completed, not_planned, duplicate. Otherwise completed.
    --comment: Text to post before closing, in GitHub's Markdown.
    For example: /qd github issue close owner/name#12 --reason not_planned
    *Effect*
    changes
    *Role*
    operator
    ");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_is_shown_by_number_link_and_list() {
    let on = Conversation::open().await;
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "It says **no**.").unwrap();
    on.slash(ANA, GENERAL, "github issue get acme/api#1").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    acme/api#1 Login fails
    It says no.
    *State*
    Open
    *Author*
    @ben
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Close
    Comment
    Open on GitHub
    ");
    on.slash(BEN, GENERAL, "github issue list --repository acme/api").await;
    insta::assert_snapshot!(text_of(&on.whisper(BEN).await), @r"
    Open issues of acme/api
    #1 Login fails · @ben · now
    Open on GitHub
    New issue
    ");
    on.slash(BEN, GENERAL, "github issue get acme/api#99").await;
    insta::assert_snapshot!(text_of(&on.whisper(BEN).await), @":warning: acme/api#99 was not found, or the token may not see it.");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_and_a_direct_message_speak_the_same_grammar() {
    let on = Conversation::open().await;
    on.say(ANA, GENERAL, None, &format!("{} github issue create Login fails --repository acme/api", on.mention()))
        .await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"), "{}", text_of(&card));
    let body = on.stage.github.issue("acme/api", 1).unwrap()["body"].as_str().unwrap().to_owned();
    assert!(
        body.contains("asked by ana on Slack"),
        "a mention brings no name, and is told with one all the same: {body}"
    );
    on.press(ANA, &card, "Close").await;
    on.edited(&card, "Closed by").await;
    on.message(GENERAL).await;

    let direct = on.stage.slack.direct_channel(BEN).unwrap();
    on.say(BEN, &direct, None, "github issue get acme/api#1").await;
    let told = on.message(&direct).await;
    assert!(text_of(&told).contains("Login fails"), "{}", text_of(&told));
    on.say(BEN, &direct, None, "github isue get acme/api#1").await;
    let told = on.message(&direct).await;
    assert!(text_of(&told).contains("Did you mean"), "{}", text_of(&told));
    // What people say among themselves is none of our business.
    on.say(BEN, GENERAL, None, "github issue get acme/api#1").await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_in_a_thread_is_answered_in_the_thread() {
    let on = Conversation::open().await;
    let root = on.stage.slack.say(ANA, GENERAL, None, "The login is broken").unwrap().ts;
    let line = format!("{} github issue create Login fails --repository acme/api", on.mention());
    on.say(ANA, GENERAL, Some(&root), &line).await;
    let card = on.message(GENERAL).await;
    assert_eq!(card.thread_ts.as_deref(), Some(root.as_str()), "the card is in the thread");
    on.stage.github.comment("ben", "acme/api", 1, "Me too").unwrap();
    let note = on.message(GENERAL).await;
    assert_eq!(note.thread_ts.as_deref(), Some(root.as_str()), "so is what follows");
    on.say(ANA, GENERAL, Some(&root), &format!("{} help issue", on.mention())).await;
    let help = on.whisper(ANA).await;
    assert_eq!(help.thread_ts.as_deref(), Some(root.as_str()));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_is_linked_to_a_repository() {
    let on = Conversation::open().await;
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    on.slash(ANA, GENERAL, "github issue get #1").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    :warning: No repository is linked here, so I cannot tell which one #1 is in. Write owner/name#1, or link one with /qd link owner/name.
    Correct it in a form
    ");
    on.slash(ANA, GENERAL, "link nonsense").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r"
    :warning: nonsense is no repository; write owner/name, such as acme/api.
    Correct it in a form
    ");
    on.slash(ANA, GENERAL, "link acme/api").await;
    insta::assert_snapshot!(text_of(&on.message(GENERAL).await), @r"
    :white_check_mark: Linked
    Here, #12 now means acme/api#12.
    ");
    on.slash(ANA, GENERAL, "github issue get #1").await;
    let card = on.whisper(ANA).await;
    assert!(text_of(&card).contains("acme/api#1 Login fails"));
    on.slash(ANA, GENERAL, "github issue create Logout fails").await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#2 Logout fails"), "{}", text_of(&card));
    assert_eq!(on.stage.github.issue("acme/api", 2).unwrap()["title"], json!("Logout fails"));
    on.end().await;
}
