//! `env:NAME` and `file:/path` references.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::OnceLock;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::model::Fault;

/// Where a secret is kept: `env:NAME` (an environment variable) or `file:/path` (a file; a path that is not absolute is
/// looked for in `$CREDENTIALS_DIRECTORY`, where systemd puts credentials).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file; surrounding white space is not part of the secret.
    File(String),
}

/// A secret value. It prints as `[secret]` and is wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

/// Hears the value of a secret.
type Watcher = Box<dyn Fn(&str) + Send + Sync>;

/// Who is told of every secret.
static WATCHER: OnceLock<Watcher> = OnceLock::new();

/// Has `watcher` told the value of every [`Secret`] from now on, so that the log can leave it out wherever it turns up.
/// The first watcher stays; the answer is whether it was this one.
pub fn watch_secrets(watcher: impl Fn(&str) + Send + Sync + 'static) -> bool {
    WATCHER.set(Box::new(watcher)).is_ok()
}

impl Secret {
    /// The secret of this value: for secrets that are not fetched by a reference, and for tests, which make up their own.
    #[must_use]
    pub fn new(value: &str) -> Self {
        if let Some(watcher) = WATCHER.get() {
            watcher(value);
        }
        Self(SecretString::from(value.to_owned()))
    }

    /// The value, to be handed to a vendor's client and to nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether this is what was given. Takes the same time wherever the two differ: what is compared are digests.
    #[must_use]
    pub fn is(&self, given: &[u8]) -> bool {
        use sha2::{Digest as _, Sha256};
        use subtle::ConstantTimeEq as _;
        Sha256::digest(self.expose()).ct_eq(&Sha256::digest(given)).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl SecretRef {
    /// Fetches the secret. `setting` is the name of the setting that refers to it, for the error.
    ///
    /// # Errors
    /// `Misconfigured`: the variable or file is not there, cannot be read or is empty.
    pub fn fetch(&self, setting: &str) -> Result<Secret, Fault> {
        let wrong = |what: String| Fault::misconfigured(format!("{setting}: {what}"));
        let value = match self {
            Self::Env(name) => std::env::var(name)
                .map_err(|_| wrong(format!("the environment variable `{name}` is not set (or not UTF-8)")))?,
            Self::File(path) => {
                let full = match std::env::var_os("CREDENTIALS_DIRECTORY") {
                    Some(directory) if Path::new(path).is_relative() => Path::new(&directory).join(path),
                    _ => Path::new(path).to_owned(),
                };
                std::fs::read_to_string(&full)
                    .map_err(|error| wrong(format!("the file `{}` cannot be read: {error}", full.display())))?
            }
        };
        match value.trim() {
            "" => Err(wrong(format!("the secret at `{self}` is empty"))),
            value => Ok(Secret::new(value)),
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

impl FromStr for SecretRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The text itself is not repeated: it may be a secret that somebody pasted here.
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.to_owned())),
            _ => {
                Err("expected a reference to a secret, `env:NAME` or `file:/path`, and never the secret itself".into())
            }
        }
    }
}

impl Serialize for SecretRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for SecretRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // What is wrong here may be a secret that somebody pasted: `x-secret` has the loader not repeat it.
        schemars::json_schema!({ "type": "string", "pattern": "^(env|file):.+$", "x-secret": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_print_as_they_are_written_and_secrets_never_do() {
        for text in ["env:SLACK_TOKEN", "file:/run/secrets/slack"] {
            assert_eq!(text.parse::<SecretRef>().map(|reference| reference.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "env:", "file:", "xoxb-1234", "https://x"] {
            let error = text.parse::<SecretRef>().expect_err("no reference");
            assert!(text.is_empty() || !error.contains(&format!("`{text}`")), "{error}");
        }
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }

    #[test]
    fn a_file_is_read_without_the_white_space_around_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("token");
        let reference = SecretRef::File(path.display().to_string());
        assert!(reference.fetch("slack.token").expect_err("no file yet").outside.starts_with("slack.token: "));
        std::fs::write(&path, " xoxb-1\n").expect("written");
        assert_eq!(reference.fetch("slack.token").expect("fetched").expose(), "xoxb-1");
        std::fs::write(&path, "\n").expect("written");
        assert!(reference.fetch("slack.token").expect_err("empty").outside.contains("is empty"));
    }

    #[test]
    fn the_loader_reads_references_and_repeats_no_secret() {
        use crate::config::{example, load_text, uncomment};
        use crate::vault::ApiKeyHash;

        #[derive(Debug, Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct Settings {
            /// The token.
            token: SecretRef,
            /// Former tokens.
            #[serde(default)]
            former: Vec<SecretRef>,
            /// The hash of a key.
            key: Option<ApiKeyHash>,
        }

        let good = load_text::<Settings>("token = \"env:TOKEN\"\nformer = [\"file:old\"]\n").expect("nothing is wrong");
        assert_eq!((good.token, good.former.len()), (SecretRef::Env("TOKEN".into()), 1));
        for pasted in
            ["token = \"xoxb-1-2\"", "former = [\"xoxb-1-2\"]", "key = \"xoxb-1-2\"", "token = [\"xoxb-1-2\"]"]
        {
            let error = load_text::<Settings>(pasted).expect_err("a secret where none belongs").to_string();
            assert!(!error.contains("xoxb") && error.contains(":1:"), "{error}");
        }
        let all = uncomment(&example::<Settings>());
        let settings = load_text::<Settings>(&all).unwrap_or_else(|error| panic!("{error}\n{all}"));
        assert_eq!(settings.token, SecretRef::Env("TOKEN".into()));
        assert!(settings.key.is_some());
    }

    #[test]
    fn the_watcher_hears_of_every_secret_and_there_is_one_only() {
        static HEARD: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
        let first = watch_secrets(|value| HEARD.lock().expect("not poisoned").push(value.to_owned()));
        assert!(first);
        assert!(!watch_secrets(|_| ()));
        let _ = Secret::new("a-secret-to-watch");
        assert!(HEARD.lock().expect("not poisoned").iter().any(|value| value == "a-secret-to-watch"));
    }
}
