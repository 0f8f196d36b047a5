//! The safe: secrets that vendors give us while we run (tokens that renew themselves), sealed in the store.
//!
//! Sealed with AES-256-GCM under a key that is not in the store: `vault.key`, or a file beside the store that is made when
//! it is first needed. Nothing here logs.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Secret, SecretRef};
use crate::model::Fault;
use crate::store::{Row, Store, Table};

/// How secrets that are got while running are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VaultConfig {
    /// The key that they are sealed with: 32 bytes in base64, as `env:NAME` or `file:/path` (`openssl rand -base64 32`).
    /// Default: a file beside the store, `<store.path>.key`, made when it is first needed and readable by its owner only.
    pub key: Option<SecretRef>,
}

/// A sealed secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct SealedRow {
    /// The nonce, in base64.
    nonce: String,
    /// The sealed bytes with their tag, in base64.
    sealed: String,
}

impl Row for SealedRow {}

/// Secrets that were got while running, by name.
#[derive(Debug)]
pub struct Sealed;

impl Table for Sealed {
    const ID: u8 = 60;
    const NAME: &'static str = "sealed";
    type Key = String;
    type Value = SealedRow;
}

/// The safe. Clones share it.
#[derive(Clone)]
pub struct Safe(Arc<Inner>);

struct Inner {
    store: Store,
    given: Option<Secret>,
    file: PathBuf,
    key: OnceLock<LessSafeKey>,
}

impl std::fmt::Debug for Safe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Safe")
    }
}

impl Safe {
    /// The safe of this store. `given` is the key of the setting; without it, it is the file's beside the store at `path`.
    ///
    /// # Errors
    /// `Misconfigured`: the key that is given is none.
    pub fn new(store: &Store, path: &Path, given: Option<Secret>) -> Result<Self, Fault> {
        let mut file = path.as_os_str().to_owned();
        file.push(".key");
        let safe = Inner { store: store.clone(), given, file: file.into(), key: OnceLock::new() };
        if let Some(given) = &safe.given {
            key_of(given.expose(), "vault.key")?;
        }
        Ok(Self(Arc::new(safe)))
    }

    /// A safe for a test, in an empty store in a directory that goes with the second value.
    #[cfg(test)]
    pub(crate) fn sample() -> (Self, tempfile::TempDir) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("store");
        let store = Store::open(&crate::store::StoreConfig { path: path.clone(), ..Default::default() });
        (Self::new(&store.expect("a store"), &path, None).expect("a safe"), directory)
    }

    /// The secret of this name, if there is one.
    ///
    /// # Errors
    /// The store failed; `Misconfigured`: it was sealed with another key.
    pub fn get(&self, name: &str) -> Result<Option<Secret>, Fault> {
        let Some(row) = self.0.store.get::<Sealed>(&name.to_owned())? else { return Ok(None) };
        let wrong = || {
            Fault::misconfigured(format!(
                "vault.key: what is kept as `{name}` was sealed with another key; put that one back, or sign in anew"
            ))
        };
        let nonce = STANDARD.decode(&row.nonce).ok().and_then(|bytes| <[u8; NONCE_LEN]>::try_from(bytes).ok());
        let mut bytes = STANDARD.decode(&row.sealed).map_err(|_| wrong())?;
        let nonce = Nonce::assume_unique_for_key(nonce.ok_or_else(wrong)?);
        let plain = self.key()?.open_in_place(nonce, Aad::from(name), &mut bytes).map_err(|_| wrong())?;
        std::str::from_utf8(plain).map(|text| Some(Secret::new(text))).map_err(|_| wrong())
    }

    /// Seals a secret under this name, over what was there. It is on disk when this returns.
    ///
    /// # Errors
    /// The store failed; `Misconfigured`: there is no key and none can be made.
    pub async fn put(&self, name: &str, secret: &Secret) -> Result<(), Fault> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| Fault::bug("there are no random numbers"))?;
        let mut bytes = secret.expose().as_bytes().to_vec();
        self.key()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut bytes)
            .map_err(|_| Fault::bug("a secret cannot be sealed"))?;
        let row = SealedRow { nonce: STANDARD.encode(nonce), sealed: STANDARD.encode(bytes) };
        let name = name.to_owned();
        self.0.store.write(move |tx| tx.put::<Sealed>(&name, &row)).await
    }

    /// Forgets the secret of this name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn forget(&self, name: &str) -> Result<(), Fault> {
        let name = name.to_owned();
        self.0
            .store
            .write(move |tx| {
                tx.delete::<Sealed>(&name);
                Ok(())
            })
            .await
    }

    fn key(&self) -> Result<&LessSafeKey, Fault> {
        if let Some(key) = self.0.key.get() {
            return Ok(key);
        }
        let key = match &self.0.given {
            Some(given) => key_of(given.expose(), "vault.key")?,
            None => key_of(self.file_key()?.expose(), &self.0.file.display().to_string())?,
        };
        Ok(self.0.key.get_or_init(|| key))
    }

    /// The file's key; made where there is none.
    fn file_key(&self) -> Result<Secret, Fault> {
        let file = &self.0.file;
        let wrong = |error: std::io::Error| {
            Fault::misconfigured(format!(
                "vault.key: the key's file {} cannot be had: {error}; let the daemon write there, or set vault.key",
                file.display()
            ))
        };
        match std::fs::read_to_string(file) {
            Ok(text) => return Ok(Secret::new(text.trim())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(wrong(error)),
        }
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).map_err(|_| Fault::bug("there are no random numbers"))?;
        let key = Secret::new(&STANDARD.encode(bytes));
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
        let mut made = match made {
            // Somebody was faster.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return std::fs::read_to_string(file).map(|text| Secret::new(text.trim())).map_err(wrong);
            }
            made => made.map_err(wrong)?,
        };
        made.write_all(key.expose().as_bytes()).and_then(|()| made.sync_all()).map_err(wrong)?;
        Ok(key)
    }
}

