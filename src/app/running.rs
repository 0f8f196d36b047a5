//! The daemon while it runs: its tasks, its health, and how it stops.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::build::sorted;
use super::places::Places;
use super::{App, Settings};
use crate::chat::Platform;
use crate::delivery::Lanes;
use crate::http::{Health, Server, ServerParts};
use crate::model::{Clock, Fault, Metric, gauge};
use crate::operations::{Offer, Registry};
use crate::routing::MovedPlaces;
use crate::store::Store;

/// How long a stop may take before what is left is abandoned (it is on disk, and the next start takes it up).
const DRAIN: SignedDuration = SignedDuration::from_secs(25);
/// How often rows whose time has come are removed and gauges are set.
const SWEEP: SignedDuration = SignedDuration::from_secs(60);
/// How many rows one sweep removes in one transaction.
const SWEPT: usize = 500;

/// A running daemon.
#[derive(Debug)]
pub struct Running {
    pub(super) app: Arc<App>,
    pub(super) settings: Arc<Mutex<Settings>>,
    address: SocketAddr,
    intake_stop: CancellationToken,
    stop: CancellationToken,
    /// Cancelled when it is known who hears of what.
    pub(super) configured: CancellationToken,
    /// What takes work off the inbox and the ledger; it ends before the lanes do.
    workers: TaskTracker,
    tasks: TaskTracker,
    pub(super) troubles: Troubles,
}

/// What does not work, by part.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubles(Arc<Mutex<HashMap<String, String>>>);

impl Troubles {
    pub(super) fn clear(&self, part: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(part);
    }

    fn set(&self, part: &str, what: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(part.to_owned(), what.into());
    }

    fn list(&self) -> Vec<String> {
        let troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<String> = troubles.iter().map(|(part, what)| format!("{part}: {what}")).collect();
        list.sort();
        list
    }
}

/// The parts that take work off the inbox and the ledger.
#[derive(Debug, Clone, Copy)]
enum Part {
    Requests,
    Calls,
    Events,
    Looks,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Calls => "calls",
            Self::Events => "events",
            Self::Looks => "looks",
        }
    }
}

impl App {
    /// Starts everything. The address is bound when this returns; platforms connect in the background.
    ///
    /// # Errors
    /// `Misconfigured`: the address cannot be had.
    pub async fn start(self) -> Result<Running, Fault> {
        let app = Arc::new(self);
        let troubles = Troubles::default();
        let server = Server::bind(server_parts(&app, &troubles)).await?;
        let running = Running {
            settings: Arc::new(Mutex::new(app.settings.clone())),
            address: server.address(),
            intake_stop: CancellationToken::new(),
            stop: CancellationToken::new(),
            configured: CancellationToken::new(),
            workers: TaskTracker::new(),
            tasks: TaskTracker::new(),
            troubles,
            app,
        };
        running.spawn("http", server.serve(running.intake_stop.clone()));
        let app = Arc::clone(&running.app);
        running.spawn("outbox", async move { app.lanes.run().await });
        // Nothing is decided before it is known who hears of what, and who may do what where.
        for part in [Part::Requests, Part::Calls, Part::Events, Part::Looks] {
            let (app, stop, configured) = (Arc::clone(&running.app), running.stop.clone(), running.configured.clone());
            running.work(part.name(), async move {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    () = configured.cancelled() => {}
                }
                match part {
                    Part::Requests => app.desk.run(&stop).await,
                    Part::Calls => app.dispatch.run(&stop).await,
                    Part::Events => app.intake.run(&stop).await,
                    Part::Looks => app.looks.run(&stop).await,
                }
            });
        }
        let (app, stop, troubles) = (Arc::clone(&running.app), running.stop.clone(), running.troubles.clone());
        let configured = running.configured.clone();
        running.tasks.spawn(async move {
            let mut places = Places::new(&app);
            let Some(resolved) = places.resolve_all(&app.settings, &app.router, &stop).await else { return };
            resolved.apply(&app, app.settings.webhooks.clone()).await;
            if !places.missing.is_empty() {
                troubles.set("places", places.missing.join("; "));
            }
            configured.cancel();
        });
        running.follow_moves();
        for platform in running.app.platforms.values() {
            running.listen(Arc::clone(platform));
        }
        let (app, stop) = (Arc::clone(&running.app), running.stop.clone());
        running.tasks.spawn(async move { keep_house(&app, &stop).await });
        running.workers.close();
        running.tasks.close();
        Ok(running)
    }
}

