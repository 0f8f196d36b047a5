//! The `[telegram]` section of the configuration. Read by the loader, judged by [`TelegramConfig::validate`]; it never
//! fetches a secret and never calls out.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::vault::SecretRef;

/// The ports that Telegram sends to: <https://core.telegram.org/bots/webhooks>
const PORTS: [u16; 4] = [443, 80, 88, 8443];

/// The settings of the Telegram platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TelegramConfig {
    /// Whether Quarterdeck signs in to Telegram. Default: `true` (where the section is there at all).
    pub enabled: bool,
    /// The address of the Bot API, which `/bot<token>/<method>` is appended to: Telegram's own or that of a local Bot API
    /// server. `http` only on this machine. Default: `https://api.telegram.org`.
    pub base_url: Url,
    /// How Telegram reaches us. Default: `polling`.
    pub mode: TelegramMode,
    /// The bot's token, `123456789:AA…`, as @BotFather gives it out. Needed. No default.
    pub token: Option<SecretRef>,
    /// The address that Telegram sends updates to; the path that leads to our `/telegram/webhook`, on port 443, 80, 88 or
    /// 8443. Needed in `webhook` mode. No default.
    pub webhook_url: Option<Url>,
    /// What Telegram has to say at that door, in the header `X-Telegram-Bot-Api-Secret-Token`: 1 to 256 of `A-Z`, `a-z`,
    /// `0-9`, `_` and `-`. Needed in `webhook` mode. No default.
    pub webhook_secret: Option<SecretRef>,
    /// The groups and channels that we work for, each as `@name` or id: their members have the role
    /// `access.default_role`. To Telegram's bots the whole world can write; who is in none of these, and is not named under
    /// `[[access.members]]` or `[[people]]`, may do nothing. Default: `[]`.
    pub chats: Vec<String>,
    /// The command that takes whole lines (`/qd github issue list`). Every service has a command of its own beside it
    /// (`/github issue list`). Default: `/qd`.
    pub command: String,
    /// How long one call of Telegram's may take in all, as in `10s`. From 1 s to 60 s. Default: `10s`.
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// How many messages a minute may be posted to one private chat in the long run, 3 of them at once after a pause.
    /// Telegram bears about one a second. `0`: no pace of our own, only Telegram's word counts. Default: `60`.
    pub post_per_minute: u32,
    /// How many messages a minute may be posted to one group or channel. Telegram bears 20. `0`: no pace of our own.
    /// Default: `20`.
    pub post_per_minute_group: u32,
}

/// How Telegram reaches us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TelegramMode {
    /// By long polling: no public address is needed.
    #[default]
    Polling,
    /// By requests to `/telegram/webhook`, which Quarterdeck signs up for itself.
    Webhook,
}

impl Default for TelegramConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            base_url: default_base_url(),
            mode: TelegramMode::Polling,
            token: None,
            webhook_url: None,
            webhook_secret: None,
            chats: Vec::new(),
            command: "/qd".to_owned(),
            timeout: SignedDuration::from_secs(10),
            post_per_minute: 60,
            post_per_minute_group: 20,
        }
    }
}

#[expect(clippy::expect_used, reason = "the literal is an address, which the test of the defaults sees")]
fn default_base_url() -> Url {
    Url::parse("https://api.telegram.org").expect("a literal address")
}

impl TelegramConfig {
    /// What is wrong with these settings, each with the setting's name and the way to mend it. Pure; empty when all is
    /// well, and also when the platform is switched off.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.enabled {
            return wrong;
        }
        if self.token.is_none() {
            wrong.push("telegram.token: is missing; refer to the bot's token, as in `env:TELEGRAM_TOKEN`".to_owned());
        }
        self.validate_mode(&mut wrong);
        let url = &self.base_url;
        if is_more_than_address(url) {
            wrong.push("telegram.base_url: expected an address without user, `?` and `#`".to_owned());
        }
        match url.scheme() {
            "https" => {}
            "http" if is_local(url) => {}
            "http" => wrong.push("telegram.base_url: `http` is for this machine alone; write `https`".to_owned()),
            _ => wrong.push("telegram.base_url: expected an `https` address".to_owned()),
        }
        for chat in &self.chats {
            let id = chat.strip_prefix('-').unwrap_or_default();
            let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
            let name = chat.strip_prefix('@').unwrap_or_default();
            let is_name = name.len() > 3 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !is_id && !is_name {
                wrong.push(format!(
                    "telegram.chats: `{chat}` is no group or channel; write its public name, as in `@acmeops`, or its id, \
                     as in `-1001234567890`"
                ));
            }
        }
        let name = self.root();
        // Telegram's own rule for commands: https://core.telegram.org/bots/api#botcommand
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let short = !name.is_empty() && name.len() <= 32;
        if !self.command.starts_with('/') || !short || !name.chars().all(fine) {
            wrong.push(
                "telegram.command: is no command of Telegram's; write `/` and 1 to 32 of a-z, 0-9 and `_`".to_owned(),
            );
        } else if ["start", "help", "cancel"].contains(&name) {
            wrong.push(format!("telegram.command: `/{name}` has a meaning of its own; choose another one"));
        }
        if self.timeout < SignedDuration::from_secs(1) || self.timeout > SignedDuration::from_secs(60) {
            wrong.push("telegram.timeout: expected from `1s` to `60s`".to_owned());
        }
        wrong
    }

    /// The base address without a slash at its end.
    #[must_use]
    pub fn api(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }

    /// The command's name, without its slash.
    #[must_use]
    pub fn root(&self) -> &str {
        self.command.strip_prefix('/').unwrap_or_default()
    }

    fn validate_mode(&self, wrong: &mut Vec<String>) {
        if self.mode == TelegramMode::Polling {
            if self.webhook_url.is_some() {
                wrong.push(
                    "telegram.webhook_url: is of no use with `mode = \"polling\"`; remove it, or set \
                     `mode = \"webhook\"`"
                        .to_owned(),
                );
            }
            if self.webhook_secret.is_some() {
                wrong.push(
                    "telegram.webhook_secret: is of no use with `mode = \"polling\"`; remove it, or set \
                     `mode = \"webhook\"`"
                        .to_owned(),
                );
            }
            return;
        }
        if self.webhook_secret.is_none() {
            wrong.push(
                "telegram.webhook_secret: `mode = \"webhook\"` needs a secret of your own, as in \
                 `env:TELEGRAM_WEBHOOK_SECRET`; without one, anybody could pose as Telegram"
                    .to_owned(),
            );
        }
        let Some(url) = &self.webhook_url else {
            wrong.push(
                "telegram.webhook_url: `mode = \"webhook\"` needs the public address of our door, as in \
                 `https://qd.example.com/telegram/webhook`"
                    .to_owned(),
            );
            return;
        };
        // A local Bot API server also sends over plain HTTP, to any port: the sandbox is such a one.
        let local = is_local(&self.base_url) && is_local(url);
        if is_more_than_address(url) {
            wrong.push("telegram.webhook_url: expected an address without user, `?` and `#`".to_owned());
        }
        if url.scheme() != "https" && !(local && url.scheme() == "http") {
            wrong.push("telegram.webhook_url: Telegram sends to `https` addresses only".to_owned());
        } else if !local && !url.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
            wrong.push("telegram.webhook_url: Telegram sends to the ports 443, 80, 88 and 8443 only".to_owned());
        }
    }
}

