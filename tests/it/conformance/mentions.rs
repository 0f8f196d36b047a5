//! What somebody writes to the bot in a channel of Discord's, and what goes on from there: for that channel.

use quarterdeck::model::Clock;
use quarterdeck::sandbox::discord::{ANA, GENERAL};
use quarterdeck::stage::StageSetup;

use super::chat::{Chat, Seen, Who, card, wait_for};
use super::discord::OnDiscord;
use crate::conversation::{Conversation, start};

/// A stage, and Discord on it.
async fn open() -> (Conversation, OnDiscord) {
    let on = Conversation::from(StageSetup::new(&Clock::manual(start())).with_all()).await;
    let chat = OnDiscord::new(&on);
    let fake = on.stage.discord.as_ref().unwrap();
    wait_for(&chat, "the bot", || (fake.identifies() > 0).then_some(())).await;
    (on, chat)
}

/// Ana writes this to the bot; the card with buttons that comes of it, in the channel or for her alone.
async fn mention(on: &Conversation, chat: &OnDiscord, line: &str) -> Seen {
    let fake = on.stage.discord.as_ref().unwrap();
    let said = fake.say(ANA, GENERAL, &format!("<@{}> {line}", fake.setup().bot.id), None).unwrap();
    assert!(said.heard > 0, "nobody was told");
    // A link is no button to go on with.
    let goes_on = |seen: &Seen| seen.buttons.iter().any(|button| button != "Open");
    let look = || chat.whispered(Who::Ana).into_iter().chain(chat.said()).rfind(goes_on);
    wait_for(chat, "a card with buttons", look).await
}

async fn end(on: Conversation, chat: &OnDiscord) {
    on.quiet().await;
    assert_eq!(chat.offences(), Vec::<String>::new());
    on.see_all();
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_confirmed_is_done_where_it_was_asked_for() {
    let (on, chat) = open().await;
    chat.ask(Who::Ana, "discord.message.send", &[("channel", GENERAL), ("text", "Not meant for here.")]).await;
    let wrong = card(&chat, "Not meant for here.").await.id;
    let asked = mention(&on, &chat, &format!("discord message delete {wrong}")).await;
    assert_eq!(asked.channel, GENERAL, "{}", asked.text);
    chat.press(Who::Ana, &asked, "Yes, do it").await;
    let gone = || (!chat.said().iter().any(|seen| seen.id == wrong)).then_some(());
    wait_for(&chat, "the end of it", gone).await;
    end(on, &chat).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_for_the_channel_in_which_it_was_asked_for() {
    let (on, chat) = open().await;
    let asked = mention(&on, &chat, "github issue create --repository acme/api").await;
    assert_eq!(asked.channel, GENERAL, "{}", asked.text);
    chat.press(Who::Ana, &asked, asked.buttons.first().unwrap()).await;
    wait_for(&chat, "a form", || chat.is_asked(Who::Ana).then_some(())).await;
    chat.fill(Who::Ana, &[("Title", "Login fails")]).await;
    card(&chat, "#1 Login fails").await;
    end(on, &chat).await;
}
