//! What goes below a person's message that something was made of: the answer as a reply to it, and a sign on it. Part of
//! [`super::send`].
//!
//! An interaction is answered by a message that replies to nothing, so it is not taken for this. It must be answered all
//! the same, or the person reads "did not respond": it says, to them alone, where the answer stands.

use super::Discord;
use super::client::Call;
use super::interactions::{Handle, Kind};
use super::send::{Message, channel_of};
use crate::delivery::Carried;
use crate::model::{Card, Fault, MessageRef, ReplyHandle, Retry, Tone};

/// The sign.
const MARK: &str = "\u{2705}";

impl Discord {
    /// Replies to a message.
    pub(super) async fn below(
        &self,
        to: &MessageRef,
        handle: Option<&ReplyHandle>,
        message: Message,
    ) -> Result<Carried, Fault> {
        let carried = self.post(&to.place, message, Some(&to.id)).await?;
        // A button that was pressed for it is let go without a word; its card is replaced.
        let pressed = |handle: &ReplyHandle| Handle::parse(&handle.value).is_ok_and(|it| it.kind == Kind::Component);
        if let Some(handle) = handle.filter(|handle| self.is_open(handle) && !pressed(handle)) {
            let said = Message::of(&Card::new(Tone::Good, "Done; the answer is below the message."), None)?;
            if let Err(fault) = self.interactions.answer(&handle.value, &said.saying(true, false)).await {
                tracing::info!(%fault, "an interaction is not told where its answer stands");
            }
        }
        Ok(carried)
    }

    /// Reacts to a message. What Discord refuses for good (no right to) is left out: the answer below the message says it
    /// all.
    pub(super) async fn sign(&self, message: &MessageRef) -> Result<Carried, Fault> {
        match self.client.call(react(message)).await {
            Err(trouble) if trouble.fault.policy().retry == Retry::Never => {
                tracing::info!(fault = %trouble.fault, "a message gets no sign that something was made of it");
            }
            other => drop(other?),
        }
        Ok(Carried::default())
    }
}

/// The call that puts the sign on a message.
/// <https://docs.discord.com/developers/resources/message#create-reaction>
pub(super) fn react(message: &MessageRef) -> Call {
    Call::put("/channels/{}/messages/{}/reactions/{}/@me", &[channel_of(&message.place), &message.id, MARK])
}
