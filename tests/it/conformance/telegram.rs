//! Telegram, as its people use it.

use async_trait::async_trait;
use quarterdeck::sandbox::telegram::{ANA, BEN, BOT, CLEO, Failure, Message, OPS, Outcome, TelegramFake};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::chat::{Chat, Seen, Trouble, Who, line_of, wait_for};
use crate::conversation::{Conversation, patiently};

pub struct OnTelegram(TelegramFake);

impl OnTelegram {
    pub fn new(on: &Conversation) -> Self {
        Self::of(on.stage.telegram.as_ref().unwrap())
    }

    pub fn of(fake: &TelegramFake) -> Self {
        Self(fake.clone())
    }

    fn by_bot(&self, chat: i64) -> Vec<Seen> {
        self.0
            .messages(chat)
            .into_iter()
            .filter(|message| message.from == Some(BOT))
            .map(|message| seen(&message))
            .collect()
    }

    fn message(&self, seen: &Seen) -> Message {
        self.0.message(seen.channel.parse().unwrap(), seen.id.parse().unwrap()).unwrap()
    }

    /// Somebody says something; resolves when the bot has taken it.
    async fn say(&self, who: Who, text: &str, reply_to: Option<i64>) {
        let said = self.0.say(id(who), OPS, None, text, reply_to).unwrap();
        let update = said.update.unwrap_or_else(|| panic!("the bot does not see {text:?}"));
        wait_for(self, "the update to be taken", || (self.0.confirmed_offset() > update).then_some(())).await;
    }
}

fn id(who: Who) -> i64 {
    match who {
        Who::Ana => ANA,
        Who::Ben => BEN,
        Who::Cleo => CLEO,
    }
}

fn seen(message: &Message) -> Seen {
    let buttons = message.buttons().into_iter().map(|(label, _)| label).collect();
    Seen { id: message.id.to_string(), channel: message.chat.to_string(), text: message.text.clone(), buttons }
}

fn failure(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Wait(seconds) => Failure::RateLimited(seconds.into()),
        Trouble::Down => Failure::Status(502),
        Trouble::AnswerLost => Failure::DropReplyAfterWork,
        Trouble::Hangs => Failure::Hang,
    }
}

