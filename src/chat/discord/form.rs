//! A form as a modal. Pure but for the trait that opens it; what was filled in is read by [`super::hear`].
//! <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
//!
//! Discord opens a modal only as the first answer to a command or a press, never to a sent modal, and shows five inputs.
//! A longer form goes on in steps, each begun by a button.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::Discord;
use super::escape::{clean, cut, length, one_line};
use super::hear::FORM;
use super::limits;
use super::render::label;
use crate::model::{Choice, Fault, Request};
use crate::operations::{FieldKind, Form, FormField, Forms};

/// Kinds of components: <https://docs.discord.com/developers/components/reference#component-object-component-types>
mod kind {
    pub(super) const SELECT: u8 = 3;
    pub(super) const TEXT_INPUT: u8 = 4;
    pub(super) const TEXT: u8 = 10;
    pub(super) const LABEL: u8 = 18;
}

/// How many lines an input for text shows: one, or several.
const SHORT: u8 = 1;
const LONG: u8 = 2;

#[async_trait]
impl Forms for Discord {
    async fn open(&self, trigger: &str, form: &Form) -> Result<(), Fault> {
        self.interactions.modal(trigger, modal(form)).await
    }

    fn at_once(&self) -> usize {
        limits::INPUTS
    }

    fn on_message(&self, label: &str, typed: &str, _short: Option<&str>) -> String {
        let typed = typed.split_once(' ').map_or(typed, |(_, rest)| rest);
        format!(
            "Right-click the message (on a phone: hold it), and choose Apps, `{label}`. Or reply to it, and mention the \
             bot: `@Quarterdeck {typed}`."
        )
    }

    async fn taken(&self, request: &Request) {
        if let Some(trigger) = &request.trigger {
            self.interactions.taken(trigger).await;
        }
    }
}

/// The modal of a form.
pub(super) fn modal(form: &Form) -> Value {
    let fields = form.fields.iter().take(limits::INPUTS);
    let mut components: Vec<Value> = Vec::new();
    let intro = form.intro.as_deref().map(one_line).filter(|intro| !intro.is_empty());
    // What is said takes the place of an input.
    if let Some(intro) = intro.filter(|_| form.fields.len() < limits::INPUTS) {
        let shown = super::escape::literal(&cut(&intro, limits::INPUT / 4).0);
        components.push(json!({ "type": kind::TEXT, "content": shown }));
    }
    components.extend(fields.map(input));
    if components.is_empty() {
        components.push(json!({ "type": kind::TEXT, "content": "There is nothing to fill in." }));
    }
    json!({
        "custom_id": format!("{FORM}{}", form.token.as_str()),
        "title": label(&form.title, limits::MODAL, "Quarterdeck"),
        "components": components,
    })
}

/// An input with its label, and below that what is wrong or what helps.
fn input(field: &FormField) -> Value {
    let mut out = json!({
        "type": kind::LABEL,
        "label": label(&field.label, limits::MODAL, &field.name),
        "component": component(field),
    });
    // Plain text: marks for code would only stand in the way.
    let help = one_line(&field.help.replace('`', ""));
    let error = field.error.as_deref().map(|error| one_line(&error.replace('`', ""))).filter(|error| !error.is_empty());
    let below = error.map_or(help, |error| format!("⚠ {error}"));
    if !below.is_empty() {
        out["description"] = cut(&below, limits::HINT).0.into();
    }
    out
}

fn component(field: &FormField) -> Value {
    let value = field.value.as_deref().filter(|value| !value.is_empty());
    match &field.kind {
        FieldKind::Line | FieldKind::Integer => text(field, value, SHORT),
        FieldKind::Long => text(field, value, LONG),
        FieldKind::List => {
            let mut input = text(field, value, SHORT);
            input["placeholder"] = "one, two, three".into();
            input
        }
        FieldKind::Flag => {
            let yes = value.is_some_and(|value| matches!(value, "true" | "yes" | "1" | "on"));
            let choice = |value: &str, label: &str| Choice { value: value.to_owned(), label: label.to_owned() };
            let choices = [choice("true", "Yes"), choice("false", "No")];
            // "No" stands there unless it must be said: then neither does.
            let chosen = if yes {
                vec!["true"]
            } else if value.is_some() || !field.required {
                vec!["false"]
            } else {
                vec![]
            };
            menu(field, &choices, &chosen, 1)
        }
        FieldKind::Choice(choices) if !can_be_menu(choices) => {
            // It is typed as it is called.
            let chosen = choices.iter().find(|choice| Some(choice.value.as_str()) == value);
            text(field, chosen.map(|choice| choice.label.as_str()).or(value), SHORT)
        }
        FieldKind::Choices(choices) if !can_be_menu(choices) => text(field, value, SHORT),
        FieldKind::Choice(choices) => menu(field, choices, &value.into_iter().collect::<Vec<_>>(), 1),
        FieldKind::Choices(choices) => {
            let chosen: Vec<&str> = value.unwrap_or_default().split(',').map(str::trim).collect();
            menu(field, choices, &chosen, choices.len())
        }
    }
}

fn id(field: &FormField) -> String {
    cut(&field.name, limits::ID).0
}

