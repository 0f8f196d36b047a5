//! `quarterdeck webhook`: the handshake of a door whose vendor gives the secret itself (Notion), at the running daemon.

use std::path::Path;

use serde_json::Value;

use super::client::Reach;
use super::{Failure, print, runtime};

/// Options of `webhook`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say how far the handshake is: pending, offered or active.
    State {
        /// The integration, such as `notion`.
        integration: String,
    },
    /// Print the token that the vendor offered, once, to be given back to the vendor.
    Token {
        /// The integration, such as `notion`.
        integration: String,
    },
    /// Start over, for a new subscription at the vendor. Webhooks of the old one are refused from then on.
    Reset {
        /// The integration, such as `notion`.
        integration: String,
    },
}

pub(super) fn run(config: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let client = args.reach.client(config)?;
    let (method, path, field) = match &args.command {
        Command::State { integration } => (reqwest::Method::GET, format!("/api/v1/webhooks/{integration}"), "state"),
        Command::Token { integration } => {
            (reqwest::Method::POST, format!("/api/v1/webhooks/{integration}/token"), "token")
        }
        Command::Reset { integration } => {
            (reqwest::Method::POST, format!("/api/v1/webhooks/{integration}/reset"), "state")
        }
    };
    let answer = runtime()?.block_on(client.send(method, &path, None))?;
    print(&format!("{}\n", answer.get(field).and_then(Value::as_str).unwrap_or_default()))
}