impl Running {
    /// The address of the HTTP listener.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The store, to look at.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// What can be asked for.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.app.registry
    }

    /// What is offered to people who type, to look at.
    #[must_use]
    pub fn offer(&self) -> &Offer {
        &self.app.offer
    }

    /// The lanes, to look at.
    #[must_use]
    pub fn lanes(&self) -> &Lanes {
        &self.app.lanes
    }

    /// Resolves when every platform listens, or at once where there is none.
    pub async fn connected(&self) {
        for platform in self.app.platforms.values() {
            // The sender lives as long as the platform does.
            let _ = platform.connected().wait_for(|connected| *connected).await;
        }
    }

    /// How the daemon is.
    #[must_use]
    pub fn health(&self) -> Health {
        health(&self.app, &self.troubles)
    }

    /// Takes nothing in any more, finishes what is under way, and closes the store.
    pub async fn stop(self) {
        let clock = self.app.parts.clock.clone();
        // First the doors, so that nothing new comes in while the rest finishes.
        self.intake_stop.cancel();
        self.stop.cancel();
        let finished = async {
            // What is under way may still have something to say.
            self.workers.wait().await;
            self.app.lanes.stop().await;
            self.tasks.wait().await;
        };
        tokio::select! {
            () = finished => {}
            () = clock.sleep(DRAIN) => tracing::warn!("not everything finished in time; the next start takes it up"),
        }
        match Arc::try_unwrap(self.app) {
            Ok(app) => app.close().await,
            Err(shared) => shared.store.clone().close().await,
        }
        tracing::info!("stopped");
    }

    fn spawn(&self, part: &'static str, work: impl Future<Output = Result<(), Fault>> + Send + 'static) {
        self.tasks.spawn(self.watched(part, work));
    }

    fn work(&self, part: &'static str, work: impl Future<Output = Result<(), Fault>> + Send + 'static) {
        self.workers.spawn(self.watched(part, work));
    }

    /// A part of the daemon whose end is told.
    fn watched(
        &self,
        part: &'static str,
        work: impl Future<Output = Result<(), Fault>> + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let troubles = self.troubles.clone();
        async move {
            if let Err(fault) = work.await {
                tracing::error!(part, %fault, "a part of the daemon ended");
                troubles.set(part, fault.outside);
            }
        }
    }

    /// A place that goes on under another id is still meant where the configuration names the old one.
    fn follow_moves(&self) {
        let (app, stop) = (Arc::clone(&self.app), self.stop.clone());
        let (settings, configured) = (Arc::clone(&self.settings), self.configured.clone());
        let mut moves = app.store.watch::<MovedPlaces>();
        self.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    moved = moves.recv() => if moved.is_none() { return },
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = configured.cancelled() => {}
                }
                let settings = settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let Some(resolved) = Places::new(&app).resolve_all(&settings, &app.router, &stop).await else { return };
                resolved.apply(&app, settings.webhooks.clone()).await;
            }
        });
    }

    fn listen(&self, platform: Arc<dyn Platform>) {
        let (inbox, stop, troubles) = (self.app.inbox.clone(), self.intake_stop.clone(), self.troubles.clone());
        let offer = Arc::clone(&self.app.offer);
        let clock = self.app.parts.clock.clone();
        self.tasks.spawn(async move {
            let name = platform.id().as_str().to_owned();
            loop {
                let ended = tokio::select! {
                    () = stop.cancelled() => return,
                    ended = platform.listen(inbox.clone(), Arc::clone(&offer)) => ended,
                };
                let fault = ended.err().unwrap_or_else(|| Fault::unavailable("It stopped listening."));
                tracing::error!(platform = name, %fault, "a platform cannot be listened to");
                troubles.set(&name, fault.outside.clone());
                // An operator may mend a token meanwhile; asking once a minute bothers nobody.
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = clock.sleep(SignedDuration::from_secs(60)) => {}
                }
                troubles.clear(&name);
            }
        });
    }
}

