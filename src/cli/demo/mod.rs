//! `quarterdeck demo`: sandbox and daemon in one process, and a page to play with; `--script` plays a story instead.
//!
//! | file | what |
//! |---|---|
//! | `company` | who works there, and the daemon's settings |
//! | `world` | what the page, the story and the runner share |
//! | `wire` | what went over the wires, to be shown |
//! | `samples` | the events that the company's systems publish |
//! | `runner` | the company's job runner, which hears of *Retry* over an outgoing webhook |
//! | `server`, `acts`, `page/` | the page, what it shows and what one does on it |
//! | `story`, `teller`, `paint` | the story, and how a terminal shows it |

mod acts;
mod company;
mod paint;
mod runner;
mod samples;
mod server;
mod story;
mod teller;
mod wire;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::runner::{Pace, Runner};
use self::world::World;
use super::{Failure, print, runtime};
use crate::stage::Stage;
use crate::telemetry::{self, LogFormat, Metrics, Redactor, TelemetryConfig};

/// How long the runner's second attempt takes on the page: long enough to see the card say that it runs.
const RUN: Duration = Duration::from_millis(2500);

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The page's port on 127.0.0.1; 0 takes a free one, and so does a port that is taken.
    #[arg(long, default_value_t = 7878, value_name = "PORT")]
    port: u16,
    /// Play a story in the terminal, check every step of it, and end.
    #[arg(long)]
    script: bool,
    /// Keep the daemon's store in this directory. The vendors are the sandbox's and begin anew each time.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// What is logged, on standard error: error, warn, info, debug or trace, also by part.
    #[arg(long, env = "QUARTERDECK__TELEMETRY__LEVEL", default_value = "warn", value_name = "LEVEL")]
    log: String,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let redactor = Redactor::default();
    let watched = redactor.clone();
    crate::vault::watch_secrets(move |secret| watched.register(secret));
    telemetry::init(&TelemetryConfig { format: LogFormat::Text, level: args.log.clone() }, redactor)?;
    let metrics = Metrics::install()?;
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let (listener, taken) = listen(if args.script { 0 } else { args.port }).await?;
        let address = listener.local_addr()?;
        if taken {
            print(&format!("Port {} is taken; another one is used.", args.port))?;
        }
        let pace = if args.script { Pace::when_told() } else { Pace::after(RUN) };
        let metrics: Arc<dyn Fn() -> String + Send + Sync> = Arc::new(move || {
            metrics.upkeep();
            metrics.render()
        });
        let stage = Stage::open(company::setup(address, args.store.clone(), metrics)).await?;
        let world = World::new(stage, Runner::new(pace))?;
        let page = tokio::spawn(server::serve(listener, Arc::clone(&world)));
        let mut interrupt = signal(SignalKind::interrupt())?;
        let played =
            if args.script { story::play(&world).await } else { welcome(&world, address, &mut interrupt).await };
        tokio::select! {
            () = world.stop() => {}
            // What was not finished is on disk, as after a power cut.
            _ = interrupt.recv() => {}
        }
        // The page's streams never end by themselves.
        page.abort();
        played
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// The page's listener, and whether the wanted port was taken.
async fn listen(port: u16) -> Result<(TcpListener, bool), Failure> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(at(port)).await {
        Ok(listener) => Ok((listener, false)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Ok((TcpListener::bind(at(0)).await?, port != 0)),
        Err(error) => Err(Failure::Other(format!("127.0.0.1:{port} cannot be listened on: {error}"))),
    }
}

/// Says where the page is, and waits for Ctrl-C or SIGTERM.
async fn welcome(world: &World, address: SocketAddr, interrupt: &mut Signal) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    print(&format!(
        "Quarterdeck runs against a sandbox of Slack, Discord, Telegram and GitHub; nothing leaves this machine.\n\
         \n  The page     http://{address}/\n  The daemon   {}\n\n  The vendors, for any client of theirs:\n  \
         Slack        {}\n  Discord      {}\n  Telegram     {}\n  GitHub       {}\n\n\
         Type `/qd help` on the page. Ctrl-C ends it.",
        world.daemon,
        world.slack.api_base(),
        world.discord.api_base(),
        world.telegram.base(),
        world.github.base(),
    ))?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    print("\nStopping; what is under way is finished first. Ctrl-C again ends it at once.")
}
