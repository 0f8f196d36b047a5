//! Which fields every Block Kit block and element has, as data.
//!
//! Follows docs.slack.dev/reference/block-kit and Slack's published types. `blocks.rs` reads it; limits are there.

/// Where a block may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    Message,
    Modal,
}

/// A block or element type: its required and optional fields besides `type`.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

const fn shape(name: &'static str, required: &'static [&'static str], optional: &'static [&'static str]) -> Shape {
    Shape { name, required, optional }
}

/// Every block type; `block_id` is allowed on all of them.
pub(super) const BLOCKS: &[Shape] = &[
    shape("section", &[], &["text", "fields", "accessory", "expand"]),
    shape("context", &["elements"], &[]),
    shape("divider", &[], &[]),
    shape("actions", &["elements"], &[]),
    shape("header", &["text"], &[]),
    shape("image", &["alt_text"], &["image_url", "slack_file", "title"]),
    shape("input", &["label", "element"], &["hint", "optional", "dispatch_action"]),
    shape("rich_text", &["elements"], &[]),
    shape("markdown", &["text"], &[]),
    shape("table", &["rows"], &["column_settings"]),
    shape("file", &["source", "external_id"], &[]),
    shape(
        "video",
        &["video_url", "thumbnail_url", "alt_text", "title"],
        &["title_url", "author_name", "provider_name", "provider_icon_url", "description"],
    ),
    shape("alert", &["text"], &["level"]),
    shape("context_actions", &["elements"], &[]),
    shape("card", &[], &["hero_image", "icon", "title", "subtitle", "body", "actions"]),
    shape("carousel", &["elements"], &[]),
    shape("task_card", &["task_id", "title", "status"], &["details", "output", "sources"]),
    shape("plan", &["title"], &["tasks"]),
];

/// Blocks a modal cannot hold.
pub(super) const NOT_IN_MODALS: &[&str] =
    &["file", "markdown", "table", "card", "carousel", "task_card", "plan", "context_actions"];

/// Every interactive element; `action_id` is allowed on all of them.
pub(super) const ELEMENTS: &[Shape] = &[
    shape("button", &["text"], &["url", "value", "style", "confirm", "accessibility_label"]),
    shape("workflow_button", &["text", "workflow"], &["style", "accessibility_label", "confirm"]),
    shape("overflow", &["options"], &["confirm"]),
    shape("checkboxes", &["options"], &["initial_options", "confirm", "focus_on_load"]),
    shape("radio_buttons", &["options"], &["initial_option", "confirm", "focus_on_load"]),
    shape("datepicker", &[], &["initial_date", "placeholder", "confirm", "focus_on_load"]),
    shape("timepicker", &[], &["initial_time", "placeholder", "confirm", "focus_on_load", "timezone"]),
    shape("datetimepicker", &[], &["initial_date_time", "confirm", "focus_on_load"]),
    shape(
        "static_select",
        &[],
        &["options", "option_groups", "initial_option", "placeholder", "confirm", "focus_on_load"],
    ),
    shape("external_select", &[], &["initial_option", "min_query_length", "placeholder", "confirm", "focus_on_load"]),
    shape("users_select", &[], &["initial_user", "placeholder", "confirm", "focus_on_load"]),
    shape(
        "conversations_select",
        &[],
        &[
            "initial_conversation",
            "default_to_current_conversation",
            "response_url_enabled",
            "filter",
            "placeholder",
            "confirm",
            "focus_on_load",
        ],
    ),
    shape(
        "channels_select",
        &[],
        &["initial_channel", "response_url_enabled", "placeholder", "confirm", "focus_on_load"],
    ),
    shape(
        "multi_static_select",
        &[],
        &[
            "options",
            "option_groups",
            "initial_options",
            "max_selected_items",
            "placeholder",
            "confirm",
            "focus_on_load",
        ],
    ),
    shape(
        "multi_external_select",
        &[],
        &["initial_options", "min_query_length", "max_selected_items", "placeholder", "confirm", "focus_on_load"],
    ),
    shape(
        "multi_users_select",
        &[],
        &["initial_users", "max_selected_items", "placeholder", "confirm", "focus_on_load"],
    ),
    shape(
        "multi_conversations_select",
        &[],
        &[
            "initial_conversations",
            "default_to_current_conversation",
            "max_selected_items",
            "filter",
            "placeholder",
            "confirm",
            "focus_on_load",
        ],
    ),
    shape(
        "multi_channels_select",
        &[],
        &["initial_channels", "max_selected_items", "placeholder", "confirm", "focus_on_load"],
    ),
    shape(
        "plain_text_input",
        &[],
        &[
            "initial_value",
            "multiline",
            "min_length",
            "max_length",
            "placeholder",
            "dispatch_action_config",
            "focus_on_load",
        ],
    ),
    shape("email_text_input", &[], &["initial_value", "placeholder", "dispatch_action_config", "focus_on_load"]),
    shape("url_text_input", &[], &["initial_value", "placeholder", "dispatch_action_config", "focus_on_load"]),
    shape(
        "number_input",
        &["is_decimal_allowed"],
        &["initial_value", "min_value", "max_value", "placeholder", "dispatch_action_config", "focus_on_load"],
    ),
    shape(
        "rich_text_input",
        &[],
        &["initial_value", "placeholder", "dispatch_action_config", "focus_on_load", "min_lines", "max_lines"],
    ),
    shape("file_input", &[], &["filetypes", "max_files"]),
];

const TEXT_INPUTS: &[&str] = &["plain_text_input", "email_text_input", "url_text_input", "number_input", "file_input"];

/// Whether `element` may stand in `block` (`section` means as its accessory).
pub(super) fn fits(block: &str, element: &str) -> bool {
    match block {
        "actions" => !TEXT_INPUTS.contains(&element),
        "section" => !TEXT_INPUTS.contains(&element) && element != "rich_text_input",
        "input" => !matches!(element, "button" | "workflow_button" | "overflow"),
        _ => false,
    }
}

/// Parts of rich text: containers first, then leaves.
pub(super) const RICH_TEXT: &[Shape] = &[
    shape("rich_text_section", &["elements"], &[]),
    shape("rich_text_list", &["elements", "style"], &["indent", "offset", "border"]),
    shape("rich_text_quote", &["elements"], &["border"]),
    shape("rich_text_preformatted", &["elements"], &["border", "language"]),
    shape("text", &["text"], &["style"]),
    shape("link", &["url"], &["text", "unsafe", "style"]),
    shape("emoji", &["name"], &["unicode", "skin_tone", "style", "url"]),
    shape("user", &["user_id"], &["style"]),
    shape("usergroup", &["usergroup_id"], &["style"]),
    shape("channel", &["channel_id"], &["style"]),
    shape("team", &["team_id"], &["style"]),
    shape("broadcast", &["range"], &["style"]),
    shape("color", &["value"], &["style"]),
    shape("date", &["timestamp", "format"], &["fallback", "url", "style"]),
];

/// Finds a shape by its type name.
pub(super) fn find(shapes: &'static [Shape], name: &str) -> Option<&'static Shape> {
    shapes.iter().find(|shape| shape.name == name)
}