fn key_of(text: &str, setting: &str) -> Result<LessSafeKey, Fault> {
    let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 32);
    let key = bytes.and_then(|bytes| UnboundKey::new(&AES_256_GCM, &bytes).ok());
    key.map(LessSafeKey::new).ok_or_else(|| {
        Fault::misconfigured(format!("{setting}: a key is 32 bytes in base64; `openssl rand -base64 32` makes one"))
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::store::StoreConfig;

    fn store(directory: &Path) -> (Store, PathBuf) {
        let path = directory.join("store");
        (Store::open(&StoreConfig { path: path.clone(), ..StoreConfig::default() }).unwrap(), path)
    }

    #[tokio::test]
    async fn what_is_sealed_is_read_again_and_with_no_other_key() {
        let directory = tempfile::tempdir().unwrap();
        let (store, path) = store(directory.path());
        let safe = Safe::new(&store, &path, None).unwrap();
        assert!(safe.get("jira").unwrap().is_none());
        assert!(!path.with_extension("key").exists(), "no key before one is needed");
        safe.put("jira", &Secret::new("refresh-me")).await.unwrap();
        assert_eq!(safe.get("jira").unwrap().unwrap().expose(), "refresh-me");
        let file = directory.path().join("store.key");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // Again, as after a restart.
        let again = Safe::new(&store, &path, None).unwrap();
        assert_eq!(again.get("jira").unwrap().unwrap().expose(), "refresh-me");
        let row = store.get::<Sealed>(&"jira".to_owned()).unwrap().unwrap();
        assert!(!STANDARD.decode(&row.sealed).unwrap().windows(7).any(|part| part == b"refresh"));
        // A secret belongs to its name.
        store.write(move |tx| tx.put::<Sealed>(&"other".to_owned(), &row)).await.unwrap();
        assert!(safe.get("other").is_err());
        let other = Safe::new(&store, &path, Some(Secret::new(&STANDARD.encode([7; 32])))).unwrap();
        let fault = other.get("jira").unwrap_err();
        assert!(fault.outside.starts_with("vault.key: what is kept as `jira` was sealed with another key"), "{fault}");
        safe.forget("jira").await.unwrap();
        assert!(safe.get("jira").unwrap().is_none());
    }

    #[test]
    fn a_key_that_is_none_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let (store, path) = store(directory.path());
        let fault = Safe::new(&store, &path, Some(Secret::new("hunter2"))).unwrap_err();
        assert!(fault.outside.starts_with("vault.key: a key is 32 bytes in base64"), "{fault}");
        assert!(!fault.to_string().contains("hunter2"));
    }
}
