//! `conversations.*`: listing, history, threads, members, opening and joining.

use serde_json::{Value, json};

use super::{Call, Refused, page, render};
use crate::sandbox::slack::{
    lock,
    model::{Channel, ChannelKind, Message, World},
};

/// A channel as `conversations.*` shows it to the app.
fn shown(call: &Call<'_>, channel: &Channel) -> Value {
    let bot = &call.inner.setup.bot.id;
    let mut shown = json!({
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == ChannelKind::Dm,
        "is_org_shared": false,
        "context_team_id": call.inner.setup.team.id,
        "updated": 1_700_000_000_000_i64,
    });
    if channel.kind == ChannelKind::Dm {
        shown["user"] = json!(channel.members.iter().find(|member| *member != bot));
        shown["is_user_deleted"] = json!(false);
        shown["is_open"] = json!(true);
        return shown;
    }
    let private = channel.kind == ChannelKind::Private;
    let flags = [
        ("is_channel", true),
        ("is_group", false),
        ("is_mpim", false),
        ("is_private", private),
        ("is_general", channel.name == "general"),
        ("is_shared", false),
        ("is_ext_shared", false),
        ("is_member", channel.has(bot)),
    ];
    for (name, flag) in flags {
        shown[name] = json!(flag);
    }
    shown["name"] = json!(channel.name);
    shown["name_normalized"] = json!(channel.name);
    shown["creator"] = json!(channel.creator.as_ref().or(channel.members.first()));
    shown["topic"] = json!({"value": channel.topic, "creator": "", "last_set": 0});
    shown["purpose"] = json!({"value": "", "creator": "", "last_set": 0});
    shown["previous_names"] = json!([]);
    shown["num_members"] = json!(channel.members.len());
    shown
}

/// A channel the app can see.
fn visible<'w>(call: &Call<'_>, world: &'w World, wanted: &str) -> Result<&'w Channel, Refused> {
    world
        .channel(wanted)
        // These methods take ids only.
        .filter(|channel| channel.id == wanted)
        .filter(|channel| channel.kind == ChannelKind::Public || channel.has(&call.inner.setup.bot.id))
        .ok_or_else(|| Refused::new("channel_not_found"))
}

fn scope(kind: ChannelKind, what: &str) -> String {
    let family = match kind {
        ChannelKind::Public => "channels",
        ChannelKind::Private => "groups",
        ChannelKind::Dm => "im",
    };
    format!("{family}:{what}")
}

pub(super) fn list(call: &Call<'_>) -> Result<Value, Refused> {
    let mut kinds = Vec::new();
    for name in call.args.str("types").unwrap_or("public_channel").split(',') {
        let kind = match name.trim() {
            "public_channel" => ChannelKind::Public,
            "private_channel" => ChannelKind::Private,
            "im" => ChannelKind::Dm,
            "mpim" => continue,
            _ => return Err(Refused::new("invalid_types")),
        };
        call.inner.need_any(&[&scope(kind, "read")])?;
        kinds.push(kind);
    }
    let bot = &call.inner.setup.bot.id;
    let hide = call.args.flag("exclude_archived");
    let world = lock(&call.inner.world);
    let seen = world.channels.iter().filter(|channel| {
        kinds.contains(&channel.kind)
            && (channel.kind == ChannelKind::Public || channel.has(bot))
            && !(hide && channel.is_archived)
    });
    let (channels, next) = page(call, seen.map(|channel| shown(call, channel)).collect(), 100, 1000)?;
    Ok(json!({"channels": channels, "response_metadata": {"next_cursor": next}}))
}

pub(super) fn info(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("channel")?;
    let world = lock(&call.inner.world);
    let channel = visible(call, &world, wanted)?;
    call.inner.need_any(&[&scope(channel.kind, "read")])?;
    let mut shown = shown(call, channel);
    if !call.args.flag("include_num_members")
        && let Some(object) = shown.as_object_mut()
    {
        object.remove("num_members");
    }
    Ok(json!({"channel": shown}))
}

pub(super) fn members(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("channel")?;
    let world = lock(&call.inner.world);
    let channel = visible(call, &world, wanted)?;
    let (members, next) = page(call, channel.members.clone(), 100, 1000)?;
    Ok(json!({"members": members, "response_metadata": {"next_cursor": next}}))
}

