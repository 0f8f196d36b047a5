//! The app's manifest: what Slack is told the app may do, in the form that `https://api.slack.com/apps` takes for
//! "From a manifest". <https://docs.slack.dev/reference/app-manifest>

use serde_json::{Value, json};

use super::config::{SlackConfig, SlackMode};
use super::escape::{cut, one_line};
use super::hear;
use crate::operations::Declaration;

/// The longest description of a shortcut: <https://docs.slack.dev/reference/app-manifest>
const DESCRIPTION: usize = 150;

/// The scopes, each with the methods and events that need it.
const SCOPES: &[(&str, &str)] = &[
    ("app_mentions:read", "the event app_mention"),
    ("channels:history", "conversations.history and .replies: whether an unclear message arrived"),
    ("channels:manage", "conversations.create and .invite"),
    (
        "channels:read",
        "conversations.list, .info and .members: channels by name; the events channel_*, member_joined_channel",
    ),
    ("chat:write", "chat.postMessage, chat.postEphemeral, chat.update, chat.delete"),
    ("chat:write.public", "chat.postMessage in public channels without an invitation"),
    ("commands", "the slash commands"),
    ("files:write", "files.getUploadURLExternal and .completeUploadExternal"),
    ("groups:history", "as channels:history, for private channels"),
    ("groups:read", "as channels:read, for private channels; the events group_*"),
    ("groups:write", "as channels:manage, for private channels"),
    ("im:history", "the event message.im; and as channels:history, for direct messages"),
    ("im:read", "conversations.info and .members: whose direct message it is"),
    ("im:write", "chat.postMessage to a person, and conversations.open"),
    ("reactions:write", "reactions.add"),
    ("team:read", "team.info"),
    ("users:read", "users.info and users.list: people by name"),
    ("usergroups:read", "usergroups.list and usergroups.users.list: roles by user group"),
];

/// The manifest of an app with these settings, on which these operations can be used as shortcuts on messages. `public_url` is the address that Slack reaches us at; needed in `http` mode
/// only, where a placeholder stands in for one that is not given.
#[must_use]
pub fn manifest(config: &SlackConfig, actions: &[&Declaration], public_url: Option<&str>) -> Value {
    let http = config.mode == SlackMode::Http;
    let base = public_url.unwrap_or("https://quarterdeck.example").trim_end_matches('/');
    let address = |path: &str| format!("{base}/slack/{path}");
    let commands: Vec<Value> = config
        .commands
        .iter()
        .enumerate()
        .map(|(at, command)| {
            let service = command.trim_start_matches('/');
            let (description, hint) = match at {
                0 => ("Run your work from here".to_owned(), "help · github issue list acme/api".to_owned()),
                _ => (format!("Run {service} operations"), "help · issue list".to_owned()),
            };
            // Escaping would turn `@ana` into markup before the grammar reads it.
            let mut entry = json!({
                "command": command, "description": description, "usage_hint": hint, "should_escape": false,
            });
            if http {
                entry["url"] = address("commands").into();
            }
            entry
        })
        .collect();
    let shortcut = |operation: &&Declaration| {
        // A shortcut is known by its callback id, which is the operation's name.
        Some(json!({
            "name": operation.spec.from_message?, "type": "message", "callback_id": operation.spec.name,
            "description": cut(&one_line(&operation.summary.replace('`', "")), DESCRIPTION).0,
        }))
    };
    let shortcuts: Vec<Value> = actions.iter().filter_map(shortcut).collect();
    let heard: Vec<&str> = ["app_mention", "message.im"].into_iter().chain(hear::news()).collect();
    let mut events = json!({ "bot_events": heard });
    let mut interactivity = json!({ "is_enabled": true });
    if http {
        events["request_url"] = address("events").into();
        interactivity["request_url"] = address("interactivity").into();
        interactivity["message_menu_options_url"] = address("options").into();
    }
    json!({
        "_metadata": { "major_version": 2, "minor_version": 1 },
        "display_information": {
            "name": "Quarterdeck",
            "description": "Run your work from Slack, and hear back, with nothing lost.",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": false, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false,
            },
            "bot_user": { "display_name": "quarterdeck", "always_online": true },
            "slash_commands": commands,
            "shortcuts": shortcuts,
        },
        "oauth_config": { "scopes": { "bot": SCOPES.iter().map(|(scope, _)| *scope).collect::<Vec<_>>() } },
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": false,
            "socket_mode_enabled": !http,
            "token_rotation_enabled": false,
        },
    })
}
