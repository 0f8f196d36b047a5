//! The chapters that pass through all three chats.

use serde_json::json;

use super::{Story, patiently, wrong};
use crate::cli::Failure;
use crate::cli::demo::company::{API, GENERAL};
use crate::sandbox::discord::{self, Message as DiscordMessage};
use crate::sandbox::telegram::{self, Message as TelegramMessage};

const SEARCH: &str = "Search is slow since Monday";

impl Story<'_> {
    pub(super) async fn discord_completes_what_is_typed(&mut self) -> Result<(), Failure> {
        self.tell.chapter("Discord knows the commands, and completes what is typed")?;
        let fake = self.world.discord.clone();
        self.tell.does("Ben", "Discord", "types /github issue create repository:ac")?;
        let path = "github issue create";
        let typed = [("title", json!(SEARCH)), ("repository", json!("ac"))];
        let offered = fake.complete(discord::BEN, discord::GENERAL, path, &typed, "repository");
        let offered = patiently("the completion", offered).await?.map_err(wrong)?;
        let labels: Vec<String> = offered.iter().map(|choice| choice.name.clone()).collect();
        self.tell.framed("Discord", "offered while he types", &labels)?;
        self.check(labels.iter().any(|label| label.contains(API)), || format!("{API} is offered"))?;
        self.tell.does("Ben", "Discord", &format!("/{path} title:{SEARCH} repository:{API}"))?;
        let options = [("title", json!(SEARCH)), ("repository", json!(API))];
        let delivered = fake.command(discord::BEN, discord::GENERAL, path, &options).map_err(wrong)?;
        let outcome = patiently("the answer", delivered.outcome()).await?;
        self.check(outcome.is_acknowledged(), || "Discord was answered in time".to_owned())
    }

    pub(super) async fn one_click_changes_three_chats(&mut self) -> Result<(), Failure> {
        self.tell.chapter("One issue, three chats: a click on Telegram changes them all")?;
        let slack = self.card(GENERAL, SEARCH).await?;
        let on_discord = self.on_discord("the card on Discord", SEARCH).await?;
        self.tell.framed("Discord", "#general", &lines(&on_discord.text()))?;
        let on_telegram = self.on_telegram("the card on Telegram", SEARCH).await?;
        self.tell.framed("Telegram", "Acme Ops", &lines(&on_telegram.text))?;
        self.tell.does("Ana", "Telegram", "presses [ Close ]")?;
        let pressed =
            self.world.telegram.press(telegram::ANA, telegram::OPS, on_telegram.id, "Close").map_err(wrong)?;
        patiently("the button to let go", pressed.outcome()).await?;
        self.edited(&slack, "Closed by").await?;
        let fake = self.world.discord.clone();
        let closed = self
            .wait_on_discord("the card on Discord to say who closed it", || {
                let now = fake.message(discord::GENERAL, &on_discord.id)?;
                now.text().contains("Closed as completed").then_some(now)
            })
            .await?;
        self.tell.framed("Discord", "the same card, edited", &lines(&closed.text()))?;
        let fake = self.world.telegram.clone();
        let closed = self
            .wait_on_telegram("the card on Telegram to say who closed it", || {
                let now = fake.message(telegram::OPS, on_telegram.id)?;
                now.text.contains("Closed by").then_some(now)
            })
            .await?;
        self.tell.framed("Telegram", "the same card, edited", &lines(&closed.text))?;
        self.check(closed.text.contains("Ana Reyes"), || "it says who, wherever one looks".to_owned())
    }

    pub(super) async fn telegram_asks_question_by_question(&mut self) -> Result<(), Failure> {
        self.tell.chapter("Telegram asks, one question after the other")?;
        let fake = self.world.telegram.clone();
        self.tell.does("Ana", "Telegram", "/qd github issue create")?;
        let asked = "/qd github issue create";
        fake.say(telegram::ANA, telegram::OPS, None, asked, None).map_err(wrong)?;
        let question = self.on_telegram("a question", "Title").await?;
        // A person takes longer to answer than the daemon to note that it asked.
        patiently("the question to be noted", self.world.idle()).await?;
        self.tell.framed("Telegram", "asks Ana", &lines(&question.text))?;
        self.tell.does("Ana", "Telegram", "Rotate the signing key")?;
        let reply_to = Some(question.id);
        fake.say(telegram::ANA, telegram::OPS, None, "Rotate the signing key", reply_to).map_err(wrong)?;
        let card = self.on_telegram("the card", "Rotate the signing key").await?;
        self.tell.framed("Telegram", "", &lines(&card.text))?;
        self.card(GENERAL, "Rotate the signing key").await?;
        self.on_discord("the card on Discord", "Rotate the signing key").await.map(drop)
    }

    async fn on_discord(&mut self, what: &str, part: &str) -> Result<DiscordMessage, Failure> {
        let fake = self.world.discord.clone();
        let bot = fake.setup().bot.id.clone();
        let look = || {
            let messages = fake.messages(discord::GENERAL).into_iter();
            messages.rev().find(|message| message.author == bot && message.text().contains(part))
        };
        self.wait_on_discord(what, look).await
    }

    async fn on_telegram(&mut self, what: &str, part: &str) -> Result<TelegramMessage, Failure> {
        let fake = self.world.telegram.clone();
        let told: Vec<i64> = self.telegram_told.clone();
        let look = || {
            let messages = fake.messages(telegram::OPS).into_iter();
            let new = |message: &TelegramMessage| message.from == Some(telegram::BOT) && !told.contains(&message.id);
            messages.rev().find(|message| new(message) && message.text.contains(part))
        };
        let message = self.wait_on_telegram(what, look).await?;
        self.telegram_told.push(message.id);
        self.checks += 1;
        Ok(message)
    }

    async fn wait_on_discord<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, Failure> {
        patiently(what, self.world.discord.until(|_| look())).await
    }

    async fn wait_on_telegram<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, Failure> {
        patiently(what, self.world.telegram.until(|_| look())).await
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}
