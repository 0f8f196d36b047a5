//! `quarterdeck manifest`: what a platform wants to know when the app is set up there.

use std::path::Path;

use super::{Failure, print, settings};
use crate::chat::slack::{SlackConfig, manifest};

/// The platforms with a manifest.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Slack's app manifest, for the commands of the configuration: paste it at api.slack.com/apps, Create New App.
    Slack,
}

pub(super) fn run(config: Option<&Path>, command: &Command) -> Result<(), Failure> {
    let Command::Slack = command;
    // Before the app is set up there are no tokens yet: only the section itself is read.
    let settings = match super::file(config) {
        Some(_) => settings(config)?,
        None => crate::app::Settings::default(),
    };
    let slack = settings.slack.unwrap_or_else(SlackConfig::default);
    let manifest = manifest(&slack, settings.http.public_url.as_ref().map(url::Url::as_str));
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| Failure::Other(error.to_string()))?;
    print(&text)
}
