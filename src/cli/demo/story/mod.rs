//! The story: a day at the company, played against the real daemon. Every step is looked at; the first one that does
//! not happen ends the story with what was expected and what there was instead.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

mod together;

use super::company::{ALERTS, ANA, API, BEN, CLEO, GENERAL};
use super::paint::Names;
use super::teller::{Teller, line};
use super::world::World;
use crate::cli::Failure;
use crate::sandbox::github::Conclusion;
use crate::sandbox::slack::{Delivered, Message, View};

/// How long, in real time, a step may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The story while it is told.
struct Story<'w> {
    world: &'w Arc<World>,
    tell: Teller,
    /// The cards that were told of.
    told: BTreeSet<String>,
    /// The same of Telegram.
    telegram_told: Vec<i64>,
    checks: usize,
}

/// Plays the story to its end.
pub(super) async fn play(world: &Arc<World>) -> Result<(), Failure> {
    let setup = world.slack.setup();
    let names = Names::new(setup.users.iter().chain([&setup.bot]));
    let mut story =
        Story { world, tell: Teller::new(names), told: BTreeSet::new(), telegram_told: Vec::new(), checks: 0 };
    line("A day at Acme: a sandbox of Slack, Discord, Telegram and GitHub, and the real daemon between them.")?;
    let issue = story.an_issue_is_opened().await?;
    story.not_everybody_may_close_it(&issue).await?;
    story.a_form_asks_for_what_is_missing().await?;
    story.a_pull_request_is_merged().await?;
    story.a_build_fails().await?;
    story.a_task_is_run_again().await?;
    story.an_alert_outlives_a_restart().await?;
    story.an_image_is_scanned().await?;
    story.discord_completes_what_is_typed().await?;
    story.one_click_changes_three_chats().await?;
    story.telegram_asks_question_by_question().await?;
    story.a_slip_is_understood().await?;
    story.the_end().await
}

