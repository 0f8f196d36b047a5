//! A stage with people on it. Tests say what people do and look at what they see; dropping out without
//! [`Conversation::end`] fails nothing, `end` fails on cards nobody looked at, unknown routes, stuck rows and secrets.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use quarterdeck::app::Settings;
use quarterdeck::delivery::tables::{Dead, Hooks, Outbox, Progressing, Requests, Unread};
use quarterdeck::model::{Clock, SignedDuration, Timestamp};
use quarterdeck::operations::ledger::OpenCalls;
use quarterdeck::sandbox::discord::DiscordFake;
use quarterdeck::sandbox::slack::{Message, SlackFake, View};
use quarterdeck::sandbox::telegram::TelegramFake;
use quarterdeck::stage::{API_KEY, Stage, StageSetup};
use serde_json::Value;

/// How long a test waits, in real time, before it says that something never came.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The ids of the sample workspace.
pub const ANA: &str = "U0ANA000001";
pub const BEN: &str = "U0BEN000002";
pub const CLEO: &str = "U0CLEO00003";
pub const GENERAL: &str = "C0GENERAL01";
pub const ALERTS: &str = "C0ALERTS003";

/// A stage and what was seen of it.
pub struct Conversation {
    pub stage: Box<Stage>,
    seen: Mutex<BTreeSet<String>>,
    /// Whether dead letters and unread arrivals are part of the story.
    pub expects_dead: bool,
}

/// Waits for something with patience.
pub async fn patiently<T>(what: &str, wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never came: {what}"))
}

/// The time at which the conversations begin.
pub fn start() -> Timestamp {
    "2026-11-20T14:00:00Z".parse().unwrap()
}

impl Conversation {
    /// Opens the stage with the sample company, at two o'clock.
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// Opens the stage with changed settings.
    pub async fn with(change: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        let mut setup = StageSetup::new(&Clock::manual(start()));
        setup.change = Box::new(change);
        Self::from(setup).await
    }

