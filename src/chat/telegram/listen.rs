//! From updates to the inbox: what both ways in, [`super::poll`] and [`super::webhook`], have in common; and what is
//! handed to the outward half at once because there is nothing in it to keep.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;

use super::callbacks::Callbacks;
use super::directory::Directory;
use super::hear::{Ears, Memory, What};
use super::questions::KEEP;
use super::tables::{Acquaintance, Known, Listened, Listening, Menus, Question, Questions};
use super::wire::{Handle, Key, Turn};
use crate::delivery::{Accepted, Arrival, Inbox};
use crate::model::{Choice, Fault, Place, Token};
use crate::operations::Registry;
use crate::store::{Store, Tx};

/// Something that is done at once and never stored: if it is lost, the person does it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Aside {
    /// A menu is to be opened, paged or closed on the message it was pressed on.
    Menu {
        /// Where it was pressed.
        at: Handle,
        /// The menu.
        token: Token,
        /// What it is to show.
        turn: Turn,
    },
    /// A button below a question was pressed that is no answer yet ([`Key::Tick`]), or the last word ([`Key::Cancel`]).
    Form {
        /// Where it was pressed.
        at: Handle,
        /// The form.
        token: Token,
        /// What was pressed.
        key: Key,
    },
    /// `/cancel` was typed.
    Cancel {
        /// Where.
        place: Place,
        /// By whom.
        user: i64,
        /// The message that says so.
        message: i64,
        /// The message it replies to, where it replies to one.
        question: Option<i64>,
    },
    /// Something was said to us in the name of a group: nobody can tell by whom.
    Nameless {
        /// Where.
        place: Place,
        /// The message that says it.
        message: i64,
    },
    /// A question was answered: the answer is in the inbox, and the question is no longer open.
    Answered {
        /// The question.
        question: Box<Question>,
        /// Telegram's id of the message that asked.
        message: i64,
        /// The answer, as a person reads it; empty where it was skipped.
        answer: String,
    },
}

/// The outward half of the platform, as the listening sees it.
#[async_trait]
pub(super) trait Attendant: Send + Sync {
    /// Does what was asked for aside. What goes wrong it tells the person or the log.
    async fn aside(&self, aside: Aside);

    /// What goes on beside the listening, until dropped: questions whose time is over.
    async fn attend(&self);
}

/// What takes arrivals: the inbox, or a test's own.
#[async_trait]
pub(super) trait Accept: Send + Sync {
    /// Resolves when the arrival is on disk.
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault>;
}

#[async_trait]
impl Accept for Inbox {
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        Self::accept(self, arrival).await
    }
}

/// What is done beside the listening, in the order in which it came up.
#[derive(Debug)]
pub(super) enum Work {
    /// For the outward half.
    Aside(Aside),
    /// A word for who pressed.
    Word(String, &'static str),
    /// A person opened a chat with the bot.
    Started(i64),
}

/// Takes updates in.
#[derive(Clone)]
pub(super) struct Intake {
    pub ears: Ears,
    pub inbox: Arc<dyn Accept>,
    pub store: Store,
    pub directory: Arc<Directory>,
    pub callbacks: Callbacks,
    pub work: mpsc::UnboundedSender<Work>,
    /// Updates are understood one batch after the other: an answer closes its question for the next.
    pub turn: Arc<tokio::sync::Mutex<()>>,
}

/// The words that a line may begin with: services, other spellings, and `help`.
pub(super) fn openings(registry: &Registry) -> BTreeSet<String> {
    let aliases = registry.shown().flat_map(|operation| operation.spec.aliases);
    let first = aliases.filter_map(|alias| alias.split(' ').next()).map(str::to_owned);
    let services = registry.services().into_iter().map(str::to_owned);
    services.chain(first).chain(["help".to_owned()]).collect()
}

/// An update that was understood, on its way.
struct Under {
    id: Option<i64>,
    arrival: Option<Arrival>,
    work: Vec<Work>,
    /// The question that it answers.
    closes: Option<(String, String)>,
}

impl Intake {
    /// Puts updates into the inbox, in order, and writes down up to where; resolves when all of it is on disk.
    /// `offset` is the row that says up to where, if it is to be moved.
    ///
    /// # Errors
    /// Not all is on disk: it must not be acknowledged, so that Telegram sends it again.
    pub(super) async fn take(&self, updates: &[Value], offset: Option<String>) -> Result<(), Fault> {
        let _turn = self.turn.lock().await;
        let notes = Notes { store: &self.store, directory: &self.directory, closed: Mutex::default() };
        let (mut under, mut queries, mut met) = (Vec::with_capacity(updates.len()), Vec::new(), Vec::new());
        for update in updates {
            let (one, query, known) = self.understand(update, &notes);
            under.push(one);
            queries.extend(query);
            met.extend(known);
        }
        // From here on a question takes no second answer, whatever happens before this one is in the inbox.
        let closing: Vec<(i64, (String, String))> =
            under.iter().filter_map(|one| Some((one.id?, one.closes.clone()?))).collect();
        if !closing.is_empty() {
            self.store.write(move |tx| closing.iter().try_for_each(|(by, key)| mark(tx, key, *by))).await?;
        }
        for query in &queries {
            self.callbacks.open(query);
        }
        // All are queued at once, in order, and share a sync.
        let accepted = under.iter_mut().filter_map(|one| one.arrival.take()).map(|arrival| self.inbox.accept(arrival));
        futures::future::try_join_all(accepted).await?;
        let next = updates.iter().filter_map(|update| update.get("update_id")?.as_i64()).max().map(|last| last + 1);
        let at = self.ears.clock.now();
        for (person, chat) in updates.iter().filter_map(in_group) {
            self.directory.met(&person, &chat, at);
        }
        let news = self.directory.learn(met);
        let callbacks = self.callbacks.clone();
        let closed: Vec<(String, String)> = under.iter().filter_map(|one| one.closes.clone()).collect();
        self.store
            .write(move |tx| {
                if let (Some(row), Some(next)) = (offset, next) {
                    tx.put::<Listening>(&row, &Listened::Offset { next, at })?;
                }
                for key in &closed {
                    tx.delete::<Questions>(key);
                }
                news.iter().try_for_each(|(id, who)| tx.put::<Known>(id, who))?;
                callbacks.keep(tx, &queries)
            })
            .await?;
        // Nobody listens for it any more only when all of this ends.
        under.into_iter().flat_map(|one| one.work).for_each(|work| drop(self.work.send(work)));
        Ok(())
    }

