//! Discord's limits, as numbers with their sources. Who renders reads them from a [`Limits`], so that a test can shrink
//! them. Lengths are in UTF-16 units, the larger of the two ways in which Discord may be counting.
//!
//! Sources: <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>,
//! `…/resources/message#create-message`, `…/components/reference`, and Discord's OpenAPI description.

/// The content of a message: Discord takes 2,000; ours is one line above the card.
pub const CONTENT: usize = 300;
/// What a person has sent as a message.
pub const MESSAGE: usize = 2_000;
/// The description of an embed.
pub const DESCRIPTION: usize = 4_096;
/// The fields of an embed.
pub const FIELDS: usize = 25;
/// All text of all embeds of a message together: 6,000, and we keep clear.
pub const TOTAL: usize = 5_900;
/// One stretch of code, table or diff: no limit of Discord's, but nobody reads more of it on a phone. All of it comes as a
/// file.
pub const CODE: usize = 1_500;
/// The address of an embed, or of a link in its text: 2,048 in an embed; ours by which one link leaves room for text.
pub const URL: usize = 1_500;
/// The address of a button.
pub const BUTTON_URL: usize = 512;
/// Rows of components below a message.
pub const ROWS: usize = 5;
/// Buttons of a row.
pub const BUTTONS: usize = 5;
/// What stands on a button.
pub const BUTTON: usize = 80;
/// The `custom_id` of a component or a modal.
pub const ID: usize = 100;
/// Options of a menu.
pub const OPTIONS: usize = 25;
/// The label, the value and the description of an option.
pub const OPTION: usize = 100;
/// What stands in an empty menu.
pub const PLACEHOLDER: usize = 150;
/// The title of a modal, and the label of one of its inputs.
pub const MODAL: usize = 45;
/// Inputs of a modal.
pub const INPUTS: usize = 5;
/// What stands below the label of an input.
pub const HINT: usize = 100;
/// What is in a text input already, and what may be put in.
pub const INPUT: usize = 4_000;
/// The name of a thread.
pub const THREAD: usize = 100;
/// A file that comes with a card: Discord takes 10 MiB; nobody reads more than this on a phone.
pub const FILE: usize = 512 * 1_024;

/// The limits that bound a whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`CONTENT`].
    pub content: usize,
    /// See [`DESCRIPTION`].
    pub description: usize,
    /// See [`TOTAL`].
    pub total: usize,
    /// See [`CODE`].
    pub code: usize,
    /// See [`FILE`].
    pub file: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { content: CONTENT, description: DESCRIPTION, total: TOTAL, code: CODE, file: FILE }
    }
}
