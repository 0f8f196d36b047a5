//! Three platforms at once: one object, every place; one person, every handle.

use quarterdeck::model::Clock;
use quarterdeck::operations::PersonConfig;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::stage::StageSetup;

use super::chat::{Chat, Who, all, card, edited, whisper};
use crate::conversation::{Conversation, start};

/// A stage on which everybody hears of acme/api's issues, and Ana is one person.
async fn open() -> Conversation {
    let mut setup = StageSetup::new(&Clock::manual(start())).with_all();
    setup.change = Box::new(|settings| {
        for place in ["slack:#general", "discord:#general", "telegram:@acmeops"] {
            settings.subscriptions.push(SubscriptionConfig {
                place: place.parse().unwrap(),
                source: "github:acme/api".to_owned(),
                events: vec!["issues".to_owned()],
            });
        }
        let handles = ["slack:U0ANA000001", "telegram:500000001", "github:ana"].map(str::to_owned);
        let mut handles = handles.to_vec();
        handles.push(format!("discord:{}", quarterdeck::sandbox::discord::ANA));
        settings.people.push(PersonConfig { name: "Ana of Acme".to_owned(), handles });
    });
    Conversation::from(setup).await
}

async fn end(mut on: Conversation, chats: &[std::sync::Arc<dyn Chat>]) {
    on.quiet().await;
    for chat in chats {
        assert_eq!(chat.offences(), Vec::<String>::new(), "{}", chat.name());
    }
    on.see_all();
    on.expects_dead = true;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_click_changes_the_card_everywhere_and_says_who() {
    let on = open().await;
    let chats = all(&on);
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    let mut shown = Vec::new();
    for chat in &chats {
        shown.push(card(&**chat, "#1 Login fails").await);
    }
    on.quiet().await;
    // On Telegram.
    chats[2].press(Who::Ana, &shown[2], "Close").await;
    for (chat, shown) in chats.iter().zip(&shown) {
        let now = edited(&**chat, shown, "Closed by").await;
        assert!(
            now.text.contains("Ana of Acme")
                || now.text.contains("U0ANA")
                || now.text.contains(quarterdeck::sandbox::discord::ANA),
            "{}: {}",
            chat.name(),
            now.text
        );
        assert!(now.buttons.iter().any(|button| button == "Reopen"), "{}: {:?}", chat.name(), now.buttons);
    }
    on.quiet().await;
    // And back, on Discord.
    chats[1].press(Who::Ben, &shown[1], "Reopen").await;
    for (chat, shown) in chats.iter().zip(&shown) {
        edited(&**chat, shown, "Reopened by").await;
    }
    end(on, &chats).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_on_two_platforms_press_at_once_and_one_wins() {
    let on = open().await;
    let chats = all(&on);
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    let slack = card(&*chats[0], "#1 Login fails").await;
    let discord = card(&*chats[1], "#1 Login fails").await;
    card(&*chats[2], "#1 Login fails").await;
    on.quiet().await;
    tokio::join!(chats[0].press(Who::Ben, &slack, "Close"), chats[1].press(Who::Cleo, &discord, "Close"));
    edited(&*chats[0], &slack, "Closed by").await;
    on.quiet().await;
    let asked = on.stage.github.requests().into_iter().filter(|request| request.method == "PATCH").count();
    assert_eq!(asked, 1, "GitHub was asked once");
    end(on, &chats).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_throttled_platform_delays_no_other() {
    let on = open().await;
    let chats = all(&on);
    chats[1].trouble(super::chat::Trouble::Wait(60));
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    card(&*chats[0], "#1 Login fails").await;
    card(&*chats[2], "#1 Login fails").await;
    let wait = on.waiting().await;
    assert!(chats[1].said().is_empty(), "{:?}", chats[1].said());
    on.pass(wait);
    card(&*chats[1], "#1 Login fails").await;
    end(on, &chats).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_granted_to_one_handle_is_granted_to_the_person() {
    let mut setup = StageSetup::new(&Clock::manual(start())).with_all();
    setup.change = Box::new(|settings| {
        settings.access = toml::from_str(
            "default_role = \"viewer\"\n[[members]]\nwho = [\"slack:U0ANA000001\"]\nrole = \"operator\"",
        )
        .unwrap();
        let handles = ["slack:U0ANA000001", "telegram:500000001"].map(str::to_owned).to_vec();
        settings.people.push(PersonConfig { name: "Ana".to_owned(), handles });
    });
    let on = Conversation::from(setup).await;
    let chats = all(&on);
    let options = [("title", "Login fails"), ("repository", "acme/api")];
    chats[2].ask(Who::Ana, "github.issue.create", &options).await;
    card(&*chats[2], "Login fails").await;
    // On Discord nobody said that it is she.
    chats[1].ask(Who::Ana, "github.issue.create", &options).await;
    whisper(&*chats[1], Who::Ana, "needs the role operator").await;
    end(on, &chats).await;
}
