//! Calls the running daemon over its own API.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use serde_json::Value;
use url::Url;

use super::{Failure, settings};
use crate::vault::SecretRef;

/// How the daemon is reached.
#[derive(Debug, clap::Args)]
pub(super) struct Reach {
    /// The daemon's address. Default: http.listen of the configuration.
    #[arg(long, env = "QUARTERDECK_URL")]
    url: Option<Url>,
    /// A reference to the API key: env:NAME or file:/path.
    #[arg(long, value_name = "REFERENCE", default_value = "env:QUARTERDECK_API_KEY")]
    api_key: SecretRef,
}

/// A client of the daemon's API.
pub(super) struct Client {
    base: Url,
    key: crate::vault::Secret,
    client: reqwest::Client,
}

impl Reach {
    pub(super) fn client(&self, config: Option<&Path>) -> Result<Client, Failure> {
        let base = match &self.url {
            Some(url) => url.clone(),
            None => local(settings(config)?.http.listen)?,
        };
        let key = self.api_key.fetch("--api-key")?;
        let client = reqwest::Client::builder()
            .timeout(std::time::Duration::from_secs(30))
            .build()
            .map_err(|error| Failure::Other(error.to_string()))?;
        Ok(Client { base, key, client })
    }
}

impl Client {
    /// Sends a request and reads the JSON answer.
    pub(super) async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Value, Failure> {
        let url = self.base.join(path).map_err(|error| Failure::Other(format!("{}: {error}", self.base)))?;
        let mut request = self.client.request(method, url).bearer_auth(self.key.expose());
        if let Some((kind, body)) = body {
            request = request.header("content-type", kind).body(body);
        }
        let answer = request
            .send()
            .await
            .map_err(|error| Failure::Other(format!("{} does not answer: {error}. Does the daemon run?", self.base)))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| Failure::Other(error.to_string()))?;
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        if status.is_success() {
            return Ok(value);
        }
        let message =
            value.pointer("/error/message").and_then(Value::as_str).map_or_else(|| value.to_string(), str::to_owned);
        Err(Failure::Other(format!("{message} ({status})")))
    }
}

fn local(listen: SocketAddr) -> Result<Url, Failure> {
    let ip = if listen.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listen.ip() };
    let text = format!("http://{}", SocketAddr::new(ip, listen.port()));
    Url::parse(&text).map_err(|error| Failure::Other(format!("{text}: {error}")))
}
