//! Places that the configuration names by channel name become places by id, before anything is told.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::chat::Platform;
use crate::model::{Clock, FaultKind, Place, PlatformId, SubscriptionId};
use crate::operations::AccessConfig;
use crate::routing::{Owner, Router, Subscription};

/// Resolves places by name. Remembers what it found, and what there is not.
pub(super) struct Places {
    platforms: HashMap<PlatformId, Arc<dyn Platform>>,
    clock: Clock,
    found: HashMap<Place, Place>,
    /// Places that do not exist, with the reason.
    pub(super) missing: Vec<String>,
}

impl Places {
    pub(super) fn new(platforms: &HashMap<PlatformId, Arc<dyn Platform>>, clock: &Clock) -> Self {
        Self { platforms: platforms.clone(), clock: clock.clone(), found: HashMap::new(), missing: Vec::new() }
    }

    /// The place by id. Waits, with growing pauses, for a platform that cannot be asked now: what is to be told
    /// meanwhile stays in the inbox. `None`: there is no such channel, or we were stopped.
    async fn resolve(&mut self, place: &Place, stop: &CancellationToken) -> Option<Place> {
        if !place.channel.starts_with('#') {
            return Some(place.clone());
        }
        if let Some(found) = self.found.get(place) {
            return Some(found.clone());
        }
        let platform = self.platforms.get(&place.platform)?;
        let mut pause = SignedDuration::from_secs(1);
        loop {
            match platform.resolve(place).await {
                Ok(found) => {
                    self.found.insert(place.clone(), found.clone());
                    return Some(found);
                }
                Err(fault)
                    if matches!(
                        fault.kind,
                        FaultKind::Unavailable | FaultKind::Unknown | FaultKind::RateLimited { .. }
                    ) =>
                {
                    tracing::warn!(%place, %fault, "a channel's name cannot be looked up yet");
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

    /// Tells the router of the file's subscriptions and places.
    pub(super) async fn configure(&mut self, settings: &Settings, router: &Router, stop: &CancellationToken) {
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
        router.configure(subscriptions, settings.webhooks.clone(), places);
    }

    /// The grants with their places by id.
    pub(super) async fn access(&mut self, config: &AccessConfig, stop: &CancellationToken) -> AccessConfig {
        let mut config = config.clone();
        for place in config.places_mut() {
            if let Some(found) = self.resolve(place, stop).await {
                *place = found;
            }
        }
        config
    }
}
