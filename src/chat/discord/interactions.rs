//! Interactions that are open: a command, a press or a sent form that Discord wants answered in three seconds, and that
//! can be answered further for 15 minutes. <https://docs.discord.com/developers/interactions/receiving-and-responding>
//!
//! Discord takes one first answer, and what a later one may be depends on what the first one was. What it was is kept in
//! memory; after a restart it is found out by asking. Both ways in tell of interactions ([`Interactions::opened`]), the
//! carrier and the forms answer them. Nobody answers before what was asked is on disk, and what nobody answered in
//! time is deferred, so that the person does not read "did not respond". A handle grants rights, and is never logged.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::client::{Call, Client, Upload};
use super::faults::Trouble;
use super::mark::is_same;
use crate::chat::web::Twice;
use crate::model::{Fault, FaultKind};

/// The flag of a message for one person's eyes: <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub(super) const EPHEMERAL: u64 = 1 << 6;
/// The flag of "thinking…", a deferred answer.
const LOADING: u64 = 1 << 7;
/// How long an interaction waits for its first answer.
const FIRST: SignedDuration = SignedDuration::from_secs(3);
/// After how long one that nobody answered is deferred.
const DEFER: SignedDuration = SignedDuration::from_secs(2);
/// How long one can be answered at all.
pub(super) const LIFE: SignedDuration = SignedDuration::from_mins(15);
/// The first second of Discord's ids: <https://docs.discord.com/developers/reference#snowflakes>
const EPOCH_MS: u64 = 1_420_070_400_000;

/// The right to answer an interaction.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Handle {
    pub application: String,
    pub id: String,
    pub kind: Kind,
    /// The channel or thread that it was made in, where Discord told.
    pub channel: Option<String>,
    /// The message whose button was pressed.
    pub message: Option<String>,
    pub token: String,
}

/// Without the token.
impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({:?} {})", self.kind, self.id)
    }
}

/// What an interaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Command,
    /// A button or a menu of a message.
    Component,
    /// A form that was sent.
    Modal,
}

impl Handle {
    /// The text that [`crate::model::ReplyHandle`] and [`crate::model::Request::trigger`] carry.
    pub(super) fn value(&self) -> String {
        let kind = match self.kind {
            Kind::Command => 'c',
            Kind::Component => 'm',
            Kind::Modal => 'f',
        };
        let part = |id: &Option<String>| id.as_deref().unwrap_or_default().to_owned();
        let (channel, message) = (part(&self.channel), part(&self.message));
        format!("{}/{}/{kind}.{channel}.{message}/{}", self.application, self.id, self.token)
    }

    /// The handle of such a text.
    ///
    /// # Errors
    /// `NotFound`: it is none.
    pub(super) fn parse(value: &str) -> Result<Self, Fault> {
        let mut parts = value.splitn(4, '/').map(str::to_owned);
        let (application, id, scene, token) = (parts.next(), parts.next(), parts.next(), parts.next());
        let mut scene = scene.as_deref().unwrap_or_default().split('.');
        let kind = match scene.next() {
            Some("c") => Some(Kind::Command),
            Some("m") => Some(Kind::Component),
            Some("f") => Some(Kind::Modal),
            _ => None,
        };
        let mut part = || scene.next().filter(|id| !id.is_empty()).map(str::to_owned);
        let (channel, message) = (part(), part());
        match (application, id, kind, token) {
            (Some(application), Some(id), Some(kind), Some(token)) if !token.is_empty() => {
                Ok(Self { application, id, kind, channel, message, token })
            }
            _ => Err(gone().inside("the handle of an interaction is none")),
        }
    }

    /// When it was made, which its id tells.
    pub(super) fn created(&self) -> Timestamp {
        let id: u64 = self.id.parse().unwrap_or_default();
        let ms = i64::try_from((id >> 22) + EPOCH_MS).unwrap_or_default();
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Whether this is the message whose button was pressed.
    fn is_pressed(&self, message: &Value) -> bool {
        self.message.is_some() && message.get("id").and_then(Value::as_str) == self.message.as_deref()
    }

    fn hook(&self) -> [&str; 2] {
        [&self.application, &self.token]
    }
}

/// A message that answers an interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The channel or thread that it is in.
    pub channel: String,
    /// Its id.
    pub message: String,
    /// Whether it is for one person's eyes: then only the interaction's own token can edit it.
    pub ephemeral: bool,
}

/// What is to be said.
#[derive(Debug, Clone)]
pub(super) struct Saying {
    /// The message (`content`, `embeds`, `components`, `flags`, `allowed_mentions`, `attachments`).
    pub payload: Value,
    /// Files that come with it.
    pub files: Vec<Upload>,
    /// By which delivery's id it is known again.
    pub nonce: String,
    /// Whether it is for one person's eyes.
    pub ephemeral: bool,
    /// Whether it takes the place of the message whose button was pressed. Counts only for such.
    pub replace: bool,
}

