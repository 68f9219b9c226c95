//! Running test programs, several at a time: cargo would run one after the other.

use anyhow::Context as _;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

/// A program that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// What `timeout` ends with then.
const LATE: i32 = 124;

/// A program that runs tests, and is to run.
#[derive(Clone)]
pub(super) struct Program {
    /// The path of its main file below the workspace's root, or what it is.
    pub(super) name: String,
    pub(super) executable: PathBuf,
    pub(super) folder: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    /// It is ended then.
    limit: Duration,
}

/// A program that has run.
pub(super) struct Ran {
    pub(super) name: String,
    /// All that it printed, in order.
    pub(super) output: String,
    pub(super) passed: bool,
    pub(super) took: Duration,
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
            limit: LIMIT,
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
        let child = Command::new("timeout")
            .arg("--kill-after=10")
            .arg(self.limit.as_secs().to_string())
            .arg(self.executable)
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
            let late = match status.code() {
                Some(LATE) => format!(" (it was ended after {:?})", self.limit),
                _ => String::new(),
            };
            output.push_str(&format!("{name} failed: {status}{late}\n"));
        }
        Ok(Ran {
            name,
            output,
            passed: status.success(),
            took: started.elapsed(),
        })
    }
}

/// Runs programs, so many at a time in this order, and hands over each when it has ended.
pub(super) fn run(
    programs: Vec<Program>,
    at_once: usize,
    mut ended: impl FnMut(Ran),
) -> anyhow::Result<()> {
    let programs = Mutex::new(programs.into_iter());
    let next = || {
        programs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    let (send, ran) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..at_once {
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

    #[test]
    fn each_runs_and_one_that_fails_is_told() {
        let shell = |name: &str, script: &str| {
            Program::new(name, "/bin/sh".into(), "/".into()).with(&["-c", script])
        };
        let mut signal = shell("signal", "kill -$SIGNAL $$");
        signal.set("SIGNAL", "KILL");
        let mut endless = shell("endless", "sleep 600");
        endless.limit = Duration::from_secs(1);
        let programs = vec![
            shell("good", "echo out; echo err >&2; pwd"),
            shell("bad", "exit 1"),
            signal,
            endless,
        ];
        let mut all = Vec::new();
        run(programs, 2, |ran| all.push(ran)).unwrap();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let passed: Vec<_> = all.iter().map(|ran| (&*ran.name, ran.passed)).collect();
        let expected = [
            ("bad", false),
            ("endless", false),
            ("good", true),
            ("signal", false),
        ];
        assert_eq!(passed, expected);
        assert_eq!(all[2].output, "out\nerr\n/\n");
        assert!(all[1].output.contains("ended after 1s"));
        assert!(all[0].output.starts_with("bad failed: "));
        let missing = Program::new("gone", "/gone".into(), "/".into());
        run(vec![missing], 2, |ran| assert!(!ran.passed)).unwrap();
    }
}
