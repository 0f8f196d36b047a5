//! The `[slack]` section of the configuration. Read by the loader, judged by [`SlackConfig::validate`]; it never
//! fetches a secret and never calls out.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::vault::SecretRef;

/// The settings of the Slack platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SlackConfig {
    /// Whether Quarterdeck signs in to Slack. Default: `true` (where the section is there at all).
    pub enabled: bool,
    /// The address that a method's name is appended to, with a `/` between: `{base_url}/chat.postMessage`.
    /// Default: `https://slack.com/api`. (The sandbox's is `http://127.0.0.1:PORT/slack/api`.)
    pub base_url: Url,
    /// How Slack reaches us. Default: `socket`.
    pub mode: SlackMode,
    /// The bot token, `xoxb-…`. Needed. No default.
    pub bot_token: Option<SecretRef>,
    /// The app-level token, `xapp-…`, with the scope `connections:write`. Needed in `socket` mode. No default.
    pub app_token: Option<SecretRef>,
    /// The signing secrets that requests are checked with, any of which will do: two while one replaces the other.
    /// Needed in `http` mode. Default: none.
    pub signing_secrets: Vec<SecretRef>,
    /// The slash commands. The first takes whole lines (`/qd github issue list`); each further one is a service's
    /// own root (`/github issue list` means `/qd github issue list`). Default: `["/qd"]`.
    pub commands: Vec<String>,
    /// The id of the only workspace to serve, such as `T02ABCDEF`; another one's token and requests are refused.
    /// Default: none, the workspace of the bot token.
    pub team: Option<String>,
    /// How long one call of Slack's may take in all, as in `10s`. From 1 s to 60 s. Default: `10s`.
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// How many messages a minute may be posted to one channel in the long run, 10 of them at once after a pause.
    /// Slack bears about one a second. `0`: no pace of our own, only Slack's word counts. Default: `60`.
    pub post_per_minute: u32,
}

/// How Slack reaches us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlackMode {
    /// Over a WebSocket that we open: no public address is needed.
    #[default]
    Socket,
    /// By signed HTTP requests to `/slack/events`, `/slack/commands`, `/slack/interactivity` and `/slack/options`.
    Http,
}

impl Default for SlackConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            base_url: default_base_url(),
            mode: SlackMode::Socket,
            bot_token: None,
            app_token: None,
            signing_secrets: Vec::new(),
            commands: vec!["/qd".to_owned()],
            team: None,
            timeout: SignedDuration::from_secs(10),
            post_per_minute: 60,
        }
    }
}

#[expect(clippy::expect_used, reason = "the literal is an address, which the test of the defaults sees")]
fn default_base_url() -> Url {
    Url::parse("https://slack.com/api").expect("a literal address")
}

impl SlackConfig {
    /// What is wrong with these settings, each with the setting's name and the way to mend it. Pure; empty when all is
    /// well, and also when the platform is switched off.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.enabled {
            return wrong;
        }
        if self.bot_token.is_none() {
            wrong.push("slack.bot_token: is missing; refer to the bot token, as in `env:SLACK_BOT_TOKEN`".to_owned());
        }
        match self.mode {
            SlackMode::Socket if self.app_token.is_none() => wrong.push(
                "slack.app_token: `mode = \"socket\"` needs the app-level token, as in `env:SLACK_APP_TOKEN`; \
                 or set `mode = \"http\"`"
                    .to_owned(),
            ),
            SlackMode::Http if self.signing_secrets.is_empty() => wrong.push(
                "slack.signing_secrets: `mode = \"http\"` needs at least one signing secret, as in \
                 `[\"env:SLACK_SIGNING_SECRET\"]`; without one, anybody could pose as Slack"
                    .to_owned(),
            ),
            SlackMode::Http if self.app_token.is_some() => wrong.push(
                "slack.app_token: is of no use with `mode = \"http\"`; remove it, or set `mode = \"socket\"`"
                    .to_owned(),
            ),
            SlackMode::Socket if !self.signing_secrets.is_empty() => wrong.push(
                "slack.signing_secrets: are of no use with `mode = \"socket\"`; remove them, or set `mode = \"http\"`"
                    .to_owned(),
            ),
            SlackMode::Socket | SlackMode::Http => {}
        }
        self.validate_address(&mut wrong);
        self.validate_commands(&mut wrong);
        if self.team.as_ref().is_some_and(|team| !is_id(team, &['T', 'E'])) {
            wrong.push("slack.team: expected the id of a workspace, such as `T02ABCDEF`".to_owned());
        }
        if self.timeout < SignedDuration::from_secs(1) || self.timeout > SignedDuration::from_secs(60) {
            wrong.push("slack.timeout: expected from `1s` to `60s`".to_owned());
        }
        wrong
    }

    /// The base address without a slash at its end: what slack-morphism and our own calls append `/method` to.
    #[must_use]
    pub fn api(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }

    fn validate_address(&self, wrong: &mut Vec<String>) {
        let url = &self.base_url;
        let local = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            wrong.push("slack.base_url: expected an address without user, `?` and `#`".to_owned());
        }
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => wrong.push("slack.base_url: `http` is for this machine alone; write `https`".to_owned()),
            _ => wrong.push("slack.base_url: expected an `https` address".to_owned()),
        }
    }

    fn validate_commands(&self, wrong: &mut Vec<String>) {
        if self.commands.is_empty() {
            wrong.push("slack.commands: expected at least one command, such as `[\"/qd\"]`".to_owned());
        }
        let mut seen = BTreeSet::new();
        for command in &self.commands {
            let name = command.strip_prefix('/').unwrap_or_default();
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
            // 32 characters with the slash, lower case, no spaces: Slack's own rule.
            if name.is_empty() || command.len() > 32 || !name.chars().all(fine) {
                wrong.push(format!(
                    "slack.commands: `{command}` is no slash command; write `/` and at most 31 of a-z, 0-9, `-`, `_`"
                ));
            } else if !seen.insert(command) {
                wrong.push(format!("slack.commands: `{command}` stands there twice; remove one"));
            }
        }
    }
}

