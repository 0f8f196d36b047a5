//! Slack, as its people use it.

use async_trait::async_trait;
use quarterdeck::sandbox::slack::{Failure, Message, Outcome, SlackFake, Spot};
use serde_json::{Map, Value};
use tokio::sync::watch;

use super::chat::{Chat, Seen, Trouble, Who, line_of, wait_for};
use crate::conversation::{ANA, BEN, CLEO, Conversation, GENERAL, buttons, patiently, text_of};

pub struct OnSlack(SlackFake);

impl OnSlack {
    pub fn new(on: &Conversation) -> Self {
        Self::of(&on.stage.slack)
    }

    pub fn of(fake: &SlackFake) -> Self {
        Self(fake.clone())
    }

    fn by_bot(&self, messages: Vec<Message>) -> Vec<Seen> {
        let bot = &self.0.setup().bot.id;
        messages.into_iter().filter(|message| message.user == *bot).map(|message| seen(&message)).collect()
    }
}

fn id(who: Who) -> &'static str {
    match who {
        Who::Ana => ANA,
        Who::Ben => BEN,
        Who::Cleo => CLEO,
    }
}

fn seen(message: &Message) -> Seen {
    let (id, channel) = (message.ts.clone(), message.channel.clone());
    Seen { id, channel, text: text_of(message), buttons: buttons(message) }
}

/// A text as Slack's client sends what was typed.
fn typed(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Everything in a block that has a type.
fn elements<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    if value["type"].is_string() {
        found.push(value);
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| elements(member, found)),
        Value::Array(members) => members.iter().for_each(|member| elements(member, found)),
        _ => {}
    }
}

fn failure(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Wait(seconds) => Failure::RateLimited(seconds.into()),
        Trouble::Down => Failure::Status(503),
        Trouble::AnswerLost => Failure::DropReplyAfterWork,
        Trouble::Hangs => Failure::Hang,
    }
}

#[async_trait]
impl Chat for OnSlack {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn room(&self) -> String {
        format!("slack:{GENERAL}")
    }

    fn named_room(&self) -> String {
        "slack:#general".to_owned()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes()
    }

    async fn ask(&self, who: Who, operation: &str, options: &[(&str, &str)]) {
        self.line(who, &line_of(operation, options)).await;
    }

