//! The `[discord]` section of the configuration. Read by the loader, judged by [`DiscordConfig::validate`]; it never
//! fetches a secret and never calls out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::vault::SecretRef;

/// The settings of the Discord platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DiscordConfig {
    /// Whether Quarterdeck signs in to Discord. Default: `true` (where the section is there at all).
    pub enabled: bool,
    /// The address of Discord's REST API. Default: `https://discord.com/api/v10`. (The sandbox's is
    /// `http://127.0.0.1:PORT/api/v10`.)
    pub base_url: Url,
    /// The address of the gateway, where it is not the one that Discord tells, as in `wss://gateway.example`. Default:
    /// none, Discord is asked.
    pub gateway_url: Option<Url>,
    /// How Discord reaches us. Default: `gateway`.
    pub mode: DiscordMode,
    /// The bot token, without `Bot` before it. Needed. No default.
    pub bot_token: Option<SecretRef>,
    /// The application's public key, 64 hexadecimal digits: what requests are checked with. Needed in `http` mode.
    /// No default.
    pub public_key: Option<String>,
    /// The application's id, such as `1100000000000000001`; a token of another application is refused. Default: none,
    /// the application of the bot token.
    pub application: Option<String>,
    /// The ids of the servers to serve. Commands are registered there, and so are there at once; requests from other
    /// servers are left alone. Default: `[]`, every server that the bot is in; commands are registered globally.
    pub guilds: Vec<String>,
    /// Whether to ask for the content of all messages that the bot can see, and not only of those that mention it
    /// or are sent to it directly. Discord must have been asked for it: "Message Content Intent" on the page of the bot.
    /// Default: `false`.
    pub message_content: bool,
    /// The command that takes whole lines, as in `/qd github issue list`. Default: `/qd`.
    pub command: String,
    /// How long one call of Discord's may take in all, as in `10s`. From 1 s to 60 s. Default: `10s`.
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// After so much silence of the gateway a heartbeat asks whether it is still there; left unanswered for as long, it
    /// is left for a new connection, on which Discord sends what was missed. From `1s` to `30s`; `0s`: only at the
    /// interval that Discord wants, about every 41 s. Default: `2s`.
    #[schemars(with = "String")]
    pub watchdog: SignedDuration,
    /// The addresses of webhooks of channels (`https://discord.com/api/webhooks/ID/TOKEN`), each by a name by which
    /// people send through it. Default: none.
    pub webhooks: BTreeMap<String, SecretRef>,
}

/// How Discord reaches us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiscordMode {
    /// Over a WebSocket that we open: no public address is needed.
    #[default]
    Gateway,
    /// By signed HTTP requests to `/discord/interactions`. Commands, buttons and forms come so; messages to the bot
    /// do not.
    Http,
}

impl Default for DiscordConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            base_url: default_base_url(),
            gateway_url: None,
            mode: DiscordMode::Gateway,
            bot_token: None,
            public_key: None,
            application: None,
            guilds: Vec::new(),
            message_content: false,
            command: "/qd".to_owned(),
            timeout: SignedDuration::from_secs(10),
            watchdog: SignedDuration::from_secs(2),
            webhooks: BTreeMap::new(),
        }
    }
}

#[expect(clippy::expect_used, reason = "the literal is an address, which the test of the defaults sees")]
fn default_base_url() -> Url {
    Url::parse("https://discord.com/api/v10").expect("a literal address")
}

impl DiscordConfig {
    /// What is wrong with these settings, each with the setting's name and the way to mend it. Pure; empty when all is
    /// well, and also when the platform is switched off.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.enabled {
            return wrong;
        }
        if self.bot_token.is_none() {
            wrong.push(
                "discord.bot_token: is missing; refer to the bot token, as in `env:DISCORD_BOT_TOKEN`".to_owned(),
            );
        }
        match (self.mode, &self.public_key) {
            (DiscordMode::Http, None) => wrong.push(
                "discord.public_key: `mode = \"http\"` needs the application's public key; without it, anybody could \
                 pose as Discord"
                    .to_owned(),
            ),
            (_, Some(key)) if !is_key(key) => wrong.push(
                "discord.public_key: expected 64 hexadecimal digits; copy \"Public Key\" from the application's page"
                    .to_owned(),
            ),
            _ => {}
        }
        validate_address("discord.base_url", &self.base_url, ("https", "http"), &mut wrong);
        if let Some(gateway) = &self.gateway_url {
            validate_address("discord.gateway_url", gateway, ("wss", "ws"), &mut wrong);
            if self.mode == DiscordMode::Http {
                wrong.push(
                    "discord.gateway_url: is of no use with `mode = \"http\"`; remove it, or set `mode = \"gateway\"`"
                        .to_owned(),
                );
            }
        }
        if self.message_content && self.mode == DiscordMode::Http {
            wrong.push(
                "discord.message_content: is of no use with `mode = \"http\"`, which brings no messages; remove it"
                    .to_owned(),
            );
        }
        self.validate_names(&mut wrong);
        if self.timeout < SignedDuration::from_secs(1) || self.timeout > SignedDuration::from_secs(60) {
            wrong.push("discord.timeout: expected from `1s` to `60s`".to_owned());
        }
        let watched = SignedDuration::from_secs(1)..=SignedDuration::from_secs(30);
        if self.watchdog != SignedDuration::ZERO && !watched.contains(&self.watchdog) {
            wrong.push("discord.watchdog: expected from `1s` to `30s`, or `0s` for none".to_owned());
        }
        wrong
    }

    /// The base address without a slash at its end.
    #[must_use]
    pub fn api(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }

    fn validate_names(&self, wrong: &mut Vec<String>) {
        if self.application.as_ref().is_some_and(|id| !is_id(id)) {
            wrong.push("discord.application: expected an id, such as `1100000000000000001`".to_owned());
        }
        let mut seen = BTreeSet::new();
        for guild in &self.guilds {
            if !is_id(guild) {
                wrong.push(format!(
                    "discord.guilds: `{guild}` is no id; in Discord, copy the server's id, such as \
                     `1100000000000000002`"
                ));
            } else if !seen.insert(guild) {
                wrong.push(format!("discord.guilds: `{guild}` stands there twice; remove one"));
            }
        }
        let name = self.command.strip_prefix('/').unwrap_or_default();
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        // Discord takes letters of every script; the text grammar's own words are these.
        if name.is_empty() || name.len() > 32 || !name.chars().all(fine) {
            wrong.push(format!(
                "discord.command: `{}` is no slash command; write `/` and at most 32 of a-z, 0-9, `-`, `_`",
                self.command
            ));
        }
        for name in self.webhooks.keys() {
            if name.is_empty() || name.len() > 60 || !name.chars().all(fine) {
                wrong.push(format!(
                    "discord.webhooks: `{name}` is no name for a webhook; write at most 60 of a-z, 0-9, `-`, `_`"
                ));
            }
        }
    }
}

