//! Telegram's limits, as numbers with their sources. Who renders reads them from a [`Limits`], so that a test can shrink
//! them. Lengths are in UTF-16 units, in which Telegram counts entities.
//!
//! Sources: <https://core.telegram.org/bots/api> (`sendMessage`, `sendDocument`, `answerCallbackQuery`, `InlineKeyboardButton`,
//! `ForceReply`), <https://limits.tginfo.me/en> for what the reference does not say.

use jiff::{SignedDuration, Timestamp};

/// The text of a message, after its entities were parsed.
pub const TEXT: usize = 4_096;
/// Entities of one message: Telegram drops the formatting beyond 100; we keep clear for those that it finds by itself.
pub const ENTITIES: usize = 80;
/// All addresses of links in one message together: no limit that is written down, ours by which no request grows unseemly.
pub const ADDRESSES: usize = 12_000;
/// An address.
pub const URL: usize = 2_000;
/// The caption of a file.
pub const CAPTION: usize = 1_024;
/// What a button carries, in bytes.
pub const CALLBACK_DATA: usize = 64;
/// What stands on a button: no limit that is written down; a phone shows less.
pub const BUTTON: usize = 60;
/// Buttons of a message.
pub const BUTTONS: usize = 100;
/// The notice that answers a press.
pub const TOAST: usize = 200;
/// The placeholder of a forced reply.
pub const PLACEHOLDER: usize = 64;
/// A title is one line.
pub const TITLE: usize = 300;
/// One block of a card's body while others follow it: ours, so that a long log does not push out what comes after.
pub const BODY_BLOCK: usize = 2_400;
/// How far ahead a moment may be for clients to write it in the reader's own time
/// (<https://core.telegram.org/constructor/messageEntityFormattedDate>: 1,098 days).
const AHEAD: SignedDuration = SignedDuration::from_hours(1_090 * 24);

/// The limits that bound a whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`TEXT`].
    pub text: usize,
    /// See [`ENTITIES`].
    pub entities: usize,
    /// See [`ADDRESSES`].
    pub addresses: usize,
    /// See [`BODY_BLOCK`].
    pub body_block: usize,
    /// See [`TITLE`].
    pub title: usize,
    /// The last moment that clients may be asked to write, in seconds of Unix time.
    pub latest: i64,
}

impl Limits {
    /// Telegram's limits at this time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            text: TEXT,
            entities: ENTITIES,
            addresses: ADDRESSES,
            body_block: BODY_BLOCK,
            title: TITLE,
            latest: now.checked_add(AHEAD).unwrap_or(now).as_second(),
        }
    }
}