/// What a look-up of an answer found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is the first answer, or stands in the pressed message's place.
    There(Said),
    /// It was not said, or can be said again without showing anything new.
    Absent,
    /// It is not the first answer; a later one cannot be asked for.
    CannotTell,
}

/// What an interaction's first answer was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There was none.
    Fresh,
    /// Nobody knows: we were started anew, or an answer got lost.
    Unknown,
    /// "Thinking…"
    Deferred { ephemeral: bool },
    /// A press was acknowledged, and `@original` is the message with the button.
    Acknowledged,
    /// A message, or a form.
    Answered,
}

/// All interactions that are open. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Interactions {
    client: Client,
    open: Arc<Mutex<HashMap<String, Arc<Open>>>>,
}

#[derive(Debug)]
struct Open {
    since: Timestamp,
    state: tokio::sync::Mutex<State>,
    settled: watch::Sender<bool>,
}

fn gone() -> Fault {
    Fault::not_found("Discord takes no answer there any more: the request is too old.")
}

impl Interactions {
    pub(super) fn new(client: Client) -> Self {
        Self { client, open: Arc::default() }
    }

    /// Hears of an interaction that just came in. Told before it is handed to the inbox, so that nobody answers one that
    /// is not known here.
    pub(super) fn opened(&self, handle: &Handle, at: Timestamp) {
        self.remember(handle, State::Fresh, at);
    }

    /// It is on disk: from now on it is deferred if nobody answers in time.
    pub(super) fn accepted(&self, handle: &Handle) {
        let (this, handle) = (self.clone(), handle.clone());
        tokio::spawn(async move {
            let entry = this.entry(&handle);
            this.client.clock().sleep_until(defer_at(handle.created(), entry.since)).await;
            let mut state = entry.state.lock().await;
            if *state == State::Fresh {
                this.defer(&handle, &entry, &mut state).await;
            }
        });
    }

    /// It was not taken: it stays without an answer, so that Discord tells the person that it failed.
    pub(super) fn refused(&self, handle: &Handle) {
        self.lock().remove(&handle.id);
    }

    /// Resolves when the interaction has its first answer.
    pub(super) async fn settled(&self, handle: &Handle) {
        let mut settled = self.entry(handle).settled.subscribe();
        let _ = settled.wait_for(|settled| *settled).await;
    }

    /// Answers an interaction: as its first answer, or after it, whatever that was. The message, where Discord names it.
    ///
    /// # Errors
    /// `NotFound`: it cannot be answered any more; say it in the channel. `Unknown`: it may have arrived. The others as
    /// usual.
    pub(super) async fn answer(&self, handle: &str, saying: &Saying) -> Result<Option<Said>, Fault> {
        let handle = Handle::parse(handle)?;
        let entry = self.entry(&handle);
        let mut state = entry.state.lock().await;
        if *state == State::Unknown && !self.is_young(&handle) {
            *state = self.find_out(&handle).await?;
        }
        if matches!(*state, State::Fresh | State::Unknown) {
            match self.first(&handle, saying).await {
                Ok(said) => {
                    entry.settle(&mut state, saying.leaves(&handle));
                    return Ok(said);
                }
                Err(Trouble { code: 40060, .. }) => *state = self.find_out(&handle).await?,
                Err(trouble) if trouble.fault.kind == FaultKind::Unknown => {
                    // It is looked up at once: afterwards, nobody could tell it from another answer.
                    *state = State::Unknown;
                    return match self.look(&handle, saying).await {
                        Ok(Seen::There(said)) => {
                            entry.settle(&mut state, saying.leaves(&handle));
                            Ok(Some(said))
                        }
                        _ => Err(trouble.fault),
                    };
                }
                Err(trouble) => return Err(self.failed(&handle, trouble)),
            }
        }
        self.later(&handle, &entry, &mut state, saying).await.map_err(|trouble| self.failed(&handle, trouble))
    }

