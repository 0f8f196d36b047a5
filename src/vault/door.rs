//! What a webhook door needs to know of its vendor.

use std::sync::Arc;

use http::{HeaderMap, header};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::handshake::{Handshake, Heard};
use super::{Rejected, Scheme, Secret, jwt};
use crate::model::Fault;

/// A vendor's webhook door: how it signs, and which headers matter.
#[derive(Debug, Clone)]
pub struct Door {
    /// The ways in which a request may prove where it comes from. The first that the request tries counts.
    pub locks: Vec<Lock>,
    /// What duplicates are known by.
    pub delivery: DeliveryKey,
    /// The headers that are kept with the body.
    pub kept_headers: &'static [&'static str],
    /// The largest body that is taken, in bytes.
    pub largest: usize,
}

/// A way in which a request proves where it comes from.
#[derive(Debug, Clone)]
pub enum Lock {
    /// A signature of the body; any of the secrets will do.
    Signed(Scheme, Vec<Secret>),
    /// A JWT in `Authorization`, signed with HS256 by any of the secrets. It does not cover the body.
    Token(Vec<Secret>),
    /// A signature of the body with a secret that the vendor itself gives when the door is set up there.
    Agreed(Scheme, Arc<Handshake>),
}

/// What a vendor's deliveries are told apart by; the same one again is no news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryKey {
    /// This header, which stays the same over redeliveries.
    Header(&'static str),
    /// This header; where it is missing, which older servers leave out, a digest of the body.
    HeaderOrDigest(&'static str),
    /// This field of the JSON body.
    Body(&'static str),
}

/// What came of a request at a door.
#[derive(Debug)]
pub enum Knock {
    /// It is the vendor's.
    Known,
    /// It sets the door up; there is nothing more in it.
    SetUp,
}

impl Door {
    /// A door of vendors who sign the body and number their deliveries in a header.
    #[must_use]
    pub fn signed(
        scheme: Scheme,
        secrets: Vec<Secret>,
        delivery: &'static str,
        kept_headers: &'static [&'static str],
        largest: usize,
    ) -> Self {
        let (locks, delivery) = (vec![Lock::Signed(scheme, secrets)], DeliveryKey::Header(delivery));
        Self { locks, delivery, kept_headers, largest }
    }

    /// The handshake that sets it up, where there is one.
    #[must_use]
    pub fn handshake(&self) -> Option<&Arc<Handshake>> {
        self.locks.iter().find_map(|lock| match lock {
            Lock::Agreed(_, handshake) => Some(handshake),
            Lock::Signed(..) | Lock::Token(_) => None,
        })
    }

    /// Whether the request is the vendor's.
    ///
    /// # Errors
    /// Why it is not believed; or, inside, that the store failed over a handshake.
    pub async fn open(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Result<Knock, Rejected>, Fault> {
        let mut verdict = Err(Rejected::NoSecret);
        for lock in &self.locks {
            match lock {
                Lock::Signed(scheme, secrets) => {
                    verdict = scheme.verify(secrets, headers, body, now).map(|()| Knock::Known);
                }
                Lock::Token(secrets) => {
                    verdict =
                        bearer(headers).and_then(|token| jwt::verify_hs256(token, secrets, now)).map(|_| Knock::Known);
                }
                Lock::Agreed(scheme, handshake) => match handshake.hear(*scheme, headers, body, now).await? {
                    Heard::Known => verdict = Ok(Knock::Known),
                    Heard::Offered => verdict = Ok(Knock::SetUp),
                    Heard::Refused(why) => verdict = Err(why),
                },
            }
            // What is not there was not tried; what was tried and is wrong is wrong.
            if !matches!(verdict, Err(Rejected::Missing(_) | Rejected::NoSecret)) {
                return Ok(verdict);
            }
        }
        Ok(verdict)
    }

    /// What this delivery is told apart by.
    ///
    /// # Errors
    /// `BadInput`: it is not there, or not once, or too long.
    pub fn delivery(&self, headers: &HeaderMap, body: &[u8]) -> Result<String, Fault> {
        match self.delivery {
            DeliveryKey::Header(name) => one(headers, name).ok_or_else(|| no_id(name, "header")),
            DeliveryKey::HeaderOrDigest(name) => match headers.get_all(name).iter().count() {
                0 => Ok(format!("sha256:{}", hex::encode(Sha256::digest(body)))),
                _ => one(headers, name).ok_or_else(|| no_id(name, "header")),
            },
            DeliveryKey::Body(name) => {
                let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
                let id = body.get(name).and_then(Value::as_str).map(str::to_owned);
                id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID).ok_or_else(|| no_id(name, "field"))
            }
        }
    }
}

/// The longest id of a delivery, in bytes; it is kept as a key.
const LONGEST_ID: usize = 256;

fn no_id(name: &str, kind: &str) -> Fault {
    let text = format!("The {kind} `{name}` must be there, once, as a text of at most {LONGEST_ID} signs.");
    Fault::bad_input(name, text)
}

/// The header's value if it is there exactly once and is text.
fn one(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().filter(|id| !id.is_empty() && id.len() <= LONGEST_ID),
        _ => None,
    }
    .map(str::to_owned)
}

/// The token of `Authorization: Bearer …` (Atlassian also writes `JWT …`).
fn bearer(headers: &HeaderMap) -> Result<&str, Rejected> {
    let value = headers.get(header::AUTHORIZATION).ok_or(Rejected::Missing("authorization"))?;
    let wrong = Rejected::Malformed { header: "authorization", expected: "`Bearer` and a token" };
    let (kind, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(wrong)?;
    let known = kind.eq_ignore_ascii_case("bearer") || kind.eq_ignore_ascii_case("jwt");
    if known && token.len() <= 8192 { Ok(token.trim()) } else { Err(wrong) }
}
