//! The test programs that cargo builds.

use super::programs::Program;
use crate::cargo;
use anyhow::Context as _;
use serde::Deserialize;
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
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds all test programs of the workspace; `None` if one does not build, which cargo has told.
pub(super) fn all() -> anyhow::Result<Option<Vec<Program>>> {
    let mut command = cargo::cargo(&["test", "--workspace", "--no-run", "--message-format"]);
    command
        .arg("json-render-diagnostics")
        .stderr(Stdio::inherit());
    let built = command.output()?;
    if !built.status.success() {
        return Ok(None);
    }
    let messages = String::from_utf8(built.stdout)?;
    let programs = messages
        .lines()
        .filter_map(|line| program(line).transpose());
    programs.collect::<anyhow::Result<_>>().map(Some)
}

/// The test program that cargo tells of, if it does.
fn program(message: &str) -> anyhow::Result<Option<Program>> {
    let message = serde_json::from_str(message).context("cargo says what is not understood")?;
    let Message::CompilerArtifact(artifact) = message else {
        return Ok(None);
    };
    let Some(executable) = artifact.executable.filter(|_| artifact.profile.test) else {
        return Ok(None);
    };
    let folder = artifact.manifest_path.parent().unwrap_or(Path::new("/"));
    let main = &artifact.target.src_path;
    let name = main.strip_prefix(cargo::root()).unwrap_or(main);
    let mut program = Program::new(&name.display().to_string(), executable, folder.into());
    // As cargo would run it.
    program.set("CARGO_MANIFEST_DIR", &folder.display().to_string());
    Ok(Some(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(test: bool, executable: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","manifest_path":"/a/Cargo.toml","target":{{"src_path":"/a/tests/it.rs"}},
            "profile":{{"test":{test}}},"executable":{executable}}}"#
        )
    }

    #[test]
    fn what_is_built_for_tests_and_can_be_run_is_one() {
        let it = program(&artifact(true, "\"/t/it-1\"")).unwrap().unwrap();
        assert_eq!(it.name, "/a/tests/it.rs");
        assert_eq!((it.executable, it.folder), ("/t/it-1".into(), "/a".into()));
        for other in [
            &artifact(false, "\"/t/a\""),
            &artifact(true, "null"),
            r#"{"reason":"build-finished","success":true}"#,
        ] {
            assert!(program(other).unwrap().is_none(), "{other}");
        }
        assert!(program("warning").is_err());
    }
}
