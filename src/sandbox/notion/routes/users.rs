//! Users: <https://developers.notion.com/reference/get-users>.

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::notion::json::{joined, user_brief};
use crate::sandbox::notion::reply::{Answer, Reply};
use crate::sandbox::notion::setup::UserInformation;
use crate::sandbox::notion::state::State;

/// The integration's own bot.
pub(super) fn me(state: &mut State, ask: &Ask<'_>) -> Answer {
    let limits = json!({ "max_file_upload_size_in_bytes": state.largest_file });
    Ok(Reply::ok(joined(
        user_brief(&ask.bot),
        json!({
            "name": ask.app,
            "avatar_url": null,
            "type": "bot",
            "bot": {
                "owner": { "type": "workspace", "workspace": true },
                "workspace_id": state.world.id,
                "workspace_name": state.world.name,
                "workspace_limits": limits,
            },
        }),
    )))
}

/// Everyone in the workspace.
pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sees: UserInformation = ask.capabilities.users;
    let users = state.world.users.iter().map(|user| (user.id.clone(), user.json(sees)));
    let users: Vec<(String, Value)> = users.collect();
    ask.list("user", users)
}

/// One of them.
pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "user_id")?;
    let user = state.world.user(&id).ok_or_else(|| ask.not_found("user", &id))?;
    Ok(Reply::ok(user.json(ask.capabilities.users)))
}
