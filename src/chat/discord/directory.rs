//! Who and what is where in the servers that the bot is in: channels by name, people, roles as groups. Asked rarely, kept
//! a while. <https://docs.discord.com/developers/resources/guild>

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Mutex;

use super::client::{Call, Client};
use super::config::is_id;
use super::faults::Trouble;
use super::people::{display_name, plain};
use super::permissions::{VIEW, permitted};
use crate::model::{Fault, Place};
use crate::operations::EVERYBODY;

/// How long the roles of a person are believed.
const MEMBERS: SignedDuration = SignedDuration::from_mins(5);
/// How long a person's name is believed.
const PEOPLE: SignedDuration = SignedDuration::from_hours(1);
/// How long names are believed to be all there are: a new channel is found after this at the latest.
const NAMES: SignedDuration = SignedDuration::from_secs(60);
/// Pages of servers, 200 each, that are read at most.
const PAGES: usize = 10;
/// So many people are remembered.
const REMEMBERED: usize = 5_000;

/// A server that the bot is in, with what is named in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guild {
    /// Its id.
    pub id: String,
    /// Its name, outside text.
    pub name: String,
    /// Its channels; threads are not among them.
    pub channels: Vec<Channel>,
    /// Its roles.
    pub roles: Vec<Role>,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Channel {
    /// Its id.
    pub id: String,
    /// Its name, without `#`.
    pub name: String,
    /// Its kind, by Discord's number: <https://docs.discord.com/developers/resources/channel#channel-object-channel-types>
    pub kind: u64,
    /// Whether the bot sees it: Discord tells of all.
    pub seen: bool,
    /// Whether everybody in the server sees it.
    pub public: bool,
}

impl Channel {
    /// Whether messages can be posted in it: text, announcements, and the chats of voice channels and stages.
    pub(super) const fn takes_messages(&self) -> bool {
        matches!(self.kind, 0 | 2 | 5 | 13)
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    /// Its id.
    pub id: String,
    /// Its name, outside text.
    pub name: String,
}

/// The cached look-ups.
#[derive(Debug)]
pub(super) struct Directory {
    client: Client,
    /// The servers that count; all, where none are named.
    only: Vec<String>,
    /// Whether anybody can take the bot into a server of theirs.
    open: AtomicBool,
    guilds: Mutex<Kept<Arc<Vec<Guild>>>>,
    people: Mutex<HashMap<String, Kept<String>>>,
    members: Mutex<HashMap<String, Kept<HashSet<String>>>>,
}

/// Something with the time it was read.
#[derive(Debug, Clone, Default)]
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
    /// The directory of these servers; of all that the bot is in, where none are named.
    pub(super) fn new(client: Client, only: Vec<String>) -> Self {
        Self {
            client,
            only,
            open: AtomicBool::default(),
            guilds: Mutex::default(),
            people: Mutex::default(),
            members: Mutex::default(),
        }
    }

    /// The servers with their channels and roles, at most a minute old.
    ///
    /// # Errors
    /// Discord could not be asked.
    pub(super) async fn guilds(&self) -> Result<Arc<Vec<Guild>>, Fault> {
        let mut kept = self.guilds.lock().await;
        let now = self.client.clock().now();
        if !kept.is_fresh(now, NAMES) {
            *kept = Kept { what: Arc::new(self.read_guilds().await?), read_at: Some(now) };
        }
        Ok(Arc::clone(&kept.what))
    }

    /// Forgets the names: a channel or server came, went or was renamed.
    pub(super) async fn forget_names(&self) {
        self.guilds.lock().await.read_at = None;
    }

    /// The place with the channel's id for `#name`; a place that has an id already stays as it is.
    ///
    /// # Errors
    /// `NotFound`: there is no such channel that the bot can see, or there are several.
    pub(super) async fn resolve(&self, place: &Place) -> Result<Place, Fault> {
        let Some(name) = place.channel.strip_prefix('#') else { return Ok(place.clone()) };
        let guilds = self.guilds().await?;
        find_channel(&guilds, name).map(|id| Place { channel: id, ..place.clone() })
    }

    /// What the person is called, as everywhere on Discord.
    ///
    /// # Errors
    /// Discord could not be asked, or knows no such person.
    pub(super) async fn name_of(&self, user: &str) -> Result<String, Fault> {
        let now = self.client.clock().now();
        if let Some(kept) = self.people.lock().await.get(user).filter(|kept| kept.is_fresh(now, PEOPLE)) {
            return Ok(kept.what.clone());
        }
        let answer = self.client.call(Call::get("/users/{}", &[user]).patient()).await?;
        let name = display_name(None, &answer).unwrap_or_else(|| user.to_owned());
        let mut people = self.people.lock().await;
        if people.len() >= REMEMBERED {
            people.retain(|_, kept| kept.is_fresh(now, PEOPLE));
        }
        people.insert(user.to_owned(), Kept { what: name.clone(), read_at: Some(now) });
        Ok(name)
    }

