//! The way to GitHub: the common client discipline, with octocrab as the wire and GitHub's own dialect.
//!
//! octocrab stands on the transport that all clients share. Its stock one is not used: it adds a second `User-Agent` and
//! API version to ours, and turns a redirected `POST` into a `GET`.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use tower::service_fn;

use super::config::GithubConfig;
use super::faults::GithubDialect;
use crate::connectors::api::{Answer, Api, Broken, Plain, SignIn, Wire};
use crate::model::{Clock, Fault};

pub(crate) use crate::connectors::api::{segment, with_query};

/// The longest answer that is read; a page of a hundred long issues is well below.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The API of one GitHub. Must be called inside a Tokio runtime: octocrab starts a task.
///
/// # Errors
/// `Misconfigured`: an address or a setting cannot be sent.
pub(crate) fn api(config: &GithubConfig, sign_in: Box<dyn SignIn>, clock: Clock) -> Result<Api, Fault> {
    config.validate()?;
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(Fault::bug("the GitHub client was made outside of a Tokio runtime"));
    }
    let version = HeaderValue::from_str(&config.api_version)
        .map_err(|_| Fault::misconfigured("github.api_version: write a date"))?;
    let wire = Through::new(Plain::new(config.timeout.unsigned_abs())?);
    Api::new(Box::new(GithubDialect { version }), sign_in, Box::new(wire), &config.base_url, config.timeout, clock)
}

/// octocrab on the transport that all clients share.
struct Through(Octocrab);

impl Through {
    fn new(plain: Plain) -> Self {
        let plain = Arc::new(plain);
        let service = service_fn(move |request: Request<OctoBody>| {
            let plain = Arc::clone(&plain);
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await?.to_bytes();
                let request = reqwest::Request::try_from(Request::from_parts(parts, body))?;
                let response = plain.client().execute(request).await?;
                Ok::<_, tower::BoxError>(Response::<reqwest::Body>::from(response))
            }
        });
        let built = OctocrabBuilder::new_empty().with_service(service).with_auth(AuthState::None).build();
        Self(built.unwrap_or_else(|never| match never {}))
    }
}

#[async_trait]
impl Wire for Through {
    async fn send(&self, request: Request<Bytes>) -> Result<Answer, Broken> {
        let request = request.map(OctoBody::from);
        let response = self.0.execute(request).await.map_err(|error| broken(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MOST_BYTES).collect().await.map_err(|_| Broken::TooLong)?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}

/// What octocrab failed of: only what was never put on the wire is known not to have happened.
fn broken(error: &octocrab::Error) -> Broken {
    let mut text = String::new();
    let mut unsent = false;
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let transport = error.downcast_ref::<reqwest::Error>();
        unsent |= transport.is_some_and(reqwest::Error::is_connect);
        // The transport's own words hold the address, which says nothing that the log does not know.
        let words = error.to_string();
        if !text.contains(&words) {
            text = if text.is_empty() { words } else { format!("{text}: {words}") };
        }
        cause = error.source();
    }
    match error {
        octocrab::Error::Uri { .. }
        | octocrab::Error::UriParse { .. }
        | octocrab::Error::Http { .. }
        | octocrab::Error::InvalidHeaderValue { .. } => Broken::Unbuilt(text),
        _ if unsent => Broken::Unsent(text),
        _ => Broken::CutOff(text),
    }
}
