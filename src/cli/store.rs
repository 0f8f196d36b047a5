//! `quarterdeck store`: verify, export, import and compact, while the daemon is stopped.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::{Failure, print, settings};
use crate::store::admin;

/// The commands about the store.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Read every row and check that all of it holds together.
    Verify,
    /// Write every row as a line of JSON.
    Export {
        /// The file to write; - writes to standard output.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Read an export into an empty store.
    Import {
        /// The file to read; - reads standard input.
        file: PathBuf,
    },
    /// Give back the disk space of what was deleted.
    Compact,
}

pub(super) fn run(config: Option<&Path>, command: Command) -> Result<(), Failure> {
    let config = settings(config)?.store;
    let wrong = |error: admin::AdminError| Failure::Other(error.to_string());
    match command {
        Command::Verify => {
            let verified = admin::verify(&config).map_err(wrong)?;
            print(&verified.to_string())?;
            if verified.is_whole() { Ok(()) } else { Err(Failure::Other("the store is not whole".to_owned())) }
        }
        Command::Export { file } => {
            if file.as_os_str() == "-" {
                return admin::export(&config, std::io::stdout().lock()).map(|_| ()).map_err(wrong);
            }
            let mut out = BufWriter::new(File::create(&file)?);
            let report = admin::export(&config, &mut out).map_err(wrong)?;
            out.flush()?;
            out.get_ref().sync_all()?;
            print(&report.to_string())
        }
        Command::Import { file } => {
            let report = if file.as_os_str() == "-" {
                admin::import(&config, std::io::stdin().lock())
            } else {
                admin::import(&config, BufReader::new(File::open(&file)?))
            };
            print(&report.map_err(wrong)?.to_string())
        }
        Command::Compact => print(&admin::compact(&config).map_err(wrong)?.to_string()),
    }
}
