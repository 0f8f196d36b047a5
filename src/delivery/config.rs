//! The `[delivery]` section.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How deliveries are retried and how long records are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryConfig {
    /// How long to wait before each further attempt; when the list is used up, the delivery becomes a dead letter.
    /// The true wait is a random part of it (full jitter), at least a tenth.
    #[schemars(with = "Vec<String>")]
    pub schedule: Vec<SignedDuration>,
    /// How long to wait before each further try of an operation that failed for the moment, while somebody waits for the
    /// answer. Jittered in the same way.
    #[schemars(with = "Vec<String>")]
    pub call_schedule: Vec<SignedDuration>,
    /// How many failures in a row open the breaker of a platform, service or outgoing webhook.
    pub breaker_failures: u32,
    /// How long an open breaker lets nothing through before it tries again.
    #[schemars(with = "String")]
    pub breaker_pause: SignedDuration,
    /// How long finished deliveries with their attempts, events and ended calls (the audit log) are kept.
    #[schemars(with = "String")]
    pub keep_history: SignedDuration,
    /// How long dead letters are kept.
    #[schemars(with = "String")]
    pub keep_dead: SignedDuration,
    /// How long the id of an accepted request, webhook or event is remembered, so that it is not accepted twice.
    #[schemars(with = "String")]
    pub keep_seen: SignedDuration,
    /// How long a button works after its card was last changed.
    #[schemars(with = "String")]
    pub keep_buttons: SignedDuration,
    /// How many rows may wait in the inbox before new arrivals are turned away (503).
    pub inbox_rows: u64,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        let minutes = SignedDuration::from_mins;
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        Self {
            schedule: [
                SignedDuration::from_secs(1),
                SignedDuration::from_secs(5),
                SignedDuration::from_secs(30),
                minutes(2),
                minutes(10),
                minutes(30),
                minutes(60),
                minutes(180),
                minutes(360),
            ]
            .to_vec(),
            call_schedule: [1, 3, 10].map(SignedDuration::from_secs).to_vec(),
            breaker_failures: 5,
            breaker_pause: SignedDuration::from_secs(15),
            keep_history: days(7),
            keep_dead: days(30),
            keep_seen: days(7),
            keep_buttons: days(90),
            inbox_rows: 1_000_000,
        }
    }
}
