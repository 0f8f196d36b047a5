//! JSON Web Tokens (RFC 7519): those that vendors send, checked; those that we sign in with, made.
//!
//! The crate `jsonwebtoken` reads and writes them, on the cryptography that TLS uses already. Times are checked here, by
//! our own clock.

use std::collections::HashSet;
use std::sync::Once;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::{hmac, rand, signature};
use serde_json::Value;

use super::{Rejected, Secret};
use crate::model::Fault;

/// How far the sender's clock may be off.
const LEEWAY: SignedDuration = SignedDuration::from_mins(2);

/// The claims of a token that one of `secrets` signed with HS256 and that is valid now. Other algorithms are refused,
/// whatever the token says of itself.
///
/// # Errors
/// Why the token is not believed.
pub(super) fn verify_hs256(token: &str, secrets: &[Secret], now: Timestamp) -> Result<Value, Rejected> {
    set_up();
    let malformed = || Rejected::Malformed { header: "authorization", expected: "a JWT that is signed with HS256" };
    let header = jsonwebtoken::decode_header(token).map_err(|_| malformed())?;
    if header.alg != Algorithm::HS256 {
        return Err(malformed());
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::new();
    let keys = secrets.iter().filter(|secret| !secret.expose().is_empty());
    let mut claims = None;
    let mut any = false;
    for secret in keys {
        any = true;
        let key = DecodingKey::from_secret(secret.expose().as_bytes());
        claims = claims.or(jsonwebtoken::decode::<Value>(token, &key, &validation).ok());
    }
    let claims = claims.ok_or(if any { Rejected::Mismatch } else { Rejected::NoSecret })?.claims;
    let at = |name: &str| claims.get(name).and_then(Value::as_i64);
    let (Some(ends), now, leeway) = (at("exp"), now.as_second(), LEEWAY.as_secs()) else { return Err(malformed()) };
    let begins = at("nbf").max(at("iat")).unwrap_or(now);
    match () {
        () if ends < now - leeway => Err(Rejected::TooOld),
        () if begins > now + leeway => Err(Rejected::TooNew),
        () => Ok(claims.clone()),
    }
}

/// A private RSA key that tokens are signed with.
pub struct RsaKey(EncodingKey);

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[key]")
    }
}

impl RsaKey {
    /// The key in this PEM file's text. `setting` is the name of the setting that refers to it.
    ///
    /// # Errors
    /// `Misconfigured`: it is no private RSA key.
    pub fn from_pem(pem: &Secret, setting: &str) -> Result<Self, Fault> {
        set_up();
        let key = EncodingKey::from_rsa_pem(pem.expose().as_bytes()).ok();
        let key = key.filter(|key| signature::RsaKeyPair::from_der(key.as_bytes()).is_ok());
        key.map(Self).ok_or_else(|| {
            Fault::misconfigured(format!(
                "{setting}: this is no private RSA key; put the whole .pem file there, from its BEGIN line to its END line"
            ))
        })
    }

    /// A token with these claims, signed with RS256.
    ///
    /// # Errors
    /// `Bug`: the claims cannot be signed.
    pub fn sign(&self, claims: &Value) -> Result<Secret, Fault> {
        let token = jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &self.0);
        token.map(|token| Secret::new(&token)).map_err(|error| Fault::bug(format!("a token cannot be signed: {error}")))
    }
}

/// Has `jsonwebtoken` use the cryptography that TLS uses.
fn set_up() {
    static ONCE: Once = Once::new();
    static PROVIDER: CryptoProvider =
        CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };
    ONCE.call_once(|| {
        // Only this module uses the crate, so nobody was here before.
        let _ = PROVIDER.install_default();
    });
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the crate wants it")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> JwtResult<Box<dyn JwtSigner>> {
    match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hs256(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())))),
        Algorithm::RS256 => {
            let pair = signature::RsaKeyPair::from_der(key.as_bytes())
                .map_err(|error| ErrorKind::InvalidRsaKey(error.to_string()))?;
            Ok(Box::new(Rs256(pair)))
        }
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the crate wants it")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> JwtResult<Box<dyn JwtVerifier>> {
    match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hs256(hmac::Key::new(hmac::HMAC_SHA256, key.try_get_as_bytes()?)))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

struct Hs256(hmac::Key);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], made: &Vec<u8>) -> Result<(), SignatureError> {
        hmac::verify(&self.0, message, made).map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

struct Rs256(signature::RsaKeyPair);

impl Signer<Vec<u8>> for Rs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let mut made = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&signature::RSA_PKCS1_SHA256, &rand::SystemRandom::new(), message, &mut made)
            .map_err(|_| SignatureError::new())?;
        Ok(made)
    }
}

impl JwtSigner for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value, secret: &str) -> String {
        set_up();
        let key = EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
    }

    #[test]
    fn only_what_was_signed_with_our_secret_and_is_valid_now_is_believed() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let secrets = [Secret::new("old"), Secret::new("new")];
        let good = json!({ "iss": "client", "iat": 999_990, "exp": 1_000_100 });
        for secret in ["old", "new"] {
            assert_eq!(verify_hs256(&token(&good, secret), &secrets, now), Ok(good.clone()));
        }
        let verdict = |claims: Value, secret| verify_hs256(&token(&claims, secret), &secrets, now).unwrap_err().label();
        assert_eq!(verdict(good.clone(), "other"), "mismatch");
        assert_eq!(verdict(json!({ "exp": 999_000 }), "new"), "stale");
        assert_eq!(verdict(json!({ "exp": 1_002_000, "nbf": 1_001_000 }), "new"), "stale");
        assert_eq!(verdict(json!({ "iss": "client" }), "new"), "malformed");
        assert_eq!(verdict(json!({ "exp": "1000100" }), "new"), "malformed", "a time is a number");
        let empty = [Secret::new("")];
        assert_eq!(verify_hs256(&token(&good, "x"), &empty, now), Err(Rejected::NoSecret));
        // {"alg":"none"} and no signature; then the right one, cut.
        let unsigned = "eyJhbGciOiJub25lIn0.eyJleHAiOjEwMDAxMDB9.";
        assert!(verify_hs256(unsigned, &secrets, now).is_err());
        let whole = token(&good, "new");
        assert!(verify_hs256(&whole[..whole.len() - 2], &secrets, now).is_err());
        assert!(verify_hs256("", &secrets, now).is_err());
    }

    #[test]
    fn what_is_no_key_is_named_and_not_repeated() {
        let fault = RsaKey::from_pem(&Secret::new("-----BEGIN X-----\nhello"), "github.app.key").unwrap_err();
        assert!(fault.outside.starts_with("github.app.key: this is no private RSA key"), "{fault}");
        assert!(!fault.to_string().contains("hello"));
    }
}
