//! Who may do what: by person, group, place and operation; a refusal says what would be needed.

use quarterdeck::model::Clock;
use quarterdeck::operations::AccessConfig;
use quarterdeck::sandbox::telegram;
use quarterdeck::stage::StageSetup;

use crate::conversation::{ANA, BEN, CLEO, Conversation, GENERAL, patiently, start, text_of};

async fn with_access(config: &'static str) -> Conversation {
    Conversation::with(move |settings| settings.access = toml::from_str::<AccessConfig>(config).unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_may_do_what_their_role_allows() {
    let on = with_access(
        r#"
        [[members]]
        who = ["slack:U0ANA000001"]
        role = "admin"
        [[members]]
        who = ["slack:U0BEN000002"]
        role = "operator"
        operations = ["github.issue.*"]
        "#,
    )
    .await;
    on.slash(CLEO, GENERAL, "github issue create Login fails --repository acme/api").await;
    insta::assert_snapshot!(text_of(&on.whisper(CLEO).await), @":warning: github.issue.create needs the role operator; you are viewer here. An admin can grant it under [[access.members]].");
    on.slash(BEN, GENERAL, "subscribe acme/api issues").await;
    insta::assert_snapshot!(text_of(&on.whisper(BEN).await), @":warning: quarterdeck.subscription.create needs the role operator; you are viewer here. An admin can grant it under [[access.members]].");
    assert!(on.stage.github.requests().is_empty());
    on.slash(BEN, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    // A button asks for the same role as the command.
    on.press(CLEO, &card, "Close").await;
    let told = text_of(&on.whisper(CLEO).await);
    assert!(told.contains("github.issue.close needs the role operator; you are viewer here"), "{told}");
    on.slash(CLEO, GENERAL, "github issue get acme/api#1").await;
    on.whisper(CLEO).await;
    on.press(ANA, &card, "Close").await;
    on.edited(&card, "Closed by").await;
    on.message(GENERAL).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn help_shows_only_what_the_asker_may_do() {
    let on = with_access(
        r#"
        default_role = "none"
        [[members]]
        who = ["slack:U0BEN000002"]
        role = "viewer"
        "#,
    )
    .await;
    on.slash(CLEO, GENERAL, "help").await;
    insta::assert_snapshot!(text_of(&on.whisper(CLEO).await), @r"
    What I can do
    Nothing here is open to you. An admin can grant you a role under [[access.members]].
    More: /qd help <name>. What is missing in a command I ask for in a form. 36 more need another role.
    ");
    on.slash(BEN, GENERAL, "help").await;
    insta::assert_snapshot!(text_of(&on.whisper(BEN).await), @r"
    What I can do
    /qd github
    issue: list, get
    pr: list, get
    repo: list, get
    /qd slack
    channel: list, get
    user: list, get
    team: get
    /qd quarterdeck
    subscription: list
    More: /qd help <name>. What is missing in a command I ask for in a form. 24 more need another role.
    ");
    on.slash(BEN, GENERAL, "help github issue close").await;
    let told = text_of(&on.whisper(BEN).await);
    assert!(told.contains("You may not do this here: it needs the role operator."), "{told}");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_has_a_role_and_is_asked_of_slack() {
    let on = with_access(
        r#"
        [[members]]
        who = ["slack:group:S0ONCALL001"]
        role = "operator"
        "#,
    )
    .await;
    on.slash(BEN, GENERAL, "github issue create Login fails --repository acme/api").await;
    let told = text_of(&on.whisper(BEN).await);
    assert!(told.contains("you are viewer here"), "{told}");
    on.slash(CLEO, GENERAL, "github issue create Login fails --repository acme/api").await;
    on.message(GENERAL).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_in_a_place_holds_there_and_in_its_threads_only() {
    let on = with_access(
        r#"
        [[members]]
        who = ["slack:*"]
        role = "operator"
        places = ["slack:#deploys"]
        "#,
    )
    .await;
    // A channel's name is looked up before events are told.
    on.publish(&serde_json::json!({ "specversion": "1.0", "id": "1", "source": "/x", "type": "x.y" })).await;
    on.quiet().await;
    on.slash(BEN, GENERAL, "github issue create Login fails --repository acme/api").await;
    insta::assert_snapshot!(text_of(&on.whisper(BEN).await), @":warning: github.issue.create needs the role operator; you are viewer here. You may do it in slack:#deploys. An admin can grant it under [[access.members]].");
    let root = on.stage.slack.say(BEN, "deploys", None, "The login is broken").unwrap().ts;
    let line = format!("{} github issue create Login fails --repository acme/api", on.mention());
    on.say(BEN, "deploys", Some(&root), &line).await;
    let card = on.message("deploys").await;
    assert_eq!(card.thread_ts, Some(root));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_who_finds_the_bot_may_do_nothing() {
    const MALLORY: i64 = 500_000_066;
    let mut setup = StageSetup::new(&Clock::manual(start())).with_all();
    setup.telegram.as_mut().unwrap().users.push(telegram::User::person(MALLORY, "Mallory", "M.", Some("mallory")));
    let on = Conversation::from(setup).await;
    let fake = on.stage.telegram.as_ref().unwrap();
    fake.start_bot(MALLORY, None).unwrap();
    fake.say(MALLORY, MALLORY, None, "/qd github issue list acme/api", None).unwrap();
    let refused = fake.until(|fake| {
        let said = fake.messages(MALLORY).into_iter().rfind(|message| message.text.contains("github.issue.list"));
        said.map(|message| message.text)
    });
    let refused = patiently("a refusal", refused).await;
    assert!(refused.contains("you have no role here") && refused.contains("not a member"), "{refused}");
    assert!(on.stage.github.requests().is_empty());
    // A member may, also in private.
    fake.say(telegram::ANA, telegram::ANA, None, "/qd github issue list acme/api", None).unwrap();
    let list = fake.until(|fake| {
        fake.messages(telegram::ANA).into_iter().rfind(|message| message.text.contains("has no open issues"))
    });
    patiently("the list", list).await;
    on.see_all();
    on.end().await;
}