/// The channel, if the app may read what was said in it.
fn readable<'w>(call: &Call<'_>, world: &'w World) -> Result<&'w Channel, Refused> {
    let channel = visible(call, world, call.args.need("channel")?)?;
    call.inner.need_any(&[&scope(channel.kind, "history")])?;
    if !channel.has(&call.inner.setup.bot.id) {
        return Err(Refused::new("not_in_channel"));
    }
    Ok(channel)
}

/// Checks `oldest` and `latest` and tells whether a message lies between them.
fn between(call: &Call<'_>) -> Result<impl Fn(&Message) -> bool, Refused> {
    let edge = |name: &str, code: &str| match call.args.str(name) {
        None => Ok(None),
        Some(text) => key(text).map(Some).ok_or_else(|| Refused::new(code)),
    };
    let oldest = edge("oldest", "invalid_ts_oldest")?;
    let latest = edge("latest", "invalid_ts_latest")?;
    let inclusive = call.args.flag("inclusive");
    Ok(move |message: &Message| {
        let ts = &message.ts;
        oldest.as_ref().is_none_or(|edge| ts > edge || (inclusive && ts == edge))
            && latest.as_ref().is_none_or(|edge| ts < edge || (inclusive && ts == edge))
    })
}

/// A timestamp in the form of our keys: `0` and `1700000000` are as good as `1700000000.000000`.
fn key(text: &str) -> Option<String> {
    let (seconds, micros) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(seconds) && digits(micros) && seconds.len() <= 10 && micros.len() <= 6)
        .then(|| format!("{seconds:0>10}.{micros:0<6}"))
}

pub(super) fn history(call: &Call<'_>) -> Result<Value, Refused> {
    let world = lock(&call.inner.world);
    let channel = readable(call, &world)?;
    let within = between(call)?;
    let metadata = call.args.flag("include_all_metadata");
    let all = world.messages.get(&channel.id);
    let top = all
        .into_iter()
        .flat_map(|all| all.values().rev())
        .filter(|message| !message.deleted && (message.thread_ts.is_none() || message.broadcast) && within(message));
    let (messages, next) = page(call, top.collect(), 100, 999)?;
    let messages: Vec<_> = messages.into_iter().map(|m| render(call.inner, &world, m, true, metadata)).collect();
    Ok(json!({
        "messages": messages,
        "has_more": !next.is_empty(),
        "pin_count": 0,
        "response_metadata": {"next_cursor": next},
    }))
}

pub(super) fn replies(call: &Call<'_>) -> Result<Value, Refused> {
    let world = lock(&call.inner.world);
    let channel = readable(call, &world)?;
    let within = between(call)?;
    let metadata = call.args.flag("include_all_metadata");
    let named = call.args.str("ts").and_then(|ts| world.message(&channel.id, ts));
    let named = named.ok_or_else(|| Refused::new("thread_not_found"))?;
    let root = named.thread_ts.as_deref().unwrap_or(&named.ts);
    let root = world.message(&channel.id, root).unwrap_or(named);
    // The parent always comes first, whatever the window.
    let replies = world.replies(&channel.id, &root.ts).filter(|message| within(message));
    let thread = std::iter::once(root).chain(replies).collect();
    let (messages, next) = page(call, thread, 1000, 1000)?;
    let messages: Vec<_> = messages.into_iter().map(|m| render(call.inner, &world, m, true, metadata)).collect();
    Ok(json!({
        "messages": messages,
        "has_more": !next.is_empty(),
        "response_metadata": {"next_cursor": next},
    }))
}

pub(super) fn open(call: &Call<'_>) -> Result<Value, Refused> {
    let bot = &call.inner.setup.bot.id;
    let mut world = lock(&call.inner.world);
    let id = match (call.args.str("channel"), call.args.str("users")) {
        (Some(wanted), _) => match visible(call, &world, wanted)?.kind {
            ChannelKind::Dm => wanted.to_owned(),
            _ => return Err(Refused::new("method_not_supported_for_channel_type")),
        },
        (None, None) => return Err(Refused::new("users_list_not_supplied")),
        (None, Some(users)) => {
            let mut users = users.split(',').map(str::trim);
            let (first, more) = (users.next().unwrap_or_default().to_owned(), users.next().is_some());
            if world.user(&first).is_none() {
                return Err(Refused::new("user_not_found"));
            }
            if more {
                // Group messages between several people are not part of this workspace.
                return Err(Refused::new("invalid_user_combination"));
            }
            world.direct(&first, bot)
        }
    };
    if call.args.flag("return_im")
        && let Some(channel) = world.channel(&id)
    {
        return Ok(json!({"channel": shown(call, channel)}));
    }
    Ok(json!({"channel": {"id": id}}))
}

