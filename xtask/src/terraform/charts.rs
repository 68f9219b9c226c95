//! What the charts make of the values that modules give them.

use super::tools::Tools;
use super::verdict::{State, Verdict};
use crate::chart::tools;
use crate::servers;
use anyhow::ensure;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// By module and output: the chart that takes its values.
const VALUES: [(&str, &str, &str); 4] = [
    ("terraform/modules/release", "values", PUSHMAIL),
    ("terraform/modules/nats", "values", NATS),
    ("terraform/examples/azure", "release_values", PUSHMAIL),
    ("terraform/examples/azure", "nats_values", NATS),
];
const PUSHMAIL: &str = "charts/pushmail";
const NATS: &str = "terraform/modules/nats/chart";
/// What the tests give the modules as secrets, and what is part of each.
const SECRETS: [&str; 6] = [
    "-which-is-not-one-0",
    "Abcdefghijklmnop1",
    "aaaaaaaaaaaaaaaa1",
    "bbbbbbbbbbbbbbbb2",
    "cccccccccccccccc3",
    "PRIVATE KEY",
];

/// Renders the charts with what the tests of a module gave out, and checks what comes out; and that no state holds a secret.
pub(super) fn check(
    tools: &Tools,
    root: &Path,
    module: &str,
    verdict: Verdict,
    states: &[State],
) -> anyhow::Result<Verdict> {
    for state in states {
        let text = state.text();
        if let Some(secret) = SECRETS.iter().find(|secret| text.contains(**secret)) {
            let run = &state.run;
            return Ok(Verdict::fails(format!("{run}: the state holds {secret:?}")));
        }
    }
    let folder = tempfile::tempdir()?;
    let mut rendered = Vec::new();
    for (_, output, chart) in VALUES.iter().filter(|(of, ..)| *of == module) {
        let values: BTreeSet<&str> = states
            .iter()
            .filter_map(|state| state.output(output))
            .collect();
        ensure!(!values.is_empty(), "no test of {module} gives out {output}");
        for given in values {
            let name = folder.path().join(rendered.len().to_string());
            match render(tools, &root.join(chart), given, &name)? {
                Ok(file) => rendered.push(file),
                Err(refused) => return Ok(refused),
            }
            if *chart == NATS
                && let Some(refused) = cluster(tools, root, &rendered[rendered.len() - 1])?
            {
                return Ok(refused);
            }
        }
    }
    if rendered.is_empty() {
        return Ok(verdict);
    }
    let output = tools.charts.validate(&rendered).output()?;
    if !output.status.success() {
        return Ok(Verdict::refused(&output));
    }
    let told = &verdict.told;
    let count = rendered.len();
    Ok(Verdict::passed(format!(
        "{told}, charts take {count} sets of values"
    )))
}

/// Renders a chart, or says what Helm said.
fn render(
    tools: &Tools,
    chart: &Path,
    given: &str,
    name: &Path,
) -> anyhow::Result<Result<PathBuf, Verdict>> {
    let values = name.with_extension("values.yaml");
    fs::write(&values, given)?;
    for arguments in [["lint", "--strict"], ["template", "mail"]] {
        let mut helm = tools
            .charts
            .helm(&arguments, chart, &values, tools::KUBERNETES);
        let output = helm.args(["--namespace", "mail"]).output()?;
        if !output.status.success() {
            return Ok(Err(Verdict::refused(&output)));
        }
        if arguments[0] == "template" {
            fs::write(name.with_extension("yaml"), output.stdout)?;
        }
    }
    Ok(Ok(name.with_extension("yaml")))
}

/// Whether real NATS servers become a cluster with the configuration in a rendered chart.
fn cluster(tools: &Tools, root: &Path, rendered: &Path) -> anyhow::Result<Option<Verdict>> {
    let mut script = tools.charts.script(&root.join("terraform/check/nats.py"));
    let output = script
        .arg(rendered)
        .arg(servers::program("nats"))
        .output()?;
    let refused = !output.status.success();
    Ok(refused.then(|| Verdict::refused(&output)))
}
