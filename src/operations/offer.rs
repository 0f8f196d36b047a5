//! What is offered to whom: the operations that somebody may run, and how what they began to type might go on.
//! Platforms ask it while a person types; it never waits long and never fails, it only has less to offer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::filling::read_options;
use super::further::{Further, Sheet};
use super::{Caller, Declaration, FieldKind, Param, Registry, Standing, complete, likeliest, likeliest_of_several};
use crate::model::{Actor, CallId, Choice, Clock, Fault, Place, PlatformId, Role};
use crate::routing::Router;

/// So many are offered (the tightest platform's limit).
const MOST: usize = 25;
/// How long a service may take: Discord waits for 3 s in all.
const PATIENCE: SignedDuration = SignedDuration::from_millis(1_800);
/// How long an answer is good for the next keystroke.
const FRESH: SignedDuration = SignedDuration::from_secs(30);
/// So many answers are remembered.
const REMEMBERED: usize = 500;

/// Knows the values of parameters. Implemented by connectors and platforms, for the completions (`x-complete`) that begin
/// with their name.
#[async_trait]
pub trait Completer: Send + Sync {
    /// The values that begin with, or contain, `begun`; the likeliest first.
    ///
    /// # Errors
    /// They cannot be had now.
    async fn complete(&self, asked: &Asked<'_>) -> Result<Vec<Choice>, Fault>;
}

/// What a service is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The completion's name, such as `github.open_issues`.
    pub what: &'a str,
    /// What was typed so far.
    pub begun: &'a str,
    /// The other values that were given already, by the parameter's name; those of further fields
    /// ([`super::Operation::more`]) by `<the map's name>.<the field's name>`.
    pub given: &'a BTreeMap<String, String>,
    /// What the place takes for granted, such as `repository` = `acme/api`.
    pub defaults: &'a BTreeMap<String, String>,
    /// Who types: nobody is offered what they could not see there themselves.
    pub actor: &'a Actor,
    /// Where it is typed.
    pub place: &'a Place,
}

/// A value that is being typed.
#[derive(Debug, Clone, Copy)]
pub struct Typing<'a> {
    /// The operation's name.
    pub operation: &'a str,
    /// The parameter's name; of a further field `<the map's name>.<the field's name>`.
    pub param: &'a str,
    /// What was typed so far.
    pub begun: &'a str,
    /// The other values that were given already.
    pub given: &'a BTreeMap<String, String>,
    /// Who types.
    pub actor: &'a Actor,
    /// Where.
    pub place: &'a Place,
}

/// What is offered. One a daemon.
pub struct Offer {
    registry: Arc<Registry>,
    standing: Arc<Standing>,
    router: Router,
    clock: Clock,
    completers: HashMap<String, Arc<dyn Completer>>,
    further: Further,
    remembered: Mutex<HashMap<String, (Timestamp, Vec<Choice>)>>,
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer").field("completers", &self.completers.keys()).finish_non_exhaustive()
    }
}

impl Offer {
    /// The offer of these operations; completers by the first part of the completions' names.
    #[must_use]
    pub fn new(
        registry: Arc<Registry>,
        standing: Arc<Standing>,
        router: &Router,
        clock: &Clock,
        completers: HashMap<String, Arc<dyn Completer>>,
    ) -> Arc<Self> {
        let (router, clock) = (router.clone(), clock.clone());
        let further = Further::new(&clock);
        Arc::new(Self { registry, standing, router, clock, completers, further, remembered: Mutex::default() })
    }

    /// All operations.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// What finds out further fields.
    pub(super) fn further(&self) -> &Further {
        &self.further
    }

    /// The operations that the actor may run in the place (anywhere, where none is given), of those that people see.
    pub async fn operations(&self, actor: &Actor, place: Option<&Place>) -> Vec<Arc<Declaration>> {
        let (access, groups) = self.standing.of(actor).await;
        let groups = groups.unwrap_or_else(|some| some);
        let may = |operation: &&Arc<Declaration>| access.check(operation, actor, &groups, place).is_ok();
        self.registry.shown().filter(may).cloned().collect()
    }

    /// The platform's ids of the people there that the configuration names.
    #[must_use]
    pub fn people(&self, platform: &PlatformId) -> Vec<String> {
        self.standing.named_on(platform)
    }

