//! Outgoing webhooks: events to an address of the operator's, signed as Standard Webhooks ask
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use jiff::SignedDuration;
use reqwest::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Carried, Carrier, Errand, Found, Parcel, Toll, retry_after};
use crate::model::{Clock, Fault, FaultKind};
use crate::vault::{Scheme, Secret, SecretRef};

/// One outgoing webhook: `[[webhooks]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointConfig {
    /// The webhook's name.
    #[schemars(example = &"retries")]
    pub name: String,
    /// Where events are posted to, as CloudEvents in structured JSON.
    #[schemars(example = &"https://ci.example.com/hooks/quarterdeck")]
    pub url: Url,
    /// The key that the posts are signed with: `whsec_` and base64.
    #[schemars(example = &"env:RETRY_WEBHOOK_SECRET")]
    pub secret: SecretRef,
    /// The event types it wants; `*` stands for any text.
    #[schemars(example = ["task.retry_requested"])]
    pub events: Vec<String>,
    /// The sources it wants events from; `*` stands for any text.
    #[serde(default = "every_source")]
    pub source: String,
    /// How long one attempt may take.
    #[serde(default = "ten_seconds")]
    #[schemars(with = "String")]
    pub timeout: SignedDuration,
}

fn every_source() -> String {
    "*".to_owned()
}

fn ten_seconds() -> SignedDuration {
    SignedDuration::from_secs(10)
}

/// Carries events to the outgoing webhooks.
#[derive(Debug)]
pub struct Endpoints {
    client: reqwest::Client,
    clock: Clock,
    endpoints: RwLock<HashMap<String, (EndpointConfig, Secret)>>,
}

impl Endpoints {
    /// The configured webhooks with their keys.
    ///
    /// # Errors
    /// `Misconfigured`: no HTTP client can be had.
    pub fn new(clock: &Clock, endpoints: Vec<(EndpointConfig, Secret)>) -> Result<Self, Fault> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("quarterdeck/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry the event to where nobody configured it to go.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(std::time::Duration::from_secs(5))
            .build()
            .map_err(|error| Fault::misconfigured("No HTTP client can be had.").inside(error.to_string()))?;
        let this = Self { client, clock: clock.clone(), endpoints: RwLock::default() };
        this.set(endpoints);
        Ok(this)
    }

    /// Takes over new webhooks.
    pub fn set(&self, endpoints: Vec<(EndpointConfig, Secret)>) {
        let endpoints = endpoints.into_iter().map(|(config, secret)| (config.name.clone(), (config, secret)));
        *self.endpoints.write().unwrap_or_else(PoisonError::into_inner) = endpoints.collect();
    }

    fn get(&self, name: &str) -> Option<(EndpointConfig, Secret)> {
        self.endpoints.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// An error with what caused it, without the address: that may hold a secret of the receiver's.
fn causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

#[async_trait]
impl Carrier for Endpoints {
    async fn carry(&self, parcel: &Parcel) -> Result<Carried, Fault> {
        let Errand::Event { endpoint, event } = &parcel.errand else {
            return Err(Fault::bug("only events go to outgoing webhooks"));
        };
        let Some((config, secret)) = self.get(endpoint) else {
            return Err(Fault::misconfigured(format!(
                "There is no outgoing webhook `{endpoint}` in the configuration."
            )));
        };
        let body = serde_json::to_vec(event).map_err(|error| Fault::bug(error.to_string()))?;
        let (id, now) = (parcel.id.to_string(), self.clock.now());
        let signed = Scheme::STANDARD
            .sign(std::slice::from_ref(&secret), &id, now, &body)
            .map_err(|rejected| Fault::misconfigured(format!("webhooks.{endpoint}.secret: {rejected}")))?;
        let request = self
            .client
            .post(config.url.clone())
            .timeout(config.timeout.unsigned_abs())
            .header("content-type", "application/cloudevents+json; charset=utf-8");
        let request = signed.into_iter().fold(request, |request, (name, value)| request.header(name, value)).body(body);
        // The receiver dedupes by `webhook-id`, so an unclear attempt is simply made again.
        let answer = request.send().await.map_err(|error| {
            Fault::unavailable(format!("The webhook `{endpoint}` does not answer.")).inside(causes(error))
        })?;
        let status = answer.status();
        let until = retry_after::header(answer.headers(), now);
        match (status, until) {
            (status, _) if status.is_success() => Ok(Carried::default()),
            (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, Some(until)) => {
                Err(Fault::new(FaultKind::RateLimited { until }, format!("The webhook `{endpoint}` asks to wait.")))
            }
            (StatusCode::GONE, _) => {
                Err(Fault::not_found(format!("The webhook `{endpoint}` is gone (410); remove it or mend its address.")))
            }
            (status, _)
                if status.is_server_error()
                    || matches!(
                        status,
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT
                    ) =>
            {
                Err(Fault::unavailable(format!("The webhook `{endpoint}` answered {status}.")))
            }
            // A receiver that is being mended answers 404 or 401 for a while; the schedule decides when to give up.
            (status, _) => {
                Err(Fault::unavailable(format!("The webhook `{endpoint}` refused the event with {status}.")))
            }
        }
    }

    async fn find(&self, _: &Parcel) -> Result<Found, Fault> {
        Ok(Found::CannotTell)
    }

    fn tolls(&self, parcel: &Parcel) -> Vec<Toll> {
        match &parcel.errand {
            Errand::Event { endpoint, .. } => {
                vec![Toll { key: format!("webhook/{endpoint}"), quota: None, closes: true }]
            }
            _ => Vec::new(),
        }
    }
}
