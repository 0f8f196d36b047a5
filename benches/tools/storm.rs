//! As many requests as the answers allow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::figures::Figures;
use crate::wire::{Make, Wire};

/// What a run came to.
pub(crate) struct Run {
    pub(crate) a_second: f64,
    pub(crate) figures: Figures,
}

/// Sends as fast as the answers come over so many connections, for so long. Every answer must be of this status.
///
/// It runs on the calling thread alone, so that the server's runtime does not work for it.
pub(crate) fn storm(
    to: SocketAddr,
    make: &Make,
    connections: usize,
    span: Duration,
    expected: u16,
) -> std::io::Result<Run> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let began = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..connections {
            let make = Arc::clone(make);
            tasks.spawn(async move {
                let mut wire = Wire::open(to).await?;
                let mut took = Vec::new();
                while began.elapsed() < span {
                    let sent = Instant::now();
                    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                    let status = wire.send(&make, number).await?;
                    assert_eq!(status, expected);
                    took.push(sent.elapsed());
                }
                Ok::<_, std::io::Error>(took)
            });
        }
        let took: Vec<Vec<Duration>> = tasks.join_all().await.into_iter().collect::<Result<_, _>>()?;
        let took: Vec<Duration> = took.into_iter().flatten().collect();
        let seconds = began.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let a_second = took.len() as f64 / seconds;
        Ok(Run { a_second, figures: Figures::of(took) })
    })
}
