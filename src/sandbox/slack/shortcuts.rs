//! Message shortcuts: what the app's configuration offers in a message's menu, and people who use it.
//!
//! After docs.slack.dev/interactivity/implementing-shortcuts and, for the limits, docs.slack.dev/reference/app-manifest.

use serde::Serialize;
use serde_json::json;

use super::{Delivered, Impossible, SlackFake, lock, person::member, push::Errand};

/// A message shortcut of the app.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Shortcut {
    /// What people see; at most 24 characters.
    pub name: String,
    /// What the app is told; at most 255 characters.
    pub callback_id: String,
}

impl SlackFake {
    /// Saves the app's message shortcuts, as the app's page does from a manifest.
    ///
    /// # Errors
    /// When the page would not save them: more than ten, a name or id that is empty or too long, or an id twice.
    pub fn set_shortcuts(&self, shortcuts: Vec<Shortcut>) -> Result<(), Impossible> {
        if shortcuts.len() > 10 {
            return Err(Impossible::new("an app has at most 10 shortcuts"));
        }
        for (at, one) in shortcuts.iter().enumerate() {
            let fits = |text: &str, most: usize| (1..=most).contains(&text.chars().count());
            if !fits(&one.name, 24) || !fits(&one.callback_id, 255) {
                return Err(Impossible::new(format!("the shortcut {} is empty or too long", one.name)));
            }
            if shortcuts[..at].iter().any(|other| other.callback_id == one.callback_id) {
                return Err(Impossible::new(format!("the callback id {} is taken", one.callback_id)));
            }
        }
        lock(&self.inner.world).shortcuts = shortcuts;
        self.inner.changed();
        Ok(())
    }

    /// The app's message shortcuts.
    pub fn shortcuts(&self) -> Vec<Shortcut> {
        lock(&self.inner.world).shortcuts.clone()
    }

    /// Chooses a shortcut, named by its name, from a message's menu. The app need not be in the channel.
    ///
    /// # Errors
    /// When the person sees no such message, only they see it, or there is no such shortcut.
    pub fn shortcut(&self, user: &str, channel: &str, ts: &str, name: &str) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let (payload, user) = {
            let mut world = lock(&inner.world);
            let (user, channel) = member(&world, user, channel)?;
            let known = world.shortcuts.iter().find(|one| one.name == name).cloned();
            let known = known.ok_or_else(|| Impossible::new(format!("there is no shortcut {name}")))?;
            let message = world.message(&channel, ts).cloned();
            let message = message.ok_or_else(|| Impossible::new("no such message, or only one person sees it"))?;
            let mut payload = inner.interaction(&world, "message_action", &user);
            payload["callback_id"] = json!(known.callback_id);
            payload["action_ts"] = json!(world.next_ts(inner.now()));
            payload["trigger_id"] = json!(inner.trigger(&mut world, &user));
            let (url, _) = inner.response_url(&mut world, "app", &user, &channel, None, None);
            payload["response_url"] = json!(url);
            payload["message_ts"] = json!(ts);
            payload["channel"] = json!({"id": channel, "name": super::Inner::channel_name(&world, &channel)});
            payload["message"] = inner.acted_on(&world, &message);
            (payload, user)
        };
        inner.changed();
        Ok(inner.dispatch(payload, Errand::Interaction { user, what: name.to_owned() }))
    }
}
