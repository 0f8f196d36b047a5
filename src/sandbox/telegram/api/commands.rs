//! The command menu: one list per scope and language (core.telegram.org/bots/api#botcommandscope).

use serde_json::{Value, json};

use super::{
    super::{
        access::Need,
        lock,
        model::{ChatKind, CommandList, World},
    },
    Answer, Call, Refused,
};

/// Commands of one list.
const MOST: usize = 100;

/// `setMyCommands`.
pub(super) fn set(call: &Call<'_>) -> Answer {
    let commands = read(call)?;
    let mut world = lock(&call.inner.world);
    let scope = scope(call, &world)?;
    let language = language(call)?;
    let mut new = Vec::new();
    for (command, description) in commands {
        let command = command.trim();
        let command = command.strip_prefix('/').unwrap_or(command);
        if command.is_empty() {
            return Err(Refused::bad("command must be non-empty"));
        }
        if command.chars().count() > 32 {
            return Err(Refused::bad("command length must not exceed 32"));
        }
        let description = description.trim();
        if description.is_empty() {
            return Err(Refused::bad("command description must be non-empty"));
        }
        if description.chars().count() > 256 {
            return Err(Refused::bad("command description length must not exceed 256"));
        }
        if !command.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(Refused::bad("BOT_COMMAND_INVALID"));
        }
        new.push((command.to_owned(), description.to_owned()));
    }
    if new.len() > MOST {
        return Err(Refused::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    world.commands.retain(|list| list.scope != scope || list.language != language);
    if !new.is_empty() {
        world.commands.push(CommandList { scope, language, commands: new });
    }
    Ok(json!(true).into())
}

/// `getMyCommands`: of exactly this scope and language.
pub(super) fn get(call: &Call<'_>) -> Answer {
    let world = lock(&call.inner.world);
    let scope = scope(call, &world)?;
    let language = language(call)?;
    let found = world.commands.iter().find(|list| list.scope == scope && list.language == language);
    let commands = found.into_iter().flat_map(|list| &list.commands);
    let shown: Vec<_> = commands.map(|(name, text)| json!({"command": name, "description": text})).collect();
    Ok(json!(shown).into())
}

/// `deleteMyCommands`.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let mut world = lock(&call.inner.world);
    let scope = scope(call, &world)?;
    let language = language(call)?;
    world.commands.retain(|list| list.scope != scope || list.language != language);
    Ok(json!(true).into())
}

fn read(call: &Call<'_>) -> Result<Vec<(String, String)>, Refused> {
    let Some(given) = call.args.parsed("commands", "commands")? else { return Ok(Vec::new()) };
    let Value::Array(given) = given else { return Err(Refused::bad("expected an Array of BotCommand")) };
    let wrong = |problem: String| Refused::bad(format!("can't parse BotCommand: {problem}"));
    let one = |command: &Value| {
        if !command.is_object() {
            return Err(wrong("expected an Object".to_owned()));
        }
        let field = |name: &str| {
            let found = command.get(name).ok_or_else(|| wrong(format!("Can't find field \"{name}\"")))?;
            let text = found.as_str().ok_or_else(|| wrong(format!("Field \"{name}\" must be of type String")))?;
            Ok(text.to_owned())
        };
        Ok((field("command")?, field("description")?))
    };
    given.iter().map(one).collect()
}

fn language(call: &Call<'_>) -> Result<String, Refused> {
    let code = call.args.get("language_code");
    let fits = code.is_empty() || (code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()));
    if fits { Ok(code.to_owned()) } else { Err(Refused::bad("invalid language code specified")) }
}

/// The scope of a call, with the chat as its id.
fn scope(call: &Call<'_>, world: &World) -> Result<Value, Refused> {
    let wrong = |problem: &str| Refused::bad(format!("can't parse BotCommandScope: {problem}"));
    let Some(given) = call.args.parsed("scope", "BotCommandScope")? else { return Ok(json!({"type": "default"})) };
    if !given.is_object() {
        return Err(wrong("BotCommandScope must be an Object"));
    }
    let kind = given.get("type").ok_or_else(|| wrong("Can't find field \"type\""))?;
    let kind = kind.as_str().ok_or_else(|| wrong("Field \"type\" must be of type String"))?;
    match kind {
        "default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators" => {
            return Ok(json!({"type": kind}));
        }
        "chat" | "chat_administrators" | "chat_member" => {}
        _ => return Err(wrong("Unsupported type specified")),
    }
    let chat = match given.get("chat_id") {
        Some(Value::String(name)) if name.is_empty() => return Err(wrong("Empty chat_id specified")),
        Some(Value::String(name)) => name.clone(),
        Some(Value::Number(id)) => id.to_string(),
        Some(_) => return Err(wrong("Field \"chat_id\" must be of type String")),
        None => return Err(wrong("Can't find field \"chat_id\"")),
    };
    let chat = world.reach(call.bot(), &chat, Need::Read)?;
    match chat.kind {
        ChatKind::Private if kind != "chat" => return Err(Refused::bad("can't use specified scope in private chats")),
        ChatKind::Channel => return Err(Refused::bad("can't change commands in channel chats")),
        _ => {}
    }
    let mut scope = json!({"type": kind, "chat_id": chat.id});
    if kind == "chat_member" {
        let user = given.get("user_id").and_then(Value::as_i64).ok_or_else(|| wrong("Can't find field \"user_id\""))?;
        if user <= 0 {
            return Err(wrong("Invalid user_id specified"));
        }
        if world.user(user).is_none() {
            return Err(Refused::bad("user not found"));
        }
        scope["user_id"] = json!(user);
    }
    Ok(scope)
}
