//! `quarterdeck manifest`: what a platform wants to know when the app is set up there.

use std::path::Path;

use super::{Failure, print, runtime, settings};
use crate::app::documented;
use crate::chat::slack::{SlackConfig, manifest};
use crate::operations::Declaration;

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
    // The shortcuts on messages are those of what is configured; before that, of all that there is.
    let runtime = runtime()?;
    let _inside = runtime.enter();
    let registry = documented()?;
    let all = super::file(config).is_none();
    let actions = registry.on_messages().map(|(_, operation)| operation.as_ref());
    let actions: Vec<&Declaration> = actions.filter(|operation| all || settings.has(operation.service())).collect();
    let slack = settings.slack.unwrap_or_else(SlackConfig::default);
    let manifest = manifest(&slack, &actions, settings.http.public_url.as_ref().map(url::Url::as_str));
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| Failure::Other(error.to_string()))?;
    print(&text)
}
