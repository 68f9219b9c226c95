//! `cargo xtask upgrade`: replaces a running fleet by another version of itself.

use crate::cargo;
use anyhow::{Context as _, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Proves that nothing is lost, and no device notices more than that it connects again, while every process of a fleet is replaced by
/// another version, and then by the first one again.
///
/// The older version is built in a work tree of its own, with its own target directory, both in `target/revisions`; its program is kept
/// there for the next time. Further arguments are the chaos test's: `cargo xtask upgrade --from v0.1.0 --profile short --json`.
#[derive(Debug, Args)]
pub(crate) struct UpgradeArgs {
    /// The revision to begin with; the newest tag, if there is one and no revision is named.
    #[arg(long, value_name = "REV")]
    from: Option<String>,
    /// Arguments of the chaos test.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &UpgradeArgs) -> anyhow::Result<bool> {
    let revision = match &args.from {
        Some(revision) => commit(revision)?,
        None => commit(&newest_tag()?)?,
    };
    let old = program(&revision)?;
    let mut command = cargo::cargo(&["run", "--quiet", "--package", "pushmail-chaos", "--"]);
    command
        .arg("--upgrade-from")
        .arg(&old)
        .args(&args.arguments);
    match command.status()?.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("the upgrade could not be tried"),
    }
}

fn git(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(cargo::root());
    Ok(cargo::output(command)?.trim().to_owned())
}

fn newest_tag() -> anyhow::Result<String> {
    let tag = git(&["describe", "--tags", "--abbrev=0"]);
    tag.context("there is no tag to begin with: name a revision by --from")
}

/// The revision's commit, shortened.
fn commit(revision: &str) -> anyhow::Result<String> {
    git(&["rev-parse", "--short=12", &format!("{revision}^{{commit}}")])
}

/// The program of the revision, built if it was not before.
fn program(revision: &str) -> anyhow::Result<PathBuf> {
    let folder = cargo::root().join("target/revisions");
    let program = folder.join(format!("pushmail-{revision}"));
    if program.exists() {
        println!("-- {revision} is built already: {}", program.display());
        return Ok(program);
    }
    let source = folder.join("source");
    leave(&source)?;
    let source = source.display().to_string();
    git(&["worktree", "add", "--force", "--detach", &source, revision])?;
    let begin = now();
    println!("-- building {revision} in {source}, which takes minutes the first time");
    let target = folder.join("build");
    let mut build = Command::new(cargo::program());
    build
        .args(["build", "--quiet", "--locked", "--package", "pushmail"])
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(&source);
    let built = cargo::run(build);
    leave(Path::new(&source))?;
    built?;
    std::fs::copy(target.join("debug/pushmail"), &program)?;
    println!("-- built in {} s", begin.elapsed().as_secs());
    Ok(program)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a build takes the time that it takes"
)]
fn now() -> Instant {
    Instant::now()
}

/// Removes a work tree, if it is there.
fn leave(source: &Path) -> anyhow::Result<()> {
    if source.exists() {
        let source = source.display().to_string();
        git(&["worktree", "remove", "--force", &source])?;
    }
    git(&["worktree", "prune"]).map(drop)
}