    async fn line(&self, who: Who, text: &str) {
        let delivered = self.0.slash(id(who), GENERAL, "/qd", &typed(text)).unwrap();
        let outcome = patiently("the acknowledgement", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{text}: {outcome:?}");
    }

    async fn complete(&self, who: Who, operation: &str, option: &str, begun: &str) -> Vec<String> {
        let before = self.0.views(id(who)).len();
        self.line(who, &operation.replace('.', " ")).await;
        let look = || self.0.views(id(who)).pop().filter(|_| self.0.views(id(who)).len() > before);
        let view = wait_for(self, "a form", look).await;
        let asked = self.0.suggest(id(who), &Spot::view(&view.id), option, begun).unwrap();
        let Outcome::Acknowledged { response: Some(answer), .. } = patiently("options", asked.outcome()).await else {
            panic!("no options for {option}: {:?}", asked.outcome_now())
        };
        self.0.close_view(id(who), &view.id).unwrap();
        let options = answer["options"].as_array().unwrap().iter();
        options.filter_map(|option| option["text"]["text"].as_str().map(str::to_owned)).collect()
    }

    fn said(&self) -> Vec<Seen> {
        let top = |message: &Message| message.thread_ts.as_ref().is_none_or(|thread| *thread == message.ts);
        self.by_bot(self.0.messages(GENERAL).into_iter().filter(top).collect())
    }

    fn below(&self, message: &Seen) -> Vec<Seen> {
        let below = |other: &Message| other.thread_ts.as_ref() == Some(&message.id) && other.ts != message.id;
        self.by_bot(self.0.messages(&message.channel).into_iter().filter(below).collect())
    }

    fn whispered(&self, who: Who) -> Vec<Seen> {
        let direct = self.0.direct_channel(id(who)).unwrap();
        let mut all = self.by_bot(self.0.ephemerals(id(who)));
        all.extend(self.by_bot(self.0.messages(&direct)));
        all
    }

    async fn press(&self, who: Who, message: &Seen, button: &str) {
        let delivered = self.0.press(id(who), &message.channel, &message.id, button).unwrap();
        let outcome = patiently("the acknowledgement", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{button}: {outcome:?}");
    }

    async fn choose(&self, who: Who, message: &Seen, menu: &str, choice: &str) {
        let shown = self.0.message(&message.channel, &message.id).unwrap();
        let mut found = Vec::new();
        shown.blocks.iter().for_each(|block| elements(block, &mut found));
        let named = |one: &&&Value| one["placeholder"]["text"] == menu;
        let action = found.iter().find(named).and_then(|one| one["action_id"].as_str()).unwrap();
        let spot = Spot::message(&message.channel, &message.id);
        let delivered = self.0.choose(id(who), &spot, action, choice).unwrap();
        let outcome = patiently("the acknowledgement", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{menu}: {outcome:?}");
    }

    fn is_asked(&self, who: Who) -> bool {
        !self.0.views(id(who)).is_empty()
    }

    async fn fill(&self, who: Who, answers: &[(&str, &str)]) {
        let view = wait_for(self, "a form", || self.0.views(id(who)).pop()).await;
        let mut values = Map::new();
        for (label, answer) in answers {
            let named = |block: &&Value| block["label"]["text"] == *label;
            let block = view.blocks().iter().find(named).unwrap_or_else(|| panic!("no field {label}: {:?}", view.body));
            values.insert(block["block_id"].as_str().unwrap().to_owned(), (*answer).into());
        }
        let values = Value::Object(values);
        for asked in self.0.search_fields(id(who), &view.id, &values).unwrap() {
            patiently("options", asked.outcome()).await;
        }
        let delivered = self.0.submit_view(id(who), &view.id, &values).unwrap();
        let outcome = patiently("the acknowledgement", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{outcome:?}");
    }

    async fn reply(&self, who: Who, message: &Seen, line: &str) {
        let text = format!("<@{}> {line}", self.0.setup().bot.id);
        let said = self.0.say(id(who), &message.channel, Some(&message.id), &text).unwrap();
        for delivered in said.delivered {
            patiently("the acknowledgement", delivered.outcome()).await;
        }
    }

    async fn address(&self, who: Who, line: &str) {
        for delivered in self.0.mention(id(who), GENERAL, &typed(line)).unwrap().delivered {
            patiently("the acknowledgement", delivered.outcome()).await;
        }
    }

    fn mentions(&self, message: &Seen, who: Who) -> bool {
        message.text.contains(&format!("<@{}>", id(who)))
    }

    fn pings(&self, message: &Seen) -> usize {
        let message = self.0.message(&message.channel, &message.id).unwrap();
        let mut found = Vec::new();
        message.blocks.iter().for_each(|block| elements(block, &mut found));
        let pings = |one: &&&Value| matches!(one["type"].as_str(), Some("user" | "usergroup" | "broadcast"));
        let calls = ["<@", "<!channel", "<!here", "<!everyone", "<!subteam"];
        let marks = |text: &str| calls.iter().map(|call| text.matches(call).count()).sum::<usize>();
        let texts = found.iter().filter(|one| one["type"] == "mrkdwn").filter_map(|one| one["text"].as_str());
        found.iter().filter(pings).count() + texts.map(marks).sum::<usize>() + marks(&message.text)
    }

    fn alive(&self, message: &Seen) -> Vec<String> {
        let message = self.0.message(&message.channel, &message.id).unwrap();
        let mut found = Vec::new();
        message.blocks.iter().for_each(|block| elements(block, &mut found));
        let evil = |one: &Value| {
            let link = one["type"] == "link" && one["url"].as_str().is_some_and(|url| url.contains("evil"));
            link || one["type"] == "mrkdwn" && one["text"].as_str().is_some_and(|text| text.contains("<http://evil"))
        };
        found.into_iter().filter(|one| evil(one)).map(ToString::to_string).collect()
    }

    fn leads_to(&self, message: &Seen, address: &str, _: &str) -> bool {
        let message = self.0.message(&message.channel, &message.id).unwrap();
        Value::from(message.blocks).to_string().contains(address)
    }

    fn named(&self, message: &Seen) -> String {
        format!("slack:{}/{}", message.channel, message.id)
    }

    fn reaction(&self) -> Option<(&'static str, &'static str)> {
        Some(("slack.reaction.add", "eyes"))
    }

    fn reactions(&self, message: &Seen) -> Vec<String> {
        let message = self.0.message(&message.channel, &message.id).unwrap();
        message.reactions.into_iter().map(|reaction| reaction.name).collect()
    }

    fn sends_files(&self) -> (&'static str, &'static str) {
        ("slack.file.upload", "channel")
    }

    fn files(&self) -> Vec<(String, String)> {
        let done = self.0.files().into_iter().filter(|file| file.complete);
        done.map(|file| (file.name, String::from_utf8(file.content.unwrap()).unwrap())).collect()
    }

    fn delete(&self, message: &Seen) {
        self.0.delete_message_as(ANA, &message.id).unwrap();
    }

    fn remove_bot(&self) {
        self.0.remove_app_from_channel(GENERAL).unwrap();
    }

    fn add_bot(&self) {
        self.0.invite_bot(ANA, GENERAL).unwrap();
    }

    fn trouble(&self, trouble: Trouble) {
        self.0.fail_next("chat.postMessage", failure(trouble), 1);
    }

    fn trouble_with_edits(&self, trouble: Trouble) {
        self.0.fail_next("chat.update", failure(trouble), 1);
    }

    fn offences(&self) -> Vec<String> {
        let unknown = self.0.unknown_routes();
        unknown.into_iter().chain(self.0.violations().iter().map(|one| format!("{one:?}"))).collect()
    }

    fn never_doubles(&self) -> bool {
        true
    }
}
