//! `slack.team.*`

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Slack;
use super::shown::{line, object};
use crate::model::{Card, Fault, Text, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// Show the workspace that Quarterdeck is in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetTeam {}

impl Operation for GetTeam {
    type On = Slack;

    const SPEC: Spec = Spec::new("slack.team.get");

    async fn run(self, slack: &Slack, _: &Caller) -> Result<Outcome, Fault> {
        let answer = slack.client.read("team.info", &HashMap::new()).await?;
        let text = |name: &str| answer.pointer(&format!("/team/{name}")).and_then(Value::as_str).unwrap_or_default();
        let (id, name, domain) = (text("id"), text("name"), text("domain"));
        if id.is_empty() {
            return Err(Fault::unavailable(
                "Slack's answer about the workspace makes no sense. Try again in a moment.",
            ));
        }
        let plain = !domain.is_empty() && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let url = plain.then(|| format!("https://{domain}.slack.com/"));
        let bot = slack.ears.identity.get().map(|identity| identity.user.clone());
        let data = object(json!({ "id": id, "name": name, "domain": domain, "url": url, "bot": bot }));
        let card = Card::new(Tone::Neutral, line(name, 120))
            .field("Address", if plain { format!("{domain}.slack.com") } else { String::new() })
            .footer(Text::new().plain("Slack · ").code(line(id, 40)));
        let card = match url {
            Some(url) => card.link(url),
            None => card,
        };
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}
