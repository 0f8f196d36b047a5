//! `quarterdeck operations`: what can be asked for.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::{Failure, print, runtime, settings};
use crate::app::{Keyring, Parts, documented, operations};
use crate::model::Clock;
use crate::operations::markdown;

/// Options of `operations`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print the documentation of all operations that there are, as in docs/operations.md.
    #[arg(long, conflicts_with = "events")]
    markdown: bool,
    /// Print the documentation of the events that have cards of their own, as in docs/events.md.
    #[arg(long)]
    events: bool,
}

pub(super) fn run(config: Option<&Path>, args: &Args) -> Result<(), Failure> {
    if args.events {
        return print(&crate::connectors::house::events_markdown());
    }
    // Clients of vendors are made inside a runtime, even if they call nobody.
    let runtime = runtime()?;
    let _inside = runtime.enter();
    if args.markdown {
        return print(&markdown(&*documented()?));
    }
    let parts = Parts { clock: Clock::system(), keyring: Keyring::Real, metrics: Arc::new(String::new) };
    let registry = operations(&settings(config)?, &parts)?;
    let mut text = String::new();
    for operation in registry.shown() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<36} {:<8} {}",
            operation.spec.name,
            operation.spec.effect.to_string(),
            operation.summary
        );
    }
    print(&text)
}
