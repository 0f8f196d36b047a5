//! The gateway: a WebSocket that we open, over which Discord tells what happens.
//! <https://docs.discord.com/developers/events/gateway>
//!
//! serenity's own gateway is not used. It re-identifies where it could resume, ignores the address to resume at, spins
//! and is deaf when it is closed without a code, runs every event in a task of its own, cannot keep a session over a
//! restart, and brings a second TLS stack. Here the protocol is a pure [`machine`], and the [`driver`] has the socket.

mod driver;
mod machine;

pub(super) use driver::{Gateway, Hear, budget, is_passing};
pub(super) use machine::Event;

/// What a bot always wants to hear of: servers and channels, messages in them (their content only where the bot is
/// mentioned), direct messages. <https://docs.discord.com/developers/events/gateway#list-of-intents>
const INTENTS: u64 = 1 | 1 << 9 | 1 << 12;
/// The content of all messages; privileged.
const MESSAGE_CONTENT: u64 = 1 << 15;

/// The intents to identify with.
pub(super) const fn intents(message_content: bool) -> u64 {
    if message_content { INTENTS | MESSAGE_CONTENT } else { INTENTS }
}

/// How long to wait before another attempt, after so many that failed.
pub(super) fn pause(failed: u32) -> jiff::SignedDuration {
    driver::pause(failed, rand::random())
}