/// Judges a new channel's name as Slack does.
fn named(call: &Call<'_>, world: &World) -> Result<String, Refused> {
    let name = call.args.str("name").unwrap_or_default().trim().trim_start_matches('#');
    let fine = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '-' | '_');
    let code = match name {
        "" => "invalid_name_required",
        name if name.chars().count() > 80 => "invalid_name_maxlength",
        name if !name.chars().any(char::is_alphanumeric) => "invalid_name_punctuation",
        name if !name.chars().all(fine) => "invalid_name_specials",
        // Archived and private channels keep their names.
        name if world.channels.iter().any(|channel| channel.name == name) => "name_taken",
        name => return Ok(name.to_owned()),
    };
    Err(Refused::new(code))
}

pub(super) fn create(call: &Call<'_>) -> Result<Value, Refused> {
    let private = call.args.flag("is_private");
    call.inner.need_any(&[if private { "groups:write" } else { "channels:manage" }])?;
    let bot = call.inner.setup.bot.id.clone();
    let (event, answer) = {
        let mut world = lock(&call.inner.world);
        let name = named(call, &world)?;
        let id = world.next_id('C');
        let kind = if private { ChannelKind::Private } else { ChannelKind::Public };
        let channel = Channel {
            creator: Some(bot.clone()),
            created: call.now.as_second(),
            ..Channel::new(&id, &name, kind, &[&bot])
        };
        let event_ts = world.next_ts(call.now);
        let event = json!({
            "type": "channel_created", "event_ts": event_ts,
            "channel": {"id": id, "name": name, "created": channel.created, "creator": bot, "is_channel": true},
        });
        let answer = json!({"channel": shown(call, &channel)});
        world.channels.push(channel);
        (event, answer)
    };
    if !private {
        call.inner.emit("channel_created", &event);
    }
    Ok(answer)
}

pub(super) fn invite(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("channel")?;
    let bot = call.inner.setup.bot.id.clone();
    let mut world = lock(&call.inner.world);
    let channel = visible(call, &world, wanted)?.clone();
    let scopes: &[&str] = match channel.kind {
        ChannelKind::Public => &["channels:manage", "channels:write.invites"],
        ChannelKind::Private => &["groups:write", "groups:write.invites"],
        ChannelKind::Dm => return Err(Refused::new("method_not_supported_for_channel_type")),
    };
    call.inner.need_any(scopes)?;
    if !channel.has(&bot) {
        return Err(Refused::new("not_in_channel"));
    }
    if channel.is_archived {
        return Err(Refused::new("is_archived"));
    }
    let users = call.args.str("users").ok_or_else(|| Refused::new("no_user"))?;
    let users: Vec<String> = users.split(',').map(|user| user.trim().to_owned()).collect();
    for user in &users {
        let code = match user {
            user if *user == bot => "cant_invite_self",
            user if world.user(user).is_none() => "user_not_found",
            user if channel.has(user) => "already_in_channel",
            _ => continue,
        };
        return Err(Refused::new(code));
    }
    if let Some(channel) = world.channel_mut(&channel.id) {
        channel.members.extend(users.iter().cloned());
    }
    drop(world);
    for user in &users {
        call.inner.emit_joined(&channel.id, user, Some(&bot));
    }
    let world = lock(&call.inner.world);
    let channel = world.channel(&channel.id).unwrap_or(&channel);
    Ok(json!({"channel": shown(call, channel)}))
}

pub(super) fn join(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("channel")?;
    let bot = call.inner.setup.bot.id.clone();
    let mut world = lock(&call.inner.world);
    let channel = visible(call, &world, wanted)?.clone();
    if channel.kind != ChannelKind::Public {
        return Err(Refused::new("method_not_supported_for_channel_type"));
    }
    if channel.is_archived {
        return Err(Refused::new("is_archived"));
    }
    if channel.has(&bot) {
        return Ok(json!({
            "channel": shown(call, &channel),
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }));
    }
    if let Some(channel) = world.channel_mut(&channel.id) {
        channel.members.push(bot.clone());
    }
    drop(world);
    call.inner.emit_joined(&channel.id, &bot, None);
    let world = lock(&call.inner.world);
    let channel = world.channel(&channel.id).unwrap_or(&channel);
    Ok(json!({"channel": shown(call, channel)}))
}
