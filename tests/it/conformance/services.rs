//! What a platform can do beside showing cards: reactions, files, and calling people by name.

use std::sync::Arc;

use quarterdeck::app::Settings;
use quarterdeck::model::Clock;
use quarterdeck::operations::PersonConfig;
use quarterdeck::stage::StageSetup;

use super::chat::{Chat, Who, all, card, wait_for};
use crate::conversation::{Conversation, start};

/// A stage on which Ben is one person on every platform.
async fn open(name: &str) -> (Conversation, Arc<dyn Chat>) {
    let mut setup = StageSetup::new(&Clock::manual(start())).with_all();
    setup.change = Box::new(|settings: &mut Settings| {
        let handles = ["slack:U0BEN000002", "discord:1100000000000000032", "telegram:500000002", "github:ben"];
        let handles = handles.map(str::to_owned).to_vec();
        settings.people.push(PersonConfig { name: "Ben of Acme".to_owned(), handles });
    });
    let on = Conversation::from(setup).await;
    let chat = all(&on).into_iter().find(|chat| chat.name() == name).unwrap();
    (on, chat)
}

async fn end(on: Conversation, chat: &dyn Chat) {
    on.quiet().await;
    assert_eq!(chat.offences(), Vec::<String>::new());
    on.see_all();
    on.end().await;
}

/// Who is to act is mentioned by the card, by the handle that they have here, and nobody else.
async fn who_is_to_act_is_mentioned(name: &str) {
    let (on, chat) = open(name).await;
    let options = [("title", "Login fails"), ("repository", "acme/api"), ("assignees", "ben")];
    chat.ask(Who::Ana, "github.issue.create", &options).await;
    let card = card(&*chat, "Login fails").await;
    assert!(chat.mentions(&card, Who::Ben), "{}", card.text);
    assert!(!chat.mentions(&card, Who::Ana) && chat.pings(&card) <= 1, "{}", card.text);
    end(on, &*chat).await;
}

/// A reaction is put on a message that is named as people name messages here.
async fn a_reaction_is_added(name: &str) {
    let (on, chat) = open(name).await;
    let Some((operation, emoji)) = chat.reaction() else { return end(on, &*chat).await };
    chat.ask(Who::Ana, "github.issue.create", &[("title", "Login fails"), ("repository", "acme/api")]).await;
    let card = card(&*chat, "Login fails").await;
    on.quiet().await;
    chat.ask(Who::Ana, operation, &[("message", &chat.named(&card)), ("emoji", emoji)]).await;
    let reacted = || Some(chat.reactions(&card)).filter(|all| !all.is_empty());
    assert_eq!(wait_for(&*chat, "a reaction", reacted).await, [emoji]);
    end(on, &*chat).await;
}

/// A file arrives in the room as it was given.
async fn a_file_is_sent(name: &str) {
    let (on, chat) = open(name).await;
    let (operation, room) = chat.sends_files();
    let place = chat.named_room();
    let place = place.split_once(':').map_or("", |(_, place)| place);
    let options = [(room, place), ("name", "report.csv"), ("content", "a,b\n1,2")];
    chat.ask(Who::Ana, operation, &options).await;
    let file = wait_for(&*chat, "a file", || chat.files().pop()).await;
    assert_eq!(file, ("report.csv".to_owned(), "a,b\n1,2".to_owned()));
    end(on, &*chat).await;
}

macro_rules! on_every_platform {
    ($($name:ident),+) => {
        $(
            mod $name {
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_slack() {
                    super::$name("slack").await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_discord() {
                    super::$name("discord").await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_telegram() {
                    super::$name("telegram").await;
                }
            }
        )+
    };
}

on_every_platform!(who_is_to_act_is_mentioned, a_reaction_is_added, a_file_is_sent);
