//! What happens in the workspace when an envelope is acknowledged, or is not.
//!
//! Answers to commands become messages, `response_action`s change modals, and failures are shown to the person as
//! Slack's client shows them.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value};

use super::{
    Inner, Message, Outcome, Spot,
    api::{Refused, open_on, replace},
    blocks::{self, kind},
    form, lock,
    push::Errand,
};

/// Author of what Slack itself tells a person.
const SLACKBOT: &str = "USLACKBOT";
const TROUBLE: &str = "We had some trouble connecting. Try again?";

impl Inner {
    /// Carries out what an app answered.
    pub(super) fn answered(self: &Arc<Self>, errand: &Errand, response: Option<&Value>) {
        match (errand, response) {
            (Errand::Command { command, reply }, Some(response)) => {
                let body = response.as_object().cloned().unwrap_or_default();
                if let Err(refused) = self.reply(reply, body) {
                    self.warn(&reply.user, command, refused.code);
                }
            }
            (Errand::Submission { user, view }, response) => {
                if let Err(refused) = self.submitted(user, view, response) {
                    self.warn(user, "submit", format!("{TROUBLE} ({}: {:?})", refused.code, refused.more));
                }
            }
            (Errand::Suggestion { user, spot, menu }, response) => {
                let checked = response.map_or_else(|| Err(vec!["no options".to_owned()]), blocks::check_suggestions);
                match (checked, response) {
                    (Ok(()), Some(response)) => self.offered(user, spot, menu, response),
                    (Err(reasons), _) => self.warn(user, "suggest", reasons.join("; ")),
                    (Ok(()), None) => {}
                }
            }
            (Errand::Interaction { user, what }, Some(response)) => {
                self.warn(user, what, format!("no response payload is taken here: {response}"));
            }
            (Errand::Command { .. } | Errand::Interaction { .. }, None) | (Errand::Event { .. }, _) => {}
        }
    }

    /// Shows the options that came: only from these, and from those that were shown before, the person can have chosen.
    fn offered(&self, user: &str, spot: &Spot, menu: &(String, String), response: &Value) {
        let list = |value: &Value| value.get("options").and_then(Value::as_array).cloned().unwrap_or_default();
        let groups = response.get("option_groups").and_then(Value::as_array).into_iter().flatten();
        let mut options = list(response);
        options.extend(groups.flat_map(list));
        let mut world = lock(&self.world);
        let offered = match spot {
            Spot::View(id) => world.views.get_mut(id).map(|view| &mut view.offered),
            Spot::Message { channel, ts } => world.seen_mut(user, channel, ts).map(|message| &mut message.offered),
        };
        if let Some(offered) = offered {
            let shown = offered.entry(menu.clone()).or_default();
            shown.retain(|old| options.iter().all(|new| new.get("value") != old.get("value")));
            shown.extend(options);
        }
    }

    fn submitted(&self, user: &str, id: &str, response: Option<&Value>) -> Result<(), Refused> {
        let now = self.now();
        let mut world = lock(&self.world);
        if !world.views.get(id).is_some_and(|view| view.open) {
            return Ok(());
        }
        let action = response.map(|response| form::text(response, "response_action"));
        let body = || {
            let view = response.and_then(|response| response.get("view")).and_then(Value::as_object).cloned();
            view.ok_or_else(|| Refused::new("missing view"))
        };
        match action {
            None => world.close_views(user, false),
            Some("clear") => world.close_views(user, true),
            Some("update") => replace(&mut world, id, body()?, now)?,
            Some("push") => {
                open_on(&mut world, user, body()?, now)?;
            }
            Some("errors") => {
                let empty = Map::new();
                let errors = response.and_then(|r| r.get("errors")).and_then(Value::as_object).unwrap_or(&empty);
                let Some(view) = world.views.get_mut(id) else { return Ok(()) };
                let inputs = view.blocks().iter().filter(|block| kind(block) == "input");
                let inputs: Vec<_> = inputs.map(|block| form::text(block, "block_id")).collect();
                let known = errors.keys().all(|key| inputs.contains(&key.as_str()));
                if errors.is_empty() || !known {
                    return Err(Refused::new("errors must name input blocks"));
                }
                let errors: BTreeMap<_, _> = errors
                    .iter()
                    .map(|(block, message)| (block.clone(), message.as_str().unwrap_or_default().to_owned()))
                    .collect();
                view.errors = errors;
            }
            Some(_) => return Err(Refused::new("unknown response_action")),
        }
        Ok(())
    }

    /// Shows the person that nothing came back.
    pub(super) fn unanswered(&self, errand: &Errand, outcome: &Outcome) {
        let error = if *outcome == Outcome::TimedOut { "operation_timeout" } else { "dispatch_failed" };
        match errand {
            Errand::Command { command, reply } => {
                let mut world = lock(&self.world);
                let ts = world.next_ts(self.now());
                world.put(Message {
                    ts,
                    channel: reply.channel.clone(),
                    user: SLACKBOT.into(),
                    text: format!("{command} failed with the error \"{error}\""),
                    ephemeral_to: Some(reply.user.clone()),
                    ..Message::default()
                });
                drop(world);
                self.warn(&reply.user, command, error);
            }
            Errand::Interaction { user, what } => self.warn(user, what, error),
            Errand::Submission { user, .. } => self.warn(user, "submit", TROUBLE),
            Errand::Suggestion { user, .. } => self.warn(user, "suggest", error),
            Errand::Event { .. } => {}
        }
    }
}
