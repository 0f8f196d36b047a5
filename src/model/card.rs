//! The card: a platform-neutral rich message. A closed tree; nothing in it is passed through to a platform unescaped.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Object, Quote, SubjectKey, Text, Token};

/// A rich message. Renderers show, in this order: title, body, fields, decisions, footer, actions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What kind of news it is; colour and symbol.
    #[serde(default)]
    pub tone: Tone,
    /// One line that says it all.
    pub title: String,
    /// Where the title leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The text below the title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<Block>,
    /// Short labelled facts, two abreast where there is room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Buttons and menus, most wanted first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// A quiet last line: source, time, why it is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<Text>,
    /// What people decided by its buttons, oldest first. Filled in by the delivery room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// What the card is about, where it is a living card: the same key edits the same message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SubjectKey>,
}

impl Card {
    /// A card of this tone and title.
    #[must_use]
    pub fn new(tone: Tone, title: impl Into<String>) -> Self {
        Self { tone, title: title.into(), ..Self::default() }
    }

    /// With a link on the title.
    #[must_use]
    pub fn link(mut self, url: impl Into<String>) -> Self {
        self.link = Some(url.into());
        self
    }

    /// With one more paragraph.
    #[must_use]
    pub fn text(self, text: impl Into<Text>) -> Self {
        self.block(Block::Text(text.into()))
    }

    /// With one more block.
    #[must_use]
    pub fn block(mut self, block: Block) -> Self {
        self.body.push(block);
        self
    }

    /// With one more fact; an empty value leaves the card as it is.
    #[must_use]
    pub fn field(mut self, label: impl Into<String>, value: impl Into<Text>) -> Self {
        let value = value.into();
        if !value.to_plain().is_empty() {
            self.fields.push(Field { label: label.into(), value });
        }
        self
    }

    /// With one more button or menu.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// With this footer.
    #[must_use]
    pub fn footer(mut self, text: impl Into<Text>) -> Self {
        self.footer = Some(text.into());
        self
    }

    /// As the living card of this subject.
    #[must_use]
    pub fn key(mut self, key: SubjectKey) -> Self {
        self.key = Some(key);
        self
    }
}

/// What kind of news a card brings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Neutral,
    /// Something is under way.
    Progress,
    /// It worked, it is resolved, it is merged.
    Good,
    /// Somebody should look.
    Warning,
    /// It failed, it is on fire.
    Bad,
    /// Over and done: closed, cancelled, expired.
    Muted,
}

/// One block of a card's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Text(Text),
    /// Code or log lines, in a fixed-width face.
    Code(String),
    /// Somebody's words.
    Quote(Text),
    /// A list, bulleted or numbered.
    List {
        /// Whether the items are numbered.
        ordered: bool,
        /// The items.
        items: Vec<Text>,
    },
    /// A unified diff.
    Diff(String),
    /// A small table.
    Table {
        /// The heads of the columns.
        head: Vec<String>,
        /// The rows; each as long as the head.
        rows: Vec<Vec<String>>,
    },
}

/// A labelled fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The label, of one or two words.
    pub label: String,
    /// The fact.
    pub value: Text,
}

/// A button or menu.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Which action of its card it is, such as `close`. Stays the same over edits, and with it the token.
    pub id: String,
    /// What stands on it.
    pub label: String,
    /// How it looks.
    #[serde(default)]
    pub style: Style,
    /// What it does.
    pub kind: ActionKind,
    /// What the platform sends back when it is used. Minted when the card is queued; `None` before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
}

impl Action {
    /// A button that runs an operation.
    #[must_use]
    pub fn run(id: &str, label: &str, press: Press) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            style: Style::Default,
            kind: ActionKind::Run(press),
            token: None,
        }
    }

    /// A button that opens a page.
    #[must_use]
    pub fn open(id: &str, label: &str, url: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            style: Style::Default,
            kind: ActionKind::Open(url.into()),
            token: None,
        }
    }

    /// In this style.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

