//! A form as questions: one field, one message. What the message says and offers; pure but for the trait that asks.
//!
//! ```text
//! Create an issue                          the first question says what it is all for
//! Title                                    the field and its help
//! One line that says what is wrong.
//! [bug] [feature]                          choices and likely values, as buttons
//! [Skip] [Create now] [Cancel]
//! ```
//! A free text that must be given asks for a reply outright (`ForceReply`): the keyboard opens, and in a group the answer
//! reaches a bot that reads along nowhere else. Such a message can have no buttons, so `/cancel` stops it. All others have
//! buttons; what is typed counts there too, in a group as a reply.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::Telegram;
use super::escape::{clean, cut, one_line};
use super::keyboard::{self, Button};
use super::limits;
use super::send::{is_direct, plain};
use super::tables::Question;
use super::wire::{Handle, Key, Trigger};
use crate::model::{Choice, Fault, Request, Style, Timestamp, Token};
use crate::operations::{FieldKind, Form, FormField, Forms};

/// Choices that are shown as buttons; more are typed.
const CHOICES: usize = 60;
/// Likely values that are shown as buttons.
const SUGGESTIONS: usize = 8;
/// Texts of a question.
const LABEL: usize = 100;
const HELP: usize = 700;

#[async_trait]
impl Forms for Telegram {
    async fn open(&self, trigger: &str, form: &Form) -> Result<(), Fault> {
        let trigger = Trigger::read(trigger).ok_or_else(|| Fault::conflict("Nobody can be asked from here."))?;
        let Some(field) = form.fields.first() else {
            return Err(Fault::conflict("There is nothing to ask for."));
        };
        self.ask(&trigger, form, field).await
    }

    fn at_once(&self) -> usize {
        1
    }

    fn on_message(&self, _label: &str, typed: &str, short: Option<&str>) -> String {
        let short = short.map_or_else(String::new, |short| format!("`/{}` or ", short.replace('-', "_")));
        format!("Reply to the message with {short}`{typed}`.")
    }

    async fn taken(&self, request: &Request) {
        if let Some(handle) = request.reply.as_ref().and_then(|reply| Handle::read(&reply.value)) {
            self.callbacks.taken(&handle.query);
        }
        self.chosen(request).await;
    }
}

/// What is kept of a question.
pub(super) fn question(trigger: &Trigger, form: &Form, field: &FormField, until: Timestamp) -> Question {
    let offered = offered(field);
    let more = !field.required && form.more > 0;
    Question {
        token: form.token.clone(),
        title: cut(&one_line(&form.title), LABEL).0,
        place: trigger.place.clone(),
        user: trigger.user.to_string(),
        field: field.name.clone(),
        kind: field.kind.clone(),
        required: field.required,
        ticked: ticked(field, &offered),
        label: label(field),
        // What is required comes first: where this can be left out, so can all that follows.
        run: if more { format!("{} now", cut(&one_line(&form.submit), 24).0).trim().to_owned() } else { String::new() },
        forced: field.required && offered.is_empty(),
        answered_by: None,
        offered,
        until,
    }
}

fn label(field: &FormField) -> String {
    let label = cut(&one_line(&field.label), LABEL).0;
    if label.is_empty() { field.name.clone() } else { label }
}

/// What is offered as buttons.
fn offered(field: &FormField) -> Vec<Choice> {
    let choice = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
    match &field.kind {
        FieldKind::Flag => vec![choice("true", "Yes"), choice("false", "No")],
        FieldKind::Choice(choices) | FieldKind::Choices(choices) if choices.len() <= CHOICES => choices.clone(),
        _ => field.suggestions.iter().filter(|choice| !choice.value.is_empty()).take(SUGGESTIONS).cloned().collect(),
    }
}

/// What of several choices was chosen before.
fn ticked(field: &FormField, offered: &[Choice]) -> Vec<usize> {
    if !matches!(field.kind, FieldKind::Choices(_)) {
        return Vec::new();
    }
    let wanted: Vec<&str> = field.value.as_deref().unwrap_or_default().split(',').map(str::trim).collect();
    (0..offered.len()).filter(|at| wanted.contains(&offered[*at].value.as_str())).collect()
}

