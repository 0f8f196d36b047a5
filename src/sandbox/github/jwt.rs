//! The signed claims with which an app says who it is:
//! <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use super::data::App;
use super::reply::Reply;

/// How far ahead the end may lie, in seconds.
const MOST: i64 = 600;

/// Whether a credential looks like signed claims.
pub(super) fn is_one(credential: &str) -> bool {
    credential.starts_with("ey") && credential.matches('.').count() == 2
}

/// The app that signed, or GitHub's answer to what is wrong.
pub(super) fn verify(apps: &[App], credential: &str, now: Timestamp) -> Result<usize, Reply> {
    let refused = |why: &str| Reply::problem(401, why, "");
    let unreadable = || refused("A JSON web token could not be decoded");
    let (signed, signature) = credential.rsplit_once('.').ok_or_else(unreadable)?;
    let (head, claims) = signed.split_once('.').ok_or_else(unreadable)?;
    let part = |text: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok() };
    let (head, claims) = (part(head).ok_or_else(unreadable)?, part(claims).ok_or_else(unreadable)?);
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| unreadable())?;
    if head["alg"] != "RS256" {
        return Err(unreadable());
    }
    let issuer = claims["iss"].as_str().map(str::to_owned).or_else(|| claims["iss"].as_u64().map(|id| id.to_string()));
    let issuer = issuer
        .ok_or_else(|| refused("'Issuer' claim ('iss') must be an Integer or the client ID of the GitHub App"))?;
    let known = |app: &App| app.id.to_string() == issuer || app.client_id == issuer;
    let at = apps.iter().position(known).ok_or_else(|| Reply::problem(404, "Integration not found", ""))?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &apps[at].key);
    key.verify(signed.as_bytes(), &signature).map_err(|_| unreadable())?;
    let now = now.as_second();
    match claims["iat"].as_i64() {
        Some(issued) if issued <= now => {}
        _ => {
            return Err(refused(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            ));
        }
    }
    match claims["exp"].as_i64() {
        Some(end) if end > now + MOST => Err(refused("'Expiration time' claim ('exp') is too far in the future")),
        Some(end) if end > now => Ok(at),
        _ => Err(refused(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        )),
    }
}
