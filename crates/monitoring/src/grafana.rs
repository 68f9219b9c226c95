//! Dashboards, and how Grafana wants them.

use crate::query::{Expr, Series};
use serde_json::{Value, json};

/// The time over which Grafana takes rates, chosen by it for what is shown.
const RATE: &str = "$__rate_interval";
/// Panels in a row, and the size of each in Grafana's grid of 24 columns.
const IN_A_ROW: usize = 3;
const WIDTH: usize = 8;
const HEIGHT: usize = 8;
/// The version of the format that this is (Grafana 10).
const SCHEMA: u32 = 39;

/// A page of panels.
#[derive(Debug)]
pub struct Dashboard {
    /// Its name in addresses and of its file.
    pub uid: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it shows.
    pub panels: Vec<Panel>,
}

/// A diagram over time.
#[derive(Debug)]
pub struct Panel {
    title: String,
    unit: &'static str,
    lines: Vec<Line>,
}

/// A line, or one for each value of a label.
#[derive(Debug)]
struct Line {
    expr: Expr,
    legend: String,
}

impl Panel {
    /// How often something is counted in a second, by its label.
    pub fn rate(series: impl Into<Series>) -> Self {
        let series = series.into();
        let rate = series.rate(RATE);
        Self::by_label(&series, rate, "ops")
    }

    /// What something stands at, all processes together, by its label.
    pub fn now(series: impl Into<Series>) -> Self {
        let series = series.into();
        let now = series.now();
        Self::by_label(&series, now, "short")
    }

    /// How long something takes: half of all times, and all but a hundredth, are below these.
    pub fn seconds(title: &str, series: impl Into<Series>) -> Self {
        let series = series.into();
        let line = |(share, legend): (f64, &str)| Line {
            expr: series.quantile(share, RATE),
            legend: legend.to_owned(),
        };
        Self {
            title: title.to_owned(),
            unit: "s",
            lines: [(0.5, "p50"), (0.99, "p99")].map(line).into(),
        }
    }

    fn by_label(series: &Series, expr: Expr, unit: &'static str) -> Self {
        let (expr, legend) = match series.label() {
            Some(label) => (expr.sum_by(label), format!("{{{{{label}}}}}")),
            None => (expr.sum(), "all".to_owned()),
        };
        Self {
            title: series.help().to_owned(),
            unit,
            lines: vec![Line { expr, legend }],
        }
    }

    fn json(&self, place: usize) -> Value {
        let (x, y) = (place % IN_A_ROW * WIDTH, place / IN_A_ROW * HEIGHT);
        let lines = self.lines.iter().zip('A'..='Z');
        let target = |(line, id): (&Line, char)| json!({"refId": id, "expr": line.expr.to_string(), "legendFormat": line.legend});
        json!({
            "id": place + 1,
            "type": "timeseries",
            "title": self.title,
            "datasource": source(),
            "gridPos": {"x": x, "y": y, "w": WIDTH, "h": HEIGHT},
            "fieldConfig": {"defaults": {"unit": self.unit, "min": 0}, "overrides": []},
            "targets": lines.map(target).collect::<Vec<_>>(),
        })
    }
}

impl Dashboard {
    /// The dashboard as Grafana reads it.
    pub(crate) fn json(&self) -> Value {
        let panels = self.panels.iter().enumerate();
        json!({
            "uid": self.uid,
            "title": self.title,
            "tags": ["pushmail"],
            "schemaVersion": SCHEMA,
            "editable": true,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "templating": {"list": [{
                "name": "datasource",
                "label": "Prometheus",
                "type": "datasource",
                "query": "prometheus",
            }]},
            "panels": panels.map(|(place, panel)| panel.json(place)).collect::<Vec<_>>(),
        })
    }
}

/// The Prometheus that the dashboard's reader has chosen.
fn source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}
