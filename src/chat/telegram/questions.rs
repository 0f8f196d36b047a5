//! Questions from their asking to their end: answered, cancelled, set aside by another one, or out of time.
//!
//! A question's row is there as long as an answer counts: from before the message is sent, for the answer may be here
//! before Telegram has said which message asks. After a crash in between, the form, which is still in the inbox, is asked for
//! once more; an answer below either message counts.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Telegram;
use super::faults::Refusal;
use super::form::{markup, question, text};
use super::listen::{Aside, Attendant};
use super::send::{Sent, Target, content, plain, with};
use super::tables::{Question, Questions};
use super::wire::{Handle, Key, Trigger};
use crate::chat::web::Twice;
use crate::model::{Fault, FaultKind, Place};
use crate::operations::{Form, FormField};
use crate::store::Rows;

/// So long a question waits at most for Telegram to take it.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// How long an answer is waited for.
pub(super) const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// How long the row of one whose end could not be told is kept.
pub(super) const KEEP: SignedDuration = SignedDuration::from_hours(48);
/// Before the end of a question is tried to be told again.
const AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// How a question ended, beside by an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Cancelled,
    SetAside,
    TimedOut,
}

impl End {
    const fn words(self) -> &'static str {
        match self {
            Self::Cancelled => "✖️ Cancelled. Nothing was done.",
            Self::SetAside => "Set aside for what you asked for since. Nothing was done.",
            Self::TimedOut => "⌛ Timed out – nothing was done. Send the command again.",
        }
    }
}

impl Telegram {
    /// Asks for one field of a form.
    pub(super) async fn ask(&self, trigger: &Trigger, form: &Form, field: &FormField) -> Result<(), Fault> {
        let until = self.clock.now().checked_add(LIFE).unwrap_or(Timestamp::MAX);
        let question = question(trigger, form, field, until);
        let bot = self.identity.get().map(|identity| identity.username.as_str()).filter(|name| !name.is_empty());
        let html = text(trigger, form, field, &question, bot);
        self.set_aside(trigger).await?;
        let target = Target::of(&trigger.place)?.replying(trigger.message);
        let pace = self.pace(&trigger.place.channel);
        self.client.limits().pay(&pace).await;
        let what = content(&html, Some(markup(&question, &field.label)));
        let until = question.until.checked_add(KEEP).unwrap_or(Timestamp::MAX);
        // Noted before it is sent: the answer may be here before Telegram has said which message asks.
        let (under_way, noted) = (being_asked(&trigger.place, trigger.user), question.clone());
        let row = under_way.clone();
        self.store.write(move |tx| tx.put_until::<Questions>(&row, &noted, until)).await?;
        let sent = match self.put(&target, &what).await {
            Ok(sent) => sent,
            Err(refusal) => {
                if refusal.fault.kind != FaultKind::Unknown {
                    let dropped = self.store.write(move |tx| {
                        tx.delete::<Questions>(&under_way);
                        Ok(())
                    });
                    dropped.await?;
                }
                return Err(refusal.into());
            }
        };
        let mut question = question;
        if sent.moved.is_some() {
            question.place = Place { channel: sent.chat.to_string(), thread: None, ..question.place };
        }
        let key = (sent.chat.to_string(), sent.message.to_string());
        let (token, forced) = (question.token.clone(), question.forced);
        let open = self.store.write(move |tx| {
            let open = tx.get::<Questions>(&under_way)?.is_some_and(|noted| noted.token == token);
            if open {
                tx.delete::<Questions>(&under_way);
                tx.put_until::<Questions>(&key, &question, until)?;
            }
            Ok(open)
        });
        if !open.await? && !forced {
            // It was answered meanwhile; its buttons are of no use.
            let args = json!({ "chat_id": sent.chat, "message_id": sent.message });
            if let Err(refusal) = self.client.call("editMessageReplyMarkup", Twice::Harmless, &args).await {
                tracing::info!(fault = %refusal.fault, "an answered question keeps its buttons");
            }
        }
        Ok(())
    }

    /// Sends a question. Where Telegram asks to wait a little, that is waited for: whoever is asked can wait too, and what
    /// would be shown in its place is a message as well.
    async fn put(&self, target: &Target, what: &Value) -> Result<Sent, Refusal> {
        let patient_until = self.clock.now().checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
        loop {
            match self.send_to(target, "sendMessage", what).await {
                Err(Refusal { fault: Fault { kind: FaultKind::RateLimited { until }, .. }, .. })
                    if until <= patient_until =>
                {
                    self.clock.sleep_until(until).await;
                }
                sent => return sent,
            }
        }
    }

    /// Only one question is open to one person in one place; the one that was just answered is closing by itself.
    async fn set_aside(&self, trigger: &Trigger) -> Result<(), Fault> {
        let user = trigger.user.to_string();
        for ((chat, message), question) in self.questions(&trigger.place)? {
            let answered = trigger.question.is_some_and(|answered| answered.to_string() == message);
            let over = answered || question.is_answered(self.clock.now());
            if question.user == user && question.place == trigger.place && !over {
                self.end(&(chat, message), &question, End::SetAside).await;
            }
        }
        Ok(())
    }

