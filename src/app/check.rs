//! Is the configuration right, without starting anything; and do the sign-ins work?

use std::collections::BTreeSet;
use std::sync::Arc;

use super::build::{Services, endpoint_secrets, problems, safe, sorted};
use super::settings::places;
use super::{Parts, Settings};
use crate::chat::Ground;
use crate::chat::discord::DiscordConfig;
use crate::chat::slack::SlackConfig;
use crate::chat::telegram::TelegramConfig;
use crate::connectors::github::GithubConfig;
use crate::connectors::house::House;
use crate::delivery::{DeadLetters, Limits, Minter};
use crate::model::{Fault, Place};
use crate::operations::{Clerk, Registry};
use crate::routing::Router;
use crate::store::{Store, StoreConfig};
use crate::vault::{Secret, SecretRef};

/// Everything that can be known without calling anybody: secrets that are not there, rules without an operation.
///
/// # Errors
/// `Misconfigured`, with everything that is wrong.
pub fn check_offline(settings: &Settings, parts: &Parts) -> Result<(), Fault> {
    endpoint_secrets(settings, parts)?;
    let wrong = problems(settings, &*operations(settings, parts)?);
    if wrong.is_empty() { Ok(()) } else { Err(Fault::misconfigured(wrong.join("\n"))) }
}

/// A ground for the moment: operations and platforms are bound to what they work on, so declaring them needs a store.
fn ground(parts: &Parts) -> Result<(Ground, tempfile::TempDir), Fault> {
    let odd = |error: String| Fault::misconfigured("A temporary directory cannot be had.").inside(error);
    let directory = tempfile::tempdir().map_err(|error| odd(error.to_string()))?;
    let config = StoreConfig { path: directory.path().join("store"), ..StoreConfig::default() };
    let store = Store::open(&config).map_err(|error| odd(error.to_string()))?;
    let limits = Arc::new(Limits::open(&store, &parts.clock)?);
    Ok((Ground { clock: parts.clock.clone(), store, limits }, directory))
}

/// The operations of these settings, for documentation: the same as the daemon's.
///
/// # Errors
/// `Misconfigured`: a secret is not there.
pub fn operations(settings: &Settings, parts: &Parts) -> Result<Arc<Registry>, Fault> {
    let (ground, _directory) = ground(parts)?;
    let services = Services::new(settings, parts, &ground, safe(settings, parts, &ground.store)?)?;
    let hour = jiff::SignedDuration::from_hours(1);
    let minter = Minter::new(&parts.clock, hour);
    let router = Router::open(&ground.store, &parts.clock, &minter, super::build::vocabulary(), hour)?;
    let house = House::new(&router, DeadLetters::new(&ground.store, &parts.clock));
    services.registry(&house, &Clerk::new(&ground.store))
}

/// Signs in everywhere; what works is told with as whom.
///
/// # Errors
/// `Misconfigured`: it does not even come to signing in.
pub async fn check_online(settings: &Settings, parts: &Parts) -> Result<Vec<(String, Result<String, Fault>)>, Fault> {
    let (ground, _directory) = ground(parts)?;
    let services = Services::new(settings, parts, &ground, safe(settings, parts, &ground.store)?)?;
    let mut results = Vec::new();
    for platform in sorted(&services.platforms) {
        results.push((platform.id().to_string(), platform.check().await));
        let granted = settings.access.members.iter().filter_map(|member| member.places.as_ref()).flatten();
        let named: BTreeSet<&Place> = places(settings).into_iter().map(|(_, place)| place).chain(granted).collect();
        for place in named.into_iter().filter(|place| place.platform == *platform.id() && place.is_named()) {
            let found = platform.resolve(place).await.map(|found| format!("is {found}"));
            results.push((place.to_string(), found));
        }
    }
    for connector in &services.connectors {
        results.push((connector.name().to_owned(), connector.check().await));
    }
    Ok(results)
}

/// Every operation that there is, whatever is configured: for the committed documentation.
///
/// # Errors
/// A bug: an operation is declared wrongly.
pub fn documented() -> Result<Arc<Registry>, Fault> {
    let reference = |name: &str| SecretRef::Env(name.to_owned());
    // Nothing is called with them. Telegram's token begins with the bot's id.
    let secrets = ["GITHUB_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_BOT_TOKEN"]
        .map(|name| (reference(name).to_string(), Secret::new("documentation-only")));
    let telegram = (reference("TELEGRAM_TOKEN").to_string(), Secret::new("1:documentation-only-documentation-only"));
    let settings = Settings {
        slack: Some(SlackConfig {
            bot_token: Some(reference("SLACK_BOT_TOKEN")),
            app_token: Some(reference("SLACK_APP_TOKEN")),
            ..SlackConfig::default()
        }),
        discord: Some(DiscordConfig { bot_token: Some(reference("DISCORD_BOT_TOKEN")), ..DiscordConfig::default() }),
        telegram: Some(TelegramConfig { token: Some(reference("TELEGRAM_TOKEN")), ..TelegramConfig::default() }),
        github: Some(GithubConfig::new(reference("GITHUB_TOKEN"))),
        ..Settings::default()
    };
    let parts = Parts {
        clock: crate::model::Clock::system(),
        keyring: super::Keyring::Given(secrets.into_iter().chain([telegram]).collect()),
        metrics: Arc::new(String::new),
    };
    operations(&settings, &parts)
}
