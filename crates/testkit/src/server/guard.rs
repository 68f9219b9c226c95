//! A process that ends a server, whatever happens to the test program.

use super::Files;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

const SCRIPT: &str = include_str!("guard.sh");

/// The command that runs a program under a guard; arguments that are added are the program's. It
/// is to end by SIGKILL, because a server may take seconds to end in order, and there is nothing
/// here to keep.
pub(crate) fn command(files: &Files, program: &Path) -> Command {
    command_ending_by("KILL", files, program)
}

/// The same for a server that leaves things behind when it is killed: this signal ends it.
pub(crate) fn command_ending_by(signal: &str, files: &Files, program: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", SCRIPT, "server-guard", signal])
        .arg(files.folder())
        .arg(program);
    command
}

/// A guard and its server. Both end when this is dropped, and the server's folder goes.
pub(crate) struct Guarded {
    guard: Child,
    /// Closes once the guard has done its work.
    reports: BufReader<ChildStdout>,
    server: u32,
}

impl Guarded {
    /// Starts such a command, in a process group of its own, with its output added to a file.
    pub(crate) fn start(command: &mut Command, output: &Path) -> io::Result<Self> {
        let output = std::fs::File::options()
            .append(true)
            .create(true)
            .open(output)?;
        let mut guard = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(output)
            .spawn()?;
        let reports = guard.stdout.take();
        let reports = reports.ok_or_else(|| io::Error::other("the guard has no output"))?;
        let mut reports = BufReader::new(reports);
        let mut line = String::new();
        reports.read_line(&mut line)?;
        let server = line.trim().parse().map_err(io::Error::other)?;
        Ok(Self {
            guard,
            reports,
            server,
        })
    }

    /// The server's process id.
    pub(crate) fn server(&self) -> u32 {
        self.server
    }

    /// Whether the server has ended by itself.
    pub(crate) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.how_ended()?.is_some())
    }

    /// How the server has ended by itself, if it has.
    pub(crate) fn how_ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.guard.try_wait()
    }

    /// Kills the server and what it started, and keeps its folder.
    pub(crate) fn kill(mut self) -> io::Result<()> {
        if let Some(stdin) = self.guard.stdin.as_mut() {
            stdin.write_all(b"KILL\n")?;
        }
        self.wait()
    }

    fn wait(&mut self) -> io::Result<()> {
        let mut rest = Vec::new();
        self.reports.read_to_end(&mut rest)?;
        self.guard.wait()?;
        Ok(())
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // The guard ends the server when its standard input closes.
        drop(self.guard.stdin.take());
        if let Err(error) = self.wait() {
            let id = self.guard.id();
            eprintln!("the end of a server (guard process {id}) was not seen: {error}");
        }
    }
}
