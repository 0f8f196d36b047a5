//! Identifiers. Each is a newtype, so that one can never be passed for another.

use std::fmt;
use std::str::FromStr;

use rand::Rng as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// What every printed id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, greater than every id made before it by this process.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "each call gives another value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id's sixteen bytes, which sort by age.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id whose bytes these are.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix($prefix)
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map(Self)
                    .ok_or_else(|| format!("`{text}` is no id of the form `{}…`", $prefix))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// One call of an operation; a row of the ledger.
    CallId,
    "call_"
);
id!(
    /// One message or request on its way out. Also the `webhook-id` of an outgoing webhook
    /// and the marker by which a chat message is found again.
    DeliveryId,
    "msg_"
);
id!(
    /// One subscription.
    SubscriptionId,
    "sub_"
);

/// What a button carries: 128 random bits, never data. Its record says what pressing it does.
///
/// Printed in 22 characters of URL-safe base64, well inside the 64 bytes that the tightest
/// platform allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A new, unguessable token.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each call gives another value")]
    pub fn new() -> Self {
        use base64::Engine as _;
        let mut bits = [0_u8; 16];
        rand::rng().fill_bytes(&mut bits);
        Self(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bits))
    }

    /// The token as a platform handed it back; whether it exists is for its table to say.
    #[must_use]
    pub fn from_wire(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The token as it is put on a button.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_parse_and_sort_by_age() {
        let (first, second) = (CallId::new(), CallId::new());
        assert!(first < second);
        assert_eq!(first.to_string().parse::<CallId>(), Ok(first));
        assert!(first.to_string().parse::<DeliveryId>().is_err(), "another kind's prefix is refused");
    }

    #[test]
    fn tokens_fit_every_platform_and_never_repeat() {
        let (first, second) = (Token::new(), Token::new());
        assert_eq!(first.as_str().len(), 22);
        assert_ne!(first, second);
    }
}
