//! Checks Block Kit as Slack does: known types, known fields, documented limits.
//!
//! The `chat.*` and `views.*` handlers, response URLs and response payloads call it. It answers with Slack's own
//! words and JSON pointers (docs.slack.dev/reference/block-kit). It never repairs anything; [`complete`] only
//! fills in the ids and flags that Slack adds to what it accepted.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::shapes::{self, BLOCKS, ELEMENTS, NOT_IN_MODALS, RICH_TEXT, Shape, Surface};

/// Characters over all blocks of one message before Slack says `msg_blocks_too_long`.
const TOTAL: usize = 13_000;
const MARKDOWN_TOTAL: usize = 12_000;

/// Why blocks were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Each with a JSON pointer, without Slack's `[ERROR] ` prefix.
    Invalid(Vec<String>),
    /// Well formed, but together too much text.
    TooLong,
}

/// Checks a message's blocks; `at` is the JSON pointer of the array.
pub(super) fn check_message(blocks: &[Value], at: &str) -> Result<(), Refusal> {
    let mut check = Check::new(Surface::Message);
    check.blocks(blocks, at, 50);
    let total: usize = blocks.iter().map(length).sum();
    match check.errors {
        errors if !errors.is_empty() => Err(Refusal::Invalid(errors)),
        _ if total > TOTAL => Err(Refusal::TooLong),
        _ => Ok(()),
    }
}

/// Checks a modal's whole view; pointers start with `/view`.
pub(super) fn check_view(view: &Map<String, Value>) -> Result<(), Vec<String>> {
    let mut check = Check::new(Surface::Modal);
    let optional = [
        "submit",
        "close",
        "private_metadata",
        "callback_id",
        "external_id",
        "clear_on_close",
        "notify_on_close",
        "submit_disabled",
    ];
    check.fields(view, &["title", "blocks"], &optional, "/view");
    if view.get("type").and_then(Value::as_str) != Some("modal") {
        check.say(format!("unsupported type: {} [json-pointer:/view/type]", shown(view.get("type"))));
    }
    for title in ["title", "submit", "close"] {
        check.plain(view.get(title), 24, &format!("/view/{title}"));
    }
    // Slack takes an empty string as "none" here.
    check.string_from(view.get("callback_id"), 0, 255, "/view/callback_id");
    check.string_from(view.get("external_id"), 0, 255, "/view/external_id");
    check.string_from(view.get("private_metadata"), 0, 3000, "/view/private_metadata");
    for flag in ["clear_on_close", "notify_on_close", "submit_disabled"] {
        check.flag(view.get(flag), &format!("/view/{flag}"));
    }
    if let Some(blocks) = check.array(view.get("blocks"), "/view/blocks") {
        check.blocks(blocks, "/view/blocks", 100);
        let input = blocks.iter().any(|block| kind(block) == "input");
        if input && !view.contains_key("submit") {
            check.say("`submit` is required when an `input` block is within the `blocks` array [json-pointer:/view]");
        }
    }
    if check.errors.is_empty() { Ok(()) } else { Err(check.errors) }
}

/// Checks what an app answers to a `block_suggestion`.
pub(super) fn check_suggestions(answer: &Value) -> Result<(), Vec<String>> {
    let mut check = Check::new(Surface::Modal);
    match answer.as_object() {
        Some(object) if object.contains_key("options") => check.options(object.get("options"), 100, "/options"),
        Some(object) if object.contains_key("option_groups") => {
            check.groups(object.get("option_groups"), "/option_groups");
        }
        _ => check.say("missing required field: options"),
    }
    if check.errors.is_empty() { Ok(()) } else { Err(check.errors) }
}

/// Fills in what Slack adds to accepted blocks: ids and text flags. `id` makes fresh ids.
pub(super) fn complete(blocks: &mut [Value], id: &mut dyn FnMut() -> String) {
    for block in blocks {
        if let Some(object) = block.as_object_mut() {
            if !object.contains_key("block_id") {
                object.insert("block_id".into(), json!(id()));
            }
            object.values_mut().for_each(|value| complete_part(value, id));
        }
    }
}

