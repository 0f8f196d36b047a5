//! Discord, as its people use it.

use async_trait::async_trait;
use quarterdeck::sandbox::discord::{ANA, BEN, CLEO, DiscordFake, Failure, GENERAL, GUILD, LimitScope, Message};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::chat::{Chat, Seen, Trouble, Who, wait_for};
use crate::conversation::{Conversation, patiently};

pub struct OnDiscord(DiscordFake);

impl OnDiscord {
    pub fn new(on: &Conversation) -> Self {
        Self::of(on.stage.discord.as_ref().unwrap())
    }

    pub fn of(fake: &DiscordFake) -> Self {
        Self(fake.clone())
    }

    fn by_bot(&self, messages: Vec<Message>) -> Vec<Seen> {
        let bot = &self.0.setup().bot.id;
        let real = messages.into_iter().filter(|message| message.author == *bot && !message.is_loading());
        // A note that a thread was begun is the client's.
        real.filter(|message| message.kind != 18 && message.kind != 21).map(|message| seen(&message)).collect()
    }

    /// Waits until the command is there: they are registered when the daemon has signed in.
    async fn registered(&self, path: &str) {
        let root = path.split(' ').next().unwrap_or_default();
        let look = || self.0.commands(None).iter().any(|command| command["name"] == root).then_some(());
        wait_for(self, "the commands", look).await;
    }

    /// The option of a command with its type, so that a text becomes what the client would send.
    fn typed(&self, path: &str, name: &str, text: &str) -> Value {
        let commands = self.0.commands(None);
        let mut words = path.split(' ');
        let root = words.next().unwrap_or_default();
        let mut at = commands.iter().find(|command| command["name"] == root).cloned().unwrap_or_default();
        for word in words {
            let inner = at["options"].as_array().into_iter().flatten().find(|option| option["name"] == word).cloned();
            at = inner.unwrap_or_default();
        }
        let option = at["options"].as_array().into_iter().flatten().find(|option| option["name"] == name).cloned();
        let kind = option.unwrap_or_default()["type"].as_u64();
        match kind {
            Some(4) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
            Some(5) => json!(text == "true"),
            _ => json!(text),
        }
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
    let buttons = message.buttons().into_iter().map(|(label, _)| label).collect();
    // What is escaped is read without its backslash; a field's name and value are read together.
    let text = message.text().replace('\\', "").replace(": by <", " by <");
    Seen { id: message.id.clone(), channel: message.channel.clone(), text, buttons }
}

fn failure(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Wait(seconds) => Failure::RateLimited { retry_after: seconds.into(), scope: LimitScope::User },
        Trouble::Down => Failure::Status(503),
        Trouble::AnswerLost => Failure::DropReplyAfterWork,
        Trouble::Hangs => Failure::Hang,
    }
}

