//! `quarterdeck key`: make an API key.

use super::{Failure, print};
use crate::vault::ApiKey;

/// Options of `key`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The key's name, such as ci.
    name: String,
    /// What it may do: operator publishes events, admin also sees to the outbox.
    #[arg(long, default_value = "operator", value_parser = ["operator", "admin"])]
    role: String,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let (key, hash) = ApiKey::generate();
    let name = toml::Value::String(args.name.clone());
    print(&format!(
        "The key, shown this once:\n\n    {key}\n\nIts lines in the configuration:\n\n    [[api_keys]]\n    name = {name}\n    \
         sha256 = \"{hash}\"\n    role = \"{}\"\n",
        args.role
    ))
}
