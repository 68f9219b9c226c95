//! `cargo xtask terraform`: the Terraform modules, checked without a cloud.

mod charts;
mod plants;
mod tools;
mod trim;
mod verdict;

use crate::cargo;
use anyhow::ensure;
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tools::Tools;
use verdict::Verdict;

/// Checks form, validity and tests of all modules and examples under `terraform`, whose providers are mocked. Renders the charts with the values that come
/// out of the tests, and checks the objects against Kubernetes' schemas. Then plants mistakes, each of which has to be refused.
///
/// Nothing is applied, and no cloud is called. Needs Go and Python, and builds OpenTofu and a provider from their sources into a cache at first: some 15 minutes
/// on two processors.
#[derive(Debug, Args)]
pub(crate) struct TerraformArgs {
    /// Another program than the OpenTofu that is built: `terraform` or `tofu`.
    #[arg(long)]
    program: Option<PathBuf>,
    /// A folder with providers, as `tofu providers mirror` makes it; none: those that are built, of which helm and kubernetes are stand-ins.
    #[arg(long)]
    providers: Option<PathBuf>,
    /// Only modules whose path contains this; plants no mistakes.
    #[arg(long)]
    only: Option<String>,
}

pub(crate) fn run(args: &TerraformArgs) -> anyhow::Result<bool> {
    let tools = Tools::install(args.program.as_deref(), args.providers.as_deref())?;
    let copy = copy()?;
    let formed = tools.formed(copy.path())?;
    print!("{}", formed.told);
    let mut all_pass = formed.passes;
    let only = args.only.as_deref().unwrap_or("");
    let modules = modules(copy.path())?;
    for module in modules.iter().filter(|module| module.contains(only)) {
        let verdict = check(&tools, copy.path(), module)?;
        println!("{module}: {}", verdict.told);
        all_pass &= verdict.passes;
    }
    if !all_pass || args.only.is_some() {
        return Ok(all_pass);
    }
    plants::all_refused(&tools)
}

/// A copy of the modules, and of the charts that they install, to work in.
fn copy() -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for name in ["terraform", "charts"] {
        let mut copy = Command::new("cp");
        copy.arg("-r")
            .arg(cargo::root().join(name))
            .arg(folder.path());
        cargo::run(copy)?;
    }
    Ok(folder)
}

/// The modules and examples below a folder, by path.
fn modules(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("terraform")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            if name == "versions.tf" {
                found.push(folder.display().to_string());
            } else if entry.file_type()?.is_dir() && name != ".terraform" {
                folders.push(folder.join(name));
            }
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "there are no modules below terraform/");
    Ok(found)
}

/// Whether a module is valid, its tests pass and the charts take what they are given.
fn check(tools: &Tools, root: &Path, module: &str) -> anyhow::Result<Verdict> {
    let folder = root.join(module);
    for arguments in [
        ["init", "-backend=false"].as_slice(),
        ["validate"].as_slice(),
    ] {
        let output = tools.command(&folder, arguments).output()?;
        if !output.status.success() {
            return Ok(Verdict::refused(&output));
        }
    }
    if !folder.join("tests").is_dir() {
        return Ok(Verdict::passed("valid".to_owned()));
    }
    let output = tools
        .command(&folder, &["test", "-json", "-verbose"])
        .output()?;
    let (verdict, states) = verdict::of_tests(&output);
    if !verdict.passes {
        return Ok(verdict);
    }
    charts::check(tools, root, module, verdict, &states)
}
