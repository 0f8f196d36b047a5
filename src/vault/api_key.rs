//! API keys: shown once, kept as a hash.
//!
//! The command line makes keys, the HTTP room checks them. The key itself is never stored: a key has 256 bits of
//! chance in it, so that a plain SHA-256 is as good as a slow password hash and costs nothing at every request.

use std::fmt;
use std::str::FromStr;

use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What every key begins with, so that a leaked key is recognised by people and by secret scanners.
const PREFIX: &str = "qd_";
/// 43 signs out of 62 hold 256 bits.
const SIGNS: usize = 43;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The maker of API keys.
#[derive(Debug, Clone, Copy)]
pub struct ApiKey;

impl ApiKey {
    /// Makes a key. Returns the key, to be shown once (`qd_` and 43 letters and digits), and the hash that goes into
    /// the configuration.
    pub fn generate() -> (String, String) {
        let mut random = rand::rng();
        let mut key = PREFIX.to_owned();
        key.extend((0..SIGNS).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])));
        let hash = ApiKeyHash::of(&key).to_string();
        (key, hash)
    }
}

/// The SHA-256 of an API key, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyHash([u8; 32]);

/// Why a text is no hash of a key. It does not repeat the text, which may be the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the SHA-256 of an API key as 64 hexadecimal digits, and never the key itself")]
pub struct ApiKeyHashError;

impl ApiKeyHash {
    /// The hash of this key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Whether this is the hash of `key`; takes the same time whatever the answer. An empty key never matches.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        !key.is_empty() && bool::from(self.0.ct_eq(&Self::of(key).0))
    }
}

impl fmt::Display for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyHash({}…)", hex::encode(&self.0[..4]))
    }
}

impl FromStr for ApiKeyHash {
    type Err = ApiKeyHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map_err(|_| ApiKeyHashError)?;
        Ok(Self(hash))
    }
}

impl Serialize for ApiKeyHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ApiKeyHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for ApiKeyHash {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ApiKeyHash".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9A-Fa-f]{64}$",
            "examples": ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
            // A value that is wrong here may be the key itself: the loader does not repeat it.
            "x-secret": true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_key_matches_its_hash_and_nothing_else_does() {
        let (key, hash) = ApiKey::generate();
        let (other, _) = ApiKey::generate();
        let hash: ApiKeyHash = hash.parse().expect("a made hash parses");
        assert!(hash.matches(&key));
        assert!(!hash.matches(&other));
        assert!(!hash.matches(""));
        assert!(!hash.matches(&hash.to_string()), "the hash is not the key");
        for at in 0..key.len() {
            let mut bytes = key.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(!hash.matches(&String::from_utf8(bytes).expect("ASCII")), "flipped at {at}");
        }
    }

    #[test]
    fn keys_look_like_keys_and_differ() {
        let keys: std::collections::HashSet<_> = (0..100).map(|_| ApiKey::generate().0).collect();
        assert_eq!(keys.len(), 100);
        for key in keys {
            let signs = key.strip_prefix("qd_").expect("the prefix");
            assert_eq!(signs.len(), 43);
            assert!(signs.bytes().all(|sign| sign.is_ascii_alphanumeric()), "{key}");
        }
    }

    #[test]
    fn the_known_hash_of_a_known_key() {
        // `printf 'abc' | sha256sum`
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(ApiKeyHash::of("abc").to_string(), hash);
        assert!(hash.to_uppercase().parse::<ApiKeyHash>().expect("upper case too").matches("abc"));
    }

    #[test]
    fn a_pasted_key_is_refused_and_not_repeated() {
        let (key, _) = ApiKey::generate();
        let error = serde_json::from_value::<ApiKeyHash>(serde_json::json!(key)).expect_err("a key is no hash");
        assert!(!error.to_string().contains(&key));
        assert!(!format!("{:?}", ApiKeyHash::of(&key)).contains(&ApiKeyHash::of(&key).to_string()));
    }
}
