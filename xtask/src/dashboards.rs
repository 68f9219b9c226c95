//! `cargo xtask dashboards`: alerts and dashboards, made from the metrics that there are, and tested.

use crate::{cargo, servers};
use clap::Args;
use std::process::Command;

const RULES: &str = "charts/pushmail/monitoring/alerts.yaml";
const TESTS: &str = "crates/monitoring/alerts.test.yaml";

/// Makes alerts and dashboards anew, into the chart, and has promtool check and test the alerts.
#[derive(Debug, Args)]
pub(crate) struct DashboardsArgs {
    /// Change nothing; fail if a file is not what it would be made to be.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &DashboardsArgs) -> anyhow::Result<bool> {
    let mut make = cargo::cargo(&["run", "--quiet", "-p", "pushmail-monitoring", "--"]);
    make.arg(cargo::root());
    if args.check {
        make.arg("--check");
    }
    cargo::run(make)?;
    servers::install_only(servers::PROMETHEUS)?;
    test_alerts()
}

/// Has promtool check the alerts, and raise each of them.
pub(crate) fn test_alerts() -> anyhow::Result<bool> {
    let mut clean = true;
    for arguments in [["check", "rules", RULES], ["test", "rules", TESTS]] {
        let mut promtool = Command::new(servers::program(servers::PROMETHEUS));
        promtool.args(arguments).current_dir(cargo::root());
        clean &= promtool.status()?.success();
    }
    Ok(clean)
}
