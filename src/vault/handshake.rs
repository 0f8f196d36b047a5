//! The handshake of vendors who themselves give the secret that a door's webhooks are signed with, unsigned, once
//! (Notion: <https://developers.notion.com/reference/webhooks#step-2-verifying-the-subscription>).
//!
//! pending ─ a token comes ─► offered ─ somebody looks at it, once, and gives it to the vendor; then the first request
//! that is signed with it ─► active. An active one is never overwritten: starting over takes an administrator.

use std::fmt;

use http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{Rejected, Safe, Scheme, Secret};
use crate::model::Fault;

/// A vendor's handshake. One a door.
pub struct Handshake {
    safe: Safe,
    name: String,
    /// The field of the body that holds the token.
    field: &'static str,
    /// Also guards against two that come at once.
    state: Mutex<Option<State>>,
}

/// How far it is.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum State {
    #[default]
    Pending,
    Offered {
        token: String,
        shown: bool,
    },
    Active {
        token: String,
    },
}

/// How far a handshake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HandshakeState {
    /// The vendor has not said anything yet.
    Pending,
    /// The vendor gave its token; a person has to give it back to the vendor.
    Offered,
    /// Requests come that are signed with it.
    Active,
}

/// What a request at the door was.
#[derive(Debug)]
pub(super) enum Heard {
    Known,
    Offered,
    Refused(Rejected),
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Handshake {
    /// The handshake of this integration; its token comes in this field of an unsigned body.
    #[must_use]
    pub fn new(safe: &Safe, integration: &str, field: &'static str) -> Self {
        Self { safe: safe.clone(), name: format!("webhook:{integration}"), field, state: Mutex::new(None) }
    }

    /// Takes a request at the door: a signed one, or one that offers a token.
    pub(super) async fn hear(
        &self,
        scheme: Scheme,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Heard, Fault> {
        let mut state = self.state.lock().await;
        let known = self.known(&mut state)?.clone();
        let (token, active) = match &known {
            State::Pending => (None, false),
            State::Offered { token, .. } => (Some(token), false),
            State::Active { token } => (Some(token), true),
        };
        let secrets: Vec<Secret> = token.into_iter().map(|token| Secret::new(token)).collect();
        match scheme.verify(&secrets, headers, body, now) {
            Ok(()) => {
                if let (false, Some(token)) = (active, token) {
                    self.keep(&mut state, State::Active { token: token.clone() }).await?;
                    tracing::info!(handshake = self.name, "the first signed webhook came; the door is active");
                }
                Ok(Heard::Known)
            }
            // Only what bears no signature at all may be the offer.
            Err(why @ (Rejected::Missing(_) | Rejected::NoSecret)) if !active => {
                let offered = serde_json::from_slice::<Value>(body).ok();
                let offered = offered.as_ref().and_then(|body| body.get(self.field)).and_then(Value::as_str);
                let Some(offered) = offered.filter(|token| is_token(token)) else { return Ok(Heard::Refused(why)) };
                self.keep(&mut state, State::Offered { token: offered.to_owned(), shown: false }).await?;
                tracing::info!(
                    handshake = self.name,
                    "the vendor gave its verification token; `quarterdeck webhook token` shows it, once"
                );
                Ok(Heard::Offered)
            }
            Err(why) => Ok(Heard::Refused(why)),
        }
    }

    /// How far it is.
    ///
    /// # Errors
    /// The store failed.
    pub async fn state(&self) -> Result<HandshakeState, Fault> {
        let mut state = self.state.lock().await;
        Ok(match self.known(&mut state)? {
            State::Pending => HandshakeState::Pending,
            State::Offered { .. } => HandshakeState::Offered,
            State::Active { .. } => HandshakeState::Active,
        })
    }

    /// The token that the vendor offered, for the person who is to give it back to the vendor. Once.
    ///
    /// # Errors
    /// `Conflict`: none was offered, or it was shown already, or is in use.
    pub async fn show(&self) -> Result<Secret, Fault> {
        let mut state = self.state.lock().await;
        match self.known(&mut state)?.clone() {
            State::Pending => Err(Fault::conflict(
                "No token has come yet. Make the subscription at the vendor, with this daemon's /webhooks address; it then sends one.",
            )),
            State::Offered { shown: true, .. } => Err(Fault::conflict(
                "The token was shown already, and is shown once. Have the vendor send another one (\"Resend token\").",
            )),
            State::Offered { token, shown: false } => {
                self.keep(&mut state, State::Offered { token: token.clone(), shown: true }).await?;
                Ok(Secret::new(&token))
            }
            State::Active { .. } => Err(Fault::conflict(
                "The door is active: signed webhooks have come. To set it up anew, reset it first.",
            )),
        }
    }

    /// Starts over: whatever was agreed on holds no more.
    ///
    /// # Errors
    /// The store failed.
    pub async fn reset(&self) -> Result<(), Fault> {
        let mut state = self.state.lock().await;
        self.keep(&mut state, State::Pending).await
    }

    fn known<'s>(&self, state: &'s mut Option<State>) -> Result<&'s State, Fault> {
        if state.is_none() {
            let kept = self.safe.get(&self.name)?;
            let read = kept.map(|kept| serde_json::from_str(kept.expose())).transpose();
            *state =
                Some(read.map_err(|_| Fault::bug("a handshake that was kept cannot be read"))?.unwrap_or_default());
        }
        Ok(state.get_or_insert_default())
    }

