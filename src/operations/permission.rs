//! The one permission check that every surface makes: may this actor run this operation in this place?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::{AccessConfig, Declaration, Grantee, Member, Registry};
use crate::model::{Actor, Fault, People, Place, PlatformId, Role};

/// The group of all who belong to a platform's workspace; [`super::People::groups_of`] is asked for it too. Slack: who is in
/// the workspace. Discord: who is in a server that is served. Telegram: who is in a chat that is served.
pub const EVERYBODY: &str = "*";

/// Who may do what, as it is checked.
#[derive(Debug, Clone, Default)]
pub struct Access {
    config: AccessConfig,
    people: Arc<People>,
    /// What places are called in the configuration, where that is not their id.
    names: BTreeMap<Place, String>,
}

impl Access {
    /// The access that the configuration describes.
    #[must_use]
    pub fn new(config: AccessConfig, people: &Arc<People>) -> Self {
        Self { config, people: Arc::clone(people), names: BTreeMap::new() }
    }

    /// With what places are called in the configuration, for refusals.
    #[must_use]
    pub fn named(mut self, names: BTreeMap<Place, String>) -> Self {
        self.names = names;
        self
    }

    /// Who is who: what is granted to one handle of a person is granted to the person.
    #[must_use]
    pub fn people(&self) -> Arc<People> {
        Arc::clone(&self.people)
    }

    /// The platform's ids of the people there that are granted something or have a handle, each once.
    #[must_use]
    pub fn named_on(&self, platform: &PlatformId) -> Vec<String> {
        let granted = self.config.members.iter().flat_map(|member| &member.who).filter_map(|who| match who {
            Grantee::Actor(handle) => Some(handle.as_str()),
            Grantee::Group(..) | Grantee::Everyone(_) => None,
        });
        let all = granted.chain(self.people.all_handles());
        let ids = all.filter_map(|handle| handle.split_once(':')).filter(|(of, _)| *of == platform.as_str());
        ids.map(|(_, id)| id.to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The platform's channels that something is granted in and not everywhere, each once.
    #[must_use]
    pub fn places_on(&self, platform: &PlatformId) -> Vec<Place> {
        let places = self.config.members.iter().filter_map(|member| member.places.as_ref()).flatten();
        let places = places.filter(|place| place.platform == *platform).map(Place::without_thread);
        places.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The groups that it names, for their members to be asked for.
    #[must_use]
    pub fn groups_named(&self) -> Vec<(PlatformId, String)> {
        let who = self.config.members.iter().flat_map(|member| &member.who);
        let groups: BTreeSet<_> = who
            .filter_map(|who| match who {
                Grantee::Group(platform, group) => Some((platform.clone(), group.clone())),
                _ => None,
            })
            .collect();
        groups.into_iter().collect()
    }

    /// The role of an actor for an operation in a place. `groups` are those of the actor's platform that it is in, with
    /// [`EVERYBODY`] among them where it belongs to the workspace.
    #[must_use]
    pub fn role_of(&self, actor: &Actor, groups: &[String], place: Option<&Place>, operation: &str) -> Option<Role> {
        let everyone = self.belongs(actor, groups).then(|| self.config.default_role.role()).flatten();
        let granted = self.grants(actor, groups, operation).filter(|grant| {
            grant
                .places
                .as_ref()
                .is_none_or(|places| place.is_some_and(|place| places.iter().any(|granted| is_in(place, granted))))
        });
        granted.map(|grant| grant.role).chain(everyone).max()
    }

    /// Whether the actor is one of those whom we work for: of the workspace, or a person of the configuration. To some
    /// platforms' bots the whole world can write.
    fn belongs(&self, actor: &Actor, groups: &[String]) -> bool {
        matches!(actor, Actor::User { .. })
            && (groups.iter().any(|group| group == EVERYBODY) || self.people.of(&actor.handle()).is_some())
    }

    /// Whether an actor may run an operation, and in which role.
    ///
    /// # Errors
    /// `Denied`, saying what would have been needed.
    pub fn check(
        &self,
        operation: &Declaration,
        actor: &Actor,
        groups: &[String],
        place: Option<&Place>,
    ) -> Result<Role, Fault> {
        let name = operation.spec.name;
        let needed = operation.role();
        let has = self.role_of(actor, groups, place, name);
        if let Some(role) = has.filter(|role| *role >= needed) {
            return Ok(role);
        }
        let elsewhere: BTreeSet<String> = self
            .grants(actor, groups, name)
            .filter(|grant| grant.role >= needed)
            .flat_map(|grant| grant.places.iter().flatten())
            .map(|place| self.names.get(place).cloned().unwrap_or_else(|| place.to_string()))
            .collect();
        let is = has.map_or_else(|| "have no role here".to_owned(), |role| format!("are {role} here"));
        let mut text = format!("{name} needs the role {needed}; you {is}. ");
        if !elsewhere.is_empty() {
            let places = elsewhere.into_iter().collect::<Vec<_>>().join(", ");
            let _ = write!(text, "You may do it in {places}. ");
        }
        if matches!(actor, Actor::User { .. }) && !self.belongs(actor, groups) {
            text.push_str("As far as I can see, you are not a member of this team's rooms there. ");
        }
        text.push_str("An admin can grant it under [[access.members]].");
        let who = actor.handle();
        Err(Fault::denied(text).inside(format!("{who} is not {needed} for {name}")))
    }

    /// The patterns that match none of these operations: probably mistyped.
    #[must_use]
    pub fn idle_patterns(&self, registry: &Registry) -> Vec<String> {
        let patterns = self.config.members.iter().filter_map(|member| member.operations.as_ref()).flatten();
        let idle = patterns.filter(|pattern| registry.iter().all(|operation| !pattern.matches(operation.spec.name)));
        idle.map(ToString::to_string).collect()
    }

    /// What is granted to an actor for an operation, wherever.
    fn grants<'a>(
        &'a self,
        actor: &'a Actor,
        groups: &'a [String],
        operation: &'a str,
    ) -> impl Iterator<Item = &'a Member> {
        self.config.members.iter().filter(move |member| {
            member.who.iter().any(|who| is_meant(who, actor, groups, &self.people))
                && member
                    .operations
                    .as_ref()
                    .is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(operation)))
        })
    }
}

fn is_meant(who: &Grantee, actor: &Actor, groups: &[String], people: &People) -> bool {
    let on = |wanted: &PlatformId| matches!(actor, Actor::User { platform, .. } if platform == wanted);
    match who {
        // A person of a platform that happens to be called `key` is no API key.
        Grantee::Actor(handle) => people.same(&actor.handle(), handle) && is_of_kind(handle, actor),
        Grantee::Group(platform, group) => on(platform) && groups.contains(group),
        Grantee::Everyone(platform) => on(platform) && groups.iter().any(|group| group == EVERYBODY),
    }
}

fn is_of_kind(handle: &str, actor: &Actor) -> bool {
    match actor {
        Actor::User { .. } => !handle.starts_with("key:") && !handle.starts_with("rule:"),
        Actor::ApiKey { .. } | Actor::Rule { .. } => true,
    }
}

/// Whether a place is the granted one or in it: a thread is in its channel.
fn is_in(place: &Place, granted: &Place) -> bool {
    place == granted || granted.thread.is_none() && place.without_thread() == *granted
}