    /// Opens a form, which only a first answer can.
    ///
    /// # Errors
    /// `Conflict`: a form cannot be opened from here (any more); a button that asks again helps.
    pub(super) async fn modal(&self, handle: &str, payload: Value) -> Result<(), Fault> {
        let late = || Fault::conflict("The form came too late: Discord allows three seconds. Press the button again.");
        let handle = Handle::parse(handle).map_err(|_| late())?;
        if handle.kind == Kind::Modal {
            return Err(Fault::conflict("Discord opens no form in answer to a form."));
        }
        let entry = self.entry(&handle);
        let mut state = entry.state.lock().await;
        match *state {
            State::Fresh => {}
            State::Unknown if self.is_young(&handle) => {}
            _ => return Err(late()),
        }
        // A second one is refused, so it opens no second form.
        let call = callback(&handle, &json!({ "type": 9, "data": payload }), Vec::new());
        match self.client.call(call.twice(Twice::Harmless)).await {
            Ok(_) => {
                entry.settle(&mut state, State::Answered);
                Ok(())
            }
            Err(Trouble { code: 40060 | 10062, .. }) => {
                *state = State::Unknown;
                Err(late())
            }
            Err(trouble) => Err(trouble.fault),
        }
    }

    /// Hears that a request became a call and no form will open: a button that was pressed is let go at once. A command's
    /// or form's "thinking…" comes by itself, when there is no answer in time.
    pub(super) async fn taken(&self, handle: &str) {
        let Ok(handle) = Handle::parse(handle) else { return };
        if handle.kind != Kind::Component {
            return;
        }
        let entry = self.entry(&handle);
        let mut state = entry.state.lock().await;
        if *state == State::Fresh || (*state == State::Unknown && self.is_young(&handle)) {
            self.defer(&handle, &entry, &mut state).await;
        }
    }

    /// Whether this was said in answer to the interaction.
    ///
    /// # Errors
    /// It could not be asked.
    pub(super) async fn find(&self, handle: &str, saying: &Saying) -> Result<Seen, Fault> {
        let handle = Handle::parse(handle)?;
        self.look(&handle, saying).await.map_err(|trouble| trouble.fault)
    }

    /// The first answer.
    async fn first(&self, handle: &Handle, saying: &Saying) -> Result<Option<Said>, Trouble> {
        let (kind, data) = if saying.replaces(handle) {
            (7, saying.payload.clone())
        } else {
            (4, flagged(&saying.payload, saying.ephemeral))
        };
        let call = callback(handle, &json!({ "type": kind, "data": data }), saying.files.clone());
        let answer = self.client.call(call).await?;
        Ok(answer.pointer("/resource/message").and_then(said))
    }

    /// An answer after the first one.
    async fn later(
        &self,
        handle: &Handle,
        entry: &Open,
        state: &mut State,
        saying: &Saying,
    ) -> Result<Option<Said>, Trouble> {
        const ORIGINAL: &str = "/webhooks/{}/{}/messages/@original";
        let hook = handle.hook();
        let edits = match *state {
            State::Deferred { ephemeral } => ephemeral == saying.ephemeral,
            State::Acknowledged => saying.replace,
            _ => false,
        };
        if edits {
            let call = Call::patch(ORIGINAL, &hook).files(saying.payload.clone(), saying.files.clone());
            let answer = self.client.call(call).await?;
            if matches!(*state, State::Deferred { .. }) {
                entry.settle(state, State::Answered);
            }
            return Ok(said(&answer));
        }
        if matches!(*state, State::Deferred { .. }) {
            // Who sees it was decided with "thinking…", and a follow-up would only fill that in.
            match self.client.call(Call::delete(ORIGINAL, &hook)).await {
                Ok(_) | Err(Trouble { code: 10008, .. }) => entry.settle(state, State::Answered),
                Err(trouble) => return Err(trouble),
            }
        }
        let payload = flagged(&saying.payload, saying.ephemeral);
        let call = Call::post("/webhooks/{}/{}", &hook).query("wait", "true").files(payload, saying.files.clone());
        let answer = self.client.call(call).await?;
        Ok(said(&answer))
    }

    /// "Thinking…", or for a press nothing that is seen.
    async fn defer(&self, handle: &Handle, entry: &Open, state: &mut State) {
        let (body, then) = match handle.kind {
            Kind::Component => (json!({ "type": 6 }), State::Acknowledged),
            Kind::Command | Kind::Modal => {
                (json!({ "type": 5, "data": { "flags": EPHEMERAL } }), State::Deferred { ephemeral: true })
            }
        };
        match self.client.call(callback(handle, &body, Vec::new()).twice(Twice::Harmless)).await {
            Ok(_) => entry.settle(state, then),
            Err(trouble) => {
                tracing::warn!(interaction = handle.id, fault = %trouble.fault, "an interaction was not deferred");
                entry.settle(state, State::Unknown);
            }
        }
    }

    /// What the first answer was, by what there is.
    async fn find_out(&self, handle: &Handle) -> Result<State, Fault> {
        match self.original(handle).await {
            Ok(message) if handle.is_pressed(&message) => Ok(State::Acknowledged),
            Ok(message) if is_loading(&message) => Ok(State::Deferred { ephemeral: flags(&message) & EPHEMERAL != 0 }),
            Ok(_) => Ok(State::Answered),
            // The message with the button is gone. If the press was not acknowledged, what follows fails.
            Err(Trouble { status: 401 | 404, .. }) if handle.kind == Kind::Component => Ok(State::Acknowledged),
            Err(trouble) => Err(self.failed(handle, trouble)),
        }
    }

