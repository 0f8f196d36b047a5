//! The command line: one file a subcommand.

mod check;
mod client;
mod connect;
mod demo;
mod event;
mod key;
mod manifest;
mod operations;
mod outbox;
mod run;
mod store;
mod webhook;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::app::Settings;
use crate::config::ConfigError;
use crate::model::{Fault, FaultKind};

/// Run your work from chat: slash commands and buttons become operations on GitHub and more, and what happens there
/// comes back as cards.
#[derive(Debug, Parser)]
#[command(name = "quarterdeck", version, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 all is well, 1 it failed, 2 the command line is wrong, 3 the configuration is wrong.\n\
    Settings can also be given as variables: QUARTERDECK__HTTP__LISTEN=0.0.0.0:8080 sets http.listen.\n"
)]
pub struct Cli {
    /// The configuration file. Default: quarterdeck.toml here, else /etc/quarterdeck/quarterdeck.toml, if there.
    #[arg(long, short, global = true, env = "QUARTERDECK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon.
    Run,
    /// See it work, with no account and no service: sandbox and daemon in one process, and a page to play with.
    Demo(demo::Args),
    /// Check the configuration; with --online also sign in everywhere.
    Check(check::Args),
    /// Publish an event.
    #[command(subcommand)]
    Event(event::Command),
    /// Look at what is on its way out, and send again what was given up.
    Outbox(outbox::Args),
    /// Sign in at a service in the browser, where it wants that (OAuth 2.0).
    Connect(connect::Args),
    /// See to a webhook door whose vendor gives the secret itself.
    Webhook(webhook::Args),
    /// See to the store, while the daemon is stopped.
    #[command(subcommand)]
    Store(store::Command),
    /// Print what a platform wants to know when the app is set up there.
    #[command(subcommand)]
    Manifest(manifest::Command),
    /// List the operations, or print their documentation.
    Operations(operations::Args),
    /// Print an example configuration with every setting explained.
    Example,
    /// Make an API key and print the lines that make it valid.
    Key(key::Args),
    /// Print a shell's completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The configuration is wrong.
    Config(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(text) | Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault.kind {
            FaultKind::Misconfigured => Self::Config(fault.to_string()),
            _ => Self::Other(fault.to_string()),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Other(error.to_string())
    }
}

/// Reads the command line and does what it says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // One TLS provider for every client in the process; it is the first to be installed, so it cannot fail.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // A reader that went away (`| head`) is no failure worth a word.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("error: {failure}\n"));
            ExitCode::from(match failure {
                Failure::Config(_) => 3,
                Failure::Other(_) => 1,
            })
        }
    }
}

impl Cli {
    fn run(self) -> Result<(), Failure> {
        let config = self.config.as_deref();
        match self.command {
            Command::Run => run::run(config),
            Command::Demo(args) => demo::run(&args),
            Command::Check(args) => check::run(config, &args),
            Command::Event(command) => event::run(config, command),
            Command::Outbox(args) => outbox::run(config, args),
            Command::Connect(args) => connect::run(config, &args),
            Command::Webhook(args) => webhook::run(config, &args),
            Command::Store(command) => store::run(config, command),
            Command::Manifest(command) => manifest::run(config, &command),
            Command::Operations(args) => operations::run(config, &args),
            Command::Example => print(&crate::app::example()),
            Command::Key(args) => key::run(&args),
            Command::Completions { shell } => {
                let mut text = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "quarterdeck", &mut text);
                print(&String::from_utf8_lossy(&text))
            }
        }
    }
}

/// The configuration file that is meant.
fn file(given: Option<&Path>) -> Option<PathBuf> {
    let usual = ["quarterdeck.toml", "/etc/quarterdeck/quarterdeck.toml"];
    given.or_else(|| usual.iter().map(Path::new).find(|path| path.exists())).map(Path::to_owned)
}

/// The settings, read and validated.
fn settings(given: Option<&Path>) -> Result<Settings, Failure> {
    Ok(crate::app::load(file(given).as_deref(), std::env::vars())?)
}

/// Writes to standard output.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// The async runtime of the daemon and of commands that call out.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("quarterdeck").build()?)
}
