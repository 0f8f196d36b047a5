//! Forms: what is missing is asked for, never complained about.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::grammar::is_given;
use super::prose::humanise;
use super::reader::written;
use super::{Declaration, Param};
use crate::model::{Choice, Fault, Object, Press, Quote, Request, Token};

/// So many characters of a title or of a button are shown (Slack modals,
/// <https://docs.slack.dev/reference/views/modal-views>).
const LONGEST_TITLE: usize = 24;
/// More choices than a menu of Slack's holds are searched for instead.
const MENU: usize = 100;

/// A form to be shown to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// What the form carries; sending it brings the token back.
    pub token: Token,
    /// The heading, such as `Create an issue`; at most 24 characters are shown on Slack.
    pub title: String,
    /// A line below the heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<String>,
    /// What stands on the button that sends it.
    pub submit: String,
    /// The fields, in order.
    pub fields: Vec<FormField>,
    /// The operation that it is for.
    pub operation: String,
    /// What is asked for in steps: how many fields there are after these.
    #[serde(default)]
    pub more: usize,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormField {
    /// The parameter's name.
    pub name: String,
    /// What stands above it.
    pub label: String,
    /// What stands below it.
    pub help: String,
    /// How it is filled in.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// What is in it already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What was wrong with what was in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether its values can be completed while it is filled in, see [`super::Offer::values`].
    #[serde(default)]
    pub completes: bool,
    /// The likeliest values, where the platform shows them beside the question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Choice>,
}

/// How a parameter is given; decides the widget of a form and the reading of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Several lines of text.
    Long,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// One of a few.
    Choice(Vec<Choice>),
    /// Some of a few.
    Choices(Vec<Choice>),
    /// Several short texts, with commas between.
    List,
}

impl Form {
    /// The form that asks for an operation's arguments. What is required and not known yet comes first, then what may
    /// be given, then what is known already, filled in.
    #[must_use]
    pub fn of(operation: &Declaration, known: &Object, token: Token) -> Self {
        let (given, open): (Vec<&Param>, Vec<&Param>) =
            operation.shown().partition(|param| is_given(known, &param.name));
        let (missing, optional): (Vec<&Param>, Vec<&Param>) = open.into_iter().partition(|param| param.required);
        // What was taken from a message is to be looked over first.
        let is_taken = |param: &&Param| operation.spec.from_message.is_some() && param.message.is_some();
        let (taken, given): (Vec<&Param>, Vec<&Param>) = given.into_iter().partition(is_taken);
        let title = operation.spec.from_message.map_or_else(|| title(operation), str::to_owned);
        let intro = operation.summary.trim_end_matches('.');
        Self {
            token,
            intro: (intro != title && !intro.is_empty()).then(|| operation.summary.clone()),
            title,
            submit: match operation.spec.from_message.and_then(|label| label.split(' ').next()) {
                Some(verb) => verb.to_owned(),
                None => humanise(operation.parts().2).chars().take(LONGEST_TITLE).collect(),
            },
            fields: missing
                .into_iter()
                .chain(taken)
                .chain(optional)
                .chain(given)
                .map(|param| field(param, known))
                .collect(),
            operation: operation.spec.name.to_owned(),
            more: 0,
        }
    }

    /// The next step of the form for a platform that shows `at_once` fields at a time: without what earlier steps showed,
    /// and what was wrong first. One that asks question by question asks only for what is missing, unless the rest is
    /// wanted, too; what is known already it does not ask for again. A platform that shows all shows all.
    #[must_use]
    pub fn step(mut self, press: &Press, at_once: usize) -> Self {
        if at_once == usize::MAX {
            return self;
        }
        let wrong = |name: &String| press.mend.contains(name);
        self.fields.retain(|field| !press.shown.contains(&field.name));
        if at_once == 1 {
            let open = |field: &FormField| !is_given(&press.args, &field.name) && (field.required || press.ask);
            self.fields.retain(|field| wrong(&field.name) || open(field));
        }
        self.fields.sort_by_key(|field| !wrong(&field.name));
        self.more = self.fields.len().saturating_sub(at_once);
        self.fields.truncate(at_once);
        self
    }

