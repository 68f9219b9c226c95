//! Test programs: cargo builds them and would run one after the other, here two run at a time.

use crate::cargo;
use anyhow::Context as _;
use serde::Deserialize;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

/// Most of them wait for servers and for time to pass as much as they work.
const AT_ONCE: usize = 2;

/// A program that runs tests, and is to run.
#[derive(Clone)]
pub(super) struct Program {
    /// The path of its main file below the workspace's root, or what it is.
    pub(super) name: String,
    executable: PathBuf,
    folder: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

/// A program that has run.
pub(super) struct Ran {
    pub(super) name: String,
    /// All that it printed, in order.
    pub(super) output: String,
    pub(super) passed: bool,
    pub(super) took: Duration,
}

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
pub(super) fn build() -> anyhow::Result<Option<Vec<Program>>> {
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

impl Program {
    /// A program that is run in this folder.
    pub(super) fn new(name: &str, executable: PathBuf, folder: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            executable,
            folder,
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// The program with more arguments.
    pub(super) fn with(mut self, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned());
        self.arguments.extend(arguments);
        self
    }

    /// Sets a variable of its environment.
    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        self.environment.push((name, value.to_owned()));
    }

    fn run(self) -> anyhow::Result<Ran> {
        let name = self.name;
        println!("-- {name} begins");
        let started = super::started();
        let (mut reader, writer) = std::io::pipe()?;
        // The command, which holds the writers, is dropped at once: they end the output.
        let child = Command::new(self.executable)
            .args(self.arguments)
            .current_dir(self.folder)
            .envs(self.environment)
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn();
        let mut child = child.with_context(|| format!("cannot run {name}"))?;
        let mut output = Vec::new();
        reader.read_to_end(&mut output)?;
        let status = child.wait()?;
        let mut output = String::from_utf8_lossy(&output).into_owned();
        if !status.success() {
            output.push_str(&format!("{name} failed: {status}\n"));
        }
        Ok(Ran {
            name,
            output,
            passed: status.success(),
            took: started.elapsed(),
        })
    }
}

/// Runs programs, two at a time in this order, and hands over each when it has ended.
pub(super) fn run(programs: Vec<Program>, mut ended: impl FnMut(Ran)) -> anyhow::Result<()> {
    let programs = Mutex::new(programs.into_iter());
    let next = || {
        programs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    let (send, ran) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                while let Some(program) = next() {
                    // Nobody takes it after an error.
                    if send.send(program.run()).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        for program in ran {
            ended(program?);
        }
        Ok(())
    })
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

    #[test]
    fn each_runs_and_one_that_fails_is_told() {
        let shell = |name: &str, script: &str| {
            Program::new(name, "/bin/sh".into(), "/".into()).with(&["-c", script])
        };
        let mut signal = shell("signal", "kill -$SIGNAL $$");
        signal.set("SIGNAL", "KILL");
        let programs = vec![
            shell("good", "echo out; echo err >&2; pwd"),
            shell("bad", "exit 1"),
            signal,
        ];
        let mut all = Vec::new();
        run(programs, |ran| all.push(ran)).unwrap();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let passed: Vec<_> = all.iter().map(|ran| (&*ran.name, ran.passed)).collect();
        let expected = [("bad", false), ("good", true), ("signal", false)];
        assert_eq!(passed, expected);
        assert_eq!(all[1].output, "out\nerr\n/\n");
        assert!(all[0].output.starts_with("bad failed: "));
        let missing = Program::new("gone", "/gone".into(), "/".into());
        assert!(run(vec![missing], |_| ()).is_err());
    }
}
