//! The names of everything that is counted and measured, and the way to do it. The telemetry room keeps the numbers.

use jiff::SignedDuration;
use metrics::Label;

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Only ever grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution of durations, in seconds.
    Histogram,
}

macro_rules! metrics_table {
    ($($variant:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        /// Everything that is counted or measured. A metric's labels are part of it: every measurement names them all.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Metric {
            $(#[doc = $help] $variant,)*
        }

        impl Metric {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name that it is scraped by.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it says, in one line.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }

            /// What kind of number it is.
            #[must_use]
            pub const fn kind(self) -> MetricKind {
                match self { $(Self::$variant => MetricKind::$kind,)* }
            }

            /// The names of its labels.
            #[must_use]
            pub const fn labels(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($label),*],)* }
            }
        }
    };
}

metrics_table! {
    Arrivals: Counter "quarterdeck_arrivals_total" ["door", "result"]
        "What arrived at a door: accepted, duplicate or refused.";
    InboxRows: Gauge "quarterdeck_inbox_rows" []
        "Arrivals that are on disk and not yet worked off.";
    OutboxRows: Gauge "quarterdeck_outbox_rows" []
        "Deliveries that are on disk and not yet sent.";
    Deliveries: Counter "quarterdeck_deliveries_total" ["carrier", "result"]
        "Deliveries that came to an end, by how.";
    DeliverySeconds: Histogram "quarterdeck_delivery_seconds" ["carrier"]
        "Time of one attempt to deliver, in seconds.";
    Attempts: Counter "quarterdeck_attempts_total" ["carrier", "class"]
        "Attempts to deliver: `delivered`, `found` by a look-up, or the class of the fault.";
    DeadLetters: Counter "quarterdeck_dead_letters_total" ["carrier"]
        "Deliveries that were given up.";
    Calls: Counter "quarterdeck_calls_total" ["operation", "result"]
        "Operations that were asked for, by how they ended.";
    CallSeconds: Histogram "quarterdeck_call_seconds" ["operation"]
        "Time of one run of an operation, in seconds.";
    SignatureRejected: Counter "quarterdeck_signature_rejected_total" ["door", "reason"]
        "Requests whose signature was not believed.";
    StoreCommitSeconds: Histogram "quarterdeck_store_commit_seconds" []
        "Time of a durable commit, in seconds.";
    StoreLiveBytes: Gauge "quarterdeck_store_live_bytes" []
        "Bytes of the store that hold live records.";
    StoreFileBytes: Gauge "quarterdeck_store_file_bytes" []
        "Bytes of the store on disk.";
    BreakerOpen: Gauge "quarterdeck_breaker_open" ["carrier"]
        "1 while nothing is sent to a carrier because it kept failing, else 0.";
    Events: Counter "quarterdeck_events_total" ["type"]
        "Events that were routed, by type.";
    LostPlaces: Gauge "quarterdeck_lost_places" []
        "Places that should be told of events and cannot be written to.";
    PlatformConnected: Gauge "quarterdeck_platform_connected" ["platform"]
        "1 while a platform is connected, else 0.";
}

/// Counts one more.
pub fn count(metric: Metric, labels: &[(&'static str, &str)]) {
    metrics::counter!(metric.name(), labelled(metric, MetricKind::Counter, labels)).increment(1);
}

/// Sets a gauge.
pub fn gauge(metric: Metric, value: f64, labels: &[(&'static str, &str)]) {
    metrics::gauge!(metric.name(), labelled(metric, MetricKind::Gauge, labels)).set(value);
}

/// Notes how long something took.
pub fn observe(metric: Metric, took: SignedDuration, labels: &[(&'static str, &str)]) {
    metrics::histogram!(metric.name(), labelled(metric, MetricKind::Histogram, labels)).record(took.as_secs_f64());
}

/// The labels in the form of the recorder. A wrong label or kind is found by the first test that passes by.
fn labelled(metric: Metric, kind: MetricKind, labels: &[(&'static str, &str)]) -> Vec<Label> {
    debug_assert_eq!(metric.kind(), kind, "{metric:?} is of another kind");
    debug_assert!(
        metric.labels().iter().eq(labels.iter().map(|(name, _)| name)),
        "{metric:?} is labelled {:?}, in this order",
        metric.labels()
    );
    labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_and_differ() {
        let mut names = std::collections::HashSet::new();
        for metric in Metric::ALL {
            let name = metric.name();
            assert!(names.insert(name), "{name} is there twice");
            assert!(name.starts_with("quarterdeck_"), "{name}");
            assert_eq!(name.ends_with("_total"), metric.kind() == MetricKind::Counter, "{name}");
            assert_eq!(name.ends_with("_seconds"), metric.kind() == MetricKind::Histogram, "{name}");
            assert!(metric.help().ends_with('.'), "{name}");
        }
    }
}