    /// The platform's channels that the configuration grants something in and not everywhere.
    #[must_use]
    pub fn places(&self, platform: &PlatformId) -> Vec<Place> {
        self.standing.places_on(platform)
    }

    /// How a line of the text grammar might go on, at most 25; a choice's value is the whole line.
    pub async fn lines(&self, line: &str, actor: &Actor, place: &Place) -> Vec<Choice> {
        let (access, groups) = self.standing.of(actor).await;
        let groups = groups.unwrap_or_else(|some| some);
        complete(line, &self.registry, &|operation| access.check(operation, actor, &groups, Some(place)).is_ok())
    }

    /// The values that a parameter might be meant to have, at most 25.
    pub async fn values(&self, typing: Typing<'_>) -> Vec<Choice> {
        let Some(operation) = self.registry.get(typing.operation) else { return Vec::new() };
        let (access, groups) = self.standing.of(typing.actor).await;
        let groups = groups.unwrap_or_else(|some| some);
        // Who may not run it is not shown what there is, either.
        let Ok(role) = access.check(operation, typing.actor, &groups, Some(typing.place)) else { return Vec::new() };
        let found = match operation.param(typing.param) {
            Some(param) => Some(param.clone()),
            None if operation.is_further(typing.param) => self.further_field(operation, typing, role).await,
            None => None,
        };
        let Some(param) = found.filter(|param| !param.hidden) else { return Vec::new() };
        let mut found = match &param.kind {
            FieldKind::Choice(choices) => likeliest(choices.iter().cloned(), typing.begun),
            FieldKind::Choices(choices) => likeliest_of_several(choices.iter().cloned(), typing.begun),
            _ => {
                let known = param.complete.as_deref().unwrap_or_default().split_whitespace();
                join_all(known.map(|what| self.asked(what, typing))).await.concat()
            }
        };
        let mut seen = HashSet::new();
        found.retain(|choice| seen.insert(choice.value.clone()));
        found.truncate(MOST);
        found
    }

    /// The further field that is being filled in.
    async fn further_field(&self, operation: &Declaration, typing: Typing<'_>, role: Role) -> Option<Param> {
        let mut known = typing.given.clone();
        known.retain(|name, _| {
            operation.spec.more != Some(name) && operation.param(name).is_some_and(|one| !one.hidden)
        });
        let args = read_options(operation, &known).ok()?;
        operation.run.check(&args).ok()?;
        let now = self.clock.now();
        let by = Caller {
            call: CallId::new(),
            actor: typing.actor.clone(),
            role,
            place: Some(typing.place.clone()),
            accepted_at: now,
            now,
            defaults: self.router.defaults(typing.place).ok()?,
            quote: None,
        };
        match self.further.of(operation, &args, by, PATIENCE).await {
            Ok(fields) => Sheet::with(operation, &fields).declaration.param(typing.param).cloned(),
            Err(fault) => {
                tracing::info!(operation = operation.spec.name, %fault, "nothing can be offered for a further field");
                None
            }
        }
    }

    /// What the completion of this name has to offer.
    async fn asked(&self, what: &str, typing: Typing<'_>) -> Vec<Choice> {
        let service = what.split('.').next().unwrap_or_default();
        let Some(completer) = self.completers.get(service) else { return Vec::new() };
        let defaults = self.router.defaults(typing.place).unwrap_or_default();
        let (place, actor) = (typing.place, typing.actor);
        let key = format!("{what} {place} {} {:?} {defaults:?} {}", actor.handle(), typing.given, typing.begun);
        let now = self.clock.now();
        if let Some((at, known)) = self.memory().get(&key)
            && now.duration_since(*at) < FRESH
        {
            return known.clone();
        }
        let asked = Asked { what, begun: typing.begun, given: typing.given, defaults: &defaults, actor, place };
        let found = tokio::select! {
            found = completer.complete(&asked) => found,
            () = self.clock.sleep(PATIENCE) => Err(Fault::unavailable("It took too long.")),
        };
        match found {
            Ok(found) => {
                let mut memory = self.memory();
                if memory.len() >= REMEMBERED {
                    memory.retain(|_, (at, _)| now.duration_since(*at) < FRESH);
                }
                if memory.len() < REMEMBERED {
                    memory.insert(key, (now, found.clone()));
                }
                found
            }
            Err(fault) => {
                tracing::info!(what, %fault, "nothing can be offered for completion");
                Vec::new()
            }
        }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Timestamp, Vec<Choice>)>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
