//! A platform as its people use it. One driver each; the sentences know no vendor.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::conversation::{Conversation, PATIENCE};

/// The people of the sample company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Ana,
    Ben,
    Cleo,
}

/// A message as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The platform's id of it.
    pub id: String,
    /// The platform's id of the channel or thread it stands in.
    pub channel: String,
    /// All that it shows.
    pub text: String,
    /// What stands on its buttons.
    pub buttons: Vec<String>,
}

/// What goes wrong at the vendor with the next message that is posted.
#[derive(Debug, Clone, Copy)]
pub enum Trouble {
    /// Asked to wait for so many seconds.
    Wait(u32),
    /// A server error.
    Down,
    /// It arrives, and the answer is lost.
    AnswerLost,
    /// No answer at all.
    Hangs,
}

/// A platform with its people.
#[async_trait]
pub trait Chat: Send + Sync {
    /// The platform's name.
    fn name(&self) -> &'static str;
    /// The room in which the suite plays, as a place.
    fn room(&self) -> String;
    /// The room by the name that people know it by.
    fn named_room(&self) -> String;
    /// Tells when something changes.
    fn changes(&self) -> watch::Receiver<u64>;
    /// Somebody asks for an operation in the room, the way it is done here; options as texts.
    async fn ask(&self, who: Who, operation: &str, options: &[(&str, &str)]);
    /// Somebody types a line of the grammar.
    async fn line(&self, who: Who, text: &str);
    /// What is offered while the value of an option is typed; labels. `None`: in a form only.
    async fn complete(&self, who: Who, operation: &str, option: &str, begun: &str) -> Vec<String>;
    /// What the bot said in the room, oldest first; not what only one person sees.
    fn said(&self) -> Vec<Seen>;
    /// What stands below a message: its thread, or the replies to it.
    fn below(&self, message: &Seen) -> Vec<Seen>;
    /// What only this person sees, oldest first.
    fn whispered(&self, who: Who) -> Vec<Seen>;
    /// Somebody presses a button; resolves when it no longer waits.
    async fn press(&self, who: Who, message: &Seen, button: &str);
    /// Somebody chooses in a menu of a message; resolves when it no longer waits.
    async fn choose(&self, who: Who, message: &Seen, menu: &str, choice: &str);
    /// Whether a form is open for somebody.
    fn is_asked(&self, who: Who) -> bool;
    /// Fills in the form that is open for somebody, step by step, by the labels of the fields; leaves the rest out.
    async fn fill(&self, who: Who, answers: &[(&str, &str)]);
    /// Somebody replies to a message, or below it, to the bot.
    async fn reply(&self, who: Who, message: &Seen, line: &str);
    /// Somebody addresses a line to the bot in the room, by its name.
    async fn address(&self, who: Who, line: &str);
    /// Whether the message calls somebody by the handle that they have here.
    fn mentions(&self, message: &Seen, who: Who) -> bool;
    /// How many people, groups or rooms the message pings.
    fn pings(&self, message: &Seen) -> usize;
    /// What of the message is more than text and leads to `evil.example`, hides something or runs a command.
    fn alive(&self, message: &Seen) -> Vec<String>;
    /// Whether the message leads to this address, or a file with it holds this text.
    fn leads_to(&self, message: &Seen, address: &str, text: &str) -> bool;
    /// A message as people name it.
    fn named(&self, message: &Seen) -> String;
    /// The operation that puts an emoji on a message, and one as it takes it; none where there is none.
    fn reaction(&self) -> Option<(&'static str, &'static str)>;
    /// The emoji on a message.
    fn reactions(&self, message: &Seen) -> Vec<String>;
    /// The operation that sends a file, and its parameter for the room.
    fn sends_files(&self) -> (&'static str, &'static str);
    /// The files in the room: name and content.
    fn files(&self) -> Vec<(String, String)>;
    /// Somebody deletes a message.
    fn delete(&self, message: &Seen);
    /// Somebody takes the bot out of the room.
    fn remove_bot(&self);
    /// And lets it in again.
    fn add_bot(&self);
    /// What goes wrong next.
    fn trouble(&self, trouble: Trouble);
    /// The next edit fails so.
    fn trouble_with_edits(&self, trouble: Trouble);
    /// Requests to the vendor that broke its rules.
    fn offences(&self) -> Vec<String>;
    /// Whether the platform can send nothing twice (it knows the delivery by an id of ours).
    fn never_doubles(&self) -> bool;
}

/// Waits until `look` finds something.
pub async fn wait_for<T>(chat: &dyn Chat, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut changes = chat.changes();
    let waited = async {
        loop {
            changes.borrow_and_update();
            if let Some(found) = look() {
                return found;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let found = tokio::time::timeout(PATIENCE, waited).await;
    found.unwrap_or_else(|_| panic!("never came: {what} on {}; there is {:#?}", chat.name(), chat.said()))
}

/// The newest message of the room that reads so.
pub async fn card(chat: &dyn Chat, part: &str) -> Seen {
    let look = || chat.said().into_iter().rfind(|seen| seen.text.contains(part));
    wait_for(chat, &format!("a card that says {part:?}"), look).await
}

/// The same message, once it reads so.
pub async fn edited(chat: &dyn Chat, message: &Seen, part: &str) -> Seen {
    let look = || chat.said().into_iter().find(|seen| seen.id == message.id && seen.text.contains(part));
    wait_for(chat, &format!("an edit that says {part:?}"), look).await
}

/// The newest thing that only this person sees and that reads so.
pub async fn whisper(chat: &dyn Chat, who: Who, part: &str) -> Seen {
    let look = || chat.whispered(who).into_iter().rfind(|seen| seen.text.contains(part));
    wait_for(chat, &format!("a whisper to {who:?} that says {part:?}"), look).await
}

/// The newest question to somebody that reads so: for that person alone, or, where its button is to run for the room,
/// in the room.
pub async fn question(chat: &dyn Chat, who: Who, part: &str, not: Option<&Seen>) -> Seen {
    let look = || {
        let mut all = chat.whispered(who).into_iter().chain(chat.said());
        all.rfind(|seen| seen.text.contains(part) && not.is_none_or(|not| not.id != seen.id))
    };
    wait_for(chat, &format!("a question to {who:?} that says {part:?}"), look).await
}

/// A line of the grammar for an operation with options.
pub fn line_of(operation: &str, options: &[(&str, &str)]) -> String {
    let mut line = operation.replace('.', " ");
    for (name, value) in options {
        let (name, value) = (name.replace('_', "-"), quarterdeck::operations::quoted(value));
        line = format!("{line} --{name} {value}");
    }
    line
}

/// Every platform of the stage.
pub fn all(on: &Conversation) -> Vec<Arc<dyn Chat>> {
    vec![
        Arc::new(super::slack::OnSlack::new(on)),
        Arc::new(super::discord::OnDiscord::new(on)),
        Arc::new(super::telegram::OnTelegram::new(on)),
    ]
}
