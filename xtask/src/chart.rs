//! `cargo xtask chart`: the Helm chart, rendered with a matrix of values and checked against Kubernetes' own schemas.

mod plants;
pub(crate) mod tools;

use crate::cargo;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tools::Tools;

/// The oldest that the chart is for, and the one whose schemas its objects are checked against.
const KUBERNETES: [&str; 2] = ["1.30.0", tools::KUBERNETES];

/// Lints the chart, renders it with each file of values in `charts/pushmail/ci`, and checks every object against Kubernetes' OpenAPI
/// document: unknown fields are refused. Then plants mistakes, each of which has to be refused.
///
/// Needs Go and Python, and installs Helm and the schemas into a cache at first, which takes some minutes.
#[derive(Debug, Args)]
pub(crate) struct ChartArgs {
    /// Only write `values.schema.json` anew, from the settings that there are.
    #[arg(long)]
    schema: bool,
}

pub(crate) fn run(args: &ChartArgs) -> anyhow::Result<bool> {
    let tools = Tools::install()?;
    let schema = tools.schema()?;
    let path = chart().join("values.schema.json");
    if args.schema {
        fs::write(&path, schema)?;
        return Ok(true);
    }
    if fs::read_to_string(&path)? != schema {
        bail!("values.schema.json is out of date: run `cargo xtask chart --schema`");
    }
    for output in [lint_definitions(&tools)?, check(&tools, &chart())?] {
        print!("{}", String::from_utf8_lossy(&output.stdout));
        if !output.status.success() {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
            return Ok(false);
        }
    }
    plants::all_refused(&tools)
}

fn chart() -> PathBuf {
    cargo::root().join("charts/pushmail")
}

/// The files of values, by name.
fn matrix(chart: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = fs::read_dir(chart.join("ci"))?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<anyhow::Result<Vec<_>>>()?;
    files.sort();
    ensure!(!files.is_empty(), "there are no values to render with");
    Ok(files)
}

/// That the chart of the operator's definitions can be rendered. What the definitions say, only an API server checks.
fn lint_definitions(tools: &Tools) -> anyhow::Result<Output> {
    let chart = cargo::root().join("charts/pushmail-crds");
    let values = chart.join("values.yaml");
    let mut lint = tools.helm(&["lint", "--strict"], &chart, &values, tools::KUBERNETES);
    Ok(lint.output()?)
}

/// Renders a chart with all values and checks what comes out: the output of what failed, or of the last check.
fn check(tools: &Tools, chart: &Path) -> anyhow::Result<Output> {
    let folder = tempfile::tempdir()?;
    let mut rendered = Vec::new();
    for values in matrix(chart)? {
        let linted = tools
            .helm(&["lint", "--strict"], chart, &values, tools::KUBERNETES)
            .output()?;
        if !linted.status.success() {
            return Ok(linted);
        }
        for version in KUBERNETES {
            let output = tools
                .helm(&["template", "mail"], chart, &values, version)
                .output()?;
            if !output.status.success() {
                return Ok(output);
            }
            let name = values.file_stem().context("a file has a name")?;
            let file = folder
                .path()
                .join(format!("{}-{version}.yaml", name.display()));
            fs::write(&file, output.stdout)?;
            rendered.push(file);
        }
    }
    Ok(tools.validate(&rendered).output()?)
}

/// A command that may be run again with more arguments.
fn checker(program: &Path, script: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(cargo::root().join("charts/check").join(script));
    command
}