/// Whether the address has parts that are no address.
fn is_more_than_address(url: &Url) -> bool {
    url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some()
}

/// Whether the address is this machine.
fn is_local(url: &Url) -> bool {
    url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> TelegramConfig {
        toml::from_str(text).expect("a section")
    }

    #[test]
    fn the_shortest_sections_are_fine_and_have_the_documented_defaults() {
        let polling = read("token = \"env:A\"");
        assert_eq!(polling.validate(), Vec::<String>::new());
        assert_eq!((polling.api(), polling.root()), ("https://api.telegram.org", "qd"));
        assert_eq!((polling.post_per_minute, polling.post_per_minute_group), (60, 20));
        let webhook = "mode = \"webhook\"\ntoken = \"env:A\"\nwebhook_secret = \"env:B\"\nwebhook_url = ";
        assert!(read(&format!("{webhook}\"https://qd.example.com:8443/telegram/webhook\"")).validate().is_empty());
        let local = "base_url = \"http://127.0.0.1:8081/\"\n";
        assert!(read(&format!("{local}{webhook}\"http://127.0.0.1:9/telegram/webhook\"")).validate().is_empty());
        assert_eq!(read(&format!("{local}token = \"env:A\"")).api(), "http://127.0.0.1:8081");
        assert!(read("enabled = false").validate().is_empty());
    }

    #[test]
    fn wrong_combinations_name_the_setting_and_the_remedy() {
        let webhook = "mode = \"webhook\"\nwebhook_secret = \"env:B\"\nwebhook_url = ";
        for (text, expected) in [
            (String::new(), "telegram.token: is missing"),
            ("mode = \"webhook\"".into(), "telegram.webhook_secret: `mode = \"webhook\"` needs"),
            ("mode = \"webhook\"".into(), "telegram.webhook_url: `mode = \"webhook\"` needs"),
            ("webhook_secret = \"env:A\"".into(), "telegram.webhook_secret: is of no use"),
            ("webhook_url = \"https://a.example/x\"".into(), "telegram.webhook_url: is of no use"),
            (format!("{webhook}\"http://127.0.0.1:9/x\""), "`https` addresses only"),
            (format!("{webhook}\"https://qd.example.com:9090/x\""), "the ports 443"),
            (format!("{webhook}\"https://qd.example.com/x?token=1\""), "without user, `?` and `#`"),
            ("base_url = \"http://telegram.example\"".into(), "`http` is for this machine alone"),
            ("base_url = \"https://a.example?x=1\"".into(), "without user, `?` and `#`"),
            ("command = \"qd\"".into(), "telegram.command: is no command"),
            ("command = \"/q-d\"".into(), "telegram.command: is no command"),
            ("command = \"/help\"".into(), "has a meaning of its own"),
            ("chats = [\"acmeops\"]".into(), "telegram.chats: `acmeops` is no group or channel"),
            ("chats = [\"@acmeops\", \"1042\"]".into(), "telegram.chats: `1042` is no group or channel"),
            ("timeout = \"0s\"".into(), "telegram.timeout: expected from"),
        ] {
            let wrong = read(&text).validate();
            assert!(wrong.iter().any(|line| line.contains(expected)), "{text:?} gave {wrong:?}");
        }
        assert!(toml::from_str::<TelegramConfig>("tokn = \"env:A\"").is_err(), "an unknown setting is refused");
    }
}