fn complete_part(value: &mut Value, id: &mut dyn FnMut() -> String) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| complete_part(item, id)),
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            match kind.as_str() {
                "plain_text" => {
                    object.entry("emoji").or_insert(json!(true));
                }
                "mrkdwn" => {
                    object.entry("verbatim").or_insert(json!(false));
                }
                _ => {
                    if shapes::find(ELEMENTS, &kind).is_some() && !object.contains_key("action_id") {
                        object.insert("action_id".into(), json!(id()));
                    }
                    object.values_mut().for_each(|value| complete_part(value, id));
                }
            }
        }
        _ => {}
    }
}

/// The interactive elements of some blocks, each with its block.
pub(super) fn elements(blocks: &[Value]) -> impl Iterator<Item = (&Value, &Value)> {
    blocks.iter().flat_map(|block| {
        let inside = match kind(block) {
            "actions" | "context_actions" => {
                block.get("elements").and_then(Value::as_array).map_or(&[][..], Vec::as_slice)
            }
            "section" => block.get("accessory").map_or(&[][..], std::slice::from_ref),
            "input" => block.get("element").map_or(&[][..], std::slice::from_ref),
            _ => &[],
        };
        let known = inside.iter().filter(|element| shapes::find(ELEMENTS, kind(element)).is_some());
        known.map(move |element| (block, element))
    })
}

