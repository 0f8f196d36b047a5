//! The gateway: a WebSocket that we open, over which Discord tells what happens.
//! <https://docs.discord.com/developers/events/gateway>
//!
//! serenity's own gateway is not used. It re-identifies where it could resume, ignores the address to resume at, spins
//! and is deaf when it is closed without a code, runs every event in a task of its own, cannot keep a session over a
//! restart, and brings a second TLS stack. Of it, the numbers are used: intents, opcodes, close codes. Here the protocol is a pure [`machine`], and the [`driver`] has the socket.

mod driver;
mod machine;

use serenity::model::gateway::GatewayIntents;

pub(super) use driver::{Gateway, Hear, budget, is_passing};
pub(super) use machine::Event;

/// What a bot always wants to hear of: servers and channels, messages in them (their content only where the bot is
/// mentioned), direct messages. <https://docs.discord.com/developers/events/gateway#list-of-intents>
const INTENTS: GatewayIntents =
    GatewayIntents::GUILDS.union(GatewayIntents::GUILD_MESSAGES).union(GatewayIntents::DIRECT_MESSAGES);

/// The intents to identify with; the content of all messages is a privileged one.
pub(super) const fn intents(message_content: bool) -> u64 {
    let more = if message_content { GatewayIntents::MESSAGE_CONTENT } else { GatewayIntents::empty() };
    INTENTS.union(more).bits()
}

/// How long to wait before another attempt, after so many that failed.
pub(super) fn pause(failed: u32) -> jiff::SignedDuration {
    driver::pause(failed, rand::random())
}
