//! The programs that cargo builds.

use super::programs::Program;
use crate::cargo;
use anyhow::Context as _;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What cargo tells of its work, a line of JSON at a time.
#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact(Artifact),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: Target,
    profile: Profile,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// All of the workspace: its programs and their tests, in one build.
const ALL: [&str; 2] = ["--workspace", "--all-targets"];
/// The gateway whose rules can be broken. The example is built already; with it, cargo takes dependencies as
/// they are built for tests, and has only the gateway's own crates to build again.
const BREAKABLE: [&str; 7] = [
    "--workspace",
    "--bin",
    "pushmail",
    "--example",
    "powercut",
    "--features",
    "pushmail/plant",
];

/// Builds all test programs of the workspace; `None` if one does not build, which cargo has told.
pub(super) fn tests() -> anyhow::Result<Option<Vec<Program>>> {
    let built = build(&ALL)?;
    Ok(built.map(|built| built.into_iter().filter_map(program).collect()))
}

/// Builds all programs of the workspace; by name.
pub(super) fn programs() -> anyhow::Result<HashMap<String, PathBuf>> {
    executables(&ALL)
}

/// Builds the gateway whose rules can be broken. It takes the place of the other one.
pub(super) fn breakable() -> anyhow::Result<PathBuf> {
    let mut built = executables(&BREAKABLE)?;
    built.remove("pushmail").context("cargo builds no gateway")
}

fn executables(selection: &[&str]) -> anyhow::Result<HashMap<String, PathBuf>> {
    let built = build(selection)?.context("the programs do not build")?;
    let programs = built.into_iter().filter(|built| !built.profile.test);
    let executable = |built: Artifact| Some((built.target.name, built.executable?));
    Ok(programs.filter_map(executable).collect())
}

/// What cargo built; `None` if something does not build, which it has told.
fn build(selection: &[&str]) -> anyhow::Result<Option<Vec<Artifact>>> {
    let mut command = cargo::cargo(&["build", "--message-format", "json-render-diagnostics"]);
    command.args(selection).stderr(Stdio::inherit());
    let built = command.output()?;
    if !built.status.success() {
        return Ok(None);
    }
    let messages = String::from_utf8(built.stdout)?;
    let artifacts = messages
        .lines()
        .filter_map(|line| artifact(line).transpose());
    artifacts.collect::<anyhow::Result<_>>().map(Some)
}

/// The artifact that cargo tells of, if it does.
fn artifact(message: &str) -> anyhow::Result<Option<Artifact>> {
    let message = serde_json::from_str(message).context("cargo says what is not understood")?;
    Ok(match message {
        Message::CompilerArtifact(artifact) => Some(artifact),
        Message::Other => None,
    })
}

/// The test program that this is, if it is one.
fn program(artifact: Artifact) -> Option<Program> {
    let executable = artifact.executable.filter(|_| artifact.profile.test)?;
    let folder = artifact.manifest_path.parent().unwrap_or(Path::new("/"));
    let main = &artifact.target.src_path;
    let name = main.strip_prefix(cargo::root()).unwrap_or(main);
    let mut program = Program::new(&name.display().to_string(), executable, folder.into());
    // As cargo would run it.
    program.set("CARGO_MANIFEST_DIR", &folder.display().to_string());
    Some(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(test: bool, executable: &str) -> Option<Program> {
        let message = format!(
            r#"{{"reason":"compiler-artifact","manifest_path":"/a/Cargo.toml","target":{{"name":"it","src_path":"/a/tests/it.rs"}},
            "profile":{{"test":{test}}},"executable":{executable}}}"#
        );
        program(artifact(&message).unwrap().unwrap())
    }

    #[test]
    fn what_is_built_for_tests_and_can_be_run_is_one() {
        let it = told(true, "\"/t/it-1\"").unwrap();
        assert_eq!(it.name, "/a/tests/it.rs");
        assert_eq!((it.executable, it.folder), ("/t/it-1".into(), "/a".into()));
        assert!(told(false, "\"/t/a\"").is_none());
        assert!(told(true, "null").is_none());
        let finished = r#"{"reason":"build-finished","success":true}"#;
        assert!(artifact(finished).unwrap().is_none());
        assert!(artifact("warning").is_err());
    }
}