    /// The open questions of a chat.
    fn questions(&self, place: &Place) -> Result<Rows<Questions>, Fault> {
        let mut prefix = place.channel.clone().into_bytes();
        prefix.push(0);
        self.store.prefix::<Questions>(&prefix, usize::MAX)
    }

    /// Says how a question ended, and forgets it.
    async fn end(&self, key: &(String, String), question: &Question, end: End) {
        if let Err(fault) = self.say_end(&key.1, question, end).await {
            tracing::info!(%fault, "the end of a question was not told");
            let lasting = matches!(fault.kind, FaultKind::RateLimited { .. } | FaultKind::Unavailable);
            let fresh = self.clock.now().duration_since(question.until) < KEEP;
            // What cannot be told now is told later, as long as that is of use; a question that is over is never answered.
            if end == End::TimedOut && lasting && fresh {
                return;
            }
        }
        let key = key.clone();
        let forgotten = self.store.write(move |tx| {
            tx.delete::<Questions>(&key);
            Ok(())
        });
        if let Err(fault) = forgotten.await {
            tracing::error!(%fault, "a question stays open");
        }
    }

    async fn say_end(&self, message: &str, question: &Question, end: End) -> Result<(), Fault> {
        let html = format!("<b>{}</b>\n{}", plain(&question.title, 100), end.words());
        let target = Target::of(&question.place)?;
        let id: i64 = message.parse().map_err(|_| Fault::bug("a question without a message"))?;
        if id < 0 {
            // Which message asks was never heard.
            return Ok(());
        }
        if !question.forced {
            return self.change(&target, id, &html).await;
        }
        // It cannot be edited. While it is there, the person's client goes on asking for a reply.
        let gone = json!({ "chat_id": target.chat(), "message_id": id });
        if let Err(refusal) = self.client.call("deleteMessage", Twice::Harmless, &gone).await {
            let kind = &refusal.fault.kind;
            if matches!(kind, FaultKind::RateLimited { .. } | FaultKind::Unavailable) {
                return Err(refusal.fault);
            }
            tracing::info!(fault = %refusal.fault, "a question stays on the screen");
        }
        let quiet = with(content(&html, None), json!({ "disable_notification": end != End::TimedOut }));
        self.send_to(&target, "sendMessage", &quiet).await?;
        Ok(())
    }

    /// Shows something else where a question was.
    async fn change(&self, target: &Target, message: i64, html: &str) -> Result<(), Fault> {
        let args = with(json!({ "chat_id": target.chat(), "message_id": message }), content(html, None));
        self.client.call("editMessageText", Twice::Harmless, &args).await?;
        Ok(())
    }

    /// A question was answered: it shows the answer, and no buttons any more.
    async fn answered(&self, question: &Question, message: i64, answer: &str) {
        // The answer stands below it, as a reply; or which message asks is still to be heard, and who asked sees to it.
        if question.forced || message < 0 {
            return;
        }
        let answer = if answer.trim().is_empty() { "<i>left out</i>".to_owned() } else { plain(answer, 300) };
        let html = format!("<b>{}</b>\n{answer}", plain(&question.label, 100));
        let changed = match Target::of(&question.place) {
            Ok(target) => self.change(&target, message, &html).await,
            Err(fault) => Err(fault),
        };
        if let Err(fault) = changed {
            tracing::info!(%fault, "an answered question keeps its buttons");
        }
    }

    /// A choice is ticked, or not any more.
    async fn tick(&self, at: &Handle, choice: usize) -> Result<bool, Fault> {
        let key = (at.place.channel.clone(), at.message.to_string());
        let until = self.clock.now().checked_add(LIFE).unwrap_or(Timestamp::MAX);
        let keep = until.checked_add(KEEP).unwrap_or(Timestamp::MAX);
        let user = at.user.to_string();
        let ticked = self.store.write(move |tx| {
            let Some(mut question) = tx.get::<Questions>(&key)? else { return Ok(None) };
            if question.user != user || question.answered_by.is_some() || choice >= question.offered.len() {
                return Ok(None);
            }
            match question.ticked.iter().position(|ticked| *ticked == choice) {
                Some(at) => drop(question.ticked.remove(at)),
                None => question.ticked.push(choice),
            }
            question.ticked.sort_unstable();
            question.until = until;
            tx.put_until::<Questions>(&key, &question, keep)?;
            Ok(Some(question))
        });
        let Some(mut question) = ticked.await? else { return Ok(false) };
        let target = Target::of(&at.place)?;
        let key = (at.place.channel.clone(), at.message.to_string());
        loop {
            let markup = markup(&question, "");
            let args = json!({ "chat_id": target.chat(), "message_id": at.message, "reply_markup": markup });
            self.client.call("editMessageReplyMarkup", Twice::Harmless, &args).await?;
            // Who taps fast has several of these on their way: the last one to arrive must show them all.
            match self.store.get::<Questions>(&key)? {
                Some(now) if now.ticked != question.ticked => question = now,
                _ => return Ok(true),
            }
        }
    }

