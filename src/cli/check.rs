//! `quarterdeck check`: is the configuration right, and do the sign-ins work?

use std::path::Path;
use std::sync::Arc;

use super::{Failure, print, runtime, settings};
use crate::app::{Keyring, Parts, check_offline, check_online};
use crate::model::Clock;

/// Options of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also sign in everywhere, and say what works.
    #[arg(long)]
    online: bool,
}

pub(super) fn run(config: Option<&Path>, args: &Args) -> Result<(), Failure> {
    let settings = settings(config)?;
    let parts = Parts { clock: Clock::system(), keyring: Keyring::Real, metrics: Arc::new(String::new) };
    // Clients of vendors are made inside a runtime, even if they call nobody.
    let runtime = runtime()?;
    let _inside = runtime.enter();
    check_offline(&settings, &parts)?;
    let file =
        super::file(config).map_or_else(|| "no file, environment only".to_owned(), |file| file.display().to_string());
    print(&format!("configuration: good ({file})"))?;
    if !args.online {
        return Ok(());
    }
    let results = runtime.block_on(check_online(&settings, &parts))?;
    let mut failed = Vec::new();
    for (what, result) in results {
        match result {
            Ok(as_whom) => print(&format!("{what}: {as_whom}"))?,
            Err(fault) => {
                print(&format!("{what}: FAILED: {}", fault.outside))?;
                failed.push(what);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Other(format!("these do not work: {}", failed.join(", ")))) }
}
