//! `quarterdeck connect NAME`: begins a sign-in at the running daemon and prints where a person goes on.

use std::path::Path;

use serde_json::Value;

use super::client::Reach;
use super::{Failure, print, runtime};

/// Options of `connect`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The integration, such as `jira`.
    integration: String,
    #[command(flatten)]
    reach: Reach,
}

pub(super) fn run(config: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let client = args.reach.client(config)?;
    let path = format!("/api/v1/oauth/{}", args.integration);
    let answer = runtime()?.block_on(client.send(reqwest::Method::POST, &path, None))?;
    let url = answer.get("url").and_then(Value::as_str).unwrap_or_default();
    print(&format!("Open this in a browser, within 15 minutes, and agree:\n\n{url}\n"))
}
