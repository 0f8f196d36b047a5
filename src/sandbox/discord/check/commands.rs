//! Rules for application commands, after docs.discord.com/developers/interactions/application-commands.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::super::form::{Form, length};

const SUB_COMMAND: i64 = 1;
const SUB_COMMAND_GROUP: i64 = 2;
const STRING: i64 = 3;
const INTEGER: i64 = 4;
const CHANNEL: i64 = 7;
const NUMBER: i64 = 10;

/// Characters of names, descriptions and values that one command may hold.
const LARGEST: usize = 8000;

/// Checks a command; returns what the API shows of it, but for ids and version.
pub(crate) fn check(form: &mut Form, command: &Value, global: bool) -> Map<String, Value> {
    let mut shown = Map::new();
    if !form.object(command) {
        return shown;
    }
    let kind = form.choice(command, "type", &[1, 2, 3], false).unwrap_or(1);
    let name = name(form, command, kind == 1);
    shown.insert("type".into(), json!(kind));
    shown.insert("name".into(), json!(name));
    let description = if kind == 1 {
        form.text(command, "description", (1, 100), true).unwrap_or_default()
    } else {
        if command["description"].as_str().is_some_and(|text| !text.is_empty()) {
            let message = "Context menu commands cannot have description";
            form.error_at("description", "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED", message);
        }
        ""
    };
    shown.insert("description".into(), json!(description));
    localizations(form, command);
    for key in ["name_localizations", "description_localizations"] {
        shown.insert(key.into(), command.get(key).cloned().unwrap_or(Value::Null));
    }
    let permissions = form.value(command, "default_member_permissions", false);
    let permissions = permissions.map(|bits| bits.as_str().map_or_else(|| bits.to_string(), str::to_owned));
    if permissions.as_ref().is_some_and(|bits| bits.parse::<u64>().is_err()) {
        form.error_at("default_member_permissions", "NUMBER_TYPE_COERCE", "Value is not int.");
    }
    shown.insert("default_member_permissions".into(), json!(permissions));
    shown.insert("nsfw".into(), json!(form.flag(command, "nsfw").unwrap_or(false)));
    if global {
        scopes(form, command, &mut shown);
    }
    if let Some(list) = form.list(command, "options", (0, 25), false) {
        if kind != 1 && !list.is_empty() {
            let message = "Context menu commands cannot have options";
            form.error_at("options", "APPLICATION_COMMAND_OPTIONS_NOT_ALLOWED", message);
        }
        let made = form.within("options", |form| options(form, list, 0));
        if !made.is_empty() {
            shown.insert("options".into(), Value::Array(made));
        }
    }
    if size(command) > LARGEST {
        form.error("APPLICATION_COMMAND_TOO_LARGE", format!("Command exceeds maximum size ({LARGEST})"));
    }
    shown
}

/// Where a global command can be used.
fn scopes(form: &mut Form, command: &Value, shown: &mut Map<String, Value>) {
    for (key, most) in [("integration_types", 1), ("contexts", 2)] {
        let given = form.list(command, key, (0, 3), false);
        for value in given.unwrap_or_default() {
            if value.as_i64().is_none_or(|value| !(0..=most).contains(&value)) {
                let all: Vec<_> = (0..=most).map(|number| number.to_string()).collect();
                form.error_at(key, "BASE_TYPE_CHOICES", format!("Value must be one of ({}).", all.join(", ")));
            }
        }
        let default = if key == "contexts" { Value::Null } else { json!([0]) };
        shown.insert(key.into(), given.map_or(default, |given| json!(given)));
    }
    let direct = form.flag(command, "dm_permission").unwrap_or(true);
    let direct = match shown["contexts"].as_array() {
        Some(contexts) => contexts.contains(&json!(1)),
        None => direct,
    };
    if !direct && shown["contexts"].is_null() {
        shown.insert("contexts".into(), json!([0]));
    }
    shown.insert("dm_permission".into(), json!(direct));
}

