//! Finding what was named, for who asks: a person reaches what they could reach in Slack itself.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::super::directory::{NAMES, OFFERED};
use super::super::speech::{self, Names};
use super::super::wire::Channel;
use super::super::{NAME, Slack};
use super::refs::{ChannelRef, MessageName, UserRef};
use crate::chat::web::Twice;
use crate::model::{Actor, Fault, FaultKind};
use crate::operations::Caller;

/// Where something is to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The id of the channel or direct message.
    pub id: String,
    /// How it is named to people.
    pub called: String,
}

/// A message that may be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At {
    /// The channel that it stands in.
    pub channel: Target,
    /// Slack's id of it.
    pub ts: String,
}

impl At {
    /// How it is written for machines and people: `slack:C02ABCDEF/1700000000.000100`.
    pub(super) fn written(&self) -> String {
        format!("{NAME}:{}/{}", self.channel.id, self.ts)
    }
}

/// A name that is wrong can be mended in a form.
fn at_field(field: &str) -> impl Fn(Fault) -> Fault + '_ {
    move |fault| match fault.kind {
        FaultKind::NotFound => Fault { kind: FaultKind::BadInput { field: Some(field.to_owned()) }, ..fault },
        _ => fault,
    }
}

fn hidden() -> Fault {
    Fault::not_found("Slack knows no such channel that you and Quarterdeck are both in. Check the name.")
}

impl Slack {
    /// The channel of this id, if who asks may see it.
    async fn reach(&self, id: &str, by: &Caller) -> Result<Channel, Fault> {
        let channel = self.directory.channel(&self.client, id).await?;
        if self.may_see(&channel, by).await? { Ok(channel) } else { Err(hidden()) }
    }

    /// Whether who asks may see this channel: all may see a public one, and its members every other.
    pub(super) async fn may_see(&self, channel: &Channel, by: &Caller) -> Result<bool, Fault> {
        let Actor::User { platform, id: user, .. } = &by.actor else { return Ok(true) };
        if channel.public {
            return Ok(true);
        }
        if platform.as_str() != NAME {
            return Ok(false);
        }
        // Who speaks in it sees it.
        let here =
            by.place.as_ref().is_some_and(|place| place.platform.as_str() == NAME && place.channel == channel.id);
        Ok(here || self.directory.is_member(&self.client, &channel.id, user).await?)
    }

    /// The channel that is meant, and all that is known of it.
    pub(super) async fn channel(&self, field: &str, asked: &ChannelRef, by: &Caller) -> Result<Channel, Fault> {
        let id = match asked {
            ChannelRef::Id(id) => id.clone(),
            ChannelRef::Name(name) => {
                self.directory.channel_named(&self.client, name).await.map_err(at_field(field))?
            }
            ChannelRef::Person(_) => {
                return Err(Fault::bad_input(field, "That is a person and no channel; write `#name`."));
            }
        };
        self.reach(&id, by).await
    }

    /// Where something is to be said: a channel, or the direct messages with a person.
    pub(super) async fn target(&self, field: &str, asked: &ChannelRef, by: &Caller) -> Result<Target, Fault> {
        if let ChannelRef::Person(person) = asked {
            let user = self.user_id(field, person).await?;
            let args = json!({ "users": user });
            let answer = self.client.post("conversations.open", Twice::Harmless, &args).await?;
            let id = answer.pointer("/channel/id").and_then(Value::as_str).ok_or_else(|| {
                Fault::unavailable("Slack opened no direct messages with that person. Try again in a moment.")
            })?;
            let called = format!("@{}", self.directory.name_of(&self.client, &user).await.unwrap_or(user));
            return Ok(Target { id: id.to_owned(), called });
        }
        let channel = self.channel(field, asked, by).await?;
        Ok(Target { called: channel.called(), id: channel.id })
    }

    /// The id of the person who is meant.
    pub(super) async fn user_id(&self, field: &str, asked: &UserRef) -> Result<String, Fault> {
        match asked {
            UserRef::Id(id) => Ok(id.clone()),
            UserRef::Name(name) => self.directory.user_named(&self.client, name).await.map_err(at_field(field)),
        }
    }

    /// The message that is meant.
    pub(super) async fn at(&self, field: &str, asked: &MessageName, by: &Caller) -> Result<At, Fault> {
        let here = || by.place.as_ref().filter(|place| place.platform.as_str() == NAME).map(|place| &place.channel);
        let Some(channel) = asked.channel.as_ref().or_else(here) else {
            return Err(Fault::bad_input(
                field,
                "In which channel is that message? Paste its link, or write `slack:C02ABCDEF/1700000000.000100`.",
            ));
        };
        let channel = self.reach(channel, by).await?;
        Ok(At { channel: Target { called: channel.called(), id: channel.id }, ts: asked.ts.clone() })
    }

    /// The message itself, as Slack shows it; none where it is not there any more.
    pub(super) async fn message(&self, at: &At) -> Result<Option<Value>, Fault> {
        let args = HashMap::from([
            ("channel", at.channel.id.clone()),
            ("ts", at.ts.clone()),
            ("oldest", at.ts.clone()),
            ("latest", at.ts.clone()),
            ("inclusive", "true".to_owned()),
            // The first message of a thread comes before the one that is asked for.
            ("limit", "10".to_owned()),
            ("include_all_metadata", "true".to_owned()),
        ]);
        let gone = ["thread_not_found", "message_not_found"];
        let page = self.client.read_unless("conversations.replies", &args, &gone).await?;
        let messages = page.get("messages").and_then(Value::as_array).into_iter().flatten();
        Ok(messages.into_iter().find(|message| message["ts"] == at.ts).cloned())
    }

    /// Where people see a message; none where Slack does not say.
    pub(super) async fn permalink(&self, at: &At) -> Option<String> {
        let args = HashMap::from([("channel", at.channel.id.clone()), ("message_ts", at.ts.clone())]);
        let answer = self.client.read("chat.getPermalink", &args).await.ok()?;
        answer.get("permalink").and_then(Value::as_str).map(str::to_owned)
    }

    /// Whom and what a person may name in this text. What cannot be looked up just now stays a word.
    pub(super) async fn names(&self, text: &str, by: &Caller) -> Names {
        let mut names = Names::default();
        if !matches!(by.actor, Actor::User { .. }) {
            return names;
        }
        let (people, channels) = speech::names_in(text);
        if people {
            if let Ok(users) = self.directory.users(&self.client, OFFERED).await {
                // A shown name counts where it is one person's only, and nobody's user name.
                let living = || users.iter().filter(|user| !user.deleted);
                let mut shown: HashMap<String, Vec<&str>> = HashMap::new();
                for user in living() {
                    shown.entry(user.display.to_lowercase()).or_default().push(&user.id);
                }
                let shown = shown.into_iter().filter(|(_, ids)| ids.len() == 1);
                let shown = shown.flat_map(|(name, ids)| ids.into_iter().map(move |id| (name.clone(), id.to_owned())));
                let own = living().map(|user| (user.name.to_lowercase(), user.id.clone()));
                names.people = shown.chain(own).filter(|(name, _)| !name.is_empty()).collect();
            }
            if let Ok(groups) = self.directory.user_groups(&self.client).await {
                names.groups = groups.as_ref().clone();
            }
        }
        if channels && let Ok(all) = self.directory.channels(&self.client, NAMES).await {
            let public = all.iter().filter(|channel| channel.public);
            names.channels = public.map(|channel| (channel.name.to_lowercase(), channel.id.clone())).collect();
        }
        names
    }
}
