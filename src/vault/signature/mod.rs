//! One verifier for signed webhooks; what a vendor signs, and how, is data.
//!
//! The HTTP room calls [`Scheme::verify`] with the raw bytes of a request before anything parses them; outgoing
//! webhooks and the tests of the sandbox call [`Scheme::sign`]. A further HMAC-SHA256 vendor is one more constant in
//! `schemes.rs`. Nothing here reads a body, keeps a message id or answers a request: whoever calls drops duplicates.

mod ed25519;
mod schemes;
#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

pub use ed25519::PublicKey;

use super::Secret;

/// Longer headers are refused before they are looked at, in bytes.
const LONGEST_HEADER: usize = 4096;

/// How a vendor signs its webhooks: one shape of HMAC-SHA256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheme {
    /// The vendor's name, for messages.
    name: &'static str,
    /// The header with the signature or signatures, in lower case.
    signature: &'static str,
    /// What separates the entries of that header, where it is a list.
    separator: Option<char>,
    /// What stands before each signature. Entries of a list with another prefix are of another version, and ignored.
    prefix: &'static str,
    /// How the signature is written.
    encoding: Encoding,
    /// Where the time of sending stands.
    time: Time,
    /// The header with the id of the message, where it is signed as well.
    id: Option<&'static str>,
    /// What is signed, one part after the other.
    parts: &'static [Part],
    /// How the key is made of the secret.
    key: Key,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// Lower-case hexadecimal digits.
    Hex,
    /// Base64 of the standard alphabet, padded.
    Base64,
}

/// Where the time of sending stands, in seconds since 1970. What is older or newer than `tolerance` is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    /// Nowhere: only the id of the delivery tells a replay.
    None,
    /// In a header of its own.
    Header { name: &'static str, tolerance: SignedDuration },
    /// In the signature's header, as the entry with this prefix (Stripe's `t=`).
    #[cfg_attr(not(test), expect(dead_code, reason = "the shape of Stripe, whose connector is yet to come"))]
    Entry { prefix: &'static str, tolerance: SignedDuration },
}

/// A part of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// This text.
    Text(&'static str),
    /// The id of the message.
    Id,
    /// The time of sending, as it was written.
    Time,
    /// The raw body.
    Body,
}

/// How the key is made of the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The secret's bytes are the key.
    Plain,
    /// The secret is base64, often written with `whsec_` before it.
    Whsec,
}

/// Why a request is not believed. The answer to all of them is 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// A header is not there.
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    /// A header is there more than once, so that nobody can tell which one counts.
    #[error("the header `{0}` is there more than once")]
    Doubled(&'static str),
    /// A header is too long, not text, or not of the form that the vendor documents.
    #[error("the header `{header}` is malformed: {expected}")]
    Malformed {
        /// The header.
        header: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// The request is too old: a replay, or a clock that is wrong.
    #[error("the request was signed too long ago; it is a replay, or one of the two clocks is wrong")]
    TooOld,
    /// The request comes from the future: a clock is wrong.
    #[error("the request was signed in the future; one of the two clocks is wrong")]
    TooNew,
    /// No secret makes this signature of this body.
    #[error("the signature does not match; the secret differs from the sender's, or the body was changed on the way")]
    Mismatch,
    /// There is no secret to check with, or only empty ones.
    #[error("no secret is set up to check the signature with")]
    NoSecret,
    /// The secrets are not of the form that the vendor gives out.
    #[error("the secret is not of the form that the sender gives out; copy it once more, with its `whsec_`")]
    BadSecret,
}

impl Rejected {
    /// The value of the metric's `reason` label.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Doubled(_) => "doubled",
            Self::Malformed { .. } => "malformed",
            Self::TooOld | Self::TooNew => "stale",
            Self::Mismatch => "mismatch",
            Self::NoSecret => "no_secret",
            Self::BadSecret => "bad_secret",
        }
    }
}

/// What the headers of a request say, still unproven.
struct Claim<'h> {
    id: &'h str,
    time: &'h str,
    signatures: Vec<[u8; 32]>,
}