/// A block's or element's `type`.
pub(super) fn kind(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// Characters that count towards the limit over all blocks.
fn length(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(length).sum(),
        Value::Object(object) => object
            .iter()
            .map(|(name, v)| if name == "text" { v.as_str().map_or(0, chars) } else { 0 } + length(v))
            .sum(),
        _ => 0,
    }
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// One pass over a payload, gathering what is wrong with it.
struct Check {
    surface: Surface,
    errors: Vec<String>,
    block_ids: HashSet<String>,
    action_ids: HashSet<(usize, String)>,
    block: usize,
    markdown: usize,
    tables: usize,
}

impl Check {
    fn new(surface: Surface) -> Self {
        let (block_ids, action_ids) = (HashSet::new(), HashSet::new());
        Self { surface, errors: Vec::new(), block_ids, action_ids, block: 0, markdown: 0, tables: 0 }
    }

    fn say(&mut self, message: impl Into<String>) {
        self.errors.push(message.into());
    }

    fn blocks(&mut self, blocks: &[Value], at: &str, most: usize) {
        if blocks.len() > most {
            self.say(format!("no more than {most} items allowed [json-pointer:{at}]"));
        }
        for (index, block) in blocks.iter().enumerate() {
            self.block = index;
            self.block(block, &format!("{at}/{index}"));
        }
        if self.markdown > MARKDOWN_TOTAL {
            self.say(format!("must be less than {} characters [json-pointer:{at}]", MARKDOWN_TOTAL + 1));
        }
        if self.tables > 1 {
            self.say(format!("only_one_table_allowed [json-pointer:{at}]"));
        }
    }

    fn block(&mut self, block: &Value, at: &str) {
        let Some(object) = self.object(Some(block), at) else { return };
        let name = kind(block);
        let Some(shape) = shapes::find(BLOCKS, name) else {
            self.say(format!("unsupported type: {} [json-pointer:{at}/type]", shown(object.get("type"))));
            return;
        };
        if self.surface == Surface::Modal && NOT_IN_MODALS.contains(&name) {
            self.say(format!("unsupported type: {name} [json-pointer:{at}/type]"));
        }
        self.shape(object, shape, "block_id", at);
        self.string(object.get("block_id"), 255, &format!("{at}/block_id"));
        if let Some(id) = object.get("block_id").and_then(Value::as_str)
            && !self.block_ids.insert(id.to_owned())
        {
            self.say(format!("`block_id` \"{id}\" already exists for another block [json-pointer:{at}/block_id]"));
        }
        match name {
            "section" => self.section(object, at),
            "context" => self.context(object, at),
            "actions" => self.actions(object, at),
            "header" => self.plain(object.get("text"), 150, &format!("{at}/text")),
            "image" => self.image(object, at),
            "input" => self.input(object, at),
            "rich_text" => self.rich_text(object.get("elements"), &format!("{at}/elements"), 0),
            "markdown" => {
                self.string(object.get("text"), MARKDOWN_TOTAL, &format!("{at}/text"));
                self.markdown += object.get("text").and_then(Value::as_str).map_or(0, chars);
            }
            "table" => self.table(object, at),
            _ => {}
        }
    }

    fn section(&mut self, object: &Map<String, Value>, at: &str) {
        if !object.contains_key("text") && !object.contains_key("fields") {
            self.say(format!("missing required field: text [json-pointer:{at}]"));
        }
        self.text(object.get("text"), 3000, &format!("{at}/text"));
        self.flag(object.get("expand"), &format!("{at}/expand"));
        if object.contains_key("fields")
            && let Some(fields) = self.array(object.get("fields"), &format!("{at}/fields"))
        {
            self.count(fields, 1, 10, &format!("{at}/fields"));
            for (index, field) in fields.iter().enumerate() {
                self.text(Some(field), 2000, &format!("{at}/fields/{index}"));
            }
        }
        if let Some(accessory) = object.get("accessory") {
            let at = format!("{at}/accessory");
            match self.object(Some(accessory), &at) {
                Some(image) if kind(accessory) == "image" => self.image_element(image, &at),
                Some(_) => self.element(accessory, "section", &at),
                None => {}
            }
        }
    }

    fn context(&mut self, object: &Map<String, Value>, at: &str) {
        let at = format!("{at}/elements");
        let Some(elements) = self.array(object.get("elements"), &at) else { return };
        self.count(elements, 1, 10, &at);
        for (index, element) in elements.iter().enumerate() {
            let at = format!("{at}/{index}");
            match self.object(Some(element), &at) {
                Some(image) if kind(element) == "image" => self.image_element(image, &at),
                Some(_) => self.text(Some(element), 3000, &at),
                None => {}
            }
        }
    }

    fn actions(&mut self, object: &Map<String, Value>, at: &str) {
        let at = format!("{at}/elements");
        let Some(elements) = self.array(object.get("elements"), &at) else { return };
        self.count(elements, 1, 25, &at);
        for (index, element) in elements.iter().enumerate() {
            self.element(element, "actions", &format!("{at}/{index}"));
        }
    }

    fn image(&mut self, object: &Map<String, Value>, at: &str) {
        self.image_source(object, at);
        self.plain(object.get("title"), 2000, &format!("{at}/title"));
    }

    fn image_element(&mut self, object: &Map<String, Value>, at: &str) {
        self.fields(object, &["alt_text"], &["image_url", "slack_file"], at);
        self.image_source(object, at);
    }

    fn image_source(&mut self, object: &Map<String, Value>, at: &str) {
        self.string(object.get("alt_text"), 2000, &format!("{at}/alt_text"));
        self.link(object.get("image_url"), &format!("{at}/image_url"));
        if object.contains_key("image_url") == object.contains_key("slack_file") {
            self.say(format!("must define exactly one of image_url or slack_file [json-pointer:{at}]"));
        }
    }

    fn input(&mut self, object: &Map<String, Value>, at: &str) {
        self.plain(object.get("label"), 2000, &format!("{at}/label"));
        self.plain(object.get("hint"), 2000, &format!("{at}/hint"));
        self.flag(object.get("optional"), &format!("{at}/optional"));
        self.flag(object.get("dispatch_action"), &format!("{at}/dispatch_action"));
        if let Some(element) = object.get("element") {
            self.element(element, "input", &format!("{at}/element"));
        }
    }

    fn table(&mut self, object: &Map<String, Value>, at: &str) {
        self.tables += 1;
        let rows_at = format!("{at}/rows");
        let Some(rows) = self.array(object.get("rows"), &rows_at) else { return };
        self.count(rows, 1, 100, &rows_at);
        for (index, row) in rows.iter().enumerate() {
            let at = format!("{rows_at}/{index}");
            let Some(cells) = self.array(Some(row), &at) else { continue };
            self.count(cells, 1, 20, &at);
            for (index, cell) in cells.iter().enumerate() {
                let at = format!("{at}/{index}");
                let Some(object) = self.object(Some(cell), &at) else { continue };
                match kind(cell) {
                    "raw_text" => self.fields(object, &["text"], &[], &at),
                    "raw_number" => self.fields(object, &["value", "text"], &[], &at),
                    "rich_text" => self.rich_text(object.get("elements"), &format!("{at}/elements"), 0),
                    other => self.say(format!("unsupported type: {other} [json-pointer:{at}/type]")),
                }
            }
        }
        if rows.iter().map(length).sum::<usize>() > 10_000 {
            self.say(format!("must be less than 10001 characters [json-pointer:{rows_at}]"));
        }
    }

    fn rich_text(&mut self, elements: Option<&Value>, at: &str, depth: usize) {
        let Some(elements) = self.array(elements, at) else { return };
        for (index, element) in elements.iter().enumerate() {
            let at = format!("{at}/{index}");
            let Some(object) = self.object(Some(element), &at) else { continue };
            let name = kind(element);
            // Containers hold leaves, lists hold sections, and nothing goes deeper.
            let container = name.starts_with("rich_text_");
            let Some(shape) = shapes::find(RICH_TEXT, name).filter(|_| container == (depth == 0) || depth == 1) else {
                self.say(format!("unsupported type: {} [json-pointer:{at}/type]", shown(object.get("type"))));
                continue;
            };
            self.fields(object, shape.required, shape.optional, &at);
            if name == "text" {
                self.string(object.get("text"), usize::MAX, &format!("{at}/text"));
            }
            if container {
                let next = if name == "rich_text_list" { 1 } else { 2 };
                self.rich_text(object.get("elements"), &format!("{at}/elements"), next);
            }
        }
    }

    fn element(&mut self, element: &Value, block: &str, at: &str) {
        let Some(object) = self.object(Some(element), at) else { return };
        let name = kind(element);
        let Some(shape) = shapes::find(ELEMENTS, name).filter(|_| shapes::fits(block, name)) else {
            self.say(format!("unsupported type: {} [json-pointer:{at}/type]", shown(object.get("type"))));
            return;
        };
        self.shape(object, shape, "action_id", at);
        self.string(object.get("action_id"), 255, &format!("{at}/action_id"));
        if let Some(id) = object.get("action_id").and_then(Value::as_str)
            && !self.action_ids.insert((self.block, id.to_owned()))
        {
            self.say(format!("`action_id` \"{id}\" already exists for another element [json-pointer:{at}/action_id]"));
        }
        self.plain(object.get("placeholder"), 150, &format!("{at}/placeholder"));
        self.flag(object.get("focus_on_load"), &format!("{at}/focus_on_load"));
        self.confirm(object.get("confirm"), &format!("{at}/confirm"));
        match name {
            "button" => {
                self.plain(object.get("text"), 75, &format!("{at}/text"));
                self.string(object.get("value"), 2000, &format!("{at}/value"));
                self.link(object.get("url"), &format!("{at}/url"));
                self.string(object.get("accessibility_label"), 75, &format!("{at}/accessibility_label"));
                self.style(object.get("style"), at);
            }
            "static_select" | "multi_static_select" => match (object.get("options"), object.get("option_groups")) {
                (Some(options), None) => self.options(Some(options), 100, &format!("{at}/options")),
                (None, Some(groups)) => self.groups(Some(groups), &format!("{at}/option_groups")),
                _ => self.say(format!("must define exactly one of options or option_groups [json-pointer:{at}]")),
            },
            "overflow" => self.options(object.get("options"), 5, &format!("{at}/options")),
            "checkboxes" | "radio_buttons" => self.options(object.get("options"), 10, &format!("{at}/options")),
            "plain_text_input" => {
                self.range(object.get("min_length"), 0, 3000, &format!("{at}/min_length"));
                self.range(object.get("max_length"), 1, 3000, &format!("{at}/max_length"));
                self.flag(object.get("multiline"), &format!("{at}/multiline"));
                self.string_from(object.get("initial_value"), 0, 3000, &format!("{at}/initial_value"));
            }
            _ => {}
        }
    }

    /// Options of a menu (`most` above 10: plain text only) or of a group of boxes.
    fn options(&mut self, options: Option<&Value>, most: usize, at: &str) {
        let Some(options) = self.array(options, at) else { return };
        // An app may suggest nothing; a menu must offer something.
        self.count(options, usize::from(at != "/options"), most, at);
        for (index, option) in options.iter().enumerate() {
            let at = format!("{at}/{index}");
            let Some(object) = self.object(Some(option), &at) else { continue };
            self.fields_untyped(object, &["text", "value"], &["description", "url"], &at);
            if most == 10 {
                self.text(object.get("text"), 75, &format!("{at}/text"));
            } else {
                self.plain(object.get("text"), 75, &format!("{at}/text"));
            }
            self.string(object.get("value"), 150, &format!("{at}/value"));
            self.text(object.get("description"), 75, &format!("{at}/description"));
            self.link(object.get("url"), &format!("{at}/url"));
        }
    }

    fn groups(&mut self, groups: Option<&Value>, at: &str) {
        let Some(groups) = self.array(groups, at) else { return };
        self.count(groups, 1, 100, at);
        for (index, group) in groups.iter().enumerate() {
            let at = format!("{at}/{index}");
            let Some(object) = self.object(Some(group), &at) else { continue };
            self.fields_untyped(object, &["label", "options"], &[], &at);
            self.plain(object.get("label"), 75, &format!("{at}/label"));
            self.options(object.get("options"), 100, &format!("{at}/options"));
        }
    }

    fn confirm(&mut self, dialog: Option<&Value>, at: &str) {
        let Some(dialog) = dialog else { return };
        let Some(object) = self.object(Some(dialog), at) else { return };
        self.fields_untyped(object, &["title", "text", "confirm", "deny"], &["style"], at);
        self.plain(object.get("title"), 100, &format!("{at}/title"));
        self.text(object.get("text"), 300, &format!("{at}/text"));
        self.plain(object.get("confirm"), 30, &format!("{at}/confirm"));
        self.plain(object.get("deny"), 30, &format!("{at}/deny"));
        self.style(object.get("style"), at);
    }

    fn style(&mut self, style: Option<&Value>, at: &str) {
        if let Some(style) = style
            && !matches!(style.as_str(), Some("primary" | "danger"))
        {
            self.say(format!("must be a valid enum value [json-pointer:{at}/style]"));
        }
    }

    fn plain(&mut self, text: Option<&Value>, most: usize, at: &str) {
        if let Some(text) = text
            && text.is_object()
            && kind(text) != "plain_text"
        {
            self.say(format!("must be a `plain_text` object [json-pointer:{at}/type]"));
        }
        self.text(text, most, at);
    }

    fn text(&mut self, text: Option<&Value>, most: usize, at: &str) {
        let Some(text) = text else { return };
        let Some(object) = self.object(Some(text), at) else { return };
        match kind(text) {
            "plain_text" => self.fields(object, &["text"], &["emoji"], at),
            "mrkdwn" => self.fields(object, &["text"], &["verbatim"], at),
            other => self.say(format!("unsupported type: {other} [json-pointer:{at}/type]")),
        }
        self.string(object.get("text"), most, &format!("{at}/text"));
    }

    fn shape(&mut self, object: &Map<String, Value>, shape: &Shape, id: &str, at: &str) {
        self.known(object, shape.required, |name| name == "type" || name == id || shape.optional.contains(&name), at);
    }

    /// Fields of an object that has a `type`.
    fn fields(&mut self, object: &Map<String, Value>, required: &[&str], optional: &[&str], at: &str) {
        self.known(object, required, |name| name == "type" || optional.contains(&name), at);
    }

    fn fields_untyped(&mut self, object: &Map<String, Value>, required: &[&str], optional: &[&str], at: &str) {
        self.known(object, required, |name| optional.contains(&name), at);
    }

    fn known(&mut self, object: &Map<String, Value>, required: &[&str], other: impl Fn(&str) -> bool, at: &str) {
        for name in required.iter().filter(|name| !object.contains_key(**name)) {
            self.say(format!("missing required field: {name} [json-pointer:{at}]"));
        }
        for name in object.keys().filter(|name| !required.contains(&name.as_str()) && !other(name)) {
            self.say(format!("invalid additional property: {name} [json-pointer:{at}]"));
        }
    }

    fn object<'a>(&mut self, value: Option<&'a Value>, at: &str) -> Option<&'a Map<String, Value>> {
        let object = value.and_then(Value::as_object);
        if object.is_none() {
            self.say(format!("must provide an object [json-pointer:{at}]"));
        }
        object
    }

    fn array<'a>(&mut self, value: Option<&'a Value>, at: &str) -> Option<&'a Vec<Value>> {
        let value = value?;
        let array = value.as_array();
        if array.is_none() {
            self.say(format!("must provide an array [json-pointer:{at}]"));
        }
        array
    }

    fn count(&mut self, items: &[Value], least: usize, most: usize, at: &str) {
        if items.len() > most {
            self.say(format!("no more than {most} items allowed [json-pointer:{at}]"));
        }
        if items.len() < least {
            self.say(format!("must be more than {} items [json-pointer:{at}]", least.saturating_sub(1)));
        }
    }

    fn string(&mut self, value: Option<&Value>, most: usize, at: &str) {
        self.string_from(value, 1, most, at);
    }

    fn string_from(&mut self, value: Option<&Value>, least: usize, most: usize, at: &str) {
        let Some(value) = value else { return };
        let Some(text) = value.as_str() else {
            self.say(format!("must be a string [json-pointer:{at}]"));
            return;
        };
        let length = chars(text);
        if length > most {
            self.say(format!("must be less than {} characters [json-pointer:{at}]", most.saturating_add(1)));
        }
        if length < least {
            self.say(format!("must be more than 0 characters [json-pointer:{at}]"));
        }
    }

    fn link(&mut self, value: Option<&Value>, at: &str) {
        self.string(value, 3000, at);
        if let Some(text) = value.and_then(Value::as_str)
            && !["http://", "https://", "mailto:", "slack://"].iter().any(|scheme| text.starts_with(scheme))
        {
            self.say(format!("invalid url [json-pointer:{at}]"));
        }
    }

    fn flag(&mut self, value: Option<&Value>, at: &str) {
        if value.is_some_and(|value| !value.is_boolean()) {
            self.say(format!("must be a boolean [json-pointer:{at}]"));
        }
    }

    fn range(&mut self, value: Option<&Value>, least: u64, most: u64, at: &str) {
        if let Some(value) = value
            && !value.as_u64().is_some_and(|number| (least..=most).contains(&number))
        {
            self.say(format!("must be between {least} and {most} [json-pointer:{at}]"));
        }
    }
}