/// Whether this is one of Slack's ids: a letter of these, then capitals and digits.
pub(super) fn is_id(text: &str, kinds: &[char]) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| kinds.contains(&first))
        && text.len() >= 2
        && text.len() <= 32
        && chars.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> SlackConfig {
        toml::from_str(text).expect("a section")
    }

    #[test]
    fn the_shortest_sections_are_fine_and_have_the_documented_defaults() {
        let socket = read("bot_token = \"env:A\"\napp_token = \"env:B\"");
        assert_eq!(socket.validate(), Vec::<String>::new());
        assert_eq!(socket.api(), "https://slack.com/api");
        assert_eq!((socket.post_per_minute, socket.timeout), (60, SignedDuration::from_secs(10)));
        let http = read("mode = \"http\"\nbot_token = \"env:A\"\nsigning_secrets = [\"env:B\", \"env:C\"]");
        assert_eq!(http.validate(), Vec::<String>::new());
        assert!(read("enabled = false").validate().is_empty());
        assert_eq!(
            read("bot_token = \"env:A\"\nbase_url = \"http://127.0.0.1:8/slack/api/\"").api(),
            "http://127.0.0.1:8/slack/api"
        );
    }

    #[test]
    fn wrong_combinations_name_the_setting_and_the_remedy() {
        for (text, expected) in [
            ("", "slack.bot_token: is missing"),
            ("bot_token = \"env:A\"", "slack.app_token: `mode = \"socket\"` needs"),
            ("mode = \"http\"\nbot_token = \"env:A\"", "slack.signing_secrets: `mode = \"http\"` needs"),
            ("mode = \"http\"\nsigning_secrets = [\"env:S\"]\napp_token = \"env:B\"", "slack.app_token: is of no use"),
            ("app_token = \"env:B\"\nsigning_secrets = [\"env:S\"]", "slack.signing_secrets: are of no use"),
            ("base_url = \"http://slack.example/api\"", "`http` is for this machine alone"),
            ("base_url = \"https://slack.com/api?x=1\"", "without user, `?` and `#`"),
            ("commands = []", "at least one command"),
            ("commands = [\"qd\"]", "`qd` is no slash command"),
            ("commands = [\"/Q D\"]", "`/Q D` is no slash command"),
            ("commands = [\"/qd\", \"/qd\"]", "stands there twice"),
            ("team = \"acme\"", "slack.team: expected the id"),
            ("timeout = \"0s\"", "slack.timeout: expected from"),
        ] {
            let wrong = read(text).validate();
            assert!(wrong.iter().any(|line| line.contains(expected)), "{text:?} gave {wrong:?}");
        }
        assert!(toml::from_str::<SlackConfig>("bot_tokn = \"env:A\"").is_err(), "an unknown setting is refused");
    }
}