#[async_trait]
impl Chat for OnDiscord {
    fn name(&self) -> &'static str {
        "discord"
    }

    fn room(&self) -> String {
        format!("discord:{GENERAL}")
    }

    fn named_room(&self) -> String {
        "discord:#general".to_owned()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes()
    }

    async fn ask(&self, who: Who, operation: &str, options: &[(&str, &str)]) {
        let path = operation.replace('.', " ");
        self.registered(&path).await;
        let typed: Vec<(&str, Value)> =
            options.iter().map(|(name, text)| (*name, self.typed(&path, name, text))).collect();
        let delivered = self.0.command(id(who), GENERAL, &path, &typed).unwrap();
        let outcome = patiently("the answer", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{operation}: {outcome:?}");
    }

    async fn line(&self, who: Who, text: &str) {
        self.registered("qd").await;
        let delivered = self.0.command(id(who), GENERAL, "qd", &[("line", json!(text))]).unwrap();
        let outcome = patiently("the answer", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{text}: {outcome:?}");
    }

    async fn complete(&self, who: Who, operation: &str, option: &str, begun: &str) -> Vec<String> {
        let path = operation.replace('.', " ");
        self.registered(&path).await;
        let typed = [(option, json!(begun))];
        let offered = self.0.complete(id(who), GENERAL, &path, &typed, option);
        let offered = patiently("the choices", offered).await.unwrap();
        offered.into_iter().map(|choice| choice.name).collect()
    }

    fn said(&self) -> Vec<Seen> {
        self.by_bot(self.0.messages(GENERAL))
    }

    fn below(&self, message: &Seen) -> Vec<Seen> {
        // A thread has the id of the message that it was begun from.
        self.by_bot(self.0.messages(&message.id))
    }

    fn whispered(&self, who: Who) -> Vec<Seen> {
        let mut all = self.by_bot(self.0.ephemerals(id(who)));
        let direct = self.0.direct_channel(id(who)).unwrap();
        all.extend(self.by_bot(self.0.messages(&direct)));
        all
    }

    async fn press(&self, who: Who, message: &Seen, button: &str) {
        let delivered = self.0.press(id(who), &message.channel, &message.id, button).unwrap();
        let outcome = patiently("the answer", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{button}: {outcome:?}");
    }

    async fn choose(&self, who: Who, message: &Seen, menu: &str, choice: &str) {
        let delivered = self.0.choose(id(who), &message.channel, &message.id, menu, &[choice]).unwrap();
        let outcome = patiently("the answer", delivered.outcome()).await;
        assert!(outcome.is_acknowledged(), "{menu}: {outcome:?}");
    }

    fn is_asked(&self, who: Who) -> bool {
        !self.0.modals(id(who)).is_empty()
    }

    async fn fill(&self, who: Who, answers: &[(&str, &str)]) {
        let mut left: Vec<(&str, &str)> = answers.to_vec();
        loop {
            let modal = wait_for(self, "a modal", || self.0.modals(id(who)).pop()).await;
            let mut values = Vec::new();
            for label in &modal.components {
                let (text, input) = (&label["label"], &label["component"]["custom_id"]);
                if let Some(at) = left.iter().position(|(wanted, _)| text == wanted) {
                    let (_, answer) = left.remove(at);
                    let answer = if label["component"]["type"] == 3 { json!([answer]) } else { json!(answer) };
                    values.push((input.as_str().unwrap().to_owned(), answer));
                }
            }
            let values: Vec<(&str, Value)> =
                values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            let before: Vec<String> = self.whispered(who).into_iter().map(|seen| seen.id).collect();
            let said = self.said().len();
            let delivered = self.0.submit_modal(id(who), &modal.custom_id, &values).unwrap();
            let outcome = patiently("the answer", delivered.outcome()).await;
            assert!(outcome.is_acknowledged(), "{outcome:?}");
            // Either there is a further step, or the deed is done.
            let look = || {
                let steps = self.whispered(who).into_iter().filter(|seen| !before.contains(&seen.id));
                let mut steps = steps.filter(|seen| seen.buttons.iter().any(|button| button.contains("the rest")));
                steps.next_back().map(Some).or_else(|| (self.said().len() > said).then_some(None))
            };
            match wait_for(self, "what comes of the form", look).await {
                Some(step) if left.is_empty() => {
                    let run = step.buttons.first().cloned().unwrap_or_default();
                    return self.press(who, &step, &run).await;
                }
                Some(step) => {
                    let more = step.buttons.iter().find(|button| button.contains("the rest")).cloned().unwrap();
                    self.press(who, &step, &more).await;
                }
                None => return assert!(left.is_empty(), "nobody asked for {left:?}"),
            }
        }
    }

    async fn reply(&self, who: Who, message: &Seen, line: &str) {
        let text = format!("<@{}> {line}", self.0.setup().bot.id);
        let said = self.0.say(id(who), &message.channel, &text, Some(&message.id)).unwrap();
        assert!(said.heard > 0, "nobody was told of the reply");
    }

    async fn address(&self, who: Who, line: &str) {
        let text = format!("<@{}> {line}", self.0.setup().bot.id);
        let said = self.0.say(id(who), GENERAL, &text, None).unwrap();
        assert!(said.heard > 0, "nobody was told of the line");
    }

    fn mentions(&self, message: &Seen, who: Who) -> bool {
        message.text.contains(&format!("<@{}>", id(who)))
    }

    fn pings(&self, message: &Seen) -> usize {
        let message = self.0.message(&message.channel, &message.id).unwrap();
        message.mentions.len() + message.mention_roles.len() + usize::from(message.mention_everyone)
    }

    fn alive(&self, message: &Seen) -> Vec<String> {
        let text = self.0.message(&message.channel, &message.id).unwrap().text();
        let parts = ["http://evil", "](http://evil", "||s||"].into_iter();
        parts.filter(|part| text.contains(part)).map(|part| format!("{part} in {text}")).collect()
    }

    fn leads_to(&self, message: &Seen, address: &str, text: &str) -> bool {
        let message = self.0.message(&message.channel, &message.id).unwrap();
        let holds = |id: &str| String::from_utf8(self.0.attachment(id).unwrap()).unwrap().contains(text);
        message.attachments.iter().any(|file| holds(&file.id))
            || json!([message.embeds, message.components]).to_string().contains(address)
    }

    fn named(&self, message: &Seen) -> String {
        format!("https://discord.com/channels/{GUILD}/{}/{}", message.channel, message.id)
    }

    fn reaction(&self) -> Option<(&'static str, &'static str)> {
        Some(("discord.reaction.add", "👀"))
    }

    fn reactions(&self, message: &Seen) -> Vec<String> {
        let message = self.0.message(&message.channel, &message.id).unwrap();
        message.reactions.into_iter().map(|reaction| reaction.emoji).collect()
    }

    fn sends_files(&self) -> (&'static str, &'static str) {
        ("discord.file.send", "channel")
    }

    fn files(&self) -> Vec<(String, String)> {
        let files = self.0.messages(GENERAL).into_iter().flat_map(|message| message.attachments);
        files.map(|file| (file.filename, String::from_utf8(self.0.attachment(&file.id).unwrap()).unwrap())).collect()
    }

    fn delete(&self, message: &Seen) {
        self.0.delete_message(ANA, &message.channel, &message.id).unwrap();
    }

    fn remove_bot(&self) {
        self.0.remove_from_channel(GENERAL).unwrap();
    }

    fn add_bot(&self) {
        self.0.add_to_channel(GENERAL).unwrap();
    }

    fn trouble(&self, trouble: Trouble) {
        self.0.fail_next("POST /channels/*/messages", failure(trouble), 1);
    }

    fn trouble_with_edits(&self, trouble: Trouble) {
        self.0.fail_next("PATCH /channels/*/messages/*", failure(trouble), 1);
    }

    fn offences(&self) -> Vec<String> {
        let unknown = self.0.unknown_routes();
        unknown.into_iter().chain(self.0.violations().iter().map(|one| format!("{one:?}"))).collect()
    }

    fn never_doubles(&self) -> bool {
        true
    }
}