    async fn keep(&self, state: &mut Option<State>, new: State) -> Result<(), Fault> {
        let text = serde_json::to_string(&new).map_err(|error| Fault::bug(error.to_string()))?;
        self.safe.put(&self.name, &Secret::new(&text)).await?;
        *state = Some(new);
        Ok(())
    }
}

/// Whether a text may be a token: what anybody can send must not fill the store.
fn is_token(text: &str) -> bool {
    (16..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Store, StoreConfig};

    const TOKEN: &str = "secret_0123456789abcdef";
    const OTHER: &str = "secret_fedcba9876543210";

    fn offer(token: &str) -> Vec<u8> {
        serde_json::json!({ "verification_token": token }).to_string().into_bytes()
    }

    fn signed(token: &str, body: &[u8]) -> HeaderMap {
        let headers = Scheme::NOTION.sign(&[Secret::new(token)], "", Timestamp::UNIX_EPOCH, body).unwrap();
        headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>()
    }

    struct Bench {
        handshake: Handshake,
        safe: Safe,
        _directory: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("store");
            let store = Store::open(&StoreConfig { path: path.clone(), ..StoreConfig::default() }).unwrap();
            let safe = Safe::new(&store, &path, None).unwrap();
            let handshake = Handshake::new(&safe, "notion", "verification_token");
            Self { handshake, safe, _directory: directory }
        }

        async fn hear(&self, headers: &HeaderMap, body: &[u8]) -> &'static str {
            match self.handshake.hear(Scheme::NOTION, headers, body, Timestamp::UNIX_EPOCH).await.unwrap() {
                Heard::Known => "known",
                Heard::Offered => "offered",
                Heard::Refused(why) => why.label(),
            }
        }
    }

    #[tokio::test]
    async fn a_token_is_taken_while_pending_and_never_once_active() {
        let bench = Bench::new();
        let none = HeaderMap::new();
        assert_eq!(bench.handshake.state().await.unwrap(), HandshakeState::Pending);
        assert_eq!(bench.hear(&none, b"{\"id\":\"x\"}").await, "missing");
        assert_eq!(bench.hear(&none, &offer("short")).await, "missing");
        assert_eq!(bench.hear(&none, &offer(OTHER)).await, "offered");
        assert_eq!(bench.hear(&none, &offer(TOKEN)).await, "offered", "the vendor sends it again when asked to");
        assert_eq!(bench.handshake.show().await.unwrap().expose(), TOKEN);
        assert!(bench.handshake.show().await.unwrap_err().outside.contains("shown once"));
        let body = b"{\"id\":\"e1\"}";
        assert_eq!(bench.hear(&signed(OTHER, body), body).await, "mismatch");
        assert_eq!(bench.handshake.state().await.unwrap(), HandshakeState::Offered);
        assert_eq!(bench.hear(&signed(TOKEN, body), body).await, "known");
        assert_eq!(bench.handshake.state().await.unwrap(), HandshakeState::Active);
        assert_eq!(bench.hear(&none, &offer(OTHER)).await, "missing", "nobody replaces what is agreed on");
        assert_eq!(bench.hear(&signed(OTHER, &offer(OTHER)), &offer(OTHER)).await, "mismatch");
        // As after a restart.
        let again = Handshake::new(&bench.safe, "notion", "verification_token");
        assert_eq!(again.state().await.unwrap(), HandshakeState::Active);
        again.reset().await.unwrap();
        assert_eq!(again.state().await.unwrap(), HandshakeState::Pending);
    }
}
