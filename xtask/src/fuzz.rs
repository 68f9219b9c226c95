//! `cargo xtask fuzz`: random input against the IMAP parser and conversation, guided by what code it reaches.

use crate::cargo;
use anyhow::{Context as _, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGETS: [&str; 3] = ["wire", "flow", "server"];
/// What is kept of a target's corpus, in bytes: the rest is found again soon.
const KEPT: u64 = 256 * 1024;
/// How many inputs are kept of it.
const KEPT_FILES: usize = 300;
/// Longest input, in bytes.
const LONGEST: u32 = 8 * 1024;
/// Longest input that is kept, in bytes.
const LONGEST_KEPT: u64 = 2 * 1024;

/// Fuzzes the IMAP parser and conversation, and keeps new inputs under `crates/imap/fuzz/corpus`.
///
/// Installs cargo-fuzz and the nightly toolchain if they are missing. What breaks a promise is left under
/// `crates/imap/fuzz/artifacts`; once mended, it belongs under `crates/imap/regressions`.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Fuzz only this target: wire (bytes through the parser), flow (lines of any server against a conversation) or
    /// server (events at a server that keeps to the protocol). May be given several times.
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 1800)]
    seconds: u32,
}

pub(crate) fn run(args: &FuzzArgs) -> anyhow::Result<bool> {
    let targets: Vec<&str> = match args.target.as_slice() {
        [] => TARGETS.to_vec(),
        chosen => chosen.iter().map(String::as_str).collect(),
    };
    if let Some(unknown) = targets.iter().find(|name| !TARGETS.contains(name)) {
        bail!("--target {unknown}: the targets are {}", TARGETS.join(", "));
    }
    install()?;
    for target in targets {
        let corpus = package().join("fuzz/corpus").join(target);
        if !fuzz(target, &corpus, args.seconds)? {
            return Ok(false);
        }
        minimise(target, &corpus)?;
    }
    Ok(true)
}

/// Each target for a few seconds, nothing kept. Without cargo-fuzz or the nightly toolchain: the same bodies over
/// inputs that are changed at random.
pub(crate) fn briefly() -> anyhow::Result<bool> {
    if !is_installed() {
        println!(
            "cargo-fuzz or the nightly toolchain is missing (cargo xtask fuzz installs them): \
             running the targets' bodies over mutated inputs instead"
        );
        return mutate();
    }
    for target in TARGETS {
        let scratch = cargo::root().join("target/fuzz").join(target);
        if !fuzz(target, &scratch, 5)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn mutate() -> anyhow::Result<bool> {
    let mut command = cargo::cargo(&[
        "test",
        "--quiet",
        "--package",
        "pushmail-imap",
        "--test",
        "it",
        "mutated",
    ]);
    command.env("PUSHMAIL_FUZZ_ROUNDS", "3000");
    Ok(command.status()?.success())
}

fn package() -> PathBuf {
    cargo::root().join("crates/imap")
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
fn fuzz(target: &str, corpus: &Path, seconds: u32) -> anyhow::Result<bool> {
    std::fs::create_dir_all(corpus).with_context(|| format!("{}", corpus.display()))?;
    let kept = package().join("fuzz/corpus").join(target);
    let hostile = package().join("corpus");
    let found = package().join("regressions").join(target);
    let mut command = cargo_fuzz(&["run", "--sanitizer", "none", target]);
    command.arg(corpus).args([&hostile, &found]);
    if kept != corpus && kept.exists() {
        command.arg(&kept);
    }
    command.arg("--").args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={LONGEST}"),
        "-timeout=20".to_owned(),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    println!("-- {target}: {seconds} s");
    Ok(command.status()?.success())
}

/// Keeps of a corpus the smallest inputs that reach all it reaches; of too many, some of every length.
fn minimise(target: &str, corpus: &Path) -> anyhow::Result<()> {
    let mut command = cargo_fuzz(&["cmin", "--sanitizer", "none", target]);
    command.arg(corpus);
    cargo::run(command)?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(corpus)? {
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
