//! The metrics themselves, in a registry of their own.

use super::names::{About, Counter, Gauge, HOPS, Hop, Label, Timing};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabel, EncodeLabelSet, EncodeMetric, LabelSetEncoder};
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::Counter as Count;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge as Level;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};
use std::fmt;
use std::time::Duration;

/// Upper bounds of the histograms' buckets, in seconds.
const BUCKETS: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// One value of a metric's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Tag {
    key: &'static str,
    value: &'static str,
}

/// A metric, by itself or once for each value of its label.
#[derive(Debug)]
enum Series<M> {
    One(M),
    Each(&'static str, Family<Tag, M>),
}

/// Every metric; a metric's place in its list is its place in its enum.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    counters: Vec<Series<Count>>,
    gauges: Vec<Series<Level>>,
    timings: Vec<Histogram>,
    hops: Vec<Histogram>,
}

impl Metrics {
    /// All metrics, each at 0 for every known value of its label.
    pub(super) fn new() -> Self {
        let mut registry = Registry::default();
        Self {
            counters: Counter::ALL
                .map(|counter| Series::add(&mut registry, counter.about()))
                .into(),
            gauges: Gauge::ALL
                .map(|gauge| Series::add(&mut registry, gauge.about()))
                .into(),
            timings: Timing::ALL
                .map(|timing| add_timing(&mut registry, timing.about()))
                .into(),
            hops: add_hops(&mut registry).into(),
            registry,
        }
    }

    pub(super) fn count(&self, counter: Counter, label: &'static str, by: u64) {
        self.counters[counter as usize].with(label, |count| count.inc_by(by));
    }

    pub(super) fn gauge(&self, gauge: Gauge, label: &'static str, by: i64) {
        self.gauges[gauge as usize].with(label, |level| level.inc_by(by));
    }

    pub(super) fn observe(&self, timing: Timing, took: Duration) {
        self.timings[timing as usize].observe(took.as_secs_f64());
    }

    pub(super) fn observe_hop(&self, hop: Hop, took: Duration) {
        self.hops[hop as usize].observe(took.as_secs_f64());
    }

    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}

impl<M> Series<M>
where
    M: Clone + Default + TypedMetric + EncodeMetric + Metric,
{
    fn add(registry: &mut Registry, about: About) -> Self {
        // The encoder adds the suffix of a counter.
        let name = about.name.trim_end_matches("_total");
        let Some(Label { key, values }) = about.label else {
            let metric = M::default();
            registry.register(name, about.help, metric.clone());
            return Self::One(metric);
        };
        let family = Family::<Tag, M>::default();
        for value in values {
            drop(family.get_or_create(&Tag { key, value }));
        }
        registry.register(name, about.help, family.clone());
        Self::Each(key, family)
    }
}

impl<M: Clone + Default> Series<M> {
    /// Changes the series of this label value; a metric without a label has one series.
    fn with<R>(&self, value: &'static str, change: impl FnOnce(&M) -> R) -> R {
        match self {
            Self::One(metric) => change(metric),
            Self::Each(key, family) => change(&family.get_or_create(&Tag { key, value })),
        }
    }
}

impl EncodeLabelSet for Tag {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        EncodeLabel::encode(&(self.key, self.value), encoder.encode_label())
    }
}

fn add_timing(registry: &mut Registry, about: About) -> Histogram {
    let histogram = Histogram::new(BUCKETS);
    register_timing(registry, about, histogram.clone());
    histogram
}

/// The histograms of all hops, so that observing one needs no search.
fn add_hops(registry: &mut Registry) -> [Histogram; Hop::ALL.len()] {
    let family: Family<Tag, Histogram, fn() -> Histogram> =
        Family::new_with_constructor(|| Histogram::new(BUCKETS));
    register_timing(registry, HOPS, family.clone());
    Hop::ALL.map(|hop| {
        let (key, value) = ("hop", hop.as_str());
        family.get_or_create(&Tag { key, value }).clone()
    })
}

fn register_timing(registry: &mut Registry, about: About, metric: impl Metric) {
    // The encoder adds the unit.
    let name = about.name.trim_end_matches("_seconds");
    registry.register_with_unit(name, about.help, Unit::Seconds, metric);
}