impl Story<'_> {
    async fn an_issue_is_opened(&mut self) -> Result<Message, Failure> {
        self.tell.chapter("A slash command opens an issue")?;
        self.slash(ANA, "github issue create \"Login fails after a password change\" --labels bug").await?;
        let card = self.card(GENERAL, "Login fails after a password change").await?;
        self.check(self.world.github.issue(API, 1).is_some_and(|issue| issue["state"] == "open"), || {
            "acme/api#1 is open on GitHub".to_owned()
        })?;
        Ok(card)
    }

    async fn not_everybody_may_close_it(&mut self, card: &Message) -> Result<(), Failure> {
        self.tell.chapter("A button closes it, for those who may")?;
        self.press(CLEO, card, "Close").await?;
        let refusal = self
            .wait("a refusal that only Cleo sees", || {
                self.world.slack.ephemerals(CLEO).into_iter().find(|message| !self.told.contains(&message.ts))
            })
            .await?;
        self.told.insert(refusal.ts.clone());
        self.tell.card("#general", "only Cleo sees it", &refusal)?;
        self.check(self.world.github.issue(API, 1).is_some_and(|issue| issue["state"] == "open"), || {
            "the issue is still open".to_owned()
        })?;
        self.press(BEN, card, "Close").await?;
        self.edited(card, "by @Ben Okafor").await?;
        self.check(self.world.github.issue(API, 1).is_some_and(|issue| issue["state"] == "closed"), || {
            "acme/api#1 is closed on GitHub".to_owned()
        })
    }

    async fn a_form_asks_for_what_is_missing(&mut self) -> Result<(), Failure> {
        self.tell.chapter("What is missing is asked for")?;
        self.slash(ANA, "github issue create").await?;
        let form = self.wait("a form on Ana's screen", || self.world.slack.views(ANA).pop()).await?;
        let title = form.body.get("title").and_then(|title| title["text"].as_str()).unwrap_or_default();
        let lines = self.tell.names().form(title, form.blocks());
        self.tell.framed("form", "on Ana's screen", &lines)?;
        let values = json!({ "title": "Document the rate limits", "body": "People ask in support every week." });
        self.tell.does("Ana", "form", "fills in a title and a body, and submits")?;
        self.submit(ANA, &form, &values).await?;
        self.card(GENERAL, "Document the rate limits").await?;
        self.check(self.world.slack.views(ANA).is_empty(), || "the form is gone".to_owned())
    }

    async fn a_pull_request_is_merged(&mut self) -> Result<(), Failure> {
        self.tell.chapter("What happens on GitHub is told in Slack, on one card")?;
        let github = &self.world.github;
        self.tell.does("Ana", "GitHub", "opens a pull request")?;
        let number = github.open_pull("ana", API, "Cache the session lookup", "ana/cache").map_err(wrong)?;
        let card = self.card(GENERAL, &format!("{API}#{number}")).await?;
        self.tell.does("Ben", "GitHub", "merges it")?;
        github.merge("ben", API, number).map_err(wrong)?;
        self.edited(&card, "Merged").await
    }

    async fn a_build_fails(&mut self) -> Result<(), Failure> {
        self.tell.chapter("A build fails")?;
        self.tell.does("CI", "GitHub", "runs on main and fails")?;
        self.world.github.run_workflow(API, "CI", "main", Conclusion::Failure).map_err(wrong)?;
        self.card(GENERAL, "CI").await?;
        patiently("the webhooks' delivery", self.world.github.settled()).await?;
        let deliveries = self.world.github.deliveries();
        let refused = deliveries.iter().find(|delivery| delivery.status_code >= 300);
        self.check(refused.is_none(), || format!("the daemon believed all {} signed webhooks", deliveries.len()))
    }

    async fn a_task_is_run_again(&mut self) -> Result<(), Failure> {
        self.tell.chapter("A task fails and is run again")?;
        self.publish("task.started").await?;
        let card = self.card(ALERTS, "is running").await?;
        self.publish("task.failed").await?;
        self.edited(&card, "[ Retry ]").await?;
        self.press(BEN, &card, "Retry").await?;
        self.edited(&card, "Attempt: 2").await?;
        self.check(self.world.runner.heard() == 1, || {
            "the runner heard of it over one outgoing webhook, its signature verified".to_owned()
        })?;
        self.world.runner.finish();
        self.edited(&card, "completed").await
    }

    async fn an_alert_outlives_a_restart(&mut self) -> Result<(), Failure> {
        self.tell.chapter("An alert outlives a restart")?;
        self.publish("alert.firing").await?;
        let card = self.card(ALERTS, "API latency above 2 s").await?;
        self.tell.does("Ops", "daemon", "is stopped and started again")?;
        self.world.restart().await?;
        self.press(ANA, &card, "Acknowledge").await?;
        self.edited(&card, "by @Ana Reyes").await?;
        self.publish("alert.resolved").await?;
        self.edited(&card, "Resolved").await
    }

    async fn an_image_is_scanned(&mut self) -> Result<(), Failure> {
        self.tell.chapter("An image is scanned")?;
        self.publish("scan.completed").await?;
        self.card(ALERTS, "CVE-2026-1234").await.map(drop)
    }

    async fn a_slip_is_understood(&mut self) -> Result<(), Failure> {
        self.tell.chapter("A slip of the finger is understood")?;
        self.slash(BEN, "github isue list").await?;
        let answer = self
            .wait("an answer that only Ben sees", || {
                self.world.slack.ephemerals(BEN).into_iter().find(|message| !self.told.contains(&message.ts))
            })
            .await?;
        self.told.insert(answer.ts.clone());
        self.tell.card("#general", "only Ben sees it", &answer)?;
        let read = self.tell.names().lines(&answer).join("\n");
        self.check(read.contains("issue"), || "it says what may have been meant".to_owned())
    }

    async fn the_end(&mut self) -> Result<(), Failure> {
        self.tell.chapter("The end")?;
        let (slack, github) = (&self.world.slack, &self.world.github);
        patiently("the last webhook's delivery", github.settled()).await?;
        let dead = self.world.dead();
        self.check(dead == 0, || "no delivery was given up".to_owned())?;
        let warnings = slack.warnings();
        self.check(warnings.is_empty(), || "nobody saw anything go wrong in Slack".to_owned())?;
        let (discord, telegram) = (&self.world.discord, &self.world.telegram);
        let warnings = discord.warnings();
        self.check(warnings.is_empty(), || "nor in Discord".to_owned())?;
        let waiting = telegram.unanswered_callbacks();
        self.check(waiting.is_empty(), || "no button on Telegram was left waiting".to_owned())?;
        let strangers = [slack.unknown_routes(), github.unknown_routes()].concat();
        let strangers = [strangers, discord.unknown_routes(), telegram.unknown_routes()].concat();
        let rude = [
            format!("{:?}", slack.violations()),
            format!("{:?}", github.violations()),
            format!("{:?}", discord.violations()),
            format!("{:?}", telegram.violations()),
        ];
        let odd: Vec<String> = strangers.into_iter().chain(rude.into_iter().filter(|list| list != "[]")).collect();
        if !odd.is_empty() {
            return Err(Failure::Other(format!("calls that no vendor would like: {}", odd.join(", "))));
        }
        self.check(true, || {
            "every call was one that Slack, Discord, Telegram and GitHub know, and none came too early".to_owned()
        })?;
        let count = |method: &str| slack.requests().iter().filter(|request| request.method == method).count();
        line(&format!(
            "\n{} cards were posted and {} edits made in Slack, {} calls made to GitHub, {} signed webhooks received.\n\
             {} things were looked at, and all of them happened. `quarterdeck demo` opens the page to play with.",
            count("chat.postMessage"),
            count("chat.update"),
            github.requests().len(),
            github.deliveries().len(),
            self.checks
        ))
    }

    /// Somebody types a command.
    async fn slash(&mut self, user: &str, text: &str) -> Result<(), Failure> {
        self.tell.does(first_name(user), "#general", &format!("/qd {text}"))?;
        let delivered = self.world.slack.slash(user, GENERAL, "/qd", text).map_err(wrong)?;
        self.acknowledged(&delivered).await
    }

    /// Somebody presses a button.
    async fn press(&mut self, user: &str, card: &Message, button: &str) -> Result<(), Failure> {
        let place = if card.channel == ALERTS { "#alerts" } else { "#general" };
        self.tell.does(first_name(user), place, &format!("presses [ {button} ]"))?;
        let delivered = self.world.slack.press(user, &card.channel, &card.ts, button).map_err(wrong)?;
        self.acknowledged(&delivered).await
    }

    async fn submit(&mut self, user: &str, form: &View, values: &Value) -> Result<(), Failure> {
        for asked in self.world.slack.search_fields(user, &form.id, values).map_err(wrong)? {
            self.acknowledged(&asked).await?;
        }
        let delivered = self.world.slack.submit_view(user, &form.id, values).map_err(wrong)?;
        self.acknowledged(&delivered).await
    }

    async fn acknowledged(&mut self, delivered: &Delivered) -> Result<(), Failure> {
        let outcome = patiently("the acknowledgement", delivered.outcome()).await?;
        if outcome.is_acknowledged() {
            Ok(())
        } else {
            Err(wrong(format!("Slack got no acknowledgement: {outcome:?}")))
        }
    }

    async fn publish(&mut self, kind: &str) -> Result<(), Failure> {
        let event = self.world.samples.next(kind).ok_or_else(|| wrong(format!("there is no sample of {kind}")))?;
        let who = match kind.split('.').next() {
            Some("task") => "CI",
            Some("alert") => "Watch",
            _ => "Scan",
        };
        self.tell.does(who, "API", &format!("publishes {kind}"))?;
        self.world.publish(who, &event).await.map_err(wrong)
    }

    /// The next card of the channel that reads so.
    async fn card(&mut self, channel: &str, part: &str) -> Result<Message, Failure> {
        let bot = self.world.slack.setup().bot.id.clone();
        let look = || {
            let new = |message: &Message| message.user == bot && !self.told.contains(&message.ts);
            let mut messages = self.world.slack.messages(channel).into_iter();
            messages.find(|message| new(message) && self.read(message).contains(part))
        };
        let card = self.wait(&format!("a card that says “{part}”"), look).await?;
        self.told.insert(card.ts.clone());
        self.checks += 1;
        self.tell.card(if channel == ALERTS { "#alerts" } else { "#general" }, "", &card)?;
        Ok(card)
    }

    /// The card once it reads so.
    async fn edited(&mut self, card: &Message, part: &str) -> Result<(), Failure> {
        let look = || {
            let now = self.world.slack.message(&card.channel, &card.ts)?;
            self.read(&now).contains(part).then_some(now)
        };
        let place = if card.channel == ALERTS { "#alerts" } else { "#general" };
        let now = match self.wait(&format!("the card to say “{part}”"), look).await {
            Ok(now) => now,
            Err(failure) => {
                let now = self.world.slack.message(&card.channel, &card.ts);
                let read = now.map_or_else(String::new, |now| self.read(&now));
                return Err(Failure::Other(format!("{failure}. It says:\n{read}")));
            }
        };
        self.checks += 1;
        self.tell.card(place, "the same card, edited", &now)
    }

    fn read(&self, message: &Message) -> String {
        self.tell.names().lines(message).join("\n")
    }

    async fn wait<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, Failure> {
        patiently(what, self.world.slack.until(|_| look())).await
    }

    fn check(&mut self, holds: bool, what: impl FnOnce() -> String) -> Result<(), Failure> {
        let what = what();
        if !holds {
            return Err(wrong(format!("this does not hold: {what}")));
        }
        self.checks += 1;
        self.tell.checked(&what)
    }
}

fn first_name(user: &str) -> &'static str {
    match user {
        ANA => "Ana",
        BEN => "Ben",
        _ => "Cleo",
    }
}

async fn patiently<T>(what: &str, wait: impl Future<Output = T>) -> Result<T, Failure> {
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.map_err(|_| wrong(format!("{what} did not come within {} seconds", PATIENCE.as_secs())))
}

fn wrong(what: impl std::fmt::Display) -> Failure {
    Failure::Other(format!("the story went wrong: {what}"))
}