    /// A button below a question that is no answer.
    async fn form_key(&self, at: &Handle, key: Key) {
        let done = match key {
            Key::Tick(choice) => self.tick(at, choice).await,
            Key::Cancel => self.cancel_at(at).await,
            Key::Choice(_) | Key::Done | Key::Skip | Key::Run => return,
        };
        match done {
            Ok(true) => self.callbacks.taken(&at.query),
            Ok(false) => self.tell(&at.query, "This question is not open any more. Send the command again.").await,
            Err(fault) => {
                tracing::warn!(%fault, "a press below a question did nothing");
                self.tell(&at.query, "That did not work just now. Try again in a moment.").await;
            }
        }
    }

    async fn cancel_at(&self, at: &Handle) -> Result<bool, Fault> {
        let key = (at.place.channel.clone(), at.message.to_string());
        let question = self
            .store
            .get::<Questions>(&key)?
            .filter(|question| question.user == at.user.to_string() && !question.is_answered(self.clock.now()));
        let Some(question) = question else { return Ok(false) };
        self.end(&key, &question, End::Cancelled).await;
        Ok(true)
    }

    /// `/cancel` was typed.
    async fn cancel(&self, place: &Place, user: i64, message: i64, replied: Option<i64>) -> Result<(), Fault> {
        let user = user.to_string();
        let mut open = self.questions(place)?;
        open.retain(|((_, id), question)| {
            let here = replied.map_or(question.place == *place, |replied| replied.to_string() == *id);
            question.user == user && here && !question.is_answered(self.clock.now())
        });
        if open.is_empty() {
            let target = Target::of(place)?.replying(Some(message));
            self.send_to(&target, "sendMessage", &content("There is no open question of yours here.", None)).await?;
        }
        for (key, question) in open {
            self.end(&key, &question, End::Cancelled).await;
        }
        Ok(())
    }

    /// Tells an administrator who writes in the group's name why nothing comes of it.
    async fn ask_for_a_name(&self, place: &Place, message: i64) -> Result<(), Fault> {
        const WORDS: &str =
            "I cannot tell who you are: switch off <i>Remain anonymous</i> for yourself, then try again.";
        let target = Target::of(place)?.replying(Some(message));
        self.client.limits().pay(&self.pace(&place.channel)).await;
        self.send_to(&target, "sendMessage", &content(WORDS, None)).await?;
        Ok(())
    }

    /// Ends the questions whose time is over; says when the next one's will be.
    async fn end_overdue(&self) -> Result<Option<Timestamp>, Fault> {
        let now = self.clock.now();
        let mut next: Option<Timestamp> = None;
        for (key, question) in self.store.scan::<Questions>(None, usize::MAX)? {
            // Where its answer is on the way, whoever brings it ends it; what was never brought ends like any other.
            let mut until = question.until;
            if until <= now {
                self.end(&key, &question, End::TimedOut).await;
                if self.store.get::<Questions>(&key)?.is_none() {
                    continue;
                }
                until = now.checked_add(AGAIN).unwrap_or(Timestamp::MAX);
            }
            next = Some(next.map_or(until, |next| next.min(until)));
        }
        Ok(next)
    }
}

/// Where a question to this person stands until it is heard which message asks it: no message has such a number.
fn being_asked(place: &Place, user: i64) -> (String, String) {
    (place.channel.clone(), (-user).to_string())
}

#[async_trait]
impl Attendant for Telegram {
    async fn aside(&self, aside: Aside) {
        match aside {
            Aside::Menu { at, token, turn } => self.turn(&at, &token, turn).await,
            Aside::Form { at, token: _, key } => self.form_key(&at, key).await,
            Aside::Cancel { place, user, message, question } => {
                if let Err(fault) = self.cancel(&place, user, message, question).await {
                    tracing::warn!(%fault, "`/cancel` did nothing");
                }
            }
            Aside::Nameless { place, message } => {
                if let Err(fault) = self.ask_for_a_name(&place, message).await {
                    tracing::info!(%fault, "who writes in a group's name was not told that this is of no use");
                }
            }
            Aside::Answered { question, message, answer } => self.answered(&question, message, &answer).await,
        }
    }

    async fn attend(&self) {
        let mut asked = self.store.watch::<Questions>();
        loop {
            let next = match self.end_overdue().await {
                Ok(next) => next,
                Err(fault) => {
                    tracing::error!(%fault, "open questions cannot be looked at");
                    self.clock.now().checked_add(AGAIN).ok()
                }
            };
            let due = async {
                match next {
                    Some(next) => self.clock.sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                key = asked.recv() => if key.is_none() { return },
            }
        }
    }
}
