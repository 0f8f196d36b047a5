use super::*;
use crate::model::Ask;
use crate::operations::EVERYBODY;
use crate::sandbox::discord::{ANA, APPLICATION, BOT, DEPLOYS, GENERAL, GUILD, ONCALL};

#[tokio::test]
async fn it_signs_in_and_says_what_is_missing() {
    let scene = Scene::new(DiscordMode::Gateway, |_| {}).await;
    let signed_in = scene.discord.sign_in().await.expect("signed in");
    assert_eq!((signed_in.identity.user.as_str(), signed_in.identity.application.as_str()), (BOT, APPLICATION));
    assert_eq!(signed_in.remarks, Vec::<String>::new());
    let greedy = built(&scene.fake, DiscordMode::Gateway, &scene.ground, |config| config.message_content = true);
    let remarks = greedy.sign_in().await.expect("signed in").remarks;
    assert!(remarks.iter().any(|remark| remark.contains("Message Content Intent")), "{remarks:?}");
    let other = built(&scene.fake, DiscordMode::Gateway, &scene.ground, |config| {
        config.application = Some("1".to_owned());
    });
    let fault = other.sign_in().await.expect_err("another application");
    assert!(fault.outside.contains("discord.application"), "{fault}");
}

#[tokio::test]
async fn commands_are_registered_once() {
    let mut scene = Scene::listening().await;
    let shown = scene.fake.commands(None);
    let names: Vec<&str> = shown.iter().filter_map(|command| command["name"].as_str()).collect();
    assert_eq!(names, ["github", "qd"]);
    let written = scene.fake.registrations();
    scene.restart().await;
    scene.clock.advance(SignedDuration::from_secs(30));
    let again = || async {
        let discord = &scene.discord;
        let registry = registry();
        super::super::register::register(&discord.client, &discord.notes, APPLICATION, &[], &registry, "qd").await
    };
    assert_eq!(again().await.expect("registered"), super::super::register::Written::default());
    assert_eq!(scene.fake.registrations(), written, "nothing changed, nothing is written");
    // Where they are wanted in a server only, the global ones go.
    scene.clock.advance(SignedDuration::from_secs(30));
    let discord = &scene.discord;
    let (guilds, registry) = ([GUILD.to_owned()], registry());
    let registering =
        super::super::register::register(&discord.client, &discord.notes, APPLICATION, &guilds, &registry, "qd");
    let moving = async {
        tokio::pin!(registering);
        loop {
            tokio::select! {
                done = &mut registering => break done,
                () = scene.pass(1) => {}
            }
        }
    };
    let moved = moving.await.expect("registered");
    assert_eq!((moved.created, moved.removed), (2, 2));
    assert_eq!((scene.fake.commands(None).len(), scene.fake.commands(Some(GUILD)).len()), (0, 2));
}

#[tokio::test]
async fn a_command_comes_into_the_inbox_and_is_answered() {
    let scene = Scene::listening().await;
    let given = options(&[("issue", "acme/api#12"), ("reason", "done")]);
    let sent = scene.fake.command(ANA, GENERAL, "github issue close", &given).expect("sent");
    let requests = scene.inbox.wait(1).await;
    let Ask::Operation { name, values } = &requests[0].ask else { panic!("{:?}", requests[0].ask) };
    assert_eq!((name.as_str(), values.len()), ("github.issue.close", 2));
    assert_eq!((requests[0].actor.name(), requests[0].place.to_string()), ("Ana Reyes", format!("discord:{GENERAL}")));
    let said = scene.answer("Closed.", false, false).await.expect("answered").expect("a message");
    assert!(sent.outcome().await.is_acknowledged());
    let shown = scene.fake.message(GENERAL, &said.message).expect("the message");
    assert_eq!((shown.content.as_str(), shown.ephemeral_to), ("Closed.", None));
}

#[tokio::test]
async fn what_is_typed_is_completed() {
    let scene = Scene::listening().await;
    let typed = options(&[("issue", "api")]);
    let choices = scene.fake.complete(ANA, GENERAL, "github issue close", &typed, "issue").await.expect("choices");
    assert_eq!(choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["acme/api#12"]);
    let lines = scene.fake.complete(ANA, GENERAL, "qd", &options(&[("line", "acme")]), "line").await.expect("lines");
    assert_eq!(lines.len(), 2);
    assert_eq!(scene.inbox.requests(), []);
}

#[tokio::test]
async fn places_people_and_roles_are_found() {
    let scene = Scene::new(DiscordMode::Gateway, |_| {}).await;
    let place = |text: &str| text.parse().expect("a place");
    let directory = &scene.discord.directory;
    assert_eq!(directory.resolve(&place("discord:#deploys")).await, Ok(place(&format!("discord:{DEPLOYS}"))));
    let miss = directory.resolve(&place("discord:#deploy")).await.expect_err("a miss").outside;
    assert!(miss.contains("`#deploys`"), "{miss}");
    assert_eq!(directory.name_of(ANA).await, Ok("Ana Reyes".to_owned()));
    assert_eq!(directory.is_in_group(ANA, ONCALL).await, Ok(true));
    assert_eq!(directory.is_in_group(ANA, "oncall").await, Ok(true));
    assert_eq!(directory.is_in_group("1100000000000000032", ONCALL).await, Ok(false));
    assert_eq!(directory.is_in_group(ANA, EVERYBODY).await, Ok(true));
    assert_eq!(directory.is_in_group("1100000000000000099", EVERYBODY).await, Ok(false), "a stranger");
    directory.set_open(true);
    assert_eq!(directory.is_in_group(ANA, EVERYBODY).await, Ok(false), "in a server that anybody may have made");
    assert_eq!(scene.fake.unknown_routes(), Vec::<String>::new());
}
