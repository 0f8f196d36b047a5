//! *Create from message* on every platform: the message is quoted and linked, what came of it stands below it, and nothing
//! is made twice on a guess.

use quarterdeck::model::Clock;
use quarterdeck::sandbox::discord::{self, DiscordFake};
use quarterdeck::sandbox::github::Failure;
use quarterdeck::sandbox::slack;
use quarterdeck::sandbox::telegram::{self, TelegramFake};
use quarterdeck::stage::StageSetup;
use serde_json::{Value, json};

use crate::conformance::chat::{Chat, Who, wait_for};
use crate::conformance::discord::OnDiscord;
use crate::conformance::telegram::OnTelegram;
use crate::conversation::{ANA, BEN, Conversation, GENERAL, patiently, start, text_of, text_of_form};

const LABEL: &str = "Create GitHub issue";
const ISSUES: &str = "POST /repos/*/*/issues";
const RANDOM: &str = "C0RANDOM004";

/// A company whose rooms are linked to `acme/api`.
async fn company() -> Conversation {
    let mut setup = StageSetup::new(&Clock::manual(start())).with_all();
    setup.change = Box::new(|settings| {
        for place in
            [format!("slack:{GENERAL}"), format!("discord:{}", discord::GENERAL), format!("telegram:{}", telegram::OPS)]
        {
            let place = json!({ "place": place, "repository": "acme/api" });
            settings.places.push(serde_json::from_value(place).unwrap());
        }
    });
    Conversation::from(setup).await
}

/// Ben writes something in a channel of Slack's.
fn written(on: &Conversation, channel: &str, text: &str) -> String {
    on.stage.slack.say(BEN, channel, None, text).unwrap().ts
}

/// Ana chooses the shortcut in the message's menu.
async fn shortcut(on: &Conversation, channel: &str, ts: &str) {
    let delivered = on.stage.slack.shortcut(ANA, channel, ts, LABEL).unwrap();
    let outcome = patiently("the acknowledgement", delivered.outcome()).await;
    assert!(outcome.is_acknowledged(), "{outcome:?}");
}

fn body(issue: &Value) -> String {
    // The marker is another one each time.
    let body = issue["body"].as_str().unwrap();
    body.split_once("-->").unwrap().1.trim().replace('\u{2060}', "")
}

