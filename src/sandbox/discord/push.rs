//! The interactions URL: signed requests out, callbacks back in their answers.
//!
//! Follows docs.discord.com/developers/interactions/overview#setting-up-an-endpoint: every request carries
//! `X-Signature-Ed25519` over timestamp and body, and a bad signature must be answered with 401.

use std::{sync::Arc, time::Duration};

use ed25519_dalek::Signer as _;
use serde_json::{Value, json};

use super::{Delivery, Impossible, Inner, interactions::Failed, lock, web};

impl Inner {
    /// A signed request; `twist` spoils the signature.
    fn signed(&self, url: &str, body: String, twist: bool) -> reqwest::RequestBuilder {
        let timestamp = self.now().as_second().to_string();
        let mut signature = self.key.sign(format!("{timestamp}{body}").as_bytes()).to_bytes();
        if twist {
            signature[0] ^= 0x55;
        }
        self.http
            .post(url)
            .header("content-type", "application/json")
            .header("user-agent", "Discord-Interactions/1.0 (+https://discord.com)")
            .header("x-signature-ed25519", hex::encode(signature))
            .header("x-signature-timestamp", timestamp)
            .body(body)
    }

    /// Posts an interaction; the answer's body is the callback, unless the app answers 202 and calls back.
    pub(super) async fn post(self: &Arc<Self>, id: &str, url: &str, body: String) {
        let failed = match self.signed(url, body, false).send().await {
            Err(_) => Some(Failed::NotReached),
            Ok(response) => {
                let status = response.status().as_u16();
                let kind = response.headers().get("content-type").and_then(|value| value.to_str().ok());
                let kind = kind.unwrap_or_default().to_owned();
                match (status, response.bytes().await) {
                    (202 | 204, _) => None,
                    (200, Ok(bytes)) => self.answer_of(id, &kind, &bytes).err(),
                    (200, Err(_)) => Some(Failed::NotReached),
                    (status, _) => Some(Failed::Http(status)),
                }
            }
        };
        if let Some(failed) = failed {
            self.fail(&mut lock(&self.world), id, failed);
        }
    }

    fn answer_of(&self, id: &str, kind: &str, bytes: &[u8]) -> Result<(), Failed> {
        let refused = |refused: super::refused::Refused| Failed::Refused(refused.body());
        let (body, uploads) = super::body::read(kind, bytes).map_err(refused)?;
        self.callback(&mut lock(&self.world), id, &body, &uploads).map_err(refused)?;
        Ok(())
    }

    /// PING and bad signature, then the URL is taken.
    pub(super) async fn verify_url(&self, url: &str) -> Result<(), Impossible> {
        let refuse = |why: &str| {
            Impossible::new(format!("The specified interactions endpoint URL could not be verified: {why}"))
        };
        let id = lock(&self.world).snowflake(self.now());
        let ping = json!({
            "id": id,
            "application_id": self.setup.application_id,
            "type": 1,
            "token": web::secret(),
            "version": 1,
            "user": super::show::user(&self.setup.bot),
            "entitlements": [],
        });
        let send = async |twist: bool| {
            let request = self.signed(url, ping.to_string(), twist).timeout(Duration::from_secs(3));
            request.send().await.map_err(|_| refuse("no answer"))
        };
        let bad = send(true).await?;
        if bad.status() != reqwest::StatusCode::UNAUTHORIZED {
            return Err(refuse("a bad signature was not answered with 401"));
        }
        let good = send(false).await?;
        if good.status() != reqwest::StatusCode::OK {
            return Err(refuse(good.status().as_str()));
        }
        let pong: Value = good.json().await.map_err(|_| refuse("no JSON"))?;
        if pong["type"] != 1 {
            return Err(refuse("no PONG"));
        }
        *lock(&self.delivery) = Delivery::Http(url.to_owned());
        Ok(())
    }
}