impl Scheme {
    /// The vendor's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The header with the id of the message, where the scheme has one: what duplicates are known by.
    #[must_use]
    pub const fn id_header(&self) -> Option<&'static str> {
        self.id
    }

    /// Checks that one of `secrets` made the signature of these raw bytes, and that it was made about `now`.
    /// All secrets are tried, so that they can be rotated without a gap.
    ///
    /// # Errors
    /// Why the request is not believed. It is not said which secret or which byte differs.
    pub fn verify(&self, secrets: &[Secret], headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Rejected> {
        let keys = self.keys(secrets)?;
        let claim = self.read(headers, now)?;
        let mut matches = Choice::from(0);
        // Neither loop ends early: the time taken says nothing about which secret or signature was the right one.
        for key in &keys {
            let made = self.tag(key, claim.id, claim.time, body)?;
            for signature in &claim.signatures {
                matches |= made.ct_eq(signature);
            }
        }
        if bool::from(matches) { Ok(()) } else { Err(Rejected::Mismatch) }
    }

    /// Makes the headers that a sender would send with `body`. `id` is signed only where the scheme has one. With
    /// several secrets (a rotation) a scheme that takes a list gets a signature of each, others one of the first.
    ///
    /// # Errors
    /// `NoSecret` and `BadSecret`; `Malformed` when the id cannot be sent.
    pub fn sign(
        &self,
        secrets: &[Secret],
        id: &str,
        now: Timestamp,
        body: &[u8],
    ) -> Result<Vec<(&'static str, String)>, Rejected> {
        let keys = self.keys(secrets)?;
        let time = now.as_second().to_string();
        let mut headers = Vec::with_capacity(3);
        if let Some(header) = self.id {
            headers.push((header, checked_id(header, id)?.to_owned()));
        }
        let mut entries = Vec::new();
        match self.time {
            Time::None => {}
            Time::Header { name, .. } => headers.push((name, time.clone())),
            Time::Entry { prefix, .. } => entries.push(format!("{prefix}{time}")),
        }
        let several = if self.separator.is_some() { keys.len() } else { 1 };
        for key in keys.iter().take(several) {
            let made = self.tag(key, id, &time, body)?;
            let written = match self.encoding {
                Encoding::Hex => hex::encode(made),
                Encoding::Base64 => STANDARD.encode(made),
            };
            entries.push(format!("{}{written}", self.prefix));
        }
        headers.push((self.signature, entries.join(&self.separator.map_or_else(String::new, String::from))));
        Ok(headers)
    }

    /// Checks at start that a secret can be a key of this scheme.
    ///
    /// # Errors
    /// `NoSecret`: it is empty. `BadSecret`: it is not of the form that the vendor gives out.
    pub fn check_secret(&self, secret: &Secret) -> Result<(), Rejected> {
        self.keys(std::slice::from_ref(secret)).map(|_| ())
    }

    /// The keys. An empty secret is no key: anybody could sign with it.
    fn keys(&self, secrets: &[Secret]) -> Result<Vec<Vec<u8>>, Rejected> {
        let mut why = Rejected::NoSecret;
        let mut keys = Vec::with_capacity(secrets.len());
        for secret in secrets {
            let text = secret.expose();
            match self.key {
                Key::Plain => keys.push(text.as_bytes().to_vec()),
                Key::Whsec => match STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)) {
                    Ok(key) => keys.push(key),
                    Err(_) => why = Rejected::BadSecret,
                },
            }
        }
        keys.retain(|key| !key.is_empty());
        if keys.is_empty() { Err(why) } else { Ok(keys) }
    }

    /// The HMAC of what is signed.
    fn tag(&self, key: &[u8], id: &str, time: &str, body: &[u8]) -> Result<[u8; 32], Rejected> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Rejected::BadSecret)?;
        for part in self.parts {
            mac.update(match part {
                Part::Text(text) => text.as_bytes(),
                Part::Id => id.as_bytes(),
                Part::Time => time.as_bytes(),
                Part::Body => body,
            });
        }
        Ok(mac.finalize().into_bytes().into())
    }

    /// Reads the headers, and refuses what is out of time.
    fn read<'h>(&self, headers: &'h HeaderMap, now: Timestamp) -> Result<Claim<'h>, Rejected> {
        let written = single(headers, self.signature)?;
        let entries: Vec<&str> =
            self.separator.map_or_else(|| vec![written], |at| written.split(at).map(str::trim).collect());
        let id = match self.id {
            None => "",
            Some(name) => checked_id(name, single(headers, name)?)?,
        };
        let (time, tolerance) = match self.time {
            Time::None => ("", None),
            Time::Header { name, tolerance } => (single(headers, name)?, Some((name, tolerance))),
            Time::Entry { prefix, tolerance } => {
                let mut times = entries.iter().filter_map(|entry| entry.strip_prefix(prefix));
                let time = times.next().ok_or_else(|| self.malformed("the time is missing"))?;
                if times.next().is_some() {
                    return Err(self.malformed("there is more than one time"));
                }
                (time, Some((self.signature, tolerance)))
            }
        };
        if let Some((header, tolerance)) = tolerance {
            in_time(header, time, tolerance, now)?;
        }
        let mut signatures = Vec::new();
        for entry in entries.iter().filter_map(|entry| entry.strip_prefix(self.prefix)) {
            signatures.push(self.decode(entry)?);
        }
        if signatures.is_empty() {
            return Err(self.malformed("no signature of the expected version is in it"));
        }
        Ok(Claim { id, time, signatures })
    }

    /// The bytes of one signature. Only the canonical spelling is taken, so that a changed header never passes.
    fn decode(&self, text: &str) -> Result<[u8; 32], Rejected> {
        match self.encoding {
            Encoding::Hex => {
                let mut signature = [0; 32];
                let lower = !text.bytes().any(|sign| sign.is_ascii_uppercase());
                match hex::decode_to_slice(text, &mut signature) {
                    Ok(()) if lower => Ok(signature),
                    _ => Err(self.malformed("a signature is 64 lower-case hexadecimal digits")),
                }
            }
            Encoding::Base64 => STANDARD
                .decode(text)
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| self.malformed("a signature is 32 bytes in base64")),
        }
    }

    fn malformed(&self, expected: &'static str) -> Rejected {
        Rejected::Malformed { header: self.signature, expected }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The one value of a header.
fn single<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Rejected> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(Rejected::Missing(name))?;
    if values.next().is_some() {
        return Err(Rejected::Doubled(name));
    }
    if value.len() > LONGEST_HEADER {
        return Err(Rejected::Malformed { header: name, expected: "it is longer than 4096 bytes" });
    }
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) if !text.is_empty() => Ok(text),
        Ok(_) => Err(Rejected::Malformed { header: name, expected: "it is empty" }),
        Err(_) => Err(Rejected::Malformed { header: name, expected: "it is not UTF-8" }),
    }
}

/// An id of printable ASCII. A dot is refused, since it would blur where the id ends in what is signed.
fn checked_id<'i>(header: &'static str, id: &'i str) -> Result<&'i str, Rejected> {
    if !id.is_empty() && id.bytes().all(|sign| sign.is_ascii_graphic() && sign != b'.') {
        Ok(id)
    } else {
        Err(Rejected::Malformed { header, expected: "an id is printable ASCII without dots" })
    }
}

/// Checks that a time is near enough to now.
fn in_time(header: &'static str, written: &str, tolerance: SignedDuration, now: Timestamp) -> Result<(), Rejected> {
    let wrong = Rejected::Malformed { header, expected: "the time is a whole number of seconds since 1970" };
    if written.is_empty() || written.len() > 12 || !written.bytes().all(|sign| sign.is_ascii_digit()) {
        return Err(wrong);
    }
    let sent = written.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).ok_or(wrong)?;
    // In whole seconds, as the sender counts: the fraction of our own clock must not move the border.
    let age = now.as_second() - sent.as_second();
    match age {
        age if age > tolerance.as_secs() => Err(Rejected::TooOld),
        age if age < -tolerance.as_secs() => Err(Rejected::TooNew),
        _ => Ok(()),
    }
}
