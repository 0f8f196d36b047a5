//! The `[github]` section: where GitHub is and how we sign in. Read by the loader; checked without touching anything.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::Fault;
use crate::vault::SecretRef;

/// The API version that is asked for (<https://docs.github.com/en/rest/about-the-rest-api/api-versions>).
pub const API_VERSION: &str = "2026-03-10";

/// How GitHub is reached: github.com or an Enterprise Server.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GithubConfig {
    /// Where the API is: `https://api.github.com` (default), or `https://HOST/api/v3` for an Enterprise Server.
    #[serde(default = "default_base_url")]
    pub base_url: Url,
    /// Where people look at GitHub; links of this host are understood. Default `https://github.com`.
    #[serde(default = "default_web_url")]
    pub web_url: Url,
    /// The token we sign in with, as `env:NAME` or `file:/path`: a personal access token or one of a machine user. It needs
    /// what the operations that you use need (see the README). Either this or `app`.
    #[serde(default)]
    pub token: Option<SecretRef>,
    /// The GitHub App we sign in as, in place of a token.
    #[serde(default)]
    pub app: Option<GithubAppConfig>,
    /// The secrets that webhooks may be signed with, as `env:NAME` or `file:/path`. Several are valid at once, so that
    /// one can be replaced without losing a delivery. Default: none, and no webhook is taken.
    #[serde(default)]
    pub webhook_secrets: Vec<SecretRef>,
    /// How long a call may take in all, such as `20s`; between 1 second and 2 minutes. Default 20 seconds.
    #[serde(default = "default_timeout")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// The API version that is asked for. Default `2026-03-10`; an Enterprise Server may know only an older one.
    #[serde(default = "default_api_version")]
    pub api_version: String,
}

/// The GitHub App we sign in as: `[github.app]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GithubAppConfig {
    /// The app's id or client id, from its settings page.
    #[schemars(example = &"Iv23liExample")]
    pub id: String,
    /// The app's private key, the whole `.pem` file that GitHub gave, as `file:/path` or `env:NAME`.
    pub key: SecretRef,
    /// The installation that counts where no repository is named (listing repositories, say). Default: the only one.
    #[serde(default)]
    pub installation: Option<u64>,
}

fn default_base_url() -> Url {
    #[expect(clippy::expect_used, reason = "a constant that a test parses")]
    Url::parse("https://api.github.com").expect("a constant address")
}

fn default_web_url() -> Url {
    #[expect(clippy::expect_used, reason = "a constant that a test parses")]
    Url::parse("https://github.com").expect("a constant address")
}

fn default_timeout() -> SignedDuration {
    SignedDuration::from_secs(20)
}

fn default_api_version() -> String {
    API_VERSION.to_owned()
}

impl GithubConfig {
    /// Settings for github.com with this token and everything else as it is by default.
    #[must_use]
    pub fn new(token: SecretRef) -> Self {
        Self {
            base_url: default_base_url(),
            web_url: default_web_url(),
            token: Some(token),
            app: None,
            webhook_secrets: Vec::new(),
            timeout: default_timeout(),
            api_version: default_api_version(),
        }
    }

    /// Checks what the types cannot; reads nothing and calls nobody.
    ///
    /// # Errors
    /// `Misconfigured`, naming the setting and what it must be.
    pub fn validate(&self) -> Result<(), Fault> {
        match (&self.token, &self.app) {
            (None, None) => {
                return Err(Fault::misconfigured(
                    "github.token: there is no sign-in; write `token = \"env:GITHUB_TOKEN\"`, or an `[github.app]` section",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(Fault::misconfigured(
                    "github.token: there are two sign-ins, this and `github.app`; take one of the two out",
                ));
            }
            (None, Some(app)) if app.id.trim().is_empty() => {
                return Err(Fault::misconfigured("github.app.id: it is empty; the app's settings page shows it"));
            }
            _ => {}
        }
        for (setting, url) in [("github.base_url", &self.base_url), ("github.web_url", &self.web_url)] {
            check_address(setting, url)?;
        }
        let (least, most) = (SignedDuration::from_secs(1), SignedDuration::from_secs(120));
        if self.timeout < least || self.timeout > most {
            return Err(Fault::misconfigured(format!(
                "github.timeout: {:#} is out of range; write a duration between 1s and 2m, such as \"20s\"",
                self.timeout
            )));
        }
        if self.api_version.is_empty() || !self.api_version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return Err(Fault::misconfigured(format!(
                "github.api_version: `{}` is no API version; write a date such as \"{API_VERSION}\"",
                self.api_version.escape_default()
            )));
        }
        Ok(())
    }
}

fn check_address(setting: &str, url: &Url) -> Result<(), Fault> {
    let wrong = |what: &str| Err(Fault::misconfigured(format!("{setting}: {what}")));
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return wrong("write a web address, such as \"https://api.github.com\"");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("an address must not hold a sign-in; use github.token for it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("an address must end with its path, without `?` or `#`");
    }
    // A token must never travel in the clear, except to a fake on this very machine.
    let here = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "http" && setting == "github.base_url" && !here {
        return wrong("the token would travel unencrypted; use https");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(toml: &str) -> Result<GithubConfig, toml::de::Error> {
        toml::from_str(toml)
    }

    #[test]
    fn a_token_is_all_that_must_be_said() {
        let config = config("token = 'env:GITHUB_TOKEN'").unwrap();
        assert_eq!(config.base_url.as_str(), "https://api.github.com/");
        assert_eq!(config.web_url.as_str(), "https://github.com/");
        assert_eq!(config.timeout, SignedDuration::from_secs(20));
        assert_eq!(config.validate(), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_remedy() {
        for (toml, expected) in [
            ("base_url = 'ftp://example.com'", "github.base_url: write a web address"),
            ("base_url = 'http://ghe.example.com/api/v3'", "github.base_url: the token would travel unencrypted"),
            ("base_url = 'https://me:pw@example.com'", "github.base_url: an address must not hold a sign-in"),
            ("web_url = 'https://example.com/?a=1'", "github.web_url: an address must end with its path"),
            ("timeout = '0s'", "github.timeout: 0s is out of range"),
            ("timeout = '1h'", "github.timeout: 1h is out of range"),
            ("api_version = 'latest'", "github.api_version: `latest` is no API version"),
        ] {
            let fault = config(&format!("token = 'env:T'\n{toml}")).unwrap().validate().unwrap_err();
            assert!(fault.outside.starts_with(expected), "{toml}: {}", fault.outside);
        }
        assert!(config("token = 'ghp_pasted'").is_err());
        let none = config("").unwrap().validate().unwrap_err();
        assert!(none.outside.starts_with("github.token: there is no sign-in"), "{none}");
        let two = config("token = 'env:T'\n[app]\nid = '1'\nkey = 'env:K'").unwrap().validate().unwrap_err();
        assert!(two.outside.starts_with("github.token: there are two sign-ins"), "{two}");
        assert_eq!(config("[app]\nid = '1'\nkey = 'file:/k.pem'").unwrap().validate(), Ok(()));
        assert!(config("token = 'env:T'\nbase = 'x'").is_err(), "an unknown setting is refused");
    }
}
