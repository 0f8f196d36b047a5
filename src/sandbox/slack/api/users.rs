//! `users.*`, `usergroups.*`, `team.info` and `auth.test`.

use serde_json::{Value, json};

use super::{Call, Refused, page};
use crate::sandbox::slack::{
    lock,
    model::{User, UserGroup},
};

fn shown(call: &Call<'_>, user: &User) -> Value {
    let mut profile = json!({
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "team": call.inner.setup.team.id,
    });
    if call.inner.need_any(&["users:read.email"]).is_ok()
        && let Some(email) = &user.email
    {
        profile["email"] = json!(email);
    }
    json!({
        "id": user.id,
        "team_id": call.inner.setup.team.id,
        "name": user.name,
        "deleted": false,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": user.is_admin,
        "is_owner": false,
        "is_primary_owner": false,
        "is_restricted": false,
        "is_ultra_restricted": false,
        "is_bot": user.is_bot,
        "is_app_user": false,
        "updated": 1_700_000_000,
    })
}

pub(super) fn info(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("user")?;
    let world = lock(&call.inner.world);
    let user = world.user(wanted).ok_or_else(|| Refused::new("user_not_found"))?;
    Ok(json!({"user": shown(call, user)}))
}

pub(super) fn list(call: &Call<'_>) -> Result<Value, Refused> {
    let world = lock(&call.inner.world);
    let users = world.users.iter().map(|user| shown(call, user)).collect();
    let (members, next) = page(call, users, 1000, 1000)?;
    Ok(json!({
        "members": members,
        "cache_ts": call.now.as_second(),
        "response_metadata": {"next_cursor": next},
    }))
}

pub(super) fn lookup_by_email(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("email")?;
    let world = lock(&call.inner.world);
    let user = world.users.iter().find(|user| user.email.as_deref().is_some_and(|e| e.eq_ignore_ascii_case(wanted)));
    let user = user.ok_or_else(|| Refused::new("users_not_found"))?;
    Ok(json!({"user": shown(call, user)}))
}

fn group(call: &Call<'_>, group: &UserGroup) -> Value {
    let mut shown = json!({
        "id": group.id,
        "team_id": call.inner.setup.team.id,
        "is_usergroup": true,
        "is_subteam": true,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": false,
        "date_create": 1_700_000_000,
        "date_update": 1_700_000_000,
        "date_delete": 0,
        "auto_type": null,
        "created_by": group.users.first(),
        "updated_by": group.users.first(),
        "deleted_by": null,
        "prefs": {"channels": [], "groups": []},
    });
    if call.args.flag("include_users") {
        shown["users"] = json!(group.users);
    }
    if call.args.flag("include_count") {
        shown["user_count"] = json!(group.users.len());
    }
    shown
}

#[expect(clippy::unnecessary_wraps, reason = "the table of methods holds one kind of function")]
pub(super) fn groups(call: &Call<'_>) -> Result<Value, Refused> {
    let world = lock(&call.inner.world);
    let all: Vec<_> = world.groups.iter().map(|one| group(call, one)).collect();
    Ok(json!({"usergroups": all}))
}

pub(super) fn group_members(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("usergroup")?;
    let world = lock(&call.inner.world);
    let group = world.groups.iter().find(|group| group.id == wanted);
    let group = group.ok_or_else(|| Refused::new("no_such_subteam"))?;
    Ok(json!({"users": group.users}))
}

pub(super) fn team(call: &Call<'_>) -> Result<Value, Refused> {
    let team = &call.inner.setup.team;
    if call.args.str("team").is_some_and(|wanted| wanted != team.id) {
        return Err(Refused::new("team_not_found"));
    }
    Ok(json!({"team": {
        "id": team.id,
        "name": team.name,
        "domain": team.domain,
        "url": format!("https://{}.slack.com/", team.domain),
        "email_domain": "example.com",
        "icon": {"image_default": true},
    }}))
}

#[expect(clippy::unnecessary_wraps, reason = "the table of methods holds one kind of function")]
pub(super) fn auth_test(call: &Call<'_>) -> Result<Value, Refused> {
    let setup = &call.inner.setup;
    Ok(json!({
        "url": format!("https://{}.slack.com/", setup.team.domain),
        "team": setup.team.name,
        "user": setup.bot.name,
        "team_id": setup.team.id,
        "user_id": setup.bot.id,
        "bot_id": setup.bot_id,
        "is_enterprise_install": false,
    }))
}
