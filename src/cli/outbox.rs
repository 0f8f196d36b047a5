//! `quarterdeck outbox`: what waits, what was given up, and sending it again. Asks the running daemon; where none runs,
//! looks into the store itself.

use std::fmt::Write as _;
use std::path::Path;

use super::client::Reach;
use super::{Failure, print, runtime, settings};
use crate::delivery::view::{Details, Line};
use crate::delivery::{DeadLetters, Outgoing};
use crate::model::{Clock, DeliveryId};
use crate::store::{OpenError, Store};

/// Options of `outbox`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List what waits, oldest first.
    List {
        /// List dead letters instead, newest first.
        #[arg(long)]
        dead: bool,
        /// How many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show one delivery with all its attempts.
    Show {
        /// The delivery.
        id: DeliveryId,
    },
    /// Send dead letters again.
    Redrive {
        /// The deliveries.
        #[arg(required_unless_present = "all")]
        ids: Vec<DeliveryId>,
        /// All dead letters.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

pub(super) fn run(config: Option<&Path>, args: Args) -> Result<(), Failure> {
    let settings = settings(config)?;
    // A store is only ever opened here if it is there: looking must not make one.
    let store = if settings.store.path.exists() { Some(Store::open(&settings.store)) } else { None };
    match store {
        Some(Ok(store)) => runtime()?.block_on(async {
            let result = directly(&store, args.command).await;
            store.close().await;
            result
        }),
        Some(Err(OpenError::Locked { .. })) | None => over_api(config, args),
        Some(Err(error)) => Err(Failure::Other(error.to_string())),
    }
}

async fn directly(store: &Store, command: Command) -> Result<(), Failure> {
    let outgoing = Outgoing::new(store);
    match command {
        Command::List { dead: true, limit } => print(&table(&outgoing.dead(limit)?)),
        Command::List { dead: false, limit } => print(&table(&outgoing.queued(limit)?)),
        Command::Show { id } => print(&details(&outgoing.details(id)?)),
        Command::Redrive { ids, all } => {
            let dead = DeadLetters::new(store, &Clock::system());
            let ids = if all { outgoing.dead(usize::MAX)?.iter().map(|line| line.id).collect() } else { ids };
            for id in &ids {
                dead.redrive(*id).await?;
                print(&format!("queued: {id}"))?;
            }
            print(&format!("{} sent again at the next start of the daemon", ids.len()))
        }
    }
}

fn over_api(config: Option<&Path>, args: Args) -> Result<(), Failure> {
    let client = args.reach.client(config)?;
    let wrong = |error: serde_json::Error| Failure::Other(format!("the daemon's answer cannot be read: {error}"));
    runtime()?.block_on(async {
        let get = |path: String| {
            let client = &client;
            async move { client.send(reqwest::Method::GET, &path, None).await }
        };
        match args.command {
            Command::List { dead, limit } => {
                let lines = get(format!("/api/v1/outbox?dead={dead}&limit={limit}")).await?;
                print(&table(&serde_json::from_value::<Vec<Line>>(lines).map_err(wrong)?))
            }
            Command::Show { id } => {
                let shown = get(format!("/api/v1/outbox/{id}")).await?;
                print(&details(&serde_json::from_value::<Details>(shown).map_err(wrong)?))
            }
            Command::Redrive { ids, all } => {
                let ids = if all {
                    let lines = get("/api/v1/outbox?dead=true&limit=1000".to_owned()).await?;
                    let lines = serde_json::from_value::<Vec<Line>>(lines).map_err(wrong)?;
                    lines.iter().map(|line| line.id).collect()
                } else {
                    ids
                };
                for id in &ids {
                    client.send(reqwest::Method::POST, &format!("/api/v1/outbox/{id}/redrive"), None).await?;
                    print(&format!("queued: {id}"))?;
                }
                print(&format!("{} sent again", ids.len()))
            }
        }
    })
}

fn table(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "nothing".to_owned();
    }
    let mut text = String::new();
    for line in lines {
        let what = line.what.as_deref().unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {:<9} {}  {}  {what}", line.id, line.state, line.since, line.lane);
        if let Some(fault) = &line.fault {
            let _ = writeln!(text, "    after {} attempts: {fault}", line.attempts);
        }
    }
    text
}

fn details(details: &Details) -> String {
    let mut text = table(std::slice::from_ref(&details.line));
    for (number, attempt) in details.attempts.iter().enumerate() {
        let _ = write!(text, "  attempt {}: {} in {} ms: {}", number + 1, attempt.at, attempt.took_ms, attempt.result);
        let fault = attempt.fault.as_ref().map_or_else(String::new, |fault| format!(" - {fault}"));
        let lost =
            if attempt.lost.is_empty() { String::new() } else { format!(" (left out: {})", attempt.lost.join(", ")) };
        let _ = writeln!(text, "{fault}{lost}");
    }
    text
}
