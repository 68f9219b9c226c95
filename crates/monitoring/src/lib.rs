//! Alerts for Prometheus and dashboards for Grafana, made from the metrics that there are: one that is not, or a value that its
//! label never has, cannot be named.

mod alert;
mod alerts;
mod dashboards;
mod files;
mod grafana;
mod query;

pub use alert::{Alert, Severity};
pub use alerts::alerts;
pub use dashboards::dashboards;
pub use files::{Generated, files};
pub use grafana::{Dashboard, Panel};
pub use query::{Expr, Series};
