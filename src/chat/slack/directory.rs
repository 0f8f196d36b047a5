//! Who and what is where in the workspace: channels and people by name, people by group. Asked rarely, kept a while.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Mutex;

use super::client::Client;
use super::config::is_id;
use super::send::next_cursor;
use super::wire::{Channel, User};
use crate::chat::names::{meant, repeated};
use crate::model::{Fault, FaultKind, Place};

/// How long a group's members are believed.
const GROUPS: SignedDuration = SignedDuration::from_mins(5);
/// How long a person's name is believed.
const PEOPLE: SignedDuration = SignedDuration::from_hours(1);
/// How long names are believed to be all there are: a new channel is found after this at the latest.
pub(super) const NAMES: SignedDuration = SignedDuration::from_secs(60);
/// How old the names may be that are offered while somebody types.
pub(super) const OFFERED: SignedDuration = SignedDuration::from_mins(10);
/// How long it is believed who is in a channel, and whether all may see it.
const SEEN: SignedDuration = SignedDuration::from_secs(60);
/// Pages of a list that are read at most.
const PAGES: usize = 100;
/// So many channels' own records are kept.
const CHANNELS: usize = 1_000;

/// The cached look-ups.
#[derive(Debug, Default)]
pub(super) struct Directory {
    channels: Mutex<Kept<Arc<Vec<Channel>>>>,
    users: Mutex<Kept<Arc<Vec<User>>>>,
    handles: Mutex<Kept<Arc<HashMap<String, String>>>>,
    groups: Mutex<HashMap<String, Kept<HashSet<String>>>>,
    members: Mutex<HashMap<String, Kept<Arc<HashSet<String>>>>>,
    infos: Mutex<HashMap<String, Kept<Channel>>>,
    people: Mutex<HashMap<String, Kept<String>>>,
}

/// Something with the time it was read.
#[derive(Debug, Default)]
struct Kept<T> {
    what: T,
    read_at: Option<Timestamp>,
}

impl<T> Kept<T> {
    fn is_fresh(&self, now: Timestamp, span: SignedDuration) -> bool {
        self.read_at.is_some_and(|at| now.duration_since(at) < span)
    }
}

impl<T: Clone> Kept<T> {
    /// What was read now; where Slack cannot be asked just now, what was read before will do, unless it may be no older
    /// than now.
    fn renew(&mut self, read: Result<T, Fault>, now: Timestamp, old: SignedDuration) -> Result<T, Fault> {
        match read {
            Ok(what) => *self = Self { what, read_at: Some(now) },
            Err(Fault { kind: FaultKind::RateLimited { .. } | FaultKind::Unavailable, .. })
                if self.read_at.is_some() && old > SignedDuration::ZERO => {}
            Err(fault) => return Err(fault),
        }
        Ok(self.what.clone())
    }
}

impl Directory {
    /// The place with the channel's id for `#name`; a place that has an id already stays as it is.
    pub(super) async fn resolve(&self, client: &Client, place: &Place) -> Result<Place, Fault> {
        let Some(name) = place.channel.strip_prefix('#') else { return Ok(place.clone()) };
        let id = self.channel_named(client, name).await?;
        Ok(Place { channel: id, ..place.clone() })
    }

    /// The id of the channel of this name (without `#`).
    pub(super) async fn channel_named(&self, client: &Client, name: &str) -> Result<String, Fault> {
        let name = name.to_lowercase();
        let find = |all: &[Channel]| all.iter().find(|one| one.name.to_lowercase() == name).map(|one| one.id.clone());
        if let Some(id) = find(&self.channels.lock().await.what) {
            return Ok(id);
        }
        let all = self.channels(client, NAMES).await?;
        find(&all).ok_or_else(|| {
            // Only what everybody may see is offered.
            let public = all.iter().filter(|one| one.public).map(|one| one.name.as_str());
            Fault::not_found(format!(
                "Slack knows no channel `#{}` that Quarterdeck can see.{} Check the name; to a private channel, invite \
                 the bot first: `/invite @quarterdeck`.",
                repeated(&name),
                meant('#', &name, public),
            ))
        })
    }

