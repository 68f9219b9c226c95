//! Expressions in PromQL.

use pushmail_runtime::telemetry::{About, Counter, Gauge, Hop, Timing};
use std::fmt::{self, Display};

/// The series of one metric, or those of them whose label has one of some values.
#[derive(Debug, Clone)]
pub struct Series {
    about: About,
    /// Of the label; none: all.
    values: Vec<&'static str>,
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr(String);

impl From<Counter> for Series {
    fn from(counter: Counter) -> Self {
        Self::of(counter.about())
    }
}

impl From<Gauge> for Series {
    fn from(gauge: Gauge) -> Self {
        Self::of(gauge.about())
    }
}

impl From<Timing> for Series {
    fn from(timing: Timing) -> Self {
        Self::of(timing.about())
    }
}

impl From<Hop> for Series {
    fn from(hop: Hop) -> Self {
        Self::of(Hop::about()).at(&[hop.as_str()])
    }
}

impl Series {
    const fn of(about: About) -> Self {
        Self {
            about,
            values: Vec::new(),
        }
    }

    /// Those whose label has one of these values.
    ///
    /// # Panics
    /// If the metric has no label, or its label never has one of them.
    pub fn at(mut self, values: &[&'static str]) -> Self {
        let known = self.about.label.map_or(&[][..], |label| label.values);
        for value in values {
            let name = self.about.name;
            assert!(known.contains(value), "{name} has no `{value}`");
        }
        self.values = values.to_vec();
        self
    }

    /// What the metric counts, for people.
    pub const fn help(&self) -> &'static str {
        self.about.help
    }

    /// The label by which the series differ, if they do.
    pub fn label(&self) -> Option<&'static str> {
        let key = self.about.label.map(|label| label.key);
        key.filter(|_| self.values.len() != 1)
    }

    /// What they stand at.
    pub fn now(&self) -> Expr {
        Expr(self.selector(""))
    }

    /// By how much they rise in a second, over a time such as `5m`.
    pub fn rate(&self, time: &str) -> Expr {
        Expr(format!("rate({}[{time}])", self.selector("")))
    }

    /// By how much they rose in a time.
    pub fn increase(&self, time: &str) -> Expr {
        Expr(format!("increase({}[{time}])", self.selector("")))
    }

    /// The seconds below which this share of what was timed lay, over a time.
    pub fn quantile(&self, share: f64, time: &str) -> Expr {
        let buckets = self.selector("_bucket");
        Expr(format!(
            "histogram_quantile({share}, sum by (le) (rate({buckets}[{time}])))"
        ))
    }

    fn selector(&self, suffix: &str) -> String {
        let name = self.about.name;
        match (self.about.label, &*self.values) {
            (Some(label), [one]) => format!("{name}{suffix}{{{}=\"{one}\"}}", label.key),
            (Some(label), [_, ..]) => {
                let any = self.values.join("|");
                format!("{name}{suffix}{{{}=~\"{any}\"}}", label.key)
            }
            _ => format!("{name}{suffix}"),
        }
    }
}

impl Expr {
    /// The sum over all processes.
    pub fn sum(self) -> Self {
        Self(format!("sum({self})"))
    }

    /// The sums over all processes, one for each value of a label.
    pub fn sum_by(self, label: &str) -> Self {
        Self(format!("sum by ({label}) ({self})"))
    }

    /// The highest of all processes.
    pub fn max(self) -> Self {
        Self(format!("max({self})"))
    }

    /// Nothing, unless there are no series.
    pub fn absent(self) -> Self {
        Self(format!("absent({self})"))
    }

    /// This part of a whole.
    pub fn of(self, whole: Self) -> Self {
        Self(format!("{self} / {whole}"))
    }

    /// Where it is above this.
    pub fn above(self, limit: f64) -> Self {
        Self(format!("{self} > {limit}"))
    }

    /// Where it is exactly this.
    pub fn is(self, value: f64) -> Self {
        Self(format!("{self} == {value}"))
    }

    /// Where both are.
    pub fn and(self, other: Self) -> Self {
        Self(format!("{self} and {other}"))
    }

    /// Where one of both is.
    pub fn or(self, other: Self) -> Self {
        Self(format!("{self} or {other}"))
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_narrowed_by_the_values_of_their_label() {
        let beats = Series::from(Counter::Beats);
        assert_eq!(
            beats.rate("5m").sum().to_string(),
            "sum(rate(pushmail_beats_total[5m]))"
        );
        let failed = beats.clone().at(&["failed"]);
        assert_eq!(
            failed.now().to_string(),
            "pushmail_beats_total{outcome=\"failed\"}"
        );
        let both = beats.at(&["ok", "failed"]);
        assert_eq!(
            both.now().to_string(),
            "pushmail_beats_total{outcome=~\"ok|failed\"}"
        );
    }

    #[test]
    fn a_hop_s_quantile_is_read_from_its_buckets() {
        assert_eq!(
            Series::from(Hop::Append).quantile(0.99, "5m").to_string(),
            "histogram_quantile(0.99, sum by (le) (rate(pushmail_hop_seconds_bucket{hop=\"append\"}[5m])))"
        );
    }

    #[test]
    #[should_panic(expected = "pushmail_beats_total has no `lost`")]
    fn a_value_that_a_label_never_has_is_refused() {
        let _ = Series::from(Counter::Beats).at(&["lost"]);
    }

    #[test]
    #[should_panic(expected = "pushmail_shards has no `ok`")]
    fn a_value_is_refused_where_there_is_no_label() {
        let _ = Series::from(Gauge::Shards).at(&["ok"]);
    }
}
