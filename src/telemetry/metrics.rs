//! Keeping and rendering the metrics.

use std::sync::{Mutex, PoisonError};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::model::{Fault, Metric, MetricKind};

/// The metrics of the process, in the text form of Prometheus.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

/// The recorder belongs to the process; several daemons in it (tests, the demo) share it.
static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);

impl Metrics {
    /// Starts the metrics of the whole process, or returns those that were started before.
    ///
    /// # Errors
    /// `Bug`: another recorder is there, or a bucket list is wrong.
    pub fn install() -> Result<Self, Fault> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metrics) = &*installed {
            return Ok(metrics.clone());
        }
        let (recorder, metrics) = Self::build()?;
        metrics::set_global_recorder(recorder).map_err(|error| Fault::bug(format!("metrics: {error}")))?;
        describe();
        *installed = Some(metrics.clone());
        Ok(metrics)
    }

    fn build() -> Result<(PrometheusRecorder, Self), Fault> {
        let mut builder = PrometheusBuilder::new();
        for metric in Metric::ALL.iter().filter(|metric| metric.kind() == MetricKind::Histogram) {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(metric.name().to_owned()), buckets(*metric))
                .map_err(|error| Fault::bug(format!("metrics: {error}")))?;
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        Ok((recorder, Self(handle)))
    }

    /// The page that Prometheus scrapes.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds what was measured into the buckets. To be called every few seconds: measurements pile up in memory until
    /// then, or until somebody scrapes.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// The upper bounds of a distribution's buckets, in seconds.
fn buckets(metric: Metric) -> &'static [f64] {
    match metric {
        Metric::StoreCommitSeconds => &[0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0],
        // A delivery waits for a vendor, and in trouble for hours.
        Metric::DeliverySeconds => &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0],
        _ => &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0],
    }
}

fn describe() {
    for metric in Metric::ALL {
        match metric.kind() {
            MetricKind::Counter => metrics::describe_counter!(metric.name(), metric.help()),
            MetricKind::Gauge => metrics::describe_gauge!(metric.name(), metric.help()),
            MetricKind::Histogram => metrics::describe_histogram!(metric.name(), metric.help()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::model::{count, gauge, observe};

    use super::*;

    #[test]
    fn what_is_counted_is_rendered_with_its_help() {
        let (recorder, metrics) = Metrics::build().expect("built");
        metrics::with_local_recorder(&recorder, || {
            describe();
            count(Metric::Arrivals, &[("door", "github"), ("result", "accepted")]);
            count(Metric::Arrivals, &[("door", "github"), ("result", "accepted")]);
            gauge(Metric::OutboxRows, 7.0, &[]);
            observe(Metric::StoreCommitSeconds, SignedDuration::from_millis(2), &[]);
        });
        metrics.upkeep();
        let page = metrics.render();
        for line in [
            "# HELP quarterdeck_arrivals_total What arrived at a door: accepted, duplicate or refused.",
            "# TYPE quarterdeck_arrivals_total counter",
            r#"quarterdeck_arrivals_total{door="github",result="accepted"} 2"#,
            "# TYPE quarterdeck_outbox_rows gauge",
            "quarterdeck_outbox_rows 7",
            "# TYPE quarterdeck_store_commit_seconds histogram",
            r#"quarterdeck_store_commit_seconds_bucket{le="0.001"} 0"#,
            r#"quarterdeck_store_commit_seconds_bucket{le="0.0025"} 1"#,
            "quarterdeck_store_commit_seconds_sum 0.002",
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is not in:\n{page}");
        }
    }

    #[test]
    fn every_metric_can_be_measured_with_its_labels() {
        let (recorder, metrics) = Metrics::build().expect("built");
        metrics::with_local_recorder(&recorder, || {
            for metric in Metric::ALL {
                let labels: Vec<_> = metric.labels().iter().map(|name| (*name, "x")).collect();
                match metric.kind() {
                    MetricKind::Counter => count(*metric, &labels),
                    MetricKind::Gauge => gauge(*metric, 1.0, &labels),
                    MetricKind::Histogram => observe(*metric, SignedDuration::from_secs(1), &labels),
                }
            }
        });
        let page = metrics.render();
        for metric in Metric::ALL {
            assert!(page.contains(&format!("# TYPE {} ", metric.name())), "{metric:?}");
        }
    }

    #[test]
    fn installing_twice_gives_the_same_metrics() {
        let first = Metrics::install().expect("installed");
        let second = Metrics::install().expect("installed");
        count(Metric::Events, &[("type", "github.push")]);
        assert!(first.render().contains("github.push") && second.render().contains("github.push"));
    }
}