    /// The id of the person of this name (without `@`).
    pub(super) async fn user_named(&self, client: &Client, name: &str) -> Result<String, Fault> {
        let name = name.to_lowercase();
        let find = |all: &[User]| {
            let living = || all.iter().filter(|one| !one.deleted);
            // The user name is unique; a shown name counts where it is nobody's user name, and one person's only.
            let own = living().find(|one| one.name.to_lowercase() == name).map(|one| one.id.clone());
            let mut shown = living().filter(|one| one.is_called(&name)).map(|one| one.id.clone());
            own.or_else(|| shown.next().filter(|_| shown.next().is_none()))
        };
        if let Some(id) = find(&self.users.lock().await.what) {
            return Ok(id);
        }
        let all = self.users(client, NAMES).await?;
        find(&all).ok_or_else(|| {
            let names = all.iter().filter(|one| !one.deleted).flat_map(|one| [&one.name, &one.display]);
            let names = names.filter(|name| !name.is_empty()).map(String::as_str);
            Fault::not_found(format!(
                "Slack knows nobody called `@{}`, or more than one.{} Check the name, or write the person's id, such as \
                 `U02ABCDEF`.",
                repeated(&name),
                meant('@', &name, names),
            ))
        })
    }

    /// All channels that the bot sees and that are not archived, read at most this long ago.
    pub(super) async fn channels(&self, client: &Client, old: SignedDuration) -> Result<Arc<Vec<Channel>>, Fault> {
        let now = client.clock().now();
        let mut kept = self.channels.lock().await;
        if kept.is_fresh(now, old) {
            return Ok(Arc::clone(&kept.what));
        }
        let args = HashMap::from([
            ("types", "public_channel,private_channel".to_owned()),
            ("exclude_archived", "true".to_owned()),
            ("limit", "200".to_owned()),
        ]);
        let read = pages(client, "conversations.list", args, "channels", Channel::read).await;
        kept.renew(read.map(Arc::new), now, old)
    }

    /// All people and bots, closed accounts included, read at most this long ago.
    pub(super) async fn users(&self, client: &Client, old: SignedDuration) -> Result<Arc<Vec<User>>, Fault> {
        let now = client.clock().now();
        let mut kept = self.users.lock().await;
        if kept.is_fresh(now, old) {
            return Ok(Arc::clone(&kept.what));
        }
        // Twenty calls a minute are allowed, so that a large workspace is read in large pages.
        let args = HashMap::from([("limit", "1000".to_owned())]);
        let read = pages(client, "users.list", args, "members", User::read).await;
        kept.renew(read.map(Arc::new), now, old)
    }

    /// The channel of this id.
    pub(super) async fn channel(&self, client: &Client, id: &str) -> Result<Channel, Fault> {
        let now = client.clock().now();
        if let Some(kept) = self.infos.lock().await.get(id).filter(|kept| kept.is_fresh(now, SEEN)) {
            return Ok(kept.what.clone());
        }
        let args = HashMap::from([("channel", id.to_owned()), ("include_num_members", "true".to_owned())]);
        let answer = client.read("conversations.info", &args).await?;
        let channel = answer.get("channel").and_then(Channel::read).ok_or_else(|| {
            Fault::unavailable("Slack's answer about that channel makes no sense. Try again in a moment.")
        })?;
        let mut infos = self.infos.lock().await;
        if infos.len() >= CHANNELS {
            infos.retain(|_, kept| kept.is_fresh(now, SEEN));
        }
        infos.insert(id.to_owned(), Kept { what: channel.clone(), read_at: Some(now) });
        Ok(channel)
    }

    /// Whether this person is in this channel, direct message included.
    pub(super) async fn is_member(&self, client: &Client, channel: &str, user: &str) -> Result<bool, Fault> {
        let now = client.clock().now();
        let mut members = self.members.lock().await;
        if members.len() >= CHANNELS {
            members.retain(|_, kept| kept.is_fresh(now, SEEN));
        }
        let kept = members.entry(channel.to_owned()).or_default();
        if !kept.is_fresh(now, SEEN) {
            let args = HashMap::from([("channel", channel.to_owned()), ("limit", "1000".to_owned())]);
            let read = |member: &Value| member.as_str().map(str::to_owned);
            let all = pages(client, "conversations.members", args, "members", read).await?;
            *kept = Kept { what: Arc::new(all.into_iter().collect()), read_at: Some(now) };
        }
        Ok(kept.what.contains(user))
    }

