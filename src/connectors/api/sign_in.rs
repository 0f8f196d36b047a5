//! How a client signs in.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use crate::model::Fault;
use crate::vault::Secret;

/// Gives each request its `Authorization`. What it holds may run out and be got anew.
#[async_trait]
pub(crate) trait SignIn: Send + Sync {
    /// The header for a request on this path; `None` where nobody signs in.
    ///
    /// # Errors
    /// There is no way to sign in (now).
    async fn authorization(&self, path: &str) -> Result<Option<HeaderValue>, Fault>;

    /// Hears that the vendor did not accept what [`SignIn::authorization`] gave for this path. Whether to ask once more,
    /// because there may be something newer now.
    async fn refused(&self, _path: &str) -> bool {
        false
    }

    /// What must never be seen in a fault.
    fn secrets(&self) -> Vec<Secret>;
}

/// A sign-in that never changes.
pub(crate) struct Fixed {
    header: HeaderValue,
    secret: Secret,
}

impl Fixed {
    /// `Authorization: Bearer TOKEN`.
    ///
    /// # Errors
    /// `Misconfigured`, naming the setting: the secret is nothing that a header can hold.
    pub(crate) fn bearer(secret: Secret, setting: &str) -> Result<Self, Fault> {
        let header = header(&format!("Bearer {}", secret.expose()), setting)?;
        Ok(Self { header, secret })
    }

    /// `Authorization: Basic …` (RFC 7617).
    ///
    /// # Errors
    /// `Misconfigured`, naming the setting: the user has a colon.
    pub(crate) fn basic(user: &str, secret: Secret, setting: &str) -> Result<Self, Fault> {
        if user.contains(':') {
            return Err(Fault::misconfigured(format!("{setting}: a user name must not have a colon")));
        }
        let header = header(&format!("Basic {}", STANDARD.encode(format!("{user}:{}", secret.expose()))), setting)?;
        Ok(Self { header, secret })
    }
}

/// A header that grants access, marked as such.
fn header(text: &str, setting: &str) -> Result<HeaderValue, Fault> {
    let mut header = HeaderValue::from_str(text).map_err(|_| {
        Fault::misconfigured(format!(
            "{setting}: the secret holds characters that no token has; put the right one there"
        ))
    })?;
    header.set_sensitive(true);
    Ok(header)
}

#[async_trait]
impl SignIn for Fixed {
    async fn authorization(&self, _path: &str) -> Result<Option<HeaderValue>, Fault> {
        Ok(Some(self.header.clone()))
    }

    fn secrets(&self) -> Vec<Secret> {
        vec![self.secret.clone()]
    }
}
