//! `quarterdeck run`: the daemon, from start to SIGTERM.

use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failure, runtime, settings};
use crate::app::{App, Keyring, Parts, Running};
use crate::model::{Clock, Fault};
use crate::telemetry::{self, Metrics, Redactor};
use crate::vault;

pub(super) fn run(config: Option<&Path>) -> Result<(), Failure> {
    let settings = settings(config)?;
    let redactor = Redactor::default();
    let watched = redactor.clone();
    // Every secret that is fetched from here on is left out of the log.
    vault::watch_secrets(move |secret| watched.register(secret));
    telemetry::init(&settings.telemetry, redactor)?;
    let metrics = Metrics::install()?;
    let render = metrics.clone();
    let parts = Parts { clock: Clock::system(), keyring: Keyring::Real, metrics: Arc::new(move || render.render()) };
    runtime()?.block_on(async {
        // Samples are folded into their buckets now and then, also when nobody scrapes.
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(std::time::Duration::from_secs(5));
            loop {
                ticks.tick().await;
                metrics.upkeep();
            }
        });
        // Before systemd is told that we are ready: a signal that nobody listens for would end the process.
        let mut signals = Signals::new()?;
        let running = App::build(settings, parts)?.start().await?;
        tracing::info!(address = %running.address(), version = env!("CARGO_PKG_VERSION"), "ready");
        tell_systemd(&[sd_notify::NotifyState::Ready]);
        wait(&running, config, &mut signals).await;
        tell_systemd(&[sd_notify::NotifyState::Stopping]);
        running.stop().await;
        Ok(())
    })
}

/// The signals that the daemon listens for.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Waits for SIGTERM or Ctrl-C; reloads on SIGHUP.
async fn wait(running: &Running, config: Option<&Path>, signals: &mut Signals) {
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return,
            _ = signals.interrupt.recv() => return,
            _ = signals.hang_up.recv() => {}
        }
        // A reload may wait for a platform; it must not keep the daemon from stopping.
        tokio::select! {
            () = reload(running, config) => {}
            () = signals.end() => return,
        }
    }
}

async fn reload(running: &Running, config: Option<&Path>) {
    tell_systemd(&[sd_notify::NotifyState::Reloading]);
    let reloaded = match settings(config) {
        Ok(new) => running.reload(new).await.map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    match reloaded {
        Ok(restart) if restart.is_empty() => tracing::info!("the configuration was reloaded"),
        Ok(restart) => {
            tracing::warn!(
                sections = restart.join(", "),
                "the configuration was reloaded; these sections need a restart"
            );
        }
        Err(failure) => tracing::error!(%failure, "the configuration was not reloaded; the old one stays"),
    }
    tell_systemd(&[sd_notify::NotifyState::Ready]);
}

/// Tells systemd, where it asked to be told.
fn tell_systemd(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        let fault = Fault::unavailable("systemd cannot be told").inside(error.to_string());
        tracing::warn!(%fault, "systemd waits in vain");
    }
}