    /// Whether the person is in the group, which is named by its id (`S02ABCDEF`) or handle (`@oncall`).
    pub(super) async fn is_in_group(&self, client: &Client, user: &str, group: &str) -> Result<bool, Fault> {
        let group = self.group_id(client, group).await?;
        let now = client.clock().now();
        let mut groups = self.groups.lock().await;
        let kept = groups.entry(group.clone()).or_default();
        if !kept.is_fresh(now, GROUPS) {
            let answer = client.read("usergroups.users.list", &HashMap::from([("usergroup", group)])).await?;
            let users = answer.get("users").and_then(Value::as_array).into_iter().flatten();
            let users = users.filter_map(Value::as_str).map(str::to_owned).collect();
            *kept = Kept { what: users, read_at: Some(now) };
        }
        Ok(kept.what.contains(user))
    }

    /// The person of this id, asked for now.
    pub(super) async fn user(&self, client: &Client, id: &str) -> Result<User, Fault> {
        let answer = client.read("users.info", &HashMap::from([("user", id.to_owned())])).await?;
        answer.get("user").and_then(User::read).ok_or_else(|| {
            Fault::unavailable("Slack's answer about that person makes no sense. Try again in a moment.")
        })
    }

    /// What the person is called: the name shown in the workspace, else the user name.
    pub(super) async fn name_of(&self, client: &Client, user: &str) -> Result<String, Fault> {
        let now = client.clock().now();
        let mut people = self.people.lock().await;
        let kept = people.entry(user.to_owned()).or_default();
        if !kept.is_fresh(now, PEOPLE) {
            let name = self.user(client, user).await?.called().to_owned();
            *kept = Kept { what: name, read_at: Some(now) };
        }
        Ok(kept.what.clone())
    }

    /// The ids of the user groups by their handles, in lower case and without `@`.
    pub(super) async fn user_groups(&self, client: &Client) -> Result<Arc<HashMap<String, String>>, Fault> {
        let now = client.clock().now();
        let mut kept = self.handles.lock().await;
        if !kept.is_fresh(now, GROUPS) {
            let answer = client.read("usergroups.list", &HashMap::new()).await?;
            let groups = answer.get("usergroups").and_then(Value::as_array).into_iter().flatten();
            let pair = |group: &Value| {
                Some((group.get("handle")?.as_str()?.to_lowercase(), group.get("id")?.as_str()?.to_owned()))
            };
            *kept = Kept { what: Arc::new(groups.filter_map(pair).collect()), read_at: Some(now) };
        }
        Ok(Arc::clone(&kept.what))
    }

    async fn group_id(&self, client: &Client, group: &str) -> Result<String, Fault> {
        if is_id(group, &['S']) {
            return Ok(group.to_owned());
        }
        let handle = group.trim_start_matches('@').to_lowercase();
        let groups = self.user_groups(client).await?;
        groups.get(&handle).cloned().ok_or_else(|| {
            let known = groups.keys().map(String::as_str);
            Fault::not_found(format!(
                "Slack knows no such user group.{} Write its id (`S02ABCDEF`) or its handle (`@oncall`).",
                meant('@', &handle, known)
            ))
        })
    }
}

/// What stands under `key` on all pages of a list.
async fn pages<T>(
    client: &Client,
    method: &str,
    mut args: HashMap<&str, String>,
    key: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<T>, Fault> {
    let mut all = Vec::new();
    for _ in 0..PAGES {
        let page = client.read(method, &args).await?;
        all.extend(page.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(&read));
        match next_cursor(&page) {
            Some(cursor) => args.insert("cursor", cursor),
            None => break,
        };
    }
    Ok(all)
}
