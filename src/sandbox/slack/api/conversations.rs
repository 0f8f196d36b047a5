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
        "created": 1_700_000_000,
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
    shown["creator"] = json!(channel.members.first());
    shown["topic"] = json!({"value": "", "creator": "", "last_set": 0});
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