/// The `reply_markup` of a question. `cancel` is what stops it where it has no buttons.
pub(super) fn markup(question: &Question, placeholder: &str) -> Value {
    if question.forced {
        let placeholder = cut(&one_line(placeholder), limits::PLACEHOLDER).0;
        let mut markup = json!({ "force_reply": true, "selective": true });
        if !placeholder.is_empty() {
            markup["input_field_placeholder"] = placeholder.into();
        }
        return markup;
    }
    let several = matches!(question.kind, FieldKind::Choices(_)) && !question.offered.is_empty();
    let choice = |(at, choice): (usize, &Choice)| {
        if several {
            let tick = if question.ticked.contains(&at) { "☑" } else { "☐" };
            button(&question.token, Key::Tick(at), &format!("{tick} {}", choice.label), Style::Default)
        } else {
            button(&question.token, Key::Choice(at), &choice.label, Style::Default)
        }
    };
    let offered: Vec<Button> = question.offered.iter().enumerate().map(choice).collect();
    let mut rows = keyboard::rows(&offered);
    let mut last = Vec::new();
    if several {
        last.push(button(&question.token, Key::Done, "Done", Style::Primary));
    }
    if !question.required {
        last.push(button(&question.token, Key::Skip, "Skip", Style::Default));
    }
    if !question.run.is_empty() {
        last.push(button(&question.token, Key::Run, &question.run, Style::Primary));
    }
    last.push(button(&question.token, Key::Cancel, "Cancel", Style::Default));
    rows.extend(keyboard::rows(&last));
    keyboard::markup(&rows)
}

fn button(token: &Token, key: Key, label: &str, style: Style) -> Button {
    keyboard::answering(token, key, label, style)
}

/// What a question says, in HTML. `bot` is the bot's `@username`, where it is known.
pub(super) fn text(
    trigger: &Trigger,
    form: &Form,
    field: &FormField,
    question: &Question,
    bot: Option<&str>,
) -> String {
    let group = !is_direct(&trigger.place);
    let mut sections: Vec<String> = Vec::new();
    // In a group it must be seen who is asked; and only who is mentioned or replied to has the keyboard open.
    let who = group.then(|| format!("<a href=\"tg://user?id={}\">{}</a>", trigger.user, named(&trigger.name)));
    if trigger.question.is_none() {
        let title = format!("<b>{}</b>", plain(&form.title, LABEL));
        let intro = form.intro.as_deref().map(|intro| plain(intro, HELP)).filter(|intro| !intro.is_empty());
        sections.push([Some(title), intro].into_iter().flatten().collect::<Vec<_>>().join("\n"));
    }
    let mut lines: Vec<String> = Vec::new();
    if let Some(error) =
        field.error.as_deref().map(|error| plain(&one_line(error), HELP)).filter(|text| !text.is_empty())
    {
        lines.push(format!("⚠️ {error}"));
        if let Some(value) = field.value.as_deref().map(one_line).filter(|value| !value.is_empty()) {
            lines.push(format!("You gave: {}", plain(&value, 200)));
        }
    }
    let optional = if field.required { "" } else { " <i>(can be left out)</i>" };
    let ask = format!("<b>{}</b>{optional}", plain(&question.label, LABEL));
    lines.push(who.map_or_else(|| ask.clone(), |who| format!("{who}: {ask}")));
    // A hint is plain text: marks for code would only stand in the way.
    let help = plain(&clean(&field.help.replace('`', "")), HELP);
    if !help.is_empty() {
        lines.push(help);
    }
    sections.push(lines.join("\n"));
    let hints = hints(form, question, group, bot);
    if !hints.is_empty() {
        sections.push(format!("<i>{}</i>", hints.join(" ")));
    }
    sections.join("\n\n")
}

fn named(name: &str) -> String {
    let name = plain(&one_line(name), 60);
    if name.is_empty() { "You".to_owned() } else { name }
}

/// How it is answered, and how much is still to come.
fn hints(form: &Form, question: &Question, group: bool, bot: Option<&str>) -> Vec<String> {
    let mut hints = Vec::new();
    let typed = !matches!(question.kind, FieldKind::Flag | FieldKind::Choice(_) | FieldKind::Choices(_))
        || question.offered.is_empty();
    if typed {
        let what = match &question.kind {
            FieldKind::Integer => "a whole number",
            FieldKind::Long => "as long as you like",
            FieldKind::List | FieldKind::Choices(_) => "with commas between several",
            _ => "",
        };
        let how = match (group, question.offered.is_empty()) {
            (true, true) => "Reply to this message",
            (true, false) => "Choose, or reply to this message",
            (false, true) => "Type it below",
            (false, false) => "Choose, or type it below",
        };
        hints.push(if what.is_empty() { format!("{how}.") } else { format!("{how}, {what}.") });
    }
    if question.forced {
        // Said to one bot of several, so that no other one takes it.
        let cancel = match bot.filter(|_| group) {
            Some(bot) => format!("/cancel@{bot}"),
            None => "/cancel".to_owned(),
        };
        hints.push(format!("{cancel} stops this."));
    }
    match form.more {
        0 => {}
        1 => hints.push("One more question after this.".to_owned()),
        more => hints.push(format!("{more} more questions after this.")),
    }
    hints
}