impl App {
    /// Closes the store of a daemon that was built and not started, or has stopped.
    pub async fn close(self) {
        let Self { store, .. } = self;
        store.close().await;
    }
}

fn health(app: &App, troubles: &Troubles) -> Health {
    let mut health = Health::default();
    if let Err(fault) = app.store.health() {
        health.broken.push(format!("store: {}", fault.outside));
    }
    let core = ["outbox: ", "requests: ", "calls: ", "events: ", "looks: ", "http: "];
    for trouble in troubles.list() {
        let broken = core.iter().any(|part| trouble.starts_with(part));
        if broken { &mut health.broken } else { &mut health.degraded }.push(trouble);
    }
    for carrier in app.lanes.broken() {
        health.degraded.push(format!("{carrier}: does not answer; deliveries wait"));
    }
    for (place, lost) in app.router.lost_places().unwrap_or_default() {
        health.degraded.push(format!("{place}: cannot be told there since {:.0}: {}", lost.since, lost.why));
    }
    for platform in sorted(&app.platforms).into_iter().filter(|platform| !*platform.connected().borrow()) {
        health.degraded.push(format!("{}: not connected", platform.id()));
    }
    health
}

fn server_parts(app: &Arc<App>, troubles: &Troubles) -> ServerParts {
    let (of, troubles) = (Arc::downgrade(app), troubles.clone());
    ServerParts {
        config: app.settings.http.clone(),
        clock: app.parts.clock.clone(),
        inbox: app.inbox.clone(),
        doors: app.doors.clone(),
        oauths: app.oauths.clone(),
        keys: app.keys.clone(),
        teller: Arc::clone(&app.teller),
        outgoing: app.outgoing.clone(),
        dead: app.dead.clone(),
        health: Arc::new(move || of.upgrade().map_or_else(Health::default, |app| health(&app, &troubles))),
        metrics: Arc::clone(&app.parts.metrics),
        platforms: app.routes.clone(),
    }
}

/// Removes rows whose time has come, and sets the gauges that nobody else sets.
async fn keep_house(app: &App, stop: &CancellationToken) {
    let clock: &Clock = &app.parts.clock;
    loop {
        set_gauges(app);
        loop {
            match app.store.sweep(clock.now(), SWEPT).await {
                Ok(swept) if swept == SWEPT && !stop.is_cancelled() => {}
                Ok(_) => break,
                Err(fault) => {
                    tracing::warn!(%fault, "old rows cannot be removed");
                    break;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep(SWEEP) => {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "gauges; nobody counts past 2^53")]
fn set_gauges(app: &App) {
    use crate::delivery::tables::{Hooks, Outbox, Requests};
    gauge(Metric::InboxRows, (app.store.count::<Hooks>() + app.store.count::<Requests>()) as f64, &[]);
    gauge(Metric::OutboxRows, app.store.count::<Outbox>() as f64, &[]);
    if let Ok(stats) = app.store.stats() {
        gauge(Metric::StoreLiveBytes, stats.live_bytes as f64, &[]);
        gauge(Metric::StoreFileBytes, stats.file_bytes as f64, &[]);
    }
    gauge(Metric::LostPlaces, app.router.lost_places().unwrap_or_default().len() as f64, &[]);
    for (id, platform) in &app.platforms {
        let connected = *platform.connected().borrow();
        gauge(Metric::PlatformConnected, f64::from(u8::from(connected)), &[("platform", id.as_str())]);
    }
}
