//! The chat platforms of the configuration: one arm each.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Parts, Settings};
use crate::chat::discord::{self, Discord, DiscordConfig, DiscordSecrets};
use crate::chat::slack::{self, Slack, SlackConfig, SlackMode, SlackSecrets};
use crate::chat::telegram::{self, Telegram, TelegramConfig, TelegramMode, TelegramSecrets};
use crate::chat::{Ground, Platform};
use crate::model::{Fault, PlatformId};

/// The names of the platforms that there are, whether configured or not.
pub(super) const NAMES: [&str; 3] = [slack::NAME, discord::NAME, telegram::NAME];

/// The names of those that are configured and switched on.
pub(super) fn names(settings: &Settings) -> Vec<&'static str> {
    let on = [
        (slack::NAME, settings.slack.as_ref().is_some_and(|slack| slack.enabled)),
        (discord::NAME, settings.discord.as_ref().is_some_and(|discord| discord.enabled)),
        (telegram::NAME, settings.telegram.as_ref().is_some_and(|telegram| telegram.enabled)),
    ];
    on.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect()
}

/// The platforms that are configured and switched on, with their secrets. Calls nobody.
///
/// # Errors
/// `Misconfigured`: a secret is not there, or a setting is wrong.
pub(super) fn configured(
    settings: &Settings,
    parts: &Parts,
    ground: &Ground,
) -> Result<HashMap<PlatformId, Arc<dyn Platform>>, Fault> {
    let mut platforms: Vec<Arc<dyn Platform>> = Vec::new();
    if let Some(config) = settings.slack.as_ref().filter(|config| config.enabled) {
        platforms.push(Arc::new(Slack::new(config, slack_secrets(config, parts)?, ground)?));
    }
    if let Some(config) = settings.discord.as_ref().filter(|config| config.enabled) {
        platforms.push(Arc::new(Discord::new(config, discord_secrets(config, parts)?, ground)?));
    }
    if let Some(config) = settings.telegram.as_ref().filter(|config| config.enabled) {
        platforms.push(Arc::new(Telegram::new(config, telegram_secrets(config, parts)?, ground)?));
    }
    Ok(platforms.into_iter().map(|platform| (platform.id().clone(), platform)).collect())
}

fn slack_secrets(config: &SlackConfig, parts: &Parts) -> Result<SlackSecrets, Fault> {
    let bot = config.bot_token.as_ref().ok_or_else(|| Fault::misconfigured("slack.bot_token: is missing"))?;
    let signing = if config.mode == SlackMode::Http { config.signing_secrets.as_slice() } else { &[] };
    Ok(SlackSecrets {
        bot_token: parts.keyring.fetch(bot, "slack.bot_token")?,
        app_token: config.app_token.as_ref().map(|app| parts.keyring.fetch(app, "slack.app_token")).transpose()?,
        signing: parts.keyring.fetch_all(signing, "slack.signing_secrets")?,
    })
}

fn discord_secrets(config: &DiscordConfig, parts: &Parts) -> Result<DiscordSecrets, Fault> {
    let bot = config.bot_token.as_ref().ok_or_else(|| Fault::misconfigured("discord.bot_token: is missing"))?;
    let webhooks = config.webhooks.iter().map(|(name, reference)| {
        let setting = format!("discord.webhooks.{name}");
        Ok((name.clone(), parts.keyring.fetch(reference, &setting)?))
    });
    Ok(DiscordSecrets {
        bot_token: parts.keyring.fetch(bot, "discord.bot_token")?,
        webhooks: webhooks.collect::<Result<_, Fault>>()?,
    })
}

fn telegram_secrets(config: &TelegramConfig, parts: &Parts) -> Result<TelegramSecrets, Fault> {
    let token = config.token.as_ref().ok_or_else(|| Fault::misconfigured("telegram.token: is missing"))?;
    let webhook = config.webhook_secret.as_ref().filter(|_| config.mode == TelegramMode::Webhook);
    Ok(TelegramSecrets {
        token: parts.keyring.fetch(token, "telegram.token")?,
        webhook: webhook.map(|secret| parts.keyring.fetch(secret, "telegram.webhook_secret")).transpose()?,
    })
}

/// Where this can be no person's id on the platform: how to find it.
pub(super) fn no_person(platform: &str, id: &str) -> Option<&'static str> {
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    match platform {
        "slack" => {
            let sound = id.starts_with(['U', 'W'])
                && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            (!sound).then_some("write the member id, such as `slack:U02ABCDEF`: in the menu of the profile, *Copy member ID*")
        }
        "discord" => (!digits).then_some(
            "write the id, such as `discord:80351110224678912`: with *Developer Mode* on, *Copy User ID* in the menu of the name",
        ),
        "telegram" => (!digits).then_some("write the number, such as `telegram:1042`: @userinfobot tells it"),
        _ => None,
    }
}