    /// The form as it was sent, with what was wrong with it: each text is what the person had put in, in the fields that
    /// the form showed (`shown`; all, where that is empty).
    #[must_use]
    pub fn again(mut self, values: &BTreeMap<String, String>, shown: &[String], errors: &[(String, String)]) -> Self {
        for field in &mut self.fields {
            if shown.is_empty() || shown.contains(&field.name) {
                field.value = values.get(&field.name).cloned();
            }
            field.error = errors.iter().find(|(name, _)| *name == field.name).map(|(_, error)| error.clone());
        }
        self
    }
}

fn field(param: &Param, known: &Object) -> FormField {
    let value = known.get(&param.name).or(param.default.as_ref()).map(written);
    let value = value.filter(|value| !value.is_empty());
    let many = matches!(&param.kind, FieldKind::Choice(choices) | FieldKind::Choices(choices) if choices.len() > MENU);
    let (kind, value) = match &param.kind {
        FieldKind::Choice(choices) if many => (FieldKind::Line, value.map(|value| labelled(choices, &value))),
        FieldKind::Choices(choices) if many => {
            let labels =
                |value: String| value.split(", ").map(|one| labelled(choices, one)).collect::<Vec<_>>().join(", ");
            (FieldKind::List, value.map(labels))
        }
        kind => (kind.clone(), value),
    };
    FormField {
        name: param.name.clone(),
        label: param.label.clone().unwrap_or_else(|| humanise(&param.name)),
        help: param.help.clone(),
        kind,
        required: param.required,
        value,
        error: None,
        completes: param.complete.is_some() || many,
        suggestions: Vec::new(),
    }
}

/// What a choice is called, where that can be read back.
fn labelled(choices: &[Choice], value: &str) -> String {
    let chosen = choices.iter().find(|choice| choice.value == value).map(|choice| choice.label.as_str());
    chosen.filter(|label| !label.contains([',', '\n'])).unwrap_or(value).to_owned()
}

/// As much of the summary as fits and still reads as a title; otherwise verb and noun.
fn title(operation: &Declaration) -> String {
    const LOOSE_ENDS: [&str; 22] = [
        "a",
        "an",
        "the",
        "in",
        "of",
        "on",
        "to",
        "for",
        "with",
        "by",
        "from",
        "and",
        "or",
        "at",
        "as",
        "its",
        "into",
        "that",
        "which",
        "whose",
        "optionally",
        "this",
    ];
    let clause = operation.summary.split([',', ';', ':', '(']).next().unwrap_or_default().trim().trim_end_matches('.');
    let mut words: Vec<&str> = Vec::new();
    let mut length = 0;
    for word in clause.split_whitespace() {
        length += word.chars().count() + usize::from(length > 0);
        if length > LONGEST_TITLE {
            break;
        }
        words.push(word);
    }
    while words.last().is_some_and(|last| LOOSE_ENDS.contains(&last.to_lowercase().as_str())) {
        words.pop();
    }
    if words.len() > 1 || words.join(" ") == clause && !clause.is_empty() {
        return words.join(" ").replace('`', "");
    }
    let (_, noun, verb) = operation.parts();
    humanise(&format!("{verb} {noun}")).chars().take(LONGEST_TITLE).collect::<String>().trim_end().to_owned()
}

/// Opens forms on a platform. Implemented by the chat platforms.
#[async_trait]
pub trait Forms: Send + Sync {
    /// Opens `form` for who holds `trigger`.
    ///
    /// # Errors
    /// `Conflict`: the trigger has expired; a button that asks again helps. The others as usual.
    async fn open(&self, trigger: &str, form: &Form) -> Result<(), Fault>;

    /// How many fields a form shows at a time; what does not fit is asked for in further steps.
    fn at_once(&self) -> usize {
        usize::MAX
    }

    /// How somebody uses an operation on a message there: `label` is what it is called among the actions of messages,
    /// `typed` how it is typed in full, `short` one word for it.
    fn on_message(&self, _label: &str, typed: &str, _short: Option<&str>) -> String {
        format!("Reply to the message with `{typed}`.")
    }

    /// The message that a request is about, where it does not bring it along: the first one of the thread that it was made
    /// in. None where there is none, or it cannot be read.
    async fn quote(&self, _request: &Request) -> Option<Quote> {
        None
    }

    /// Hears that a request became a call and no form will open: a platform whose button waits for an answer lets it go.
    async fn taken(&self, _request: &Request) {}
}
