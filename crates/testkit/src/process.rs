//! A child process whose output a test reads line by line.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Lines of standard output that may wait to be read; the child blocks when there are more.
const WAITING_LINES: usize = 65_536;
/// How many of the last lines of standard error are kept for messages.
const KEPT_ERRORS: usize = 100;

/// A running child. Dropping it kills it, by its own process id.
pub struct Process {
    child: Child,
    lines: mpsc::Receiver<String>,
    errors: Arc<Mutex<VecDeque<String>>>,
    name: String,
}

impl Process {
    /// Starts the command with its output piped here. Needs a tokio runtime.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(mut command: Command) -> Self {
        let name = format!("{:?}", command.as_std().get_program());
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let (send, lines) = mpsc::channel(WAITING_LINES);
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(forward(stdout, send));
        }
        let errors = Arc::default();
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(keep(stderr, Arc::clone(&errors)));
        }
        Self {
            child,
            lines,
            errors,
            name,
        }
    }

    /// Its process id; `None` once it was waited for.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// The next line of its standard output; `None` at the end.
    pub async fn next_line(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    /// Reads standard output up to and with the first line that `is_it`; that line.
    ///
    /// # Panics
    /// When no such line comes within `limit`; the message shows the lines that came instead.
    pub async fn wait_for_line(&mut self, is_it: impl Fn(&str) -> bool, limit: Duration) -> String {
        let mut seen = VecDeque::new();
        let found = tokio::time::timeout(limit, async {
            while let Some(line) = self.lines.recv().await {
                if is_it(&line) {
                    return Some(line);
                }
                seen.push_back(line);
                if seen.len() > KEPT_ERRORS {
                    seen.pop_front();
                }
            }
            None
        });
        match found.await {
            Ok(Some(line)) => line,
            Ok(None) => panic!(
                "{} ended without the line; it wrote {seen:#?} and to standard error {:#?}",
                self.name,
                self.errors()
            ),
            Err(_) => panic!(
                "no such line from {} in {limit:?}; it wrote {seen:#?} and to standard error {:#?}",
                self.name,
                self.errors()
            ),
        }
    }

    /// The last lines of its standard error.
    pub fn errors(&self) -> Vec<String> {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.iter().cloned().collect()
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub async fn kill(&mut self) {
        let killed = self.child.kill().await;
        killed.unwrap_or_else(|error| panic!("cannot kill {}: {error}", self.name));
    }

    /// Asks it to end (SIGTERM) and waits for its exit code; `None` if a signal ended it.
    ///
    /// # Panics
    /// When it does not end within `limit`.
    pub async fn terminate(&mut self, limit: Duration) -> Option<i32> {
        if let Some(id) = self.child.id() {
            let kill = Command::new("kill")
                .arg("-TERM")
                .arg(id.to_string())
                .status();
            let sent = kill.await.is_ok_and(|status| status.success());
            assert!(sent, "cannot send SIGTERM to {} ({id})", self.name);
        }
        self.wait(limit).await
    }

    /// Waits for its exit code; `None` if a signal ended it.
    ///
    /// # Panics
    /// When it does not end within `limit`.
    pub async fn wait(&mut self, limit: Duration) -> Option<i32> {
        match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(Ok(status)) => status.code(),
            Ok(Err(error)) => panic!("cannot wait for {}: {error}", self.name),
            Err(_) => panic!(
                "{} did not end in {limit:?}; to standard error it wrote {:#?}",
                self.name,
                self.errors()
            ),
        }
    }
}

async fn forward(stdout: impl AsyncRead + Unpin, send: mpsc::Sender<String>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if send.send(line).await.is_err() {
            return;
        }
    }
}

async fn keep(stderr: impl AsyncRead + Unpin, kept: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(line);
        if kept.len() > KEPT_ERRORS {
            kept.pop_front();
        }
    }
}
