//! The vendors' schemes, as data.

use jiff::SignedDuration;

use super::{Encoding, Key, Part, Scheme, Time};

/// What the vendors recommend, before and after.
const FIVE_MINUTES: SignedDuration = SignedDuration::from_mins(5);

impl Scheme {
    /// GitHub: `X-Hub-Signature-256: sha256=<hex>` over the body. There is no time in it: a replay is told by the id of
    /// the delivery alone. <https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries>
    pub const GITHUB: Self = Self {
        name: "GitHub",
        signature: "x-hub-signature-256",
        separator: None,
        prefix: "sha256=",
        encoding: Encoding::Hex,
        time: Time::None,
        id: None,
        parts: &[Part::Body],
        key: Key::Plain,
    };

    /// Slack: `v0=<hex>` over `v0:{time}:{body}`. <https://docs.slack.dev/authentication/verifying-requests-from-slack>
    pub const SLACK: Self = Self {
        name: "Slack",
        signature: "x-slack-signature",
        separator: None,
        prefix: "v0=",
        encoding: Encoding::Hex,
        time: Time::Header { name: "x-slack-request-timestamp", tolerance: FIVE_MINUTES },
        id: None,
        parts: &[Part::Text("v0:"), Part::Time, Part::Text(":"), Part::Body],
        key: Key::Plain,
    };

    /// Standard Webhooks: `v1,<base64>` over `{id}.{time}.{body}`, several of them separated by spaces. What other
    /// versions stand in the list (`v1a`, the asymmetric one) is ignored.
    /// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
    pub const STANDARD: Self = Self {
        name: "Standard Webhooks",
        signature: "webhook-signature",
        separator: Some(' '),
        prefix: "v1,",
        encoding: Encoding::Base64,
        time: Time::Header { name: "webhook-timestamp", tolerance: FIVE_MINUTES },
        id: Some("webhook-id"),
        parts: &[Part::Id, Part::Text("."), Part::Time, Part::Text("."), Part::Body],
        key: Key::Whsec,
    };

    /// Stripe: `t=…,v1=<hex>` over `{time}.{body}`; proves that its shape is data too.
    #[cfg(test)]
    pub(super) const STRIPE: Self = Self {
        name: "Stripe",
        signature: "stripe-signature",
        separator: Some(','),
        prefix: "v1=",
        encoding: Encoding::Hex,
        time: Time::Entry { prefix: "t=", tolerance: FIVE_MINUTES },
        id: None,
        parts: &[Part::Time, Part::Text("."), Part::Body],
        key: Key::Plain,
    };

    /// Jira: as GitHub, under the older header's name.
    /// <https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks>
    pub const JIRA: Self = Self { name: "Jira", signature: "x-hub-signature", ..Self::GITHUB };

    /// Notion: as GitHub, under its own header's name.
    /// <https://developers.notion.com/reference/webhooks#step-3-validating-event-payloads-recommended>
    pub const NOTION: Self = Self { name: "Notion", signature: "x-notion-signature", ..Self::GITHUB };
}