    /// Opens the stage as set up.
    pub async fn from(setup: StageSetup) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let stage = patiently("the stage", Box::pin(Stage::open(setup))).await.unwrap();
        Self { stage: Box::new(stage), seen: Mutex::default(), expects_dead: false }
    }

    /// Somebody types `/qd …`; returns when it is acknowledged.
    pub async fn slash(&self, user: &str, channel: &str, text: &str) {
        let delivered = self.stage.slack.slash(user, channel, "/qd", text).unwrap();
        let outcome = patiently("the acknowledgement", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{text}: {outcome:?}");
    }

    /// Somebody presses a button; returns when it is acknowledged.
    pub async fn press(&self, user: &str, message: &Message, button: &str) {
        let delivered = self.stage.slack.press(user, &message.channel, &message.ts, button).unwrap();
        let outcome = patiently("the acknowledgement", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{button}: {outcome:?}");
    }

    /// Somebody writes a message, in a thread if one is named; returns when the app was told.
    pub async fn say(&self, user: &str, channel: &str, thread: Option<&str>, text: &str) {
        let said = self.stage.slack.say(user, channel, thread, text).unwrap();
        for delivered in said.delivered {
            let outcome = patiently("the acknowledgement", delivered.outcome()).await;
            assert!(outcome.is_acknowledged(), "{text}: {outcome:?}");
        }
    }

    /// How the app is addressed in a channel.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.stage.slack.setup().bot.id)
    }

    /// Fills in the topmost form and sends it; returns when it is acknowledged. What goes into a search field is typed
    /// there first and then chosen from what is offered.
    pub async fn submit(&self, user: &str, values: &Value) {
        let view = self.form(user).await;
        for asked in self.stage.slack.search_fields(user, &view.id, values).unwrap() {
            let outcome = patiently("options", asked.outcome()).await;
            assert!(outcome.is_acknowledged(), "{values}: {outcome:?}");
        }
        let delivered = self.stage.slack.submit_view(user, &view.id, values).unwrap();
        let outcome = patiently("the acknowledgement", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{values}: {outcome:?}");
    }

    /// Waits until a delivery or a call waits for its time, and says for how long at most, in whole seconds.
    pub async fn waiting(&self) -> i64 {
        let wait = async {
            loop {
                let (store, now) = (self.stage.running().unwrap().store(), self.stage.clock.now());
                let deliveries = store.scan::<Progressing>(None, 100).unwrap();
                let calls = store.scan::<OpenCalls>(None, 100).unwrap();
                let deliveries = deliveries.into_iter().filter_map(|(_, progress)| progress.not_before);
                let latest = deliveries.chain(calls.into_iter().filter_map(|(_, call)| call.not_before)).max();
                if let Some(until) = latest.filter(|until| *until > now) {
                    return until.duration_since(now).as_secs() + 1;
                }
                tokio::task::yield_now().await;
            }
        };
        patiently("something that waits", wait).await
    }

    /// The next message in the channel that was not looked at yet, thread replies included.
    pub async fn message(&self, channel: &str) -> Message {
        let found =
            self.stage.slack.until(|slack| slack.messages(channel).into_iter().find(|message| self.is_new(message)));
        let message = patiently("a message", found).await;
        self.see(&message);
        message
    }

    /// The message once it reads so; also one that only one person sees.
    pub async fn edited(&self, message: &Message, part: &str) -> Message {
        let now = |slack: &SlackFake| match &message.ephemeral_to {
            Some(user) => slack.ephemerals(user).into_iter().find(|other| other.ts == message.ts),
            None => slack.message(&message.channel, &message.ts),
        };
        let found = self.stage.slack.until(|slack| now(slack).filter(|message| text_of(message).contains(part)));
        let edited = tokio::time::timeout(PATIENCE, found).await;
        edited.unwrap_or_else(|_| {
            let now = now(&self.stage.slack);
            panic!("never read {part:?}: {}", now.map_or_else(String::new, |message| text_of(&message)))
        })
    }

    /// The next message that only this person sees.
    pub async fn whisper(&self, user: &str) -> Message {
        let found =
            self.stage.slack.until(|slack| slack.ephemerals(user).into_iter().find(|message| self.is_new(message)));
        let message = patiently("a whisper", found).await;
        self.see(&message);
        message
    }

    /// The person's topmost form.
    pub async fn form(&self, user: &str) -> View {
        patiently("a form", self.stage.slack.until(|slack| slack.views(user).pop())).await
    }

    /// Publishes an event over the API and gives the status and answer.
    pub async fn publish(&self, event: &Value) -> (u16, Value) {
        let answer = reqwest::Client::new()
            .post(format!("{}/api/v1/events", self.stage.url()))
            .bearer_auth(API_KEY)
            .header("content-type", "application/cloudevents+json")
            .body(event.to_string())
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Moves the clock.
    pub fn pass(&self, seconds: i64) {
        self.stage.clock.advance(SignedDuration::from_secs(seconds));
        self.stage.tick();
    }

    /// Waits until no call of an operation is under way.
    pub async fn calls_ended(&self) {
        let wait = async {
            while self.stage.running().unwrap().store().count::<OpenCalls>() > 0 {
                tokio::task::yield_now().await;
            }
        };
        patiently("the end of all calls", wait).await;
    }

    /// Waits until everything that came in is worked off and everything that goes out is gone.
    pub async fn quiet(&self) {
        let wait = async {
            loop {
                self.stage.github.settled().await;
                let store = self.stage.running().unwrap().store();
                // In the order in which rows move on: one that moves meanwhile is met again.
                let open = store.count::<Hooks>()
                    + store.count::<Requests>()
                    + store.count::<OpenCalls>()
                    + store.count::<Outbox>();
                let discord = self.stage.discord.as_ref().map_or(0, DiscordFake::unsettled);
                let telegram = self.stage.telegram.as_ref().map_or(0, TelegramFake::unsettled);
                if open + u64::try_from(discord + telegram).unwrap() == 0 && self.stage.slack.unsettled() == 0 {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            let store = self.stage.running().unwrap().store();
            panic!(
                "stuck: {:?} {:?} {:?} {:?}",
                store.scan::<Hooks>(None, 5).unwrap(),
                store.scan::<Requests>(None, 5).unwrap(),
                store.scan::<Outbox>(None, 5).unwrap(),
                store.scan::<OpenCalls>(None, 5).unwrap(),
            );
        }
    }

    /// What stands in the direct messages between a person and the app.
    fn direct(&self, user: &str) -> Vec<Message> {
        let channel = self.stage.slack.direct_channel(user).unwrap();
        self.stage.slack.messages(&channel)
    }

    fn is_new(&self, message: &Message) -> bool {
        let bot = message.user == self.stage.slack.setup().bot.id;
        bot && !self.seen.lock().unwrap().contains(&message.ts)
    }

    fn see(&self, message: &Message) {
        self.seen.lock().unwrap().insert(message.ts.clone());
    }

    /// Takes note of everything that was told so far: for stories in which what it says was looked at as a whole.
    pub fn see_all(&self) {
        let slack = &self.stage.slack;
        let setup = slack.setup();
        let told = setup.channels.iter().flat_map(|channel| slack.messages(&channel.id));
        told.chain(setup.users.iter().flat_map(|user| slack.ephemerals(&user.id)))
            .for_each(|message| self.see(&message));
    }

    /// Ends the conversation: nothing may be left unsaid, unseen or undone.
    pub async fn end(mut self) {
        self.quiet().await;
        let slack = &self.stage.slack;
        let setup = slack.setup().clone();
        let unseen: Vec<String> = setup
            .channels
            .iter()
            .flat_map(|channel| slack.messages(&channel.id))
            .chain(setup.users.iter().filter(|user| !user.is_bot).flat_map(|user| self.direct(&user.id)))
            .chain(setup.users.iter().flat_map(|user| slack.ephemerals(&user.id)))
            .filter(|message| self.is_new(message))
            .map(|message| text_of(&message))
            .collect();
        assert!(unseen.is_empty(), "cards that nobody looked at: {unseen:#?}");
        assert_eq!(slack.unknown_routes(), Vec::<String>::new());
        assert_eq!(self.stage.github.unknown_routes(), Vec::<String>::new());
        if let Some(discord) = &self.stage.discord {
            assert_eq!(discord.unknown_routes(), Vec::<String>::new());
            assert!(discord.violations().is_empty(), "{:?}", discord.violations());
            assert!(discord.warnings().is_empty(), "{:?}", discord.warnings());
        }
        if let Some(telegram) = &self.stage.telegram {
            assert_eq!(telegram.unknown_routes(), Vec::<String>::new());
            assert!(telegram.violations().is_empty(), "{:?}", telegram.violations());
            assert_eq!(telegram.unanswered_callbacks(), Vec::<String>::new());
        }
        assert!(slack.violations().is_empty(), "{:?}", slack.violations());
        assert!(self.stage.github.violations().is_empty());
        assert_eq!(slack.late_acknowledgements(), 0);
        let store = self.stage.running().unwrap().store();
        if !self.expects_dead {
            assert!(store.scan::<Dead>(None, 5).unwrap().is_empty(), "{:?}", store.scan::<Dead>(None, 5).unwrap());
            assert!(store.scan::<Unread>(None, 5).unwrap().is_empty(), "{:?}", store.scan::<Unread>(None, 5).unwrap());
        }
        let discord = self.stage.discord.as_ref();
        let telegram = self.stage.telegram.as_ref();
        let shown = [
            slack.state().to_string(),
            self.stage.github.state().to_string(),
            discord.map_or_else(String::new, |discord| discord.state().to_string()),
            telegram.map_or_else(String::new, |telegram| telegram.state().to_string()),
        ]
        .concat();
        let more = [discord.map(|one| one.setup().token.clone()), telegram.map(|one| one.setup().token.clone())];
        let more: Vec<String> = more.into_iter().flatten().collect();
        let own = [setup.bot_token.as_str(), setup.app_token.as_str(), API_KEY, "sandbox-token-of-ana"];
        for secret in own.into_iter().chain(more.iter().map(String::as_str)) {
            assert!(!shown.contains(secret), "a secret is shown");
        }
        self.stage.stop().await;
    }
}

/// All that a message shows, as plain text: its fallback, then every text of its blocks in order.
pub fn text_of(message: &Message) -> String {
    let mut texts = Vec::new();
    for block in message.blocks.iter().chain(&message.attachments) {
        collect(block, &mut texts);
    }
    texts.retain(|text| !text.trim().is_empty());
    texts.join("\n")
}

/// What a form asks for, as plain text: its title, then every label, hint and remark in order.
pub fn text_of_form(view: &View) -> String {
    let mut texts = vec![view.body["title"]["text"].as_str().unwrap_or_default().to_owned()];
    for block in view.blocks() {
        collect(block, &mut texts);
    }
    texts.join("\n")
}

/// The buttons of a message.
pub fn buttons(message: &Message) -> Vec<String> {
    let actions = message.blocks.iter().filter(|block| block["type"] == "actions");
    let elements = actions.filter_map(|block| block["elements"].as_array()).flatten();
    elements.filter_map(|element| element["text"]["text"].as_str()).map(str::to_owned).collect()
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
            match text("type") {
                "rich_text_section" | "rich_text_quote" | "rich_text_preformatted" => {
                    let mut line = Vec::new();
                    members.get("elements").into_iter().for_each(|elements| collect(elements, &mut line));
                    return texts.push(line.concat());
                }
                "emoji" => return texts.push(format!(":{}:", text("name"))),
                "user" => return texts.push(format!("<@{}>", text("user_id"))),
                "date" => return texts.push(text("fallback").to_owned()),
                "link" if text("text").is_empty() => return texts.push(text("url").to_owned()),
                _ => {}
            }
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("text", Value::String(text)) => texts.push(text.clone()),
                    ("value" | "action_id" | "block_id" | "type" | "fallback", _) => {}
                    _ => collect(member, texts),
                }
            }
        }
        Value::Array(members) => members.iter().for_each(|member| collect(member, texts)),
        _ => {}
    }
}
