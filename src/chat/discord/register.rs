//! Registers the commands with Discord by difference: what is there is read, and only what differs is written, so that a
//! start that changes nothing writes nothing. <https://docs.discord.com/developers/interactions/application-commands>

use std::collections::HashMap;

use serde_json::Value;

use super::client::{Call, Client};
use super::commands::{commands, identity, normal};
use super::faults::Trouble;
use super::notes::Notes;
use crate::chat::web::Twice;
use crate::model::{Fault, FaultKind};
use crate::operations::Registry;

/// Where commands are registered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    Global,
    Guild(String),
}

/// So many differences are written one by one.
const ONE_BY_ONE: usize = 2;

/// What a registration did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub created: usize,
    pub changed: usize,
    pub removed: usize,
}

impl Written {
    fn any(self) -> bool {
        self != Self::default()
    }
}

/// Brings the commands at Discord up to date: in these servers, or globally where none are named. Where they were
/// registered before and are not wanted any more, they are removed, so that no command shows twice.
///
/// # Errors
/// Discord could not be asked, or refuses the commands. A server that does not let us is left out, with a line in the
/// log.
pub(super) async fn register(
    client: &Client,
    notes: &Notes,
    application: &str,
    guilds: &[String],
    registry: &Registry,
    root: &str,
) -> Result<Written, Fault> {
    let mut all = Written::default();
    let wanted: Vec<Scope> =
        if guilds.is_empty() { vec![Scope::Global] } else { guilds.iter().cloned().map(Scope::Guild).collect() };
    let before = notes.guilds()?.into_iter().map(Scope::Guild).chain([Scope::Global]);
    let unwanted: Vec<Scope> = before.filter(|scope| !wanted.contains(scope)).collect();
    // Noted before anything is written: what was registered is found again, whatever happens.
    let mut noted: Vec<String> = notes.guilds()?;
    noted.extend(guilds.iter().cloned());
    notes.set_guilds(noted).await?;
    let mut kept = guilds.to_vec();
    for scope in wanted.iter().chain(&unwanted) {
        let commands =
            if wanted.contains(scope) { commands(registry, root, *scope == Scope::Global) } else { Vec::new() };
        match scope.write(client, application, &commands).await {
            Ok(written) => {
                if written.any() {
                    tracing::info!(?scope, ?written, "registered commands with Discord");
                }
                all.created += written.created;
                all.changed += written.changed;
                all.removed += written.removed;
            }
            Err(Trouble { fault, .. }) if matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound) => {
                tracing::warn!(?scope, %fault, "commands could not be registered; invite the bot with the scope \
                    `applications.commands`");
                if let Scope::Guild(guild) = scope
                    && fault.kind == FaultKind::Denied
                {
                    kept.push(guild.clone());
                }
            }
            Err(trouble) => return Err(trouble.fault),
        }
    }
    notes.set_guilds(kept).await?;
    Ok(all)
}

impl Scope {
    async fn write(&self, client: &Client, application: &str, wanted: &[Value]) -> Result<Written, Trouble> {
        let global = *self == Self::Global;
        let there = client.call(self.call(Verb::Read, application, None)).await?;
        let alone = there.as_array().is_some_and(|all| all.iter().all(|command| identity(command).is_some()));
        let there = there.as_array().into_iter().flatten();
        let mut there: HashMap<(u64, &str), &Value> =
            there.filter_map(|command| Some((identity(command)?, command))).collect();
        let mut written = Written::default();
        let mut open = Vec::new();
        for command in wanted {
            match identity(command).and_then(|which| there.remove(&which)) {
                Some(known) if normal(known, global) == normal(command, global) => {}
                Some(known) => open.push((known.get("id").and_then(Value::as_str), command)),
                None => open.push((None, command)),
            }
        }
        // Many at once are one call: Discord lets few through in 20 s. It replaces everything that is there, so not where
        // some of that is somebody else's.
        if alone && open.len() + there.len() > ONE_BY_ONE {
            written.removed = there.len();
            written.changed = open.iter().filter(|(id, _)| id.is_some()).count();
            written.created = open.len() - written.changed;
            client.call(self.call(Verb::Replace, application, None).json(Value::Array(wanted.to_vec()))).await?;
            return Ok(written);
        }
        // First what goes, so that there is room for what comes.
        for id in there.values().filter_map(|command| command.get("id")?.as_str()) {
            client.call(self.call(Verb::Remove, application, Some(id))).await?;
            written.removed += 1;
        }
        for (id, command) in open {
            let verb = if id.is_some() { Verb::Change } else { Verb::Create };
            client.call(self.call(verb, application, id).json(command.clone())).await?;
            match verb {
                Verb::Change => written.changed += 1,
                _ => written.created += 1,
            }
        }
        Ok(written)
    }

    fn call(&self, verb: Verb, application: &str, command: Option<&str>) -> Call {
        let mut args = vec![application];
        if let Self::Guild(guild) = self {
            args.push(guild);
        }
        args.extend(command);
        let guild = matches!(self, Self::Guild(_));
        let all = if guild { "/applications/{}/guilds/{}/commands" } else { "/applications/{}/commands" };
        let one = if guild { "/applications/{}/guilds/{}/commands/{}" } else { "/applications/{}/commands/{}" };
        let call = match verb {
            Verb::Read => Call::get(all, &args).query("with_localizations", "false"),
            // One of the same name is overwritten, so a second time does no harm.
            Verb::Create => Call::post(all, &args).twice(Twice::Harmless),
            Verb::Change => Call::patch(one, &args),
            Verb::Replace => Call::put(all, &args).twice(Twice::Harmless),
            Verb::Remove => Call::delete(one, &args),
        };
        call.patient()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Read,
    Create,
    Change,
    Remove,
    Replace,
}