/// What a button or menu does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Runs an operation.
    Run(Press),
    /// Opens a page; nothing comes back to us.
    Open(String),
    /// A menu: the choice becomes one argument of an operation.
    Select {
        /// What runs when a choice is made.
        press: Press,
        /// The argument that takes the choice.
        into: String,
        /// The choices, at most 25 (the tightest platform's limit).
        choices: Vec<Choice>,
    },
}

/// One choice of a menu or an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The value that is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

/// What pressing a button means. It is stored with the token; the platform never sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Press {
    /// The operation's name, `service.noun.verb`.
    pub operation: String,
    /// The arguments that are already known; missing required ones are asked for in a form.
    #[serde(default)]
    pub args: Object,
    /// Whether it works only once. A second press is answered with who did it and when.
    #[serde(default)]
    pub once: bool,
    /// Who may press it, beside what the operation itself demands.
    #[serde(default)]
    pub who: Who,
    /// What the card says afterwards, such as `Closed` ("Closed by Ana at 14:03"). Empty: nothing.
    #[serde(default)]
    pub done: String,
    /// Whether what it did stays done when the card is told anew: the button does not come back while its arguments are
    /// the same. Without it, a button that the card offers again undoes what was decided by it (close, reopen, close).
    #[serde(default)]
    pub sticky: bool,
    /// Whether a form is shown even though nothing is missing, to mend what was wrong.
    #[serde(default)]
    pub ask: bool,
    /// The parameters that earlier steps of the form have shown already; they are not asked for again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// The parameters that are to be given anew, because what was given was wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mend: Vec<String>,
    /// The buttons of one group are alternatives: when one of them was used, none of the others works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Token>,
    /// The message that it makes something of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Box<Quote>>,
    /// Whether the press itself is the confirmation of a `Destroy` (only on the confirmation card).
    #[serde(default)]
    pub confirmed: bool,
}

impl Press {
    /// Runs `operation` with `args`, by whoever may run it, as often as pressed.
    #[must_use]
    pub fn new(operation: &str, args: Object) -> Self {
        Self {
            operation: operation.to_owned(),
            args,
            once: false,
            who: Who::Anyone,
            done: String::new(),
            sticky: false,
            ask: false,
            shown: Vec::new(),
            mend: Vec::new(),
            group: None,
            quote: None,
            confirmed: false,
        }
    }

    /// Works once; afterwards the card says `done` by whom and when.
    #[must_use]
    pub fn once(mut self, done: &str) -> Self {
        self.once = true;
        self.done = done.to_owned();
        self
    }
}

impl Press {
    /// As [`Press::once`], and what it did stays done.
    #[must_use]
    pub fn once_for_all(self, done: &str) -> Self {
        Self { sticky: true, ..self.once(done) }
    }

    /// What is run with what: two buttons that would do the same have the same.
    #[must_use]
    pub fn deed(&self) -> String {
        format!("{} {}", self.operation, serde_json::Value::Object(self.args.clone()))
    }
}

/// Who may press a button.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Everyone who may run the operation.
    #[default]
    Anyone,
    /// Only the person with this handle, such as `slack:U02ABCDEF`.
    Only(String),
}

/// How a button looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Plain.
    #[default]
    Default,
    /// The one to press.
    Primary,
    /// Takes something away.
    Danger,
}

/// What somebody decided by a button of the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was done, such as `Closed`.
    pub what: String,
    /// The deed of the button, see [`Press::deed`].
    #[serde(default)]
    pub deed: String,
    /// Whether the card has since been without that button: when it comes back, it is to be decided anew.
    #[serde(default)]
    pub over: bool,
    /// The decider's handle, such as `slack:U02ABCDEF`.
    pub handle: String,
    /// The decider's name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// Who sees an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Only the person who asked.
    Private,
    /// Everyone in the place.
    #[default]
    Public,
}