fn marks(on: &Conversation, channel: &str, ts: &str) -> Vec<String> {
    on.stage.slack.message(channel, ts).unwrap().reactions.into_iter().map(|one| one.name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_is_made_of_a_slack_message_and_stands_in_its_thread() {
    let on = company().await;
    let ts = written(&on, GENERAL, "The API is *slow* since noon\n<@U0CLEO00003> can you look?");
    shortcut(&on, GENERAL, &ts).await;
    insta::assert_snapshot!(text_of_form(&on.form(ANA).await), @r#"
    Create GitHub issue
    Create a GitHub issue from a chat message.
    Title
    What it is about, in one line; the message's first line, if left out.
    Text
    What is quoted; all of the message, if left out.
    Repository
    Type to search
    Repository as owner/name or its link; by default the one linked here.
    Labels
    Type to search
    Labels to put on it.
    "#);
    on.submit(ANA, &json!({ "title": "API is slow", "labels": "bug" })).await;
    let card = on.message(GENERAL).await;
    assert_eq!(card.thread_ts.as_deref(), Some(ts.as_str()), "it stands in the message's thread");
    insta::assert_snapshot!(text_of(&card), @r#"
    acme/api#1 API is slow
    The API is *slow* since noon
    @cleo can you look?
    Written by ben on Slack, 2026-11-20 14:00 UTC · the message
    — asked by ana on Slack
    *State*
    Open
    *Author*
    @ana
    *Labels*
    `bug`
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Close
    Comment
    Open on GitHub
    "#);
    on.quiet().await;
    assert_eq!(marks(&on, GENERAL, &ts), ["white_check_mark"]);
    let issue = on.stage.github.issue("acme/api", 1).unwrap();
    assert_eq!((&issue["title"], &issue["labels"][0]["name"]), (&json!("API is slow"), &json!("bug")));
    insta::assert_snapshot!(body(&issue), @r#"
    > The API is \*slow\* since noon
    > \@cleo can you look?

    Written by ben on Slack, 2026-11-20 14:00 UTC · [the message](<https://acme.slack.com/archives/C0GENERAL01/p1795183200000000>)

    — asked by ana on Slack
    "#);
    // The note is the issue's card: it goes on with the issue.
    on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
    on.edited(&card, "Closed").await;
    on.quiet().await;
    on.see_all();
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_between_form_and_answer_loses_nothing_and_twice_is_twice() {
    let mut on = company().await;
    let ts = written(&on, GENERAL, "The API is slow");
    shortcut(&on, GENERAL, &ts).await;
    on.form(ANA).await;
    on.stage.restart().await.unwrap();
    on.submit(ANA, &json!({})).await;
    on.message(GENERAL).await;
    on.quiet().await;
    // Asked again, it is made again: the form says what is in it, and whoever sends it wants it.
    shortcut(&on, GENERAL, &ts).await;
    on.submit(ANA, &json!({ "title": "And the other half of it" })).await;
    let second = on.message(GENERAL).await;
    assert!(text_of(&second).contains("acme/api#2"), "{}", text_of(&second));
    assert_eq!(second.thread_ts.as_deref(), Some(ts.as_str()));
    on.quiet().await;
    assert_eq!(on.stage.github.issues("acme/api").len(), 2);
    assert_eq!(marks(&on, GENERAL, &ts), ["white_check_mark"], "one sign is enough");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_lost_makes_no_second_issue() {
    let on = company().await;
    let ts = written(&on, GENERAL, "The API is slow");
    on.stage.github.fail_next(ISSUES, Failure::DropReplyAfterWork, 1);
    shortcut(&on, GENERAL, &ts).await;
    on.submit(ANA, &json!({})).await;
    let wait = on.waiting().await;
    on.pass(wait);
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("acme/api#1 The API is slow"), "{}", text_of(&card));
    on.quiet().await;
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_bot_is_not_it_answers_by_the_shortcuts_own_way() {
    let on = company().await;
    let ts = written(&on, RANDOM, "The API is slow");
    shortcut(&on, RANDOM, &ts).await;
    on.submit(ANA, &json!({ "repository": "acme/web" })).await;
    let card = on.message(RANDOM).await;
    assert!(text_of(&card).contains("acme/web#1 The API is slow"), "{}", text_of(&card));
    on.quiet().await;
    assert_eq!(marks(&on, RANDOM, &ts), Vec::<String>::new(), "without the sign, which is no failure");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_that_is_refused_is_left_out() {
    let on = company().await;
    let ts = written(&on, GENERAL, "The API is slow");
    on.stage.slack.fail_next("reactions.add", slack::Failure::OkFalse("missing_scope".into()), 1);
    shortcut(&on, GENERAL, &ts).await;
    on.submit(ANA, &json!({})).await;
    on.message(GENERAL).await;
    on.quiet().await;
    assert_eq!(marks(&on, GENERAL, &ts), Vec::<String>::new());
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_in_a_thread_means_the_threads_first_message() {
    let on = company().await;
    let ts = written(&on, GENERAL, "The API is slow");
    on.say(ANA, GENERAL, Some(&ts), &format!("{} github issue create-from-message", on.mention())).await;
    let ready = on.whisper(ANA).await;
    insta::assert_snapshot!(text_of(&ready), @r#"
    Create GitHub issue: ready.
    *Title*
    The API is slow
    *Text*
    The API is slow
    Create
    Change it
    "#);
    on.press(ANA, &ready, "Create").await;
    let card = on.message(GENERAL).await;
    assert_eq!(card.thread_ts.as_deref(), Some(ts.as_str()));
    on.quiet().await;
    let issue = on.stage.github.issue("acme/api", 1).unwrap();
    assert!(body(&issue).contains("Written by ben on Slack"), "{}", body(&issue));
    assert!(body(&issue).contains("https://acme.slack.com/archives/"), "{}", body(&issue));
    on.see_all();
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_message_it_says_how_it_is_used() {
    let on = company().await;
    on.slash(ANA, GENERAL, "github issue create-from-message").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @r#"
    :warning: This makes something of a message.
    Open the message's menu (⋯, More actions), and choose Create GitHub issue there. Or, in the thread below it, write @quarterdeck github issue create-from-message.
    "#);
    let discord = OnDiscord::new(&on);
    discord.line(Who::Ana, "github issue create-from-message").await;
    let look = || discord.whispered(Who::Ana).pop();
    insta::assert_snapshot!(wait_for(&discord, "how it is used", look).await.text, @r#"
    ⚠️ This makes something of a message.
    Right-click the message (on a phone: hold it), and choose Apps, `Create GitHub issue`. Or reply to it, and mention the bot: `@Quarterdeck github issue create-from-message`.
    "#);
    let telegram = OnTelegram::new(&on);
    telegram.line(Who::Ana, "github issue create-from-message").await;
    let look = || telegram.said().pop().or_else(|| telegram.whispered(Who::Ana).pop());
    insta::assert_snapshot!(wait_for(&telegram, "how it is used", look).await.text, @r#"
    In Acme Ops:

    ⚠️ This makes something of a message.

    Reply to the message with /github_issue or /qd github issue create-from-message.
    "#);
    on.end().await;
}

/// Waits until the command is there.
async fn registered(fake: &DiscordFake, on: &OnDiscord) {
    let look = || fake.commands(None).iter().any(|command| command["name"] == LABEL).then_some(());
    wait_for(on, "the commands", look).await;
}

async fn command(fake: &DiscordFake, message: &str) {
    let delivered = fake.message_command(discord::ANA, discord::GENERAL, LABEL, message).unwrap();
    let outcome = patiently("the answer", delivered.outcome()).await;
    assert!(outcome.is_acknowledged(), "{outcome:?}");
}

/// Sends the modal that is open for Ana, with these values.
async fn send(fake: &DiscordFake, values: &[(&str, Value)]) {
    let outcome = patiently("the answer", sent(fake, values).outcome()).await;
    assert!(outcome.is_acknowledged(), "{outcome:?}");
}

/// The same, before it is answered.
fn sent(fake: &DiscordFake, values: &[(&str, Value)]) -> discord::Delivered {
    let modal = fake.modals(discord::ANA).pop().unwrap();
    fake.submit_modal(discord::ANA, &modal.custom_id, values).unwrap()
}

/// The bot's newest reply to this message.
async fn reply_to(on: &OnDiscord, fake: &DiscordFake, message: &str, part: &str) -> discord::Message {
    let look = || {
        let mut all = fake.messages(discord::GENERAL).into_iter();
        let below = |one: &discord::Message| one.reference.as_ref().is_some_and(|to| to["message_id"] == message);
        all.rfind(|one| below(one) && one.author == discord::BOT && one.text().contains(part))
    };
    wait_for(on, &format!("a reply that says {part:?}"), look).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_is_made_of_a_discord_message_and_stands_as_a_reply() {
    let mut on = company().await;
    let fake = on.stage.discord.clone().unwrap();
    let discord = OnDiscord::new(&on);
    registered(&fake, &discord).await;
    let text = format!("The API is slow, <@{}>", discord::CLEO);
    let message = fake.say(discord::BEN, discord::GENERAL, &text, None).unwrap().message;
    command(&fake, &message).await;
    let modal = fake.modals(discord::ANA).pop().unwrap();
    let labels: Vec<&Value> = modal.components.iter().map(|one| &one["label"]).collect();
    assert_eq!(labels.iter().filter(|label| label.is_string()).count(), 4, "{labels:?}");
    let registrations = fake.registrations();
    on.stage.restart().await.unwrap();
    send(&fake, &[("title", json!("API is slow"))]).await;
    let note = reply_to(&discord, &fake, &message, "acme/api#1").await;
    assert_eq!(note.thread, None, "a reply, and no thread of its own");
    on.quiet().await;
    assert_eq!(fake.registrations(), registrations, "a restart registers nothing anew");
    let marked = fake.message(discord::GENERAL, &message).unwrap().reactions;
    assert_eq!(marked.into_iter().map(|one| one.emoji).collect::<Vec<_>>(), ["✅"]);
    insta::assert_snapshot!(body(&on.stage.github.issue("acme/api", 1).unwrap()), @r#"
    > The API is slow, \@Cleo Martin

    Written by Ben Okafor on Discord, 2026-11-20 14:00 UTC · [the message](<https://discord.com/channels/1100000000000000020/1100000000000000101/1573337117491200014>)

    — asked by Ana Reyes on Discord
    "#);
    let told = discord.whispered(Who::Ana).pop().unwrap();
    assert!(told.text.contains("the answer is below the message"), "{told:?}");
    on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
    reply_to(&discord, &fake, &message, "Closed").await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_discord_a_lost_answer_makes_no_second_issue_and_a_reply_to_the_bot_works_too() {
    let on = company().await;
    let fake = on.stage.discord.clone().unwrap();
    let discord = OnDiscord::new(&on);
    registered(&fake, &discord).await;
    let message = fake.say(discord::BEN, discord::GENERAL, "The API is slow", None).unwrap().message;
    on.stage.github.fail_next(ISSUES, Failure::DropReplyAfterWork, 1);
    command(&fake, &message).await;
    let sent = sent(&fake, &[]);
    let wait = on.waiting().await;
    // The call waits longer than Discord does: "thinking…" comes first.
    on.pass(2);
    let outcome = patiently("the answer", sent.outcome()).await;
    assert!(outcome.is_acknowledged(), "{outcome:?}");
    on.pass(wait);
    reply_to(&discord, &fake, &message, "acme/api#1").await;
    on.quiet().await;
    assert_eq!(on.stage.github.issues("acme/api").len(), 1);
    on.pass(10);
    let asked = format!("<@{}> github issue create-from-message --title Again", discord::BOT);
    fake.say(discord::ANA, discord::GENERAL, &asked, Some(&message)).unwrap();
    let look = || {
        let mut all = discord.said().into_iter().chain(discord.whispered(Who::Ana));
        all.find(|seen| seen.buttons.iter().any(|button| button == "Create"))
    };
    let ready = wait_for(&discord, "what is ready", look).await;
    assert!(ready.text.contains("Again"), "{ready:?}");
    discord.press(Who::Ana, &ready, "Create").await;
    reply_to(&discord, &fake, &message, "acme/api#2 Again").await;
    on.end().await;
}

fn on_telegram(on: &Conversation) -> (TelegramFake, OnTelegram) {
    (on.stage.telegram.clone().unwrap(), OnTelegram::new(on))
}

/// Ana replies to a message.
async fn reply(fake: &TelegramFake, message: i64, text: &str) {
    let update = fake.say(telegram::ANA, telegram::OPS, None, text, Some(message)).unwrap().update.unwrap();
    let taken = fake.until(|fake| (fake.confirmed_offset() > update).then_some(()));
    patiently("the update to be taken", taken).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_is_made_of_a_telegram_message_by_replying_to_it() {
    let mut on = company().await;
    let (fake, telegram) = on_telegram(&on);
    let message = fake.say(telegram::BEN, telegram::OPS, None, "The API is slow\nsince noon", None).unwrap().message;
    reply(&fake, message, "/github_issue").await;
    let look = || telegram.said().into_iter().rfind(|seen| seen.buttons.iter().any(|button| button.contains("Create")));
    let ready = wait_for(&telegram, "what is ready", look).await;
    insta::assert_snapshot!(ready.text, @r#"
    Create GitHub issue: ready.
    Title The API is slow
    Text The API is slow since noon
    "#);
    on.quiet().await;
    on.stage.restart().await.unwrap();
    on.pass(10);
    let create = ready.buttons.iter().find(|button| button.contains("Create")).unwrap();
    telegram.press(Who::Ana, &ready, create).await;
    let look = || {
        let mut all = fake.messages(telegram::OPS).into_iter();
        all.find(|one| one.reply_to == Some(message) && one.text.contains("acme/api#1"))
    };
    let note = wait_for(&telegram, "the note", look).await;
    on.quiet().await;
    let marked = fake.message(telegram::OPS, message).unwrap().reactions;
    assert_eq!(marked.into_iter().map(|one| one.emoji).collect::<Vec<_>>(), ["👌"]);
    insta::assert_snapshot!(body(&on.stage.github.issue("acme/api", 1).unwrap()), @r#"
    > The API is slow
    > since noon

    Written by Ben Okafor on Telegram, 2026-11-20 14:00 UTC · [the message](<https://t.me/acmeops/2>)

    — asked by Ana Reyes on Telegram
    "#);
    on.pass(10);
    on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
    let look = || fake.message(telegram::OPS, note.id).filter(|now| now.text.contains("Closed"));
    wait_for(&telegram, "the note as it is now", look).await;
    on.end().await;
}