#[async_trait]
impl Chat for OnTelegram {
    fn name(&self) -> &'static str {
        "telegram"
    }

    fn room(&self) -> String {
        format!("telegram:{OPS}")
    }

    fn named_room(&self) -> String {
        "telegram:@acmeops".to_owned()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes()
    }

    async fn ask(&self, who: Who, operation: &str, options: &[(&str, &str)]) {
        self.line(who, &line_of(operation, options)).await;
    }

    async fn line(&self, who: Who, text: &str) {
        self.say(who, &format!("/qd {text}"), None).await;
    }

    async fn complete(&self, who: Who, operation: &str, option: &str, _begun: &str) -> Vec<String> {
        let before = self.by_bot(OPS).len();
        self.line(who, &operation.replace('.', " ")).await;
        let look = || {
            let asked = self.by_bot(OPS).into_iter().skip(before).next_back()?;
            asked.text.to_lowercase().contains(option).then_some(asked)
        };
        let question = wait_for(self, "a question", look).await;
        let cancel = question.buttons.iter().find(|button| button.contains("Cancel")).cloned().unwrap();
        self.press(who, &question, &cancel).await;
        question.buttons.into_iter().filter(|button| *button != cancel).collect()
    }

    fn said(&self) -> Vec<Seen> {
        self.by_bot(OPS)
    }

    fn below(&self, message: &Seen) -> Vec<Seen> {
        let chat: i64 = message.channel.parse().unwrap();
        let to: i64 = message.id.parse().unwrap();
        let replies = self.0.messages(chat).into_iter();
        replies
            .filter(|reply| reply.from == Some(BOT) && reply.reply_to == Some(to))
            .map(|reply| seen(&reply))
            .collect()
    }

    fn whispered(&self, who: Who) -> Vec<Seen> {
        let toasts = self.0.toasts(id(who)).into_iter();
        let toasts = toasts.filter_map(|toast| {
            let (id, channel) = (format!("toast {}", toast.at), toast.chat.to_string());
            Some(Seen { id, channel, text: toast.text?, buttons: Vec::new() })
        });
        toasts.chain(self.by_bot(id(who))).collect()
    }

    async fn press(&self, who: Who, message: &Seen, button: &str) {
        let (chat, at) = (message.channel.parse().unwrap(), message.id.parse().unwrap());
        let pressed = self.0.press(id(who), chat, at, button).unwrap();
        let outcome = patiently("the answer to the callback query", pressed.outcome()).await;
        assert!(matches!(outcome, Outcome::Answered { .. }), "{button}: {outcome:?}");
    }

    async fn choose(&self, who: Who, message: &Seen, menu: &str, choice: &str) {
        self.press(who, message, &format!("{menu} ▾")).await;
        let opened = || {
            let seen = seen(&self.message(message));
            seen.buttons.iter().any(|button| button == choice).then_some(seen)
        };
        let opened = wait_for(self, "the menu", opened).await;
        self.press(who, &opened, choice).await;
    }

    fn is_asked(&self, who: Who) -> bool {
        self.0.prompt(id(who), OPS).is_some()
            || self.by_bot(OPS).iter().any(|seen| seen.buttons.iter().any(|button| button.contains("Cancel")))
    }

    async fn fill(&self, who: Who, answers: &[(&str, &str)]) {
        let mut left: Vec<(&str, &str)> = answers.to_vec();
        while !left.is_empty() {
            let look = || {
                let asked = self.by_bot(OPS).into_iter().next_back()?;
                let open = self.0.prompt(id(who), OPS).is_some() || !asked.buttons.is_empty();
                let at = left.iter().position(|(label, _)| asked.text.contains(label)).filter(|_| open)?;
                Some((asked, at))
            };
            let (asked, at) = wait_for(self, &format!("a question for one of {left:?}"), look).await;
            let (_, answer) = left.remove(at);
            if asked.buttons.iter().any(|button| button == answer) {
                self.press(who, &asked, answer).await;
            } else {
                self.say(who, answer, Some(asked.id.parse().unwrap())).await;
            }
        }
    }

    async fn reply(&self, who: Who, message: &Seen, line: &str) {
        self.say(who, &format!("/qd {line}"), Some(message.id.parse().unwrap())).await;
    }

    async fn address(&self, who: Who, line: &str) {
        self.say(who, &format!("@quarterdeck_bot {line}"), None).await;
    }

    fn mentions(&self, message: &Seen, who: Who) -> bool {
        self.message(message).entities.iter().any(|one| one["user"]["id"] == id(who))
    }

    fn pings(&self, message: &Seen) -> usize {
        let entities = self.message(message).entities;
        entities.iter().filter(|one| matches!(one["type"].as_str(), Some("mention" | "text_mention"))).count()
    }

    fn alive(&self, message: &Seen) -> Vec<String> {
        let alive = |one: &Value| match one["type"].as_str().unwrap_or_default() {
            "url" | "spoiler" | "bot_command" => true,
            "text_link" => one["url"].as_str().is_some_and(|url| url.contains("evil")),
            _ => false,
        };
        self.message(message).entities.iter().filter(|one| alive(one)).map(ToString::to_string).collect()
    }

    fn leads_to(&self, message: &Seen, address: &str, text: &str) -> bool {
        let card = self.message(message);
        let files = self.0.messages(card.chat).into_iter().filter(|other| other.reply_to == Some(card.id));
        let mut files = files.filter_map(|other| self.0.file(&other.file?.file_id));
        json!([card.entities, card.reply_markup]).to_string().contains(address)
            || files.any(|bytes| String::from_utf8(bytes).unwrap().contains(text))
    }

    fn named(&self, message: &Seen) -> String {
        message.id.clone()
    }

    fn reaction(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    fn reactions(&self, message: &Seen) -> Vec<String> {
        self.message(message).reactions.into_iter().map(|reaction| reaction.emoji).collect()
    }

    fn sends_files(&self) -> (&'static str, &'static str) {
        ("telegram.file.send", "chat")
    }

    fn files(&self) -> Vec<(String, String)> {
        let files = self.0.messages(OPS).into_iter().filter_map(|message| message.file);
        let content = |id: &str| String::from_utf8(self.0.file(id).unwrap()).unwrap();
        files.map(|file| (file.name.clone().unwrap_or_default(), content(&file.file_id))).collect()
    }

    fn delete(&self, message: &Seen) {
        self.0.delete_message(ANA, message.channel.parse().unwrap(), message.id.parse().unwrap()).unwrap();
    }

    fn remove_bot(&self) {
        self.0.remove_bot(OPS, ANA).unwrap();
    }

    fn add_bot(&self) {
        self.0.add_bot(OPS, ANA).unwrap();
    }

    fn trouble(&self, trouble: Trouble) {
        self.0.fail_next("sendMessage", failure(trouble), 1);
    }

    fn trouble_with_edits(&self, trouble: Trouble) {
        self.0.fail_next("editMessageText", failure(trouble), 1);
    }

    fn offences(&self) -> Vec<String> {
        let unknown = self.0.unknown_routes();
        unknown.into_iter().chain(self.0.violations().iter().map(|one| format!("{one:?}"))).collect()
    }

    fn never_doubles(&self) -> bool {
        false
    }
}
