//! Finding what was named, for who asks: a person reaches what they could reach in Telegram itself. Everyone reaches what
//! has a public name, members every other chat, and nobody somebody else's chat with the bot. Programs and rules reach
//! what the bot does.

use super::super::tables::Known;
use super::super::{Telegram, platform};
use super::refs::ChatRef;
use crate::model::{Actor, Fault, FaultKind, Place};
use crate::operations::Caller;

fn hidden() -> Fault {
    Fault::not_found(
        "Telegram knows no such chat that both you and the bot are in. Check the name, or add the bot to the chat first.",
    )
}

/// Whether Telegram cannot say just now; every other refusal means that there is nothing to be reached.
fn passes(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::RateLimited { .. } | FaultKind::Unavailable | FaultKind::Misconfigured)
}

impl Telegram {
    /// The place that somebody named, if who asks may see it; without a name, where it was asked.
    pub(super) async fn named(&self, field: &str, chat: Option<&ChatRef>, by: &Caller) -> Result<Place, Fault> {
        let place = self.meant(field, chat, by).await?;
        self.reach(place, by).await
    }

    /// As [`Telegram::named`], where something is to be said. A person can be written to by everyone: what is said tells
    /// who had it sent, and shows nothing of their chat with the bot.
    pub(super) async fn addressed(&self, field: &str, chat: &ChatRef, by: &Caller) -> Result<Place, Fault> {
        let place = self.meant(field, Some(chat), by).await?;
        if is_person(&place.channel) { Ok(place) } else { self.reach(place, by).await }
    }

    /// The place that somebody named, whoever may see it.
    pub(super) async fn meant(&self, field: &str, chat: Option<&ChatRef>, by: &Caller) -> Result<Place, Fault> {
        let here = || by.place.clone().filter(|place| place.platform == platform());
        match chat {
            // What a private chat is called is no hint for everyone.
            Some(ChatRef(place)) if matches!(by.actor, Actor::User { .. }) => {
                self.directory.resolve_for_people(&self.client, place).await
            }
            Some(ChatRef(place)) => self.directory.resolve(&self.client, place).await,
            None => {
                here().ok_or_else(|| Fault::bad_input(field, format!("`{field}` is missing; write `@name` or an id.")))
            }
        }
    }

    async fn reach(&self, place: Place, by: &Caller) -> Result<Place, Fault> {
        if self.may_see(&place.channel, &by.actor, by.place.as_ref()).await? { Ok(place) } else { Err(hidden()) }
    }

    /// Whether this person, who speaks `here`, may see the chat of this id.
    ///
    /// # Errors
    /// Telegram cannot say just now.
    pub(in super::super) async fn may_see(
        &self,
        chat: &str,
        actor: &Actor,
        here: Option<&Place>,
    ) -> Result<bool, Fault> {
        let Actor::User { platform: of, id: user, .. } = actor else { return Ok(true) };
        let ours = *of == platform();
        if is_person(chat) {
            return Ok(ours && user == chat);
        }
        // Who speaks in it sees it.
        if ours && here.is_some_and(|here| here.platform == platform() && here.channel == chat) {
            return Ok(true);
        }
        match self.directory.is_public(&self.client, chat).await {
            Ok(true) => return Ok(true),
            Err(fault) if passes(&fault) => return Err(fault),
            Ok(false) | Err(_) => {}
        }
        if !ours {
            return Ok(false);
        }
        match self.directory.is_in_group(&self.client, user, chat).await {
            Err(fault) if !passes(&fault) => {
                tracing::debug!(%fault, "it cannot be told who is in a chat");
                Ok(false)
            }
            told => told,
        }
    }

    /// What a chat is called to people.
    pub(super) fn title(&self, place: &Place) -> String {
        let known = self.store.get::<Known>(&place.channel).ok().flatten();
        let name = known.map(|known| super::super::escape::one_line(&known.name)).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| place.channel.clone())
    }
}

/// Whether it is a chat with one person; its id is the person's.
fn is_person(chat: &str) -> bool {
    chat.parse::<i64>().is_ok_and(|id| id > 0)
}