    fn understand(&self, update: &Value, notes: &Notes<'_>) -> (Under, Option<String>, Vec<(String, Acquaintance)>) {
        let id = update.get("update_id").and_then(Value::as_i64);
        notes.now(id);
        let heard = match self.ears.update(update, notes) {
            Ok(heard) => heard,
            Err(reason) => {
                tracing::warn!(reason, "an update of Telegram's could not be read; it is kept");
                let arrival = Some(self.ears.unread(update, reason));
                // Even so its button must not turn for ever.
                let query = update.pointer("/callback_query/id").and_then(Value::as_str).map(str::to_owned);
                return (Under { id, arrival, work: Vec::new(), closes: None }, query, Vec::new());
            }
        };
        let mut one = Under { id, arrival: None, work: Vec::new(), closes: None };
        match heard.what {
            What::Take(arrival) => one.arrival = Some(*arrival),
            What::Answer { arrival, question, message, answer } => {
                let key = (question.place.channel.clone(), message.to_string());
                notes.close(key.clone(), id);
                one.arrival = Some(*arrival);
                one.closes = Some(key);
                one.work.push(Work::Aside(Aside::Answered { question, message, answer }));
            }
            What::Aside(aside) => one.work.push(Work::Aside(aside)),
            What::Ignore(why) => tracing::debug!(why, "left an update of Telegram's alone"),
        }
        one.work.extend(heard.started.map(Work::Started));
        if let (Some(query), Some(word)) = (&heard.query, heard.word) {
            one.work.push(Work::Word(query.clone(), word));
        }
        (one, heard.query, heard.met)
    }
}

/// The person who wrote in a group, and the group: they are in it.
fn in_group(update: &Value) -> Option<(String, String)> {
    let message = update.get("message")?;
    let chat = message.pointer("/chat/id")?.as_i64().filter(|id| *id < 0)?;
    // Anonymous administrators and linked channels write under a stand-in.
    let from = message.get("from").filter(|_| message.get("sender_chat").is_none())?;
    Some((from.get("id")?.as_i64()?.to_string(), chat.to_string()))
}

/// Notes that this update answers the question.
pub(super) fn mark(tx: &mut Tx<'_>, key: &(String, String), by: i64) -> Result<(), Fault> {
    let Some(mut question) = tx.get::<Questions>(key)? else { return Ok(()) };
    question.answered_by = Some(by);
    let until = question.until.checked_add(KEEP).unwrap_or(Timestamp::MAX);
    tx.put_until::<Questions>(key, &question, until)
}

/// What is in the store, with what this batch changed so far.
struct Notes<'a> {
    store: &'a Store,
    directory: &'a Directory,
    closed: Mutex<Closed>,
}

/// Which questions this batch answered, by which update; and the update that is read now.
#[derive(Default)]
struct Closed {
    by: HashMap<(String, String), Option<i64>>,
    now: Option<i64>,
}

impl Notes<'_> {
    fn state(&self) -> std::sync::MutexGuard<'_, Closed> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self, update: Option<i64>) {
        self.state().now = update;
    }

    fn close(&self, key: (String, String), by: Option<i64>) {
        self.state().by.insert(key, by);
    }

    /// A question is open to the update that answered it before a crash, and to no other.
    fn is_open(&self, key: &(String, String), question: &Question) -> bool {
        let state = self.state();
        !state.by.contains_key(key) && question.answered_by.is_none_or(|by| Some(by) == state.now)
    }

    fn read<T>(what: &str, read: Result<Option<T>, Fault>) -> Option<T> {
        read.unwrap_or_else(|fault| {
            tracing::error!(what, %fault, "the store cannot be read");
            None
        })
    }
}

impl Memory for Notes<'_> {
    fn question(&self, chat: &str, message: i64) -> Option<Question> {
        let key = (chat.to_owned(), message.to_string());
        Self::read("a question", self.store.get::<Questions>(&key)).filter(|question| self.is_open(&key, question))
    }

    fn question_to(&self, place: &Place, user: i64) -> Option<(i64, Question)> {
        let prefix = [place.channel.as_bytes(), &[0]].concat();
        let rows = Self::read("the questions", self.store.prefix::<Questions>(&prefix, usize::MAX).map(Some));
        let fits = |question: &Question| question.user == user.to_string() && question.place == *place;
        let open = rows.into_iter().flatten().filter(|(key, question)| fits(question) && self.is_open(key, question));
        // The newest is the one that is meant.
        open.filter_map(|(key, question)| Some((key.1.parse().ok()?, question))).max_by_key(|(message, _)| *message)
    }

    fn choices(&self, menu: &Token) -> Option<Vec<Choice>> {
        Self::read("a menu", self.store.get::<Menus>(menu)).map(|menu| menu.choices)
    }

    fn person(&self, username: &str) -> Option<String> {
        self.directory.person(username)
    }
}
