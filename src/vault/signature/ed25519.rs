//! Requests that are signed with a private key of the sender's and checked with its public one: Discord's interactions.
//! <https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers>

use ed25519_dalek::{Signature, VerifyingKey};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use super::{Rejected, in_time, single};

/// The header with the signature: 128 hexadecimal digits.
const SIGNATURE: &str = "x-signature-ed25519";
/// The header with the time of sending, which is signed before the body.
const TIME: &str = "x-signature-timestamp";
/// Discord names none; what is older or newer is refused as a replay.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// A public key that a sender's requests are checked with. It is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of these 64 hexadecimal digits.
    ///
    /// # Errors
    /// `BadSecret`: it is no such key.
    pub fn from_hex(text: &str) -> Result<Self, Rejected> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| Rejected::BadSecret)?;
        VerifyingKey::from_bytes(&bytes).map(Self).map_err(|_| Rejected::BadSecret)
    }

    /// Checks that the sender signed the time of sending and these raw bytes, about `now`.
    ///
    /// # Errors
    /// Why the request is not believed.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Rejected> {
        let written = single(headers, SIGNATURE)?;
        let time = single(headers, TIME)?;
        in_time(TIME, time, TOLERANCE, now)?;
        let mut bytes = [0; 64];
        hex::decode_to_slice(written, &mut bytes).map_err(|_| Rejected::Malformed {
            header: SIGNATURE,
            expected: "a signature is 128 hexadecimal digits",
        })?;
        let signed = [time.as_bytes(), body].concat();
        self.0.verify_strict(&signed, &Signature::from_bytes(&bytes)).map_err(|_| Rejected::Mismatch)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).expect("a time")
    }

    fn headers(key: &SigningKey, time: i64, body: &[u8]) -> HeaderMap {
        let time = time.to_string();
        let signature = key.sign(&[time.as_bytes(), body].concat());
        let mut headers = HeaderMap::new();
        headers.insert(SIGNATURE, hex::encode(signature.to_bytes()).parse().expect("a header"));
        headers.insert(TIME, time.parse().expect("a header"));
        headers
    }

    #[test]
    fn only_what_the_sender_signed_now_is_believed() {
        let secret = SigningKey::from_bytes(&[7; 32]);
        let public = PublicKey::from_hex(&hex::encode(secret.verifying_key().to_bytes())).expect("a key");
        let (at, body) = (1_800_000_000, b"{\"type\":1}");
        let good = headers(&secret, at, body);
        assert_eq!(public.verify(&good, body, now()), Ok(()));
        assert_eq!(public.verify(&good, b"{\"type\":2}", now()), Err(Rejected::Mismatch));
        let other = headers(&SigningKey::from_bytes(&[8; 32]), at, body);
        assert_eq!(public.verify(&other, body, now()), Err(Rejected::Mismatch));
        assert_eq!(public.verify(&headers(&secret, at - 301, body), body, now()), Err(Rejected::TooOld));
        assert_eq!(public.verify(&headers(&secret, at + 301, body), body, now()), Err(Rejected::TooNew));
        let mut moved = good.clone();
        moved.insert(TIME, "1800000001".parse().expect("a header"));
        assert_eq!(public.verify(&moved, body, now()), Err(Rejected::Mismatch));
        let mut short = good.clone();
        short.insert(SIGNATURE, "abcd".parse().expect("a header"));
        assert!(matches!(public.verify(&short, body, now()), Err(Rejected::Malformed { .. })));
        let mut bare = good;
        bare.remove(SIGNATURE);
        assert_eq!(public.verify(&bare, body, now()), Err(Rejected::Missing(SIGNATURE)));
        assert_eq!(PublicKey::from_hex("abc"), Err(Rejected::BadSecret));
    }
}
