//! Reload: new settings are taken over as a whole, or the old ones stay and the log says why.

use std::sync::PoisonError;

use jiff::SignedDuration;

use super::build::{endpoint_secrets, problems};
use super::places::Places;
use super::{Running, Settings};
use crate::model::Fault;

/// How long a reload waits for channel names.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);

impl Running {
    /// Takes over new settings: access, API keys, subscriptions, places, webhooks and rules at once. Other sections need
    /// a restart; they are named in the answer.
    ///
    /// # Errors
    /// `Misconfigured`: what is wrong with the new ones. The old ones stay, all of them.
    pub async fn reload(&self, new: Settings) -> Result<Vec<&'static str>, Fault> {
        let app = &self.app;
        let wrong = problems(&new, &app.registry);
        if !wrong.is_empty() {
            return Err(Fault::misconfigured(wrong.join("\n")));
        }
        let endpoints = endpoint_secrets(&new, &app.parts)?;
        let old = self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let needs_restart = [
            ("store", old.store != new.store),
            ("http", old.http != new.http),
            ("telemetry", old.telemetry != new.telemetry),
            ("delivery", old.delivery != new.delivery),
            ("slack", old.slack != new.slack),
            ("discord", old.discord != new.discord),
            ("telegram", old.telegram != new.telegram),
            ("github", old.github != new.github),
        ];
        let needs_restart: Vec<&str> =
            needs_restart.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();

        if !self.configured.is_cancelled() {
            return Err(Fault::unavailable("The daemon is still starting; reload again in a moment."));
        }
        let mut places = Places::new(app);
        let stop = tokio_util::sync::CancellationToken::new();
        // Channel names are asked of the platform; one that does not answer must not keep a reload waiting for ever.
        let resolved = tokio::select! {
            resolved = places.resolve_all(&new, &app.router, &stop) => resolved,
            () = app.parts.clock.sleep(PATIENCE) => None,
        };
        let Some(resolved) = resolved else {
            return Err(Fault::unavailable("A platform does not answer when asked for its channels; try again later."));
        };
        if !places.missing.is_empty() {
            return Err(Fault::misconfigured(places.missing.join("\n")));
        }
        resolved.apply(app, new.webhooks.clone()).await;
        self.troubles.clear("places");
        app.endpoints.set(endpoints);
        app.keys.set(new.api_keys.clone());
        let kept = Settings {
            store: old.store,
            http: old.http,
            telemetry: old.telemetry,
            delivery: old.delivery,
            slack: old.slack,
            discord: old.discord,
            telegram: old.telegram,
            github: old.github,
            ..new
        };
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(needs_restart)
    }
}