    /// Notes whether anybody can take the bot into a server of theirs: then being in one with it means nothing.
    pub(super) fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Relaxed);
    }

    /// Notes that somebody is in a server, with these roles: their command said so.
    pub(super) async fn met(&self, guild: &str, user: &str, roles: HashSet<String>) {
        let now = self.client.clock().now();
        let mut members = self.members.lock().await;
        if members.len() < REMEMBERED {
            members.insert(format!("{guild}/{user}"), Kept { what: roles, read_at: Some(now) });
        }
    }

    /// Whether the person has the role, which is named by its id or its name (`oncall`, `@oncall`); with [`EVERYBODY`],
    /// whether they are in any of the servers that are served.
    ///
    /// # Errors
    /// `NotFound`: there is no such role, or there are several. Discord could not be asked.
    pub(super) async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, Fault> {
        let guilds = self.guilds().await?;
        if group == EVERYBODY {
            if self.only.is_empty() && self.open.load(Ordering::Relaxed) {
                return Ok(false);
            }
            for guild in guilds.iter() {
                if self.roles_of(&guild.id, user).await?.is_some() {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let (guild, role) = find_role(&guilds, group)?;
        // Everybody in a server has the role of its own id.
        Ok(self.roles_of(&guild, user).await?.is_some_and(|roles| role == guild || roles.contains(&role)))
    }

    /// The roles of a member; `None` where the person is none.
    async fn roles_of(&self, guild: &str, user: &str) -> Result<Option<HashSet<String>>, Fault> {
        const NOBODY: &str = "(none)";
        let key = format!("{guild}/{user}");
        let now = self.client.clock().now();
        let mut members = self.members.lock().await;
        if members.len() >= REMEMBERED {
            members.retain(|_, kept| kept.is_fresh(now, MEMBERS));
        }
        let kept = members.entry(key).or_default();
        if !kept.is_fresh(now, MEMBERS) {
            let call = Call::get("/guilds/{}/members/{}", &[guild, user]).patient();
            let roles = match self.client.call(call).await {
                Ok(member) => {
                    let roles = member.get("roles").and_then(Value::as_array).into_iter().flatten();
                    roles.filter_map(Value::as_str).map(str::to_owned).collect()
                }
                // No member of that server; a person who is, and has no role, has an empty set.
                Err(Trouble { status: 404, .. }) => HashSet::from([NOBODY.to_owned()]),
                Err(trouble) => return Err(trouble.fault),
            };
            *kept = Kept { what: roles, read_at: Some(now) };
        }
        Ok(Some(kept.what.clone()).filter(|roles| !roles.contains(NOBODY)))
    }

    async fn read_guilds(&self) -> Result<Vec<Guild>, Fault> {
        let ids = if self.only.is_empty() { self.joined().await? } else { self.only.clone() };
        let me = self.client.call(Call::get("/users/@me", &[]).patient()).await?;
        let me = text(&me, "id").unwrap_or_default();
        let mut guilds = Vec::new();
        for id in ids {
            match self.read_guild(&id, &me).await {
                Ok(guild) => guilds.push(guild),
                // One that the bot was put out of is no reason to see none.
                Err(Trouble { status: 403 | 404, fault, .. }) => {
                    tracing::warn!(guild = id, %fault, "the bot is not in a server");
                }
                Err(trouble) => return Err(trouble.fault),
            }
        }
        Ok(guilds)
    }

    /// The ids of the servers that the bot is in.
    async fn joined(&self) -> Result<Vec<String>, Fault> {
        let mut ids: Vec<String> = Vec::new();
        for _ in 0..PAGES {
            let mut call = Call::get("/users/@me/guilds", &[]).query("limit", "200").patient();
            if let Some(last) = ids.last() {
                call = call.query("after", last.as_str());
            }
            let page = self.client.call(call).await?;
            let page: Vec<String> = list(&page).iter().filter_map(|guild| text(guild, "id")).collect();
            let full = page.len() >= 200;
            ids.extend(page);
            if !full {
                break;
            }
        }
        Ok(ids)
    }

    async fn read_guild(&self, id: &str, me: &str) -> Result<Guild, Trouble> {
        let guild = self.client.call(Call::get("/guilds/{}", &[id]).patient()).await?;
        let channels = self.client.call(Call::get("/guilds/{}/channels", &[id]).patient()).await?;
        let member = self.client.call(Call::get("/guilds/{}/members/{}", &[id, me]).patient()).await?;
        let channel = |channel: &Value| {
            let kind = channel.get("type").and_then(Value::as_u64)?;
            let sees = |user, member| permitted(&guild, channel, user, member) & VIEW != 0;
            let (seen, public) = (sees(Some(me), Some(&member)), sees(None, None));
            Some(Channel { id: text(channel, "id")?, name: text(channel, "name")?, kind, seen, public })
        };
        let role = |role: &Value| Some(Role { id: text(role, "id")?, name: text(role, "name")? });
        let roles = guild.get("roles").map(list).unwrap_or_default();
        Ok(Guild {
            id: id.to_owned(),
            name: text(&guild, "name").unwrap_or_default(),
            channels: list(&channels).iter().filter_map(channel).collect(),
            roles: roles.iter().filter_map(role).collect(),
        })
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// The id of the one channel of this name. `acme/deploys` names one of a server, where several have such a channel.
fn find_channel(guilds: &[Guild], name: &str) -> Result<String, Fault> {
    let name = name.trim().to_lowercase();
    let shown = plain(&name, 80);
    let all = || {
        guilds.iter().flat_map(|guild| guild.channels.iter().map(move |channel| (guild, channel))).filter(
            |(_, channel)| channel.seen && (channel.takes_messages() || channel.kind == 15 || channel.kind == 16),
        )
    };
    let found: Vec<_> = all().filter(|(_, channel)| channel.name.to_lowercase() == name).collect();
    match found.as_slice() {
        [(_, channel)] => Ok(channel.id.clone()),
        [] => {
            let nearest = all()
                .map(|(_, channel)| (strsim::jaro_winkler(&name, &channel.name.to_lowercase()), &channel.name))
                .filter(|(likeness, _)| *likeness > 0.8)
                .max_by(|(one, _), (other, _)| one.total_cmp(other));
            let hint = nearest.map_or_else(String::new, |(_, near)| format!(" Did you mean `#{}`?", plain(near, 80)));
            Err(Fault::not_found(format!(
                "Discord knows no channel `#{shown}` that Quarterdeck can see.{hint} Check the name, and give the bot \
                 \"View Channel\" there."
            )))
        }
        several => {
            let choices: Vec<String> = several
                .iter()
                .map(|(guild, channel)| format!("`discord:{}` (in {})", channel.id, plain(&guild.name, 60)))
                .take(5)
                .collect();
            Err(Fault::not_found(format!(
                "There are several channels `#{shown}` on Discord. Write the id of the one that is meant: {}.",
                choices.join(", ")
            )))
        }
    }
}

/// The server and id of the one role of this id or name.
fn find_role(guilds: &[Guild], group: &str) -> Result<(String, String), Fault> {
    let all = || guilds.iter().flat_map(|guild| guild.roles.iter().map(move |role| (guild, role)));
    let name = group.trim_start_matches('@').to_lowercase();
    let found: Vec<_> = if is_id(group) {
        all().filter(|(_, role)| role.id == group).collect()
    } else {
        all().filter(|(_, role)| role.name.trim_start_matches('@').to_lowercase() == name).collect()
    };
    match found.as_slice() {
        [(guild, role)] => Ok((guild.id.clone(), role.id.clone())),
        [] => Err(Fault::not_found(format!(
            "Discord knows no role `{}`; write its id (`discord:group:1100000000000000003`) or its name.",
            plain(&name, 80)
        ))),
        _ => Err(Fault::not_found(format!(
            "There are several roles `{}` on Discord; write the id of the one that is meant.",
            plain(&name, 80)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guild(id: &str, name: &str, channels: &[(&str, &str, u64)], roles: &[(&str, &str)]) -> Guild {
        let channel = |(id, name, kind): &(&str, &str, u64)| Channel {
            id: (*id).into(),
            name: (*name).into(),
            kind: *kind,
            seen: true,
            public: true,
        };
        let role = |(id, name): &(&str, &str)| Role { id: (*id).into(), name: (*name).into() };
        Guild {
            id: id.into(),
            name: name.into(),
            channels: channels.iter().map(channel).collect(),
            roles: roles.iter().map(role).collect(),
        }
    }

    #[test]
    fn channels_are_found_by_name_and_near_misses_are_named() {
        let guilds = [
            guild("1", "Acme", &[("11", "deploys", 0), ("12", "general", 0), ("13", "Ops", 4)], &[]),
            guild("2", "Beta", &[("21", "general", 5)], &[]),
        ];
        assert_eq!(find_channel(&guilds, "Deploys"), Ok("11".to_owned()));
        let miss = find_channel(&guilds, "deploy").expect_err("a miss").outside;
        assert!(miss.contains("Did you mean `#deploys`?"), "{miss}");
        let several = find_channel(&guilds, "general").expect_err("two").outside;
        assert!(several.contains("`discord:12` (in Acme), `discord:21` (in Beta)"), "{several}");
        assert!(find_channel(&guilds, "ops").is_err(), "nothing is posted in a category");
    }

    #[test]
    fn roles_are_found_by_id_or_name() {
        let guilds = [guild("1", "Acme", &[], &[("1", "@everyone"), ("5", "oncall")])];
        let five = Ok(("1".to_owned(), "5".to_owned()));
        assert_eq!(find_role(&guilds, "5"), five);
        assert_eq!(find_role(&guilds, "@OnCall"), five);
        assert_eq!(find_role(&guilds, "everyone"), Ok(("1".to_owned(), "1".to_owned())));
        assert!(find_role(&guilds, "6").is_err());
    }
}
