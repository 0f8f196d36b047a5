//! Setting up the log.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::model::Fault;

use super::{LogFormat, Redacting, Redactor, TelemetryConfig};

/// Libraries that say more than an operator wants to know, and the level that they are kept at unless they are named.
const QUIET: &str = "h2=warn,hyper=warn,hyper_util=warn,octocrab=warn,reqwest=warn,rustls=warn,sled=warn,\
    tower=warn,tower_http=warn";

/// Libraries that are never heard, however loud the log is asked to be: they print what is secret and cannot be known
/// beforehand. slack-morphism logs a socket's address with its ticket as an error, and whole frames, with the reply
/// handles in them, at `trace`; so do the WebSocket libraries below it. What becomes of a connection, our own room says.
const SILENT: [&str; 3] = ["slack_morphism", "tokio_tungstenite", "tungstenite"];

/// Starts the log of the whole process, on standard error: text on a terminal and JSON otherwise, unless the
/// configuration says which. Panics are logged as well, so that their text passes the redactor too.
///
/// # Errors
/// `Misconfigured`: the level is none, or a log was started before.
pub fn init(config: &TelemetryConfig, redactor: Redactor) -> Result<(), Fault> {
    let json = match config.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let subscriber = subscriber(&config.level, json, io::stderr().is_terminal(), Redacting::new(io::stderr, redactor))?;
    subscriber
        .try_init()
        .map_err(|error| Fault::misconfigured("The log was started before.").inside(error.to_string()))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("a panic without text");
        tracing::error!(place, "panic: {text}");
    }));
    Ok(())
}

/// Whether this level can be understood; pure.
///
/// # Errors
/// `Misconfigured`: it cannot; the text says how to write one.
pub fn check_level(level: &str) -> Result<(), Fault> {
    filter(level).map(|_| ())
}

/// Whether a line of this target may be written at all.
fn may_speak(target: &str) -> bool {
    SILENT
        .iter()
        .all(|silent| target.strip_prefix(silent).is_none_or(|rest| !rest.is_empty() && !rest.starts_with("::")))
}

/// The level filter: ours first, so that whoever names a library overrides it.
fn filter(level: &str) -> Result<EnvFilter, Fault> {
    let wrong = || {
        Fault::misconfigured(format!(
            "The log level `{}` is not understood; write `error`, `warn`, `info`, `debug` or `trace`, also by \
             part, such as `info,quarterdeck::chat=debug`.",
            level.escape_debug()
        ))
    };
    // A bare word that is no level would be read as the name of a part, and nothing would be logged but that part.
    let bare = level.split(',').map(str::trim).filter(|part| !part.contains(['=', '[', ':']));
    if bare.into_iter().any(|word| word.is_empty() || word.parse::<LevelFilter>().is_err()) {
        return Err(wrong());
    }
    let parts: Vec<&str> = level.split(',').map(str::trim).collect();
    EnvFilter::builder()
        .parse(format!("{QUIET},{}", parts.join(",")))
        .map_err(|error| wrong().inside(error.to_string()))
}

/// The log as [`init`] starts it, on a writer of the caller's, which is wrapped in [`Redacting`] by whoever calls.
///
/// # Errors
/// `Misconfigured`: the level is none.
pub fn subscriber<W>(
    level: &str,
    json: bool,
    colours: bool,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, Fault>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter(level)?).with_writer(writer);
    let speaks = filter_fn(|metadata| may_speak(metadata.target()));
    Ok(if json {
        Box::new(builder.json().flatten_event(true).finish().with(speaks))
    } else {
        Box::new(builder.with_ansi(colours).finish().with(speaks))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: &str, json: bool, redactor: &Redactor, say: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = Redacting::new(
            {
                let page = page.clone();
                move || page.clone()
            },
            redactor.clone(),
        );
        let subscriber = subscriber(level, json, false, writer).expect("a level");
        tracing::subscriber::with_default(subscriber, say);
        let bytes = page.0.lock().expect("not poisoned").clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn no_form_of_the_log_shows_a_secret() {
        let redactor = Redactor::default();
        redactor.register("pass\"word\\with/odd signs");
        for json in [false, true] {
            let log = logged("trace", json, &redactor, || {
                tracing::info!(token = "pass\"word\\with/odd signs", "sent pass\"word\\with/odd signs");
                tracing::debug!(given = ?"pass\"word\\with/odd signs");
                let span = tracing::info_span!("calling", url = "https://x/?t=pass%22word%5Cwith%2Fodd%20signs");
                span.in_scope(|| tracing::warn!("again"));
            });
            assert_eq!(log.lines().count(), 3, "{log}");
            assert!(log.contains("[secret]") && !log.contains("pass"), "{log}");
            if json {
                for line in log.lines() {
                    serde_json::from_str::<serde_json::Value>(line).expect("still JSON");
                }
            }
        }
    }

    #[test]
    fn libraries_are_quiet_until_they_are_named() {
        let say = || {
            tracing::info!(target: "hyper::client", "hyper");
            tracing::warn!(target: "hyper::client", "hyper in trouble");
            tracing::info!(target: "quarterdeck::chat", "ours");
        };
        let log = logged("debug", false, &Redactor::default(), say);
        assert_eq!(log.lines().count(), 2, "{log}");
        let log = logged("debug,hyper=info", false, &Redactor::default(), say);
        assert_eq!(log.lines().count(), 3, "{log}");
        let log = logged("error", false, &Redactor::default(), || tracing::info!("ours"));
        assert_eq!(log, "");
    }

    #[test]
    fn libraries_that_print_secrets_are_never_heard() {
        for level in ["trace", "error,slack_morphism=trace,tungstenite::protocol=trace"] {
            let log = logged(level, false, &Redactor::default(), || {
                tracing::error!(target: "slack_morphism::hyper_tokio::socket_mode", "wss://x/link/?ticket=abc");
                tracing::trace!(target: "tungstenite::protocol", "received a frame");
                tracing::error!(target: "tokio_tungstenite", "a frame");
                tracing::error!(target: "slack_morphism", "a frame");
                tracing::error!(target: "slack_morphism_like", "another library");
            });
            assert_eq!(log.lines().count(), 1, "{log}");
            assert!(log.contains("another library"), "{log}");
        }
    }

    #[test]
    fn a_wrong_level_says_how_to_write_one() {
        for level in ["info,quarterdeck=lots", "lots", "", "inf", "warn,", "info,lots"] {
            let fault = filter(level).expect_err("no level");
            assert!(fault.outside.contains(&format!("`{level}` is not understood; write `error`")), "{fault}");
        }
        for level in ["info", "WARN", "off", "info,quarterdeck::chat=debug", "debug, hyper=info", "quarterdeck::chat"] {
            assert!(check_level(level).is_ok(), "{level}");
        }
    }
}
