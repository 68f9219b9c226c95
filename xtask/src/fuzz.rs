//! `cargo xtask fuzz`: random input against what reads the bytes of strangers, guided by what code it reaches.

use crate::cargo;
use anyhow::{Context as _, bail};
use clap::Args;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is kept of a target's corpus, in bytes: the rest is found again soon.
const KEPT: u64 = 256 * 1024;
/// How many inputs are kept of it.
const KEPT_FILES: usize = 300;
/// Longest input, in bytes.
const LONGEST: u32 = 8 * 1024;
/// Longest input that is kept, in bytes.
const LONGEST_KEPT: u64 = 2 * 1024;

/// Runs the fuzz targets, and keeps new inputs under `crates/fuzz/corpus`.
///
/// Installs cargo-fuzz and the nightly toolchain if they are missing. What breaks a promise is left under
/// `crates/fuzz/artifacts`; once mended, it belongs into the folder `regressions/TARGET` of the crate that broke it.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Fuzz only this target, by its name in `crates/fuzz/Cargo.toml`. May be given several times.
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 1800)]
    seconds: u32,
}

/// The manifest of the fuzz targets, as far as it matters here.
#[derive(Deserialize)]
struct Manifest {
    bin: Vec<Target>,
}

/// A fuzz target; its path is `fuzz_targets/CRATE/NAME.rs`.
#[derive(Deserialize)]
struct Target {
    name: String,
    path: PathBuf,
}

impl Target {
    /// All that there are.
    fn all() -> anyhow::Result<Vec<Self>> {
        let path = package().join("Cargo.toml");
        let named = || format!("{}", path.display());
        let text = std::fs::read_to_string(&path).with_context(named)?;
        let manifest: Manifest = toml::from_str(&text).with_context(named)?;
        Ok(manifest.bin)
    }

    /// The name, under `crates`, of the crate that it is for.
    fn tested(&self) -> anyhow::Result<&str> {
        let folder = self.path.parent().and_then(Path::file_name);
        let tested = folder.and_then(|name| name.to_str());
        tested.with_context(|| format!("{}: the path names no crate", self.path.display()))
    }

    /// Where its inputs are kept.
    fn corpus(&self) -> PathBuf {
        package().join("corpus").join(&self.name)
    }

    /// All folders with inputs for it.
    fn inputs(&self) -> anyhow::Result<Vec<PathBuf>> {
        let tested = cargo::root().join("crates").join(self.tested()?);
        let mut folders = vec![
            self.corpus(),
            tested.join("corpus"),
            tested.join("regressions").join(&self.name),
        ];
        folders.retain(|folder| folder.exists());
        Ok(folders)
    }
}

pub(crate) fn run(args: &FuzzArgs) -> anyhow::Result<bool> {
    let targets = chosen(Target::all()?, &args.target)?;
    install()?;
    for target in targets {
        if !fuzz(&target, &target.corpus(), args.seconds)? {
            return Ok(false);
        }
        minimise(&target)?;
    }
    Ok(true)
}

/// Those of these names; all, if none is named.
fn chosen(mut targets: Vec<Target>, names: &[String]) -> anyhow::Result<Vec<Target>> {
    let known: Vec<_> = targets.iter().map(|target| target.name.clone()).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        bail!("--target {unknown}: the targets are {}", known.join(", "));
    }
    targets.retain(|target| names.is_empty() || names.contains(&target.name));
    Ok(targets)
}

