//! Slack's limits, as numbers with their sources. Who renders reads them from a [`Limits`], so that a test can shrink
//! them. Lengths are in UTF-16 units, the larger of the two ways in which Slack may be counting.
//!
//! Sources: <https://docs.slack.dev/reference/block-kit/blocks> and `…/block-elements`, `…/composition-objects`,
//! `…/views`, <https://docs.slack.dev/reference/methods/chat.postMessage>; the undocumented total is from
//! <https://github.com/slackapi/bolt-js/issues/2509>.

/// Blocks in one message.
pub const BLOCKS: usize = 50;
/// All text of all blocks of a message together; Slack answers `msg_blocks_too_long` near 13,000 and we keep clear.
pub const TOTAL: usize = 12_000;
/// The fallback text: Slack cuts at 40,000 and recommends 4,000; a notification shows far less.
pub const FALLBACK: usize = 1_000;
/// The text of a section or of a context element.
pub const SECTION: usize = 3_000;
/// Fields of one section.
pub const FIELDS: usize = 10;
/// The text of one such field.
pub const FIELD: usize = 2_000;
/// Elements of a context block.
pub const CONTEXT: usize = 10;
/// Elements of an actions block.
pub const ACTIONS: usize = 25;
/// What stands on a button or on an option of a menu.
pub const BUTTON: usize = 75;
/// The value of an option of a menu.
pub const OPTION_VALUE: usize = 150;
/// Options of a menu.
pub const OPTIONS: usize = 100;
/// A placeholder.
pub const PLACEHOLDER: usize = 150;
/// An `action_id` or `block_id`.
pub const ID: usize = 255;
/// An address: Slack bears 3,000; ours by which one card's links leave room for its text.
pub const URL: usize = 2_000;
/// The title, submit and close texts of a view.
pub const VIEW_TITLE: usize = 24;
/// Blocks in one view.
pub const VIEW_BLOCKS: usize = 100;
/// The label and the hint of an input.
pub const LABEL: usize = 2_000;
/// What is in a text input already, and what may be put in.
pub const INPUT: usize = 3_000;
/// The title of a card: no limit of Slack's (a header would bear 150), but a title is one line.
pub const TITLE: usize = 300;
/// One block of a card's body: no limit of Slack's for rich text, ours by that for a section.
pub const BODY_BLOCK: usize = 3_000;

/// The limits that bound a whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`BLOCKS`].
    pub blocks: usize,
    /// See [`TOTAL`].
    pub total: usize,
    /// See [`FALLBACK`].
    pub fallback: usize,
    /// See [`BODY_BLOCK`].
    pub body_block: usize,
    /// See [`TITLE`].
    pub title: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { blocks: BLOCKS, total: TOTAL, fallback: FALLBACK, body_block: BODY_BLOCK, title: TITLE }
    }
}