    async fn look(&self, handle: &Handle, saying: &Saying) -> Result<Seen, Trouble> {
        match self.original(handle).await {
            Ok(message) if is_loading(&message) => Ok(Seen::Absent),
            Ok(message) if saying.is(&message) => Ok(said(&message).map_or(Seen::CannotTell, Seen::There)),
            // What takes the place of the pressed message does so again.
            _ if saying.replaces(handle) => Ok(Seen::Absent),
            // "Thinking…" was taken away for an answer for all, or the first answer was another one.
            Ok(_) | Err(Trouble { status: 401 | 404, .. }) => Ok(Seen::CannotTell),
            Err(trouble) => Err(trouble),
        }
    }

    async fn original(&self, handle: &Handle) -> Result<Value, Trouble> {
        self.client.call(Call::get("/webhooks/{}/{}/messages/@original", &handle.hook())).await
    }

    /// What a failed answer means to who wanted it said. What Discord does not know any more is forgotten here, too.
    fn failed(&self, handle: &Handle, trouble: Trouble) -> Fault {
        if matches!(trouble.code, 10062 | 50027 | 10015 | 10008) || matches!(trouble.status, 401 | 404) {
            self.lock().remove(&handle.id);
            let inside = trouble.fault.inside.unwrap_or_default();
            return gone().inside(inside);
        }
        trouble.fault
    }

    /// As after a restart.
    #[cfg(test)]
    pub(super) fn forget_all(&self) {
        self.lock().clear();
    }

    fn is_young(&self, handle: &Handle) -> bool {
        self.client.clock().now().duration_since(handle.created()) < FIRST
    }

    fn entry(&self, handle: &Handle) -> Arc<Open> {
        let known = self.lock().get(&handle.id).cloned();
        known.unwrap_or_else(|| self.remember(handle, State::Unknown, self.client.clock().now()))
    }

    fn remember(&self, handle: &Handle, state: State, since: Timestamp) -> Arc<Open> {
        let now = self.client.clock().now();
        let mut open = self.lock();
        open.retain(|_, entry| now.duration_since(entry.since) < LIFE);
        let fresh =
            || Arc::new(Open { since, state: tokio::sync::Mutex::new(state), settled: watch::Sender::new(false) });
        Arc::clone(open.entry(handle.id.clone()).or_insert_with(fresh))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn settle(&self, state: &mut State, to: State) {
        *state = to;
        self.settled.send_replace(true);
    }
}

impl Saying {
    /// Whether a message that stands somewhere is this one.
    pub(super) fn is(&self, other: &Value) -> bool {
        is_same(&self.payload, &self.nonce, other)
    }

    /// What state it leaves as a first answer.
    fn leaves(&self, handle: &Handle) -> State {
        if self.replaces(handle) { State::Acknowledged } else { State::Answered }
    }

    fn replaces(&self, handle: &Handle) -> bool {
        self.replace && handle.kind == Kind::Component
    }
}

/// When an interaction of `created` that came in at `since` is deferred: Discord's three seconds began when it was made. A
/// clock that says it came in before that, or when they were over, is another one than Discord's, and tells nothing.
fn defer_at(created: Timestamp, since: Timestamp) -> Timestamp {
    let under_way = since.duration_since(created);
    let agree = !under_way.is_negative() && under_way < FIRST;
    let from = if agree { created } else { since };
    from.checked_add(DEFER).unwrap_or(since)
}

fn callback(handle: &Handle, body: &Value, files: Vec<Upload>) -> Call {
    Call::post("/interactions/{}/{}/callback", &[&handle.id, &handle.token])
        .query("with_response", "true")
        .files(body.clone(), files)
}

fn flagged(payload: &Value, ephemeral: bool) -> Value {
    let mut payload = payload.clone();
    if ephemeral {
        payload["flags"] = (flags(&payload) | EPHEMERAL).into();
    }
    payload
}

fn flags(message: &Value) -> u64 {
    message.get("flags").and_then(Value::as_u64).unwrap_or_default()
}

fn is_loading(message: &Value) -> bool {
    flags(message) & LOADING != 0
}

fn said(message: &Value) -> Option<Said> {
    let text = |key: &str| message.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Said { channel: text("channel_id")?, message: text("id")?, ephemeral: flags(message) & EPHEMERAL != 0 })
}

#[cfg(test)]
#[path = "interactions_tests.rs"]
mod tests;
