//! Many durations, and what is said of them.

use std::fmt;
use std::time::Duration;

/// Durations in the order of their length.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<Duration>);

impl Figures {
    pub(crate) fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut all: Vec<Duration> = durations.into_iter().collect();
        all.sort_unstable();
        Self(all)
    }

    /// The duration that so many percent stay below, in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).map_or(f64::NAN, |duration| duration.as_secs_f64() * 1_000.0)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (half, most, all) = (self.percentile(50), self.percentile(99), self.percentile(100));
        write!(f, "p50 {half:.2} ms, p99 {most:.2} ms, max {all:.2} ms ({} of them)", self.0.len())
    }
}