/// `^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, in lower case.
fn well_named(name: &str) -> bool {
    let fits =
        |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'' | '\u{900}'..='\u{97f}' | '\u{e00}'..='\u{e7f}');
    (1..=32).contains(&length(name)) && name.chars().all(fits) && name.to_lowercase() == name
}

fn name<'v>(form: &mut Form, holder: &'v Value, strict: bool) -> &'v str {
    let before = form.count();
    let Some(name) = form.text(holder, "name", (1, 32), true) else { return "" };
    if strict && form.count() == before && !well_named(name) {
        form.error_at("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
    name
}

fn localizations(form: &mut Form, holder: &Value) {
    for (key, most) in [("name_localizations", 32), ("description_localizations", 100)] {
        let Some(all) = form.value(holder, key, false) else { continue };
        form.within(key, |form| {
            let Some(all) = all.as_object() else {
                form.error("DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
                return;
            };
            for (locale, text) in all {
                let known = matches!(locale.len(), 2 | 5 | 6) && locale.is_ascii();
                if !known {
                    form.error_at(locale, "ENUM_TYPE_COERCE", format!("Value \"{locale}\" is not a valid locale."));
                }
                let fields = json!({locale.as_str(): text});
                form.text(&fields, locale, (1, most), true);
            }
        });
    }
}

fn options(form: &mut Form, list: &[Value], depth: u8) -> Vec<Value> {
    let nested = |option: &Value| matches!(option["type"].as_i64(), Some(SUB_COMMAND | SUB_COMMAND_GROUP));
    let first_nested = list.first().is_some_and(nested);
    let (mut names, mut optional) = (HashSet::new(), false);
    let mut made = Vec::new();
    for (at, option) in list.iter().enumerate() {
        form.within(at, |form| {
            if !form.object(option) {
                return;
            }
            if nested(option) != first_nested {
                let message =
                    "Sub-command and sub-command group option types are mutually exclusive to all other types";
                form.error("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
            }
            let required = form.flag(option, "required").unwrap_or(false);
            if required && optional {
                let message = "Required options must be placed before non-required options";
                form.error("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
            }
            optional |= !required;
            let one = option_of(form, option, depth);
            if !names.insert(one["name"].as_str().unwrap_or_default().to_owned()) {
                let message = "Option names must be unique within a command";
                form.error_at("name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message);
            }
            made.push(Value::Object(one));
        });
    }
    made
}

fn option_of(form: &mut Form, option: &Value, depth: u8) -> Map<String, Value> {
    let mut shown = Map::new();
    let known: &[i64] = match depth {
        0 => &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        1 => &[1, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        _ => &[3, 4, 5, 6, 7, 8, 9, 10, 11],
    };
    let kind = form.choice(option, "type", known, true).unwrap_or(0);
    shown.insert("type".into(), json!(kind));
    shown.insert("name".into(), json!(name(form, option, true)));
    shown.insert("description".into(), json!(form.text(option, "description", (1, 100), true)));
    localizations(form, option);
    for key in ["name_localizations", "description_localizations"] {
        if let Some(texts) = option.get(key).filter(|texts| !texts.is_null()) {
            shown.insert(key.into(), texts.clone());
        }
    }
    if matches!(kind, SUB_COMMAND | SUB_COMMAND_GROUP) {
        if option["required"] == true {
            let message = "Sub-commands and sub-command groups cannot be required";
            form.error_at("required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        let group = kind == SUB_COMMAND_GROUP;
        let inside = form.list(option, "options", (usize::from(group), 25), group).unwrap_or_default();
        let made = form.within("options", |form| {
            if group && inside.iter().any(|one| one["type"] != SUB_COMMAND) {
                let message = "Sub-command groups can only hold sub-commands";
                form.error("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
            }
            options(form, inside, if group { 1 } else { 2 })
        });
        if !made.is_empty() {
            shown.insert("options".into(), Value::Array(made));
        }
        return shown;
    }
    if let Some(required) = form.flag(option, "required") {
        shown.insert("required".into(), json!(required));
    }
    values(form, option, kind, &mut shown);
    shown
}

/// What limits the value of an option: choices, autocompletion, ranges, channel types.
fn values(form: &mut Form, option: &Value, kind: i64, shown: &mut Map<String, Value>) {
    let countable = matches!(kind, STRING | INTEGER | NUMBER);
    let auto = form.flag(option, "autocomplete").unwrap_or(false);
    if auto && !countable {
        let message = "Autocomplete is not allowed for this option type";
        form.error_at("autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", message);
    }
    if let Some(list) = form.list(option, "choices", (0, 25), false).filter(|list| !list.is_empty()) {
        if !countable {
            let message = "Choices are not allowed for this option type";
            form.error_at("choices", "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", message);
        }
        if auto {
            let message = "Choices and autocomplete are mutually exclusive";
            form.error_at("choices", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_EXCLUSIVE", message);
        }
        form.within("choices", |form| choices(form, list, kind));
        shown.insert("choices".into(), json!(list));
    }
    if auto {
        shown.insert("autocomplete".into(), json!(true));
    }
    for key in ["min_value", "max_value"] {
        let Some(value) = form.value(option, key, false) else { continue };
        let fits = match kind {
            INTEGER => value.is_i64(),
            NUMBER => value.is_number(),
            _ => false,
        };
        if !fits {
            form.error_at(key, "NUMBER_TYPE_COERCE", format!("Value \"{value}\" is not allowed here."));
        }
        shown.insert(key.into(), value.clone());
    }
    for (key, least) in [("min_length", 0), ("max_length", 1)] {
        let Some(value) = form.integer(option, key, (least, 6000), false) else { continue };
        if kind != STRING {
            form.error_at(key, "APPLICATION_COMMAND_OPTIONS_LENGTH_INVALID", "Only string options have a length");
        }
        shown.insert(key.into(), json!(value));
    }
    if let Some(types) = form.list(option, "channel_types", (0, 20), false) {
        if kind != CHANNEL {
            let message = "Only channel options have channel types";
            form.error_at("channel_types", "APPLICATION_COMMAND_OPTIONS_CHANNEL_TYPES_INVALID", message);
        }
        shown.insert("channel_types".into(), json!(types));
    }
}

fn choices(form: &mut Form, list: &[Value], kind: i64) {
    let mut names = HashSet::new();
    for (at, choice) in list.iter().enumerate() {
        form.within(at, |form| {
            if !form.object(choice) {
                return;
            }
            let name = form.text(choice, "name", (1, 100), true).unwrap_or_default();
            if !names.insert(name) {
                let message = "Option choice names must be unique";
                form.error_at("name", "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", message);
            }
            value_of(form, choice, kind);
        });
    }
}

/// The value of a choice, registered or answered to an autocompletion.
pub(crate) fn value_of(form: &mut Form, choice: &Value, kind: i64) {
    match kind {
        INTEGER => drop(form.integer(choice, "value", (-(1 << 53), 1 << 53), true)),
        NUMBER => {
            if form.value(choice, "value", true).is_some_and(|value| !value.is_number()) {
                form.error_at("value", "NUMBER_TYPE_COERCE", "Value is not float.");
            }
        }
        _ => drop(form.text(choice, "value", (1, 100), true)),
    }
}

/// Characters that count towards the size, the longest localization of each.
fn size(holder: &Value) -> usize {
    let longest = |key: &str| {
        let own = holder[key].as_str().map_or(0, length);
        let all = holder[format!("{key}_localizations")].as_object().into_iter().flatten();
        all.filter_map(|(_, text)| text.as_str()).map(length).fold(own, usize::max)
    };
    let value = holder["value"].as_str().map_or(0, length);
    let inside = ["options", "choices"].into_iter().flat_map(|key| holder[key].as_array().into_iter().flatten());
    longest("name") + longest("description") + value + inside.map(size).sum::<usize>()
}
