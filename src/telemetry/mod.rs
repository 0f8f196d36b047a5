//! What the daemon says about itself: the log and the metrics.
//!
//! `app.rs` calls [`init`] and [`Metrics::install`] once at start. Rooms log through `tracing` and count through
//! `model::count` and its sisters. Nothing here opens a port, and no log line leaves without passing the [`Redactor`].

mod config;
mod log;
mod metrics;
mod redact;

pub use config::{LogFormat, TelemetryConfig};
pub use log::{check_level, init, subscriber};
pub use metrics::Metrics;
pub use redact::{Redacting, RedactingWriter, Redactor};
