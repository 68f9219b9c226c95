//! The files that are made of alerts and dashboards.

use crate::{alert, alerts, dashboards};
use std::path::PathBuf;

/// Where they are, from the root of the repository: the chart carries them.
const FOLDER: &str = "charts/pushmail/monitoring";

/// A file that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Where it is, from the root of the repository.
    pub path: PathBuf,
    /// What is in it.
    pub content: String,
}

/// All of them.
pub fn files() -> Vec<Generated> {
    let rules = Generated {
        path: PathBuf::from(FOLDER).join("alerts.yaml"),
        content: alert::rules(&alerts()),
    };
    let index = Generated {
        path: PathBuf::from("docs/runbook/README.md"),
        content: alert::index(&alerts()),
    };
    let dashboard = |one: &crate::Dashboard| Generated {
        path: PathBuf::from(FOLDER).join(format!("dashboards/{}.json", one.uid)),
        content: format!("{:#}\n", one.json()),
    };
    let dashboards = dashboards();
    let dashboards = dashboards.iter().map(dashboard);
    [rules, index].into_iter().chain(dashboards).collect()
}