fn validate_address(setting: &str, url: &Url, (safe, plain): (&str, &str), wrong: &mut Vec<String>) {
    let local = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        wrong.push(format!("{setting}: expected an address without user, `?` and `#`"));
    }
    match url.scheme() {
        scheme if scheme == safe => {}
        scheme if scheme == plain && local => {}
        scheme if scheme == plain => {
            wrong.push(format!("{setting}: `{plain}` is for this machine alone; write `{safe}`"));
        }
        _ => wrong.push(format!("{setting}: expected an address that begins with `{safe}://`")),
    }
}

/// Whether this is one of Discord's ids: a number of at most 20 digits.
/// <https://docs.discord.com/developers/reference#snowflakes>
pub(super) fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

fn is_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> DiscordConfig {
        toml::from_str(text).expect("a section")
    }

    #[test]
    fn the_shortest_sections_are_fine_and_have_the_documented_defaults() {
        let gateway = read("bot_token = \"env:A\"");
        assert_eq!(gateway.validate(), Vec::<String>::new());
        assert_eq!(gateway.api(), "https://discord.com/api/v10");
        assert_eq!((gateway.command.as_str(), gateway.timeout), ("/qd", SignedDuration::from_secs(10)));
        let http = read(&format!("mode = \"http\"\nbot_token = \"env:A\"\npublic_key = \"{}\"", "a1".repeat(32)));
        assert_eq!(http.validate(), Vec::<String>::new());
        assert!(read("enabled = false").validate().is_empty());
        let sandbox =
            "bot_token = \"env:A\"\nbase_url = \"http://127.0.0.1:8/api/v10/\"\ngateway_url = \"ws://127.0.0.1:8\"";
        assert_eq!(read(sandbox).validate(), Vec::<String>::new());
        assert_eq!(read(sandbox).api(), "http://127.0.0.1:8/api/v10");
    }

    #[test]
    fn wrong_combinations_name_the_setting_and_the_remedy() {
        for (text, expected) in [
            ("", "discord.bot_token: is missing"),
            ("mode = \"http\"\nbot_token = \"env:A\"", "discord.public_key: `mode = \"http\"` needs"),
            ("public_key = \"abc\"", "discord.public_key: expected 64"),
            ("mode = \"http\"\ngateway_url = \"wss://gateway.example\"", "discord.gateway_url: is of no use"),
            ("mode = \"http\"\nmessage_content = true", "discord.message_content: is of no use"),
            ("base_url = \"http://discord.example/api\"", "`http` is for this machine alone"),
            ("base_url = \"https://discord.com/api?x=1\"", "without user, `?` and `#`"),
            ("gateway_url = \"https://gateway.example\"", "begins with `wss://`"),
            ("command = \"qd\"", "`qd` is no slash command"),
            ("command = \"/Q D\"", "`/Q D` is no slash command"),
            ("application = \"qd\"", "discord.application: expected an id"),
            ("guilds = [\"acme\"]", "`acme` is no id"),
            ("guilds = [\"12\", \"12\"]", "stands there twice"),
            ("timeout = \"0s\"", "discord.timeout: expected from"),
            ("watchdog = \"500ms\"", "discord.watchdog: expected from"),
            ("[webhooks]\n\"A b\" = \"env:W\"", "`A b` is no name"),
        ] {
            let wrong = read(text).validate();
            assert!(wrong.iter().any(|line| line.contains(expected)), "{text:?} gave {wrong:?}");
        }
        assert!(toml::from_str::<DiscordConfig>("bot_tokn = \"env:A\"").is_err(), "an unknown setting is refused");
    }
}
