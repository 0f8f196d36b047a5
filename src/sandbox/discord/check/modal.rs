//! Rules for modals, after docs.discord.com/developers/components/using-modal-components.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    super::{form::Form, refused::Refused},
    components::{kind, numbered, select, unique},
};

/// Checks the data of a callback of type 9; returns the components with their ids.
pub(crate) fn check(data: &Value) -> Result<Vec<Value>, Refused> {
    let mut form = Form::default();
    let components = form.within("data", |form| {
        if !form.object(data) {
            return Vec::new();
        }
        form.text(data, "custom_id", (1, 100), true);
        form.text(data, "title", (1, 45), true);
        let components = form.list(data, "components", (1, 5), true).unwrap_or_default();
        form.within("components", |form| {
            for (at, component) in components.iter().enumerate() {
                form.within(at, |form| top(form, component));
            }
            unique(form, components);
        });
        numbered(components)
    });
    form.done()?;
    Ok(components)
}

fn top(form: &mut Form, component: &Value) {
    match kind(form, component, &[1, 10, 18]) {
        Some(1) => {
            let inside = form.list(component, "components", (1, 1), true).unwrap_or_default();
            form.within("components", |form| {
                for (at, input) in inside.iter().enumerate() {
                    form.within(at, |form| {
                        if kind(form, input, &[4]).is_some() {
                            form.text(input, "label", (1, 45), true);
                            text_input(form, input);
                        }
                    });
                }
            });
        }
        Some(10) => drop(form.text(component, "content", (1, 4000), true)),
        Some(18) => {
            form.text(component, "label", (1, 45), true);
            form.text(component, "description", (0, 100), false);
            let Some(inside) = form.value(component, "component", true) else { return };
            form.within("component", |form| match kind(form, inside, &[3, 4, 5, 6, 7, 8, 19, 21, 22, 23]) {
                Some(4) => text_input(form, inside),
                Some(19) => {
                    form.text(inside, "custom_id", (1, 100), true);
                    form.integer(inside, "min_values", (0, 10), false);
                    form.integer(inside, "max_values", (1, 10), false);
                }
                Some(21) => boxes(form, inside, (2, 10)),
                Some(22) => {
                    form.integer(inside, "min_values", (0, 10), false);
                    form.integer(inside, "max_values", (1, 10), false);
                    boxes(form, inside, (1, 10));
                }
                Some(23) => drop(form.text(inside, "custom_id", (1, 100), true)),
                Some(_) => menu(form, inside),
                None => {}
            });
        }
        _ => {}
    }
}

fn menu(form: &mut Form, menu: &Value) {
    select(form, menu);
    if menu["disabled"] == true {
        form.error_at("disabled", "MODAL_COMPONENT_DISABLED", "Modal components cannot be disabled");
    }
    if menu["required"] != false && menu["min_values"] == 0 {
        form.error_at("min_values", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.");
    }
}

fn boxes(form: &mut Form, group: &Value, count: (usize, usize)) {
    form.text(group, "custom_id", (1, 100), true);
    let options = form.list(group, "options", count, true).unwrap_or_default();
    form.within("options", |form| {
        let mut values = HashSet::new();
        for (at, option) in options.iter().enumerate() {
            form.within(at, |form| {
                if !form.object(option) {
                    return;
                }
                form.text(option, "label", (1, 100), true);
                form.text(option, "description", (0, 100), false);
                let value = form.text(option, "value", (1, 100), true);
                if value.is_some_and(|value| !values.insert(value)) {
                    let message = "The specified option value is already used";
                    form.error_at("value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message);
                }
            });
        }
    });
}

fn text_input(form: &mut Form, input: &Value) {
    form.text(input, "custom_id", (1, 100), true);
    form.choice(input, "style", &[1, 2], true);
    form.text(input, "placeholder", (0, 100), false);
    form.flag(input, "required");
    let least = form.integer(input, "min_length", (0, 4000), false).unwrap_or(0);
    let most = form.integer(input, "max_length", (1, 4000), false).unwrap_or(4000);
    if least > most {
        let message = "Maximum length must not be smaller than the minimum length";
        form.error_at("max_length", "TEXT_INPUT_COMPONENT_INVALID_LENGTH", message);
    }
    let most = usize::try_from(most).unwrap_or(4000);
    form.text(input, "value", (0, most), false);
}