/// An input for text of one line, or of several.
fn text(field: &FormField, value: Option<&str>, style: u8) -> Value {
    let mut input = json!({
        "type": kind::TEXT_INPUT,
        "custom_id": id(field),
        "style": style,
        "required": field.required,
        "max_length": limits::INPUT,
    });
    if let Some(value) = value {
        let value = if style == LONG { clean(value) } else { one_line(value) };
        input["value"] = cut(&value, limits::INPUT).0.into();
    }
    input
}

/// Whether a menu of Discord's can show these choices: else they are typed.
fn can_be_menu(choices: &[Choice]) -> bool {
    let fits = |choice: &Choice| !choice.value.is_empty() && length(&choice.value) <= limits::OPTION;
    !choices.is_empty() && choices.len() <= limits::OPTIONS && choices.iter().all(fits)
}

fn menu(field: &FormField, choices: &[Choice], chosen: &[&str], most: usize) -> Value {
    let option = |choice: &Choice| {
        let mut option = json!({
            "label": label(&choice.label, limits::OPTION, &choice.value),
            "value": choice.value,
        });
        if chosen.contains(&choice.value.as_str()) {
            option["default"] = true.into();
        }
        option
    };
    json!({
        "type": kind::SELECT,
        "custom_id": id(field),
        "options": choices.iter().map(option).collect::<Vec<_>>(),
        "required": field.required,
        "min_values": u8::from(field.required),
        "max_values": most,
    })
}

#[cfg(test)]
mod tests {
    use super::super::render::tests::schema;
    use super::*;
    use crate::model::Token;

    fn field(name: &str, kind: FieldKind) -> FormField {
        FormField {
            name: name.into(),
            label: "Label".into(),
            help: "Help with `code`.".into(),
            kind,
            required: true,
            value: None,
            error: None,
            completes: false,
            suggestions: Vec::new(),
        }
    }

    fn form(fields: Vec<FormField>) -> Form {
        Form {
            token: Token::new(),
            title: "Close an issue".into(),
            intro: Some("Close an issue, optionally saying why.".into()),
            submit: "Close".into(),
            fields,
            operation: "github.issue.close".into(),
            more: 0,
        }
    }

    fn refused(modal: &Value) -> Vec<String> {
        let body = json!({ "type": 9, "data": modal });
        schema("ModalInteractionCallbackRequest").iter_errors(&body).map(|error| error.to_string()).collect()
    }

    #[test]
    fn every_kind_of_field_has_its_input() {
        let choices = |count: usize| -> Vec<Choice> {
            (0..count).map(|at| Choice { value: format!("v{at}"), label: format!("V {at}") }).collect()
        };
        let few = form(vec![
            field("line", FieldKind::Line),
            FormField { value: Some("a\nb".into()), required: false, ..field("long", FieldKind::Long) },
            FormField { value: Some("v1".into()), ..field("choice", FieldKind::Choice(choices(3))) },
            FormField { value: Some("v0, v2".into()), ..field("choices", FieldKind::Choices(choices(3))) },
        ]);
        let shown = modal(&few);
        assert_eq!(refused(&shown), Vec::<String>::new());
        let parts = shown["components"].as_array().expect("a list");
        assert_eq!(parts[0], json!({ "type": 10, "content": "Close an issue, optionally saying why." }));
        assert_eq!(
            parts[1],
            json!({ "type": 18, "label": "Label", "description": "Help with code.",
                "component": { "type": 4, "custom_id": "line", "style": 1, "required": true, "max_length": 4000 } })
        );
        assert_eq!(parts[2]["component"]["value"], "a\nb");
        assert_eq!(parts[3]["component"]["options"][1], json!({ "label": "V 1", "value": "v1", "default": true }));
        assert_eq!(
            (&parts[4]["component"]["min_values"], &parts[4]["component"]["max_values"]),
            (&1.into(), &3.into())
        );
        assert!(shown["custom_id"].as_str().is_some_and(|id| id == format!("f:{}", few.token.as_str())));

        let many = form(vec![
            field("list", FieldKind::List),
            FormField { value: Some("true".into()), ..field("flag", FieldKind::Flag) },
            field("number", FieldKind::Integer),
            field("typed", FieldKind::Choice(choices(30))),
            field("last", FieldKind::Line),
            field("too many", FieldKind::Line),
        ]);
        let shown = modal(&many);
        assert_eq!(refused(&shown), Vec::<String>::new());
        let parts = shown["components"].as_array().expect("a list");
        assert_eq!(parts.len(), 5, "without the intro, which would be a sixth");
        assert_eq!(parts[1]["component"]["options"][0]["default"], true);
        assert_eq!(parts[3]["component"]["type"], 4);
    }

    #[test]
    fn what_was_wrong_is_said_and_what_is_too_long_is_cut() {
        let mut long = field("x", FieldKind::Line);
        long.label = "a very long label that says much more than it should ".repeat(3);
        long.error = Some(format!("`x` is {}wrong", "very ".repeat(40)));
        long.value = Some("é".repeat(9_000));
        let shown = modal(&Form { title: "T".repeat(99), ..form(vec![long]) });
        assert_eq!(refused(&shown), Vec::<String>::new());
        let part = &shown["components"][1];
        assert!(part["description"].as_str().is_some_and(|text| text.starts_with("⚠ x is very")));
        assert_eq!(refused(&modal(&form(Vec::new()))), Vec::<String>::new());
    }
}
