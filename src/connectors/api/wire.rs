//! The way over the network: a request out, an answer back, bounded in time and size.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::Request;

use super::Answer;
use super::guard::Public;
use crate::model::Fault;

/// The longest answer that is read; a page of a hundred long issues is well below.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The longest that making a connection may take; at most half of the whole, so that it is known never to have been
/// sent before the whole runs out.
const CONNECT: Duration = Duration::from_secs(10);

/// Carries requests.
#[async_trait]
pub(crate) trait Wire: Send + Sync {
    /// Sends a request, once, and reads what comes back.
    async fn send(&self, request: Request<Bytes>) -> Result<Answer, Broken>;
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It is no request.
    Unbuilt(String),
    /// No connection was made: nothing was sent.
    Unsent(String),
    /// It broke after something may have been sent.
    CutOff(String),
    /// More came back than is read, or it broke off.
    TooLong,
}

/// reqwest, with what all our clients want of it.
#[derive(Clone)]
pub(crate) struct Plain(reqwest::Client);

impl Plain {
    /// A client whose calls take at most `timeout` in all.
    ///
    /// # Errors
    /// `Bug`: TLS cannot be set up.
    pub(crate) fn new(timeout: Duration) -> Result<Self, Fault> {
        Self::built(Self::builder(timeout))
    }

    /// A client that calls nobody but the public internet: for addresses that came from people.
    ///
    /// # Errors
    /// `Bug`: TLS cannot be set up.
    pub(crate) fn guarded(timeout: Duration) -> Result<Self, Fault> {
        Self::built(Self::builder(timeout).dns_resolver(Arc::new(Public)))
    }

    fn builder(timeout: Duration) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .connect_timeout((timeout / 2).min(CONNECT))
            // A redirect could carry the sign-in to somewhere nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .http1_only()
    }

    fn built(builder: reqwest::ClientBuilder) -> Result<Self, Fault> {
        builder.build().map(Self).map_err(|error| Fault::bug(format!("an HTTP client cannot be made: {error}")))
    }

    /// reqwest's own client.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.0
    }
}

#[async_trait]
impl Wire for Plain {
    async fn send(&self, request: Request<Bytes>) -> Result<Answer, Broken> {
        let request = reqwest::Request::try_from(request).map_err(|error| Broken::Unbuilt(told(error)))?;
        let mut response = self.0.execute(request).await.map_err(cut)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > MOST_BYTES => return Err(Broken::TooLong),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(Answer { status, headers, body: body.freeze() }),
                Err(_) => return Err(Broken::TooLong),
            }
        }
    }
}

fn cut(error: reqwest::Error) -> Broken {
    if error.is_builder() {
        Broken::Unbuilt(told(error))
    } else if error.is_connect() {
        Broken::Unsent(told(error))
    } else {
        Broken::CutOff(told(error))
    }
}

/// The error and its causes in one line, without the address, which can hold a secret.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = next.source();
    }
    text
}