/// Each target for a few seconds, nothing kept. Without cargo-fuzz or the nightly toolchain: the same bodies over
/// random inputs.
pub(crate) fn briefly() -> anyhow::Result<bool> {
    let targets = Target::all()?;
    if !is_installed() {
        println!(
            "cargo-fuzz or the nightly toolchain is missing (cargo xtask fuzz installs them): \
             running the targets' bodies over random inputs instead"
        );
        return unguided(&targets);
    }
    for target in targets {
        let scratch = cargo::root().join("target/fuzz").join(&target.name);
        if !fuzz(&target, &scratch, 5)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs the tests of the targets' bodies, with more inputs than usual.
fn unguided(targets: &[Target]) -> anyhow::Result<bool> {
    let tested: BTreeSet<&str> = targets
        .iter()
        .map(Target::tested)
        .collect::<Result<_, _>>()?;
    let mut command = cargo::cargo(&["test", "--quiet"]);
    for tested in tested {
        command.args(["--package", &format!("pushmail-{tested}")]);
    }
    command.arg("inputs_break_no_promise");
    command.env("PUSHMAIL_FUZZ_ROUNDS", "3000");
    Ok(command.status()?.success())
}

/// The package of all fuzz targets.
fn package() -> PathBuf {
    cargo::root().join("crates/fuzz")
}

/// A command of cargo-fuzz. There is no unsafe code here, so no sanitizer.
fn cargo_fuzz(arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo", "fuzz"])
        .args(arguments)
        .env_remove("CARGO")
        .current_dir(package());
    command
}

/// The same on this target.
fn cargo_fuzz_on(subcommand: &str, target: &Target) -> Command {
    cargo_fuzz(&[
        subcommand,
        "--fuzz-dir",
        ".",
        "--sanitizer",
        "none",
        &target.name,
    ])
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn is_installed() -> bool {
    succeeds(&mut cargo_fuzz(&["--version"]))
}

fn install() -> anyhow::Result<()> {
    if !succeeds(Command::new("rustup").args(["run", "nightly", "cargo", "--version"])) {
        let mut command = Command::new("rustup");
        command.args(["toolchain", "install", "nightly", "--profile", "minimal"]);
        cargo::run(command)?;
    }
    if !is_installed() {
        cargo::run(cargo::cargo(&["install", "--locked", "cargo-fuzz"]))?;
    }
    Ok(())
}

/// Runs a target; new inputs go to `corpus`. `false` if one broke a promise.
fn fuzz(target: &Target, corpus: &Path, seconds: u32) -> anyhow::Result<bool> {
    std::fs::create_dir_all(corpus).with_context(|| format!("{}", corpus.display()))?;
    let mut command = cargo_fuzz_on("run", target);
    command.arg(corpus);
    command.args(target.inputs()?.iter().filter(|folder| *folder != corpus));
    command.arg("--").args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={LONGEST}"),
        "-timeout=20".to_owned(),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    println!("-- {}: {seconds} s", target.name);
    Ok(command.status()?.success())
}

/// Keeps of a target's corpus the smallest inputs that reach all it reaches; of too many, some of every length.
fn minimise(target: &Target) -> anyhow::Result<()> {
    let corpus = target.corpus();
    let mut command = cargo_fuzz_on("cmin", target);
    command.arg(&corpus);
    cargo::run(command)?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&corpus)? {
        let entry = entry?;
        files.push((entry.metadata()?.len(), entry.path()));
    }
    files.sort();
    let fit = files.iter().filter(|file| file.0 <= LONGEST_KEPT).count();
    let every = fit.div_ceil(KEPT_FILES).max(1);
    let mut sum = 0;
    for (at, (length, path)) in files.into_iter().enumerate() {
        let keep = length <= LONGEST_KEPT && at % every == 0 && sum + length <= KEPT;
        if keep {
            sum += length;
        } else {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_is_there_and_so_is_the_crate_that_it_is_for() {
        for target in Target::all().unwrap() {
            let crates = cargo::root().join("crates");
            let manifest = crates.join(target.tested().unwrap()).join("Cargo.toml");
            assert!(manifest.exists(), "{}", manifest.display());
            let main = package().join(&target.path);
            assert!(main.exists(), "{}", main.display());
        }
    }

    #[test]
    fn a_target_that_is_not_there_is_refused_with_those_that_are() {
        let all = || Target::all().unwrap();
        let flow = chosen(all(), &["flow".to_owned()]).unwrap();
        assert_eq!(flow.len(), 1);
        let refused = chosen(all(), &["flow".to_owned(), "flows".to_owned()]);
        let message = refused.err().unwrap().to_string();
        assert!(message.contains("flows: the targets are"), "{message}");
    }
}
