//! Who and what is where in the workspace: channels by name, people by group. Asked rarely, kept a while.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Mutex;

use super::client::Client;
use super::config::is_id;
use super::send::next_cursor;
use crate::model::{Fault, Place};

/// How long a group's members are believed.
const GROUPS: SignedDuration = SignedDuration::from_mins(5);
/// How long a person's name is believed.
const PEOPLE: SignedDuration = SignedDuration::from_hours(1);
/// How long names are believed to be all there are: a new channel is found after this at the latest.
const NAMES: SignedDuration = SignedDuration::from_secs(60);
/// Pages of channels, 200 each, that are read at most.
const PAGES: usize = 100;

/// The cached look-ups.
#[derive(Debug, Default)]
pub(super) struct Directory {
    channels: Mutex<Kept<HashMap<String, String>>>,
    handles: Mutex<Kept<HashMap<String, String>>>,
    members: Mutex<HashMap<String, Kept<HashSet<String>>>>,
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

impl Directory {
    /// The place with the channel's id for `#name`; a place that has an id already stays as it is.
    pub(super) async fn resolve(&self, client: &Client, place: &Place) -> Result<Place, Fault> {
        let Some(name) = place.channel.strip_prefix('#') else { return Ok(place.clone()) };
        let name = name.to_lowercase();
        let now = client.clock().now();
        let mut kept = self.channels.lock().await;
        if !kept.what.contains_key(&name) && !kept.is_fresh(now, NAMES) {
            *kept = Kept { what: channels(client).await?, read_at: Some(now) };
        }
        match kept.what.get(&name) {
            Some(id) => Ok(Place { channel: id.clone(), ..place.clone() }),
            None => Err(Fault::not_found(format!(
                "Slack knows no channel `#{}` that Quarterdeck can see. Check the name; to a private channel, invite the \
                 bot first: `/invite @quarterdeck`.",
                name.chars()
                    .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
                    .take(80)
                    .collect::<String>()
            ))),
        }
    }

    /// Whether the person is in the group, which is named by its id (`S02ABCDEF`) or handle (`@oncall`).
    pub(super) async fn is_in_group(&self, client: &Client, user: &str, group: &str) -> Result<bool, Fault> {
        let group = self.group_id(client, group).await?;
        let now = client.clock().now();
        let mut members = self.members.lock().await;
        let kept = members.entry(group.clone()).or_default();
        if !kept.is_fresh(now, GROUPS) {
            let answer = client.read("usergroups.users.list", &HashMap::from([("usergroup", group)])).await?;
            let users = answer.get("users").and_then(Value::as_array).into_iter().flatten();
            let users = users.filter_map(Value::as_str).map(str::to_owned).collect();
            *kept = Kept { what: users, read_at: Some(now) };
        }
        Ok(kept.what.contains(user))
    }

    /// What the person is called: the name shown in the workspace, else the user name.
    pub(super) async fn name_of(&self, client: &Client, user: &str) -> Result<String, Fault> {
        let now = client.clock().now();
        let mut people = self.people.lock().await;
        let kept = people.entry(user.to_owned()).or_default();
        if !kept.is_fresh(now, PEOPLE) {
            let answer = client.read("users.info", &HashMap::from([("user", user.to_owned())])).await?;
            let text = |path: &str| answer.pointer(path).and_then(Value::as_str).filter(|name| !name.is_empty());
            let name = text("/user/profile/display_name").or_else(|| text("/user/name")).unwrap_or(user);
            *kept = Kept { what: name.to_owned(), read_at: Some(now) };
        }
        Ok(kept.what.clone())
    }

    async fn group_id(&self, client: &Client, group: &str) -> Result<String, Fault> {
        if is_id(group, &['S']) {
            return Ok(group.to_owned());
        }
        let handle = group.trim_start_matches('@').to_lowercase();
        let now = client.clock().now();
        let mut kept = self.handles.lock().await;
        if !kept.is_fresh(now, GROUPS) {
            let answer = client.read("usergroups.list", &HashMap::new()).await?;
            let groups = answer.get("usergroups").and_then(Value::as_array).into_iter().flatten();
            let pair = |group: &Value| {
                Some((group.get("handle")?.as_str()?.to_lowercase(), group.get("id")?.as_str()?.to_owned()))
            };
            *kept = Kept { what: groups.filter_map(pair).collect(), read_at: Some(now) };
        }
        kept.what.get(&handle).cloned().ok_or_else(|| {
            Fault::not_found("Slack knows no such user group; write its id (`S02ABCDEF`) or its handle (`@oncall`).")
        })
    }
}

async fn channels(client: &Client) -> Result<HashMap<String, String>, Fault> {
    let mut args = HashMap::from([
        ("types", "public_channel,private_channel".to_owned()),
        ("exclude_archived", "true".to_owned()),
        ("limit", "200".to_owned()),
    ]);
    let mut names = HashMap::new();
    for _ in 0..PAGES {
        let page = client.read("conversations.list", &args).await?;
        for channel in page.get("channels").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| channel.get(key).and_then(Value::as_str);
            if let (Some(id), Some(name)) = (text("id"), text("name")) {
                names.insert(name.to_lowercase(), id.to_owned());
            }
        }
        match next_cursor(&page) {
            Some(cursor) => args.insert("cursor", cursor),
            None => break,
        };
    }
    Ok(names)
}
