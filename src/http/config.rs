//! The `[http]` section.

use std::net::{Ipv4Addr, SocketAddr};

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// The listener for webhooks, the API and metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// The address that is listened on. Port 0 takes a free one.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// The address under which others reach it, for manifests and hints. No default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://quarterdeck.example.com")]
    pub public_url: Option<Url>,
    /// How long one request may take in all.
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
    /// The largest event that is accepted, in KiB.
    pub event_kib: usize,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            timeout: SignedDuration::from_secs(30),
            event_kib: 1024,
        }
    }
}
