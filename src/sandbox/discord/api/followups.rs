//! Messages by interaction token: the original answer and follow-ups, for fifteen minutes.
//!
//! Follows docs.discord.com/developers/interactions/receiving-and-responding#followup-messages.

use super::{
    super::{
        check::message,
        interactions::{Interaction, State},
        model::Message,
        perm, show,
    },
    Call, Refused, Reply, snowflake,
};

/// The interaction of the token, which must have been answered.
fn interaction<'c>(call: &'c Call<'_>) -> Result<&'c Interaction, Refused> {
    let found = call.world.interactions.values().find(|one| one.token == call.argument(1));
    let interaction = found.filter(|one| call.now < one.expires).ok_or_else(Refused::invalid_webhook_token)?;
    match interaction.state {
        State::Answered(_) => Ok(interaction),
        // Before the first answer, and after the deadline was missed, there is nothing behind the token.
        State::Waiting | State::Dead => Err(Refused::unknown_webhook()),
    }
}

/// The message of the path: `@original`, or one that was sent with this token.
pub(super) fn find(call: &Call<'_>) -> Result<Message, Refused> {
    let interaction = interaction(call)?;
    let original = call.argument(2) == "@original";
    if !original {
        snowflake("message_id", call.argument(2))?;
    }
    let id = if original { interaction.original.as_deref() } else { Some(call.argument(2)) };
    let message = id.and_then(|id| call.world.message(&interaction.channel, id));
    let own = |message: &&Message| {
        Some(&message.id) == interaction.original.as_ref() || message.token.as_ref() == Some(&interaction.token)
    };
    message.filter(own).cloned().ok_or_else(Refused::unknown_message)
}

/// A follow-up. The first one after a deferral fills in the deferred answer, whatever its flags say.
pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (id, channel, original, deferred) = {
        let interaction = interaction(call)?;
        let deferred = interaction.state == State::Answered(5);
        (interaction.id.clone(), interaction.channel.clone(), interaction.original.clone(), deferred)
    };
    let loading = original.and_then(|original| call.world.message(&channel, &original));
    if let Some(loading) = loading.filter(|message| deferred && message.is_loading()) {
        let loading = loading.id.clone();
        let after = call.inner.rewrite(call.world, &channel, &loading, call.body, call.uploads, None)?;
        return Reply::ok(show::message(call.inner, call.world, &after, false, true));
    }
    let draft = message::read(call.body, call.uploads, None, None)?;
    let mut message = call.inner.blank_answer(call.world, &id, draft.flags.unwrap_or_default())?;
    if message.kind != 19 {
        message.kind = 0;
    }
    let everyone = call.inner.may(call.world, &channel, perm::MENTION_EVERYONE);
    call.inner.apply(call.world, &mut message, &draft, call.uploads, everyone)?;
    call.world.put(message.clone());
    call.inner.tell_message(call.world, "MESSAGE_CREATE", &message);
    Reply::ok(show::message(call.inner, call.world, &message, false, true))
}
