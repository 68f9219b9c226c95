//! How long something took, in milliseconds.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::Duration;

/// Milliseconds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Millis {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Millis {
    #[expect(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
    pub(crate) fn of(took: impl IntoIterator<Item = Duration>) -> anyhow::Result<Self> {
        let mut all = Histogram::<u64>::new(3)?;
        for took in took {
            all.record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX))?;
        }
        let at = |quantile| all.value_at_quantile(quantile) as f64 / 1000.0;
        Ok(Self {
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
            max: all.max() as f64 / 1000.0,
        })
    }
}

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { p50, p95, p99, max } = self;
        write!(
            f,
            "p50 {p50:.2} ms, p95 {p95:.2} ms, p99 {p99:.2} ms, max {max:.2} ms"
        )
    }
}
