//! `quarterdeck event send`: publish an event.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::client::Reach;
use super::{Failure, print, runtime};
use crate::model::{Event, Severity, SubjectKey, Timestamp};

/// The commands about events.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Publish an event, for example: quarterdeck event send task.failed --source /ci/nightly --data '{"task":"42"}'
    Send(Args),
}

/// Options of `event send`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The event's type, such as task.failed. docs/events.md lists those that have cards of their own.
    #[arg(value_name = "TYPE")]
    kind: String,
    /// Where it happened, such as /ci/nightly.
    #[arg(long)]
    source: String,
    /// What happened, as JSON; @FILE reads a file, - reads standard input.
    #[arg(long, default_value = "{}", value_name = "JSON|@FILE|-")]
    data: String,
    /// The event's id; the same one twice is one event. Default: a new one.
    #[arg(long)]
    id: Option<String>,
    /// What it is about.
    #[arg(long)]
    subject: Option<String>,
    /// How grave it is: info, low, medium, high or critical.
    #[arg(long, value_parser = severity)]
    severity: Option<Severity>,
    /// What makes later events edit the same card. Default: made from the data.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    reach: Reach,
}

pub(super) fn run(config: Option<&Path>, command: Command) -> Result<(), Failure> {
    let Command::Send(args) = command;
    let id = args.id.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    let mut event = Event::new(id, args.source, args.kind, data(&args.data)?);
    event.subject = args.subject;
    event.severity = args.severity;
    event.key = args.key.map(SubjectKey::new);
    event.time = Some(Timestamp::now());
    let body = serde_json::to_vec(&event).map_err(|error| Failure::Other(error.to_string()))?;
    let client = args.reach.client(config)?;
    let body = Some(("application/cloudevents+json", body));
    let answer = runtime()?.block_on(client.send(reqwest::Method::POST, "/api/v1/events", body))?;
    let status = answer.get("status").and_then(Value::as_str).unwrap_or("accepted");
    print(&format!("{status}: {}", event.id))
}

fn data(given: &str) -> Result<Value, Failure> {
    let text = match given {
        "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        _ => match given.strip_prefix('@') {
            Some(file) => {
                std::fs::read_to_string(file).map_err(|error| Failure::Other(format!("--data: {file}: {error}")))?
            }
            None => given.to_owned(),
        },
    };
    serde_json::from_str(&text).map_err(|error| Failure::Other(format!("--data: this is no JSON: {error}")))
}

fn severity(text: &str) -> Result<Severity, String> {
    serde_json::from_value(Value::String(text.to_lowercase()))
        .map_err(|_| "expected info, low, medium, high or critical".to_owned())
}
