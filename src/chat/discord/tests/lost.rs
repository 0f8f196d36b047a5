use super::super::gateway::{Event, Hear as _};
use super::*;
use crate::model::{Ask, FaultKind, PlaceNews};
use crate::sandbox::discord::{ANA, BOT, DEPLOYS, GENERAL, GUILD, Goodbye};

fn say(scene: &Scene, text: &str) {
    scene.fake.say(ANA, GENERAL, &format!("<@{BOT}> {text}"), None).expect("said");
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_the_gateway_is() {
    for how in [
        Goodbye::Close(1000),
        Goodbye::Close(4000),
        Goodbye::Close(4001),
        Goodbye::Close(4008),
        Goodbye::CloseWithoutCode,
        Goodbye::Cut,
        Goodbye::Reconnect,
        Goodbye::InvalidSession(true),
    ] {
        let scene = Scene::listening().await;
        say(&scene, "before");
        scene.inbox.wait(1).await;
        let told = format!("{how:?}");
        scene.fake.disconnect(how);
        say(&scene, "between");
        scene.fake.until(|fake| (fake.resumes() == 1 && fake.connections() == 1).then_some(())).await;
        say(&scene, "after");
        scene.inbox.wait(3).await;
        assert_eq!(scene.inbox.lines(), ["before", "between", "after"], "{told}");
        assert_eq!((scene.fake.identifies(), scene.fake.resumes()), (1, 1), "{told}");
        assert_eq!(scene.fake.warnings().len(), 0, "{told}");
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_begun_anew() {
    for how in [Goodbye::InvalidSession(false), Goodbye::Close(4007), Goodbye::Close(4009)] {
        let scene = Scene::listening().await;
        let told = format!("{how:?}");
        // One identify in five seconds is all that Discord takes.
        scene.pass(6).await;
        scene.fake.disconnect(how);
        scene.fake.until(|fake| (fake.identifies() == 2 && fake.connections() == 1).then_some(())).await;
        scene.connected().await;
        say(&scene, "after");
        scene.inbox.wait(1).await;
        assert_eq!((scene.inbox.lines(), scene.fake.resumes()), (vec!["after".to_owned()], 0), "{told}");
    }
}

#[tokio::test]
async fn a_resume_that_is_refused_becomes_a_new_session() {
    let scene = Scene::listening().await;
    scene.pass(6).await;
    scene.fake.refuse_resumes(1);
    scene.fake.disconnect(Goodbye::Cut);
    scene.fake.until(|fake| (fake.identifies() == 2 && fake.connections() == 1).then_some(())).await;
    scene.connected().await;
    say(&scene, "after");
    scene.inbox.wait(1).await;
}

#[tokio::test]
async fn a_gateway_that_lets_in_and_turns_away_loses_nothing() {
    let scene = Scene::listening().await;
    say(&scene, "before");
    scene.inbox.wait(1).await;
    scene.fake.turn_away(5);
    scene.fake.disconnect(Goodbye::Cut);
    say(&scene, "between");
    scene.until_heard(2, SignedDuration::from_secs(1)).await;
    say(&scene, "after");
    scene.inbox.heard(3).await;
    assert_eq!(scene.inbox.lines(), ["before", "between", "after"]);
    assert_eq!((scene.fake.identifies(), scene.fake.resumes()), (1, 1));
}

#[tokio::test]
async fn a_gateway_that_falls_silent_is_left_within_five_seconds() {
    let mut scene = Scene::new(DiscordMode::Gateway, |_| {}).await;
    scene.discord = Arc::new(built(&scene.fake, DiscordMode::Gateway, &scene.ground, |config| {
        config.watchdog = SignedDuration::from_secs(2);
    }));
    scene.listen();
    scene.connected().await;
    scene.registered().await;
    // Frames come in order: after this one, none is under way.
    say(&scene, "before");
    scene.inbox.wait(1).await;
    let asked = scene.fake.heartbeats() + 1;
    scene.fake.disconnect(Goodbye::Silent);
    say(&scene, "between");
    // The clock moves by two seconds of silence and two for the answer, and no further.
    scene.clock.advance(SignedDuration::from_secs(2));
    scene.fake.until(|fake| (fake.heartbeats() == asked).then_some(())).await;
    assert_eq!(scene.fake.resumes(), 0);
    scene.clock.advance(SignedDuration::from_secs(2));
    scene.inbox.wait(2).await;
    assert_eq!((scene.inbox.lines(), scene.fake.resumes()), (vec!["before".to_owned(), "between".to_owned()], 1));
}

#[tokio::test]
async fn a_restart_resumes() {
    let mut scene = Scene::listening().await;
    say(&scene, "before");
    scene.inbox.wait(1).await;
    scene.restart().await;
    scene.fake.until(|fake| (fake.connections() == 0).then_some(())).await;
    say(&scene, "between");
    scene.listen();
    scene.connected().await;
    say(&scene, "after");
    scene.inbox.heard(3).await;
    assert_eq!(scene.inbox.lines(), ["before", "between", "after"]);
    assert_eq!((scene.fake.identifies(), scene.fake.resumes()), (1, 1));
}

#[tokio::test]
async fn what_can_never_work_ends_with_what_to_do() {
    for (code, remedy) in [(4004, "discord.bot_token"), (4014, "Message Content Intent")] {
        let mut scene = Scene::listening().await;
        scene.fake.disconnect(Goodbye::Close(code));
        let ended = scene.listening.take().expect("it listens").await.expect("no panic");
        let fault = ended.expect_err("an end");
        assert_eq!(fault.kind, FaultKind::Misconfigured);
        assert!(fault.outside.contains(remedy), "{fault}");
        assert!(!*scene.discord.connected.borrow());
    }
}

#[tokio::test]
async fn no_more_sessions_are_begun_than_discord_allows() {
    let mut scene = Scene::new(DiscordMode::Gateway, |setup| setup.session_starts = 1).await;
    scene.listen();
    scene.connected().await;
    scene.pass(6).await;
    scene.fake.disconnect(Goodbye::InvalidSession(false));
    scene.discord.connected.subscribe().wait_for(|connected| !*connected).await.expect("it stays");
    scene.pass(30).await;
    assert_eq!(scene.fake.identifies(), 1);
}

#[tokio::test]
async fn places_are_lost_and_found() {
    let scene = Scene::listening().await;
    scene.fake.delete_channel(ANA, DEPLOYS).expect("deleted");
    scene.inbox.wait(1).await;
    assert_eq!(news(&scene), [(DEPLOYS.to_owned(), true)]);
    scene.fake.remove_bot(GUILD).expect("removed");
    scene.inbox.wait(2).await;
    assert!(news(&scene).contains(&(GENERAL.to_owned(), true)));
    let before = scene.inbox.requests().len();
    scene.fake.add_bot(GUILD).expect("added");
    scene.inbox.wait(before + 1).await;
    assert!(news(&scene).contains(&(GENERAL.to_owned(), false)));
}

/// What became of which channels, and whether they were lost.
fn news(scene: &Scene) -> Vec<(String, bool)> {
    let requests = scene.inbox.requests();
    let news = requests.into_iter().filter_map(|request| match request.ask {
        Ask::News(news) => Some((request.place.channel, matches!(news, PlaceNews::Lost(_)))),
        _ => None,
    });
    news.collect()
}

#[tokio::test]
async fn a_server_that_comes_back_from_an_outage_is_not_new() {
    let mut scene = Scene::listening().await;
    say(&scene, "before");
    scene.inbox.heard(1).await;
    scene.restart().await;
    let listener = scene
        .discord
        .gateway_listener(Arc::clone(&scene.inbox) as Arc<dyn Accept>, Arc::new(Issues))
        .expect("a listener");
    let came = |seq: u64, id: &str| Event {
        session: "s".to_owned(),
        seq,
        at: scene.clock.now(),
        name: "GUILD_CREATE".to_owned(),
        data: json!({"id": id, "channels": [{"id": GENERAL, "type": 0}]}),
    };
    assert_eq!(listener.hear(&came(5, GUILD)).await, Ok(false));
    assert_eq!(news(&scene), []);
    assert_eq!(listener.hear(&came(6, "1190000000000000001")).await, Ok(true));
    assert_eq!(news(&scene), [(GENERAL.to_owned(), false)]);
}

#[tokio::test]
async fn what_the_bot_was_put_out_of_meanwhile_is_lost() {
    for (resumes, away) in [(1, SignedDuration::from_secs(10)), (0, SignedDuration::from_hours(2))] {
        let mut scene = Scene::listening().await;
        say(&scene, "before");
        scene.inbox.heard(1).await;
        scene.restart().await;
        scene.fake.until(|fake| (fake.connections() == 0).then_some(())).await;
        scene.fake.remove_bot(GUILD).expect("removed");
        scene.clock.advance(away);
        scene.fake.tick();
        scene.listen();
        scene.connected().await;
        scene.inbox.wait(2).await;
        assert!(news(&scene).contains(&(GENERAL.to_owned(), true)), "{:?}", news(&scene));
        assert_eq!(scene.fake.resumes(), resumes);
        // And found, when it is let in again.
        let before = scene.inbox.requests().len();
        scene.fake.add_bot(GUILD).expect("added");
        scene.inbox.wait(before + 1).await;
        assert!(news(&scene).contains(&(GENERAL.to_owned(), false)));
    }
}
