//! Places that the configuration names by channel name become places by id, before anything is told.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::build::people;
use super::{App, Settings};
use crate::chat::Platform;
use crate::delivery::{EndpointConfig, PlaceWatch as _};
use crate::model::{Clock, FaultKind, People, Place, PlatformId, SubscriptionId};
use crate::operations::{Access, AccessConfig, RuleConfig};
use crate::routing::{Owner, PlaceNames, Router, Subscription};
use crate::store::Store;

/// What the settings say of places, by id.
pub(super) struct Resolved {
    subscriptions: Vec<Subscription>,
    places: Vec<(Place, String)>,
    rules: Vec<RuleConfig>,
    access: AccessConfig,
    people: Arc<People>,
    /// What places are called in the settings, by their ids.
    names: BTreeMap<Place, String>,
    /// Whether all places that follow something were found.
    whole: bool,
}

impl Resolved {
    /// Tells everybody of it.
    pub(super) async fn apply(self, app: &App, webhooks: Vec<EndpointConfig>) {
        app.router.configure(self.subscriptions, webhooks, self.places);
        app.rules.set(self.rules);
        app.standing.set(Access::new(self.access, &self.people).named(self.names));
        app.lanes.set_people(self.people);
        // What is left out now may be back at the next start.
        if self.whole
            && let Err(fault) = app.router.forget_aliases().await
        {
            tracing::warn!(%fault, "earlier names of sources cannot be forgotten");
        }
    }
}

/// Resolves places by name. Remembers what it found, and what there is not.
pub(super) struct Places {
    platforms: HashMap<PlatformId, Arc<dyn Platform>>,
    clock: Clock,
    found: HashMap<Place, Place>,
    store: Store,
    router: Router,
    /// Places that do not exist, with the reason.
    pub(super) missing: Vec<String>,
}

impl Places {
    pub(super) fn new(app: &App) -> Self {
        Self {
            platforms: app.platforms.clone(),
            clock: app.parts.clock.clone(),
            found: HashMap::new(),
            store: app.store.clone(),
            router: app.router.clone(),
            missing: Vec::new(),
        }
    }

    /// The place by id. Where the platform cannot be asked now, the id it gave at an earlier start will do; where there is
    /// none, it is asked again and again, and what is to be told meanwhile stays in the inbox. `None`: there is no such
    /// channel, or we were stopped.
    async fn resolve(&mut self, place: &Place, stop: &CancellationToken) -> Option<Place> {
        if !place.is_named() {
            return Some(self.router.current(place).unwrap_or_else(|_| place.clone()));
        }
        if let Some(found) = self.found.get(place) {
            return Some(found.clone());
        }
        let platform = self.platforms.get(&place.platform)?;
        let mut pause = SignedDuration::from_secs(1);
        loop {
            match platform.resolve(place).await {
                Ok(found) => {
                    self.remember(place, &found).await;
                    self.found.insert(place.clone(), found.clone());
                    return Some(found);
                }
                Err(fault)
                    if matches!(
                        fault.kind,
                        FaultKind::Unavailable | FaultKind::Unknown | FaultKind::RateLimited { .. }
                    ) =>
                {
                    tracing::warn!(%place, %fault, "a channel's name cannot be looked up now");
                    let remembered = self.store.get::<PlaceNames>(&place.to_string()).ok().flatten();
                    if let Some(known) = remembered.and_then(|known| known.parse::<Place>().ok()) {
                        self.found.insert(place.clone(), known.clone());
                        return Some(known);
                    }
                    tokio::select! {
                        () = self.clock.sleep(pause) => {}
                        () = stop.cancelled() => return None,
                    }
                    pause = (pause * 2).min(SignedDuration::from_secs(30));
                }
                Err(fault) => {
                    tracing::error!(%place, %fault, "a channel of the configuration is not there; nothing is told in it");
                    self.missing.push(format!("{place}: {}", fault.outside));
                    return None;
                }
            }
        }
    }

    async fn remember(&self, place: &Place, found: &Place) {
        let (name, id) = (place.to_string(), found.to_string());
        if let Err(fault) = self.store.write(move |tx| tx.put::<PlaceNames>(&name, &id)).await {
            tracing::warn!(%fault, "a channel's id cannot be remembered");
        }
    }

    /// Everything that names places, by id. `None`: we were stopped.
    pub(super) async fn resolve_all(
        &mut self,
        settings: &Settings,
        router: &Router,
        stop: &CancellationToken,
    ) -> Option<Resolved> {
        let mut subscriptions = Vec::new();
        for config in &settings.subscriptions {
            let Some(place) = self.resolve(&config.place, stop).await else { continue };
            match router.vocabulary().resolve(&config.events) {
                Ok(types) => subscriptions.push(Subscription {
                    id: SubscriptionId::new(),
                    owner: Owner::File,
                    place,
                    source: config.source.clone(),
                    events: config.events.clone(),
                    types,
                    created_at: self.clock.now(),
                }),
                // `check` and the start refuse such a file.
                Err(fault) => tracing::error!(%fault, "a subscription of the configuration is left out"),
            }
        }
        let mut places = Vec::new();
        for config in &settings.places {
            if let Some(place) = self.resolve(&config.place, stop).await {
                places.push((place, config.repository.clone()));
            }
        }
        let mut rules = settings.rules.clone();
        for rule in &mut rules {
            if let Some(place) = &rule.place {
                rule.place = self.resolve(place, stop).await;
            }
        }
        let access = self.access(&settings.access, stop).await;
        let people = people(settings);
        let names = self.found.iter().map(|(name, id)| (id.clone(), name.to_string())).collect();
        let whole = subscriptions.len() == settings.subscriptions.len() && places.len() == settings.places.len();
        (!stop.is_cancelled()).then_some(Resolved { subscriptions, places, rules, access, people, names, whole })
    }

    /// The grants with their places by id.
    async fn access(&mut self, config: &AccessConfig, stop: &CancellationToken) -> AccessConfig {
        let mut config = config.clone();
        for place in config.places_mut() {
            if let Some(found) = self.resolve(place, stop).await {
                *place = found;
            }
        }
        config
    }
}
