//! Signing in: as whom, and what is missing for everything to work.
//! <https://docs.discord.com/developers/resources/application>

use serde_json::Value;
use serenity::model::permissions::Permissions;

use super::client::{Call, Client};
use super::config::{DiscordConfig, DiscordMode};
use super::hear::Identity;
use super::people::plain;
use crate::model::Fault;

/// The flags of an application that may read all messages, approved or while it is small.
const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;
/// What a bot needs in a server, by the names that Discord shows.
const PERMISSIONS: [(Permissions, &str); 8] = [
    (Permissions::ADD_REACTIONS, "Add Reactions"),
    (Permissions::VIEW_CHANNEL, "View Channels"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (Permissions::EMBED_LINKS, "Embed Links"),
    (Permissions::ATTACH_FILES, "Attach Files"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
    (Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (Permissions::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
];

/// Who we are, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedIn {
    pub identity: Identity,
    /// What does not work as it is, each with the remedy.
    pub remarks: Vec<String>,
    /// Whether anybody can take the bot into a server of theirs.
    pub open: bool,
}

/// Signs in.
///
/// # Errors
/// Why it does not work, and what to do.
pub(super) async fn sign_in(client: &Client, config: &DiscordConfig) -> Result<SignedIn, Fault> {
    let user = client.call(Call::get("/users/@me", &[]).patient()).await?;
    let application = client.call(Call::get("/applications/@me", &[]).patient()).await?;
    let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let identity =
        Identity { user: word(&user, "id"), application: word(&application, "id"), name: word(&user, "username") };
    if let Some(wanted) = config.application.as_ref().filter(|wanted| **wanted != identity.application) {
        return Err(Fault::misconfigured(format!(
            "discord.application: is `{wanted}`, but the bot token is for the application `{}`; correct one of them",
            identity.application
        )));
    }
    if let (DiscordMode::Http, Some(key)) = (config.mode, &config.public_key)
        && !word(&application, "verify_key").is_empty()
        && !key.eq_ignore_ascii_case(&word(&application, "verify_key"))
    {
        return Err(Fault::misconfigured(
            "discord.public_key: is not the key of the bot token's application; copy \"Public Key\" from its page",
        ));
    }
    Ok(SignedIn { open: is_open(&application), remarks: remarks(&application, config), identity })
}

/// Whether the application is a public bot. Discord says so of those that say nothing.
fn is_open(application: &Value) -> bool {
    application.get("bot_public").and_then(Value::as_bool).unwrap_or(true)
}

fn remarks(application: &Value, config: &DiscordConfig) -> Vec<String> {
    let mut remarks = Vec::new();
    if is_open(application) && config.guilds.is_empty() {
        remarks.push(
            "anybody can take the bot into a server of theirs, so nobody has the role of `access.default_role` by being \
             in one with it; name yours in `discord.guilds`, or switch off \"Public Bot\" on the bot's page"
                .to_owned(),
        );
    }
    let flags = application.get("flags").and_then(Value::as_u64).unwrap_or_default();
    if config.message_content && flags & MESSAGE_CONTENT == 0 {
        remarks.push("`discord.message_content` needs \"Message Content Intent\" on the bot's page".to_owned());
    }
    let endpoint = application.get("interactions_endpoint_url").and_then(Value::as_str);
    match (config.mode, endpoint.filter(|url| !url.is_empty())) {
        (DiscordMode::Gateway, Some(_)) => remarks.push(
            "the application has an \"Interactions Endpoint URL\", so Discord sends commands there and not over the \
             gateway; remove it, or set `discord.mode = \"http\"`"
                .to_owned(),
        ),
        (DiscordMode::Http, None) => remarks.push(
            "the application has no \"Interactions Endpoint URL\" yet; while Quarterdeck runs, set it to \
             `https://YOUR-HOST/discord/interactions`"
                .to_owned(),
        ),
        _ => {}
    }
    remarks
}

/// What the bot lacks in the servers that it serves.
///
/// # Errors
/// Discord could not be asked.
pub(super) async fn lacks(client: &Client, config: &DiscordConfig) -> Result<Vec<String>, Fault> {
    let call = Call::get("/users/@me/guilds", &[]).query("limit", "200").patient();
    let joined = client.call(call).await?;
    let joined = joined.as_array().map(Vec::as_slice).unwrap_or_default();
    let word = |guild: &Value, key: &str| guild.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut lacks = Vec::new();
    for wanted in &config.guilds {
        if joined.iter().all(|guild| word(guild, "id") != *wanted) {
            lacks.push(format!("the bot is not in the server {wanted} of `discord.guilds`; invite it"));
        }
    }
    if joined.is_empty() {
        lacks.push("the bot is in no server yet; invite it".to_owned());
    }
    for guild in joined.iter().filter(|guild| config.guilds.is_empty() || config.guilds.contains(&word(guild, "id"))) {
        let has = Permissions::from_bits_truncate(word(guild, "permissions").parse().unwrap_or_default());
        let missing: Vec<&str> =
            PERMISSIONS.iter().filter(|(one, _)| !has.contains(*one)).map(|(_, name)| *name).collect();
        if !has.administrator() && !missing.is_empty() {
            let name = plain(&word(guild, "name"), 60);
            lacks.push(format!("in {name}, the bot's role lacks {}", missing.join(", ")));
        }
    }
    Ok(lacks)
}

/// Whether sessions of the gateway can be begun today.
///
/// # Errors
/// `RateLimited`: hardly any are left. Discord could not be asked.
pub(super) async fn sessions(client: &Client) -> Result<(), Fault> {
    super::gateway::budget(client, &client.call(Call::get("/gateway/bot", &[]).patient()).await?)
}
