//! What is for one person's eyes without an interaction of theirs to answer, and answers to what was written in a channel.
//! Part of [`super::send`].
//!
//! Discord shows a message to one person alone only in answer to an interaction. Without one
//! - it goes into a direct message, which says what channel it is about;
//! - where the person takes none, the answer to a line that they wrote in a channel is a reply to that line: it was asked
//!   for in front of everybody there. What was asked for by a command was not, and is not said there.
//!
//! What goes on (a confirmation, a form to be gone on with) stays in the channel: only the one who asked can use its
//! buttons, and pressed elsewhere these would run for another place.

use serde_json::json;

use super::Discord;
use super::asked::Asked;
use super::send::{Message, channel_of};
use crate::chat::goes_on;
use crate::delivery::{Carried, Found, Parcel};
use crate::model::{Card, Fault, FaultKind, Place, Show};

impl Discord {
    /// Answers a line that somebody wrote in a channel: for all as a reply to it.
    pub(super) async fn answer_line(
        &self,
        asked: &Asked,
        card: &Card,
        show: Show,
        message: Message,
    ) -> Result<Carried, Fault> {
        match show {
            Show::Public => Ok(self.post(&asked.place, message, Some(&asked.message)).await?),
            Show::Private => self.whisper(&asked.place, &asked.user, card, message, Some(asked)).await,
        }
    }

    /// Says something for one person's eyes, as the module says.
    pub(super) async fn whisper(
        &self,
        place: &Place,
        user: &str,
        card: &Card,
        message: Message,
        asked: Option<&Asked>,
    ) -> Result<Carried, Fault> {
        if asked.is_some() && goes_on(card) {
            return self.in_front(place, user, message, asked).await;
        }
        let refused = match self.direct(user).await {
            Ok(direct) if direct.channel == place.channel => return Ok(self.post(&direct, message, None).await?),
            Ok(_) if goes_on(card) => return self.in_front(place, user, message, asked).await,
            Ok(direct) => match self.post(&direct, message.clone().about(place), None).await {
                Err(trouble) if trouble.fault.kind == FaultKind::Denied => trouble.fault,
                result => return Ok(result?),
            },
            Err(fault) if fault.kind == FaultKind::Denied => fault,
            Err(fault) => return Err(fault),
        };
        if asked.is_none() && !goes_on(card) {
            return Err(refused);
        }
        tracing::info!(fault = %refused, "a private answer is a reply in the channel");
        self.in_front(place, user, message.with_the_way(), asked).await
    }

    /// Says it in the channel, to that person by name.
    async fn in_front(
        &self,
        place: &Place,
        user: &str,
        message: Message,
        asked: Option<&Asked>,
    ) -> Result<Carried, Fault> {
        let reply = asked.map(|asked| asked.message.as_str());
        Ok(self.post(place, message.addressed(user, reply.is_some()), reply).await?)
    }

    /// Whether something for one person's eyes stands where [`Discord::whisper`] would have put it.
    pub(super) async fn find_whispered(
        &self,
        parcel: &Parcel,
        place: &Place,
        user: &str,
        message: Message,
        asked: Option<&Asked>,
    ) -> Result<Found, Fault> {
        let channel = message.clone().addressed(user, asked.is_some());
        let mut ways = vec![(place.clone(), channel), (place.clone(), message.clone().with_the_way())];
        match self.direct(user).await {
            Ok(direct) if direct.channel == place.channel => ways = vec![(direct, message)],
            Ok(direct) => ways.push((direct, message.about(place))),
            Err(fault) if fault.kind == FaultKind::Denied => {}
            Err(fault) => return Err(fault),
        }
        let mut told = Found::Absent;
        for (place, message) in ways {
            match self.look_up(parcel, &place, &message).await? {
                Found::There(carried) => return Ok(Found::There(carried)),
                Found::CannotTell => told = Found::CannotTell,
                Found::Absent => {}
            }
        }
        Ok(told)
    }

    /// What became of the answer to a line.
    pub(super) async fn find_line(
        &self,
        parcel: &Parcel,
        asked: &Asked,
        show: Show,
        message: Message,
    ) -> Result<Found, Fault> {
        match show {
            Show::Public => self.look_up(parcel, &asked.place, &message).await,
            Show::Private => self.find_whispered(parcel, &asked.place, &asked.user, message, Some(asked)).await,
        }
    }
}

impl Message {
    /// With the channel that it is about below it.
    fn about(self, place: &Place) -> Self {
        self.below(&format!("About <#{}>", channel_of(place)))
    }

    /// With how to have the like in private below it.
    fn with_the_way(self) -> Self {
        self.below("To get answers like this in private, allow direct messages from this server's members.")
    }

    /// To this person by name: who is replied to is named by that.
    fn addressed(mut self, user: &str, replies: bool) -> Self {
        if replies {
            self.payload["allowed_mentions"] = json!({ "parse": [], "replied_user": true });
        } else {
            let content = self.payload["content"].as_str().unwrap_or_default();
            self.payload["content"] = format!("<@{user}> {content}").into();
            self.payload["allowed_mentions"] = json!({ "parse": [], "users": [user] });
        }
        self
    }

    fn below(mut self, small: &str) -> Self {
        let content = self.payload["content"].as_str().unwrap_or_default();
        self.payload["content"] = format!("{content}\n-# {small}").into();
        self
    }
}
