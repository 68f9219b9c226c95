//! Servers in which the product keeps things, such as NATS, Redis and PostgreSQL, and the faults
//! that tests put them through.

mod backup;
pub(crate) mod http;
mod program;
mod signals;

pub use backup::Backup;
pub use program::Program;

use crate::server::{Files, Guarded, Lease};
use crate::{WITHOUT_VARIABLE, skip};
use std::io;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// How often a server is asked whether it is ready, and the pause between two questions: half a
/// minute at least.
const QUESTIONS: u32 = 3_000;
const PAUSE: Duration = Duration::from_millis(10);
/// A shell says from here on which signal ended its child.
const FIRST_OF_SIGNALS: i32 = 128;

/// One running server with its data in a temporary folder and ports of its own.
///
/// Dropping this ends the server and removes the folder. Both also happen when the test program
/// ends, however that ends. What cannot be done panics, and the message shows the server's log.
pub struct Backing {
    name: &'static str,
    command: Command,
    is_ready: IsReady,
    /// `None` while it is killed.
    guarded: Option<Guarded>,
    // Dropped after the server has ended: its ports and its folder.
    ports: Vec<Lease>,
    files: Files,
}

/// An error says why a server is not ready yet.
pub(crate) type IsReady = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

/// How a server is started, once its folder is filled.
pub(crate) struct Plan {
    pub(crate) files: Files,
    /// Where it listens.
    pub(crate) ports: Vec<Lease>,
    /// Runs in the foreground, under a guard.
    pub(crate) command: Command,
    pub(crate) is_ready: IsReady,
}

/// Starts what this makes; `None` if the server of this name is to be done without (see [`skip`]).
pub(crate) fn start<T>(name: &'static str, make: impl FnOnce() -> io::Result<T>) -> Option<T> {
    let made = (!skip(name)).then(make)?;
    Some(made.unwrap_or_else(|error| {
        panic!("{name} did not start ({WITHOUT_VARIABLE}={name} leaves its tests out): {error}")
    }))
}

/// The folder, below a server's own, in which it keeps its data.
pub(crate) const DATA: &str = "data";

/// Asks until the answer is not an error, or for too long: then the last error.
pub(crate) fn until<T>(mut ask: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut answer = ask();
    for _ in 0..QUESTIONS {
        if answer.is_ok() {
            break;
        }
        std::thread::sleep(PAUSE);
        answer = ask();
    }
    answer
}

impl Backing {
    /// Starts a server and waits until it is ready.
    pub(crate) fn launch(name: &'static str, plan: Plan) -> io::Result<Self> {
        let Plan {
            files,
            ports,
            command,
            is_ready,
        } = plan;
        let mut backing = Self {
            name,
            command,
            is_ready,
            guarded: None,
            ports,
            files,
        };
        backing.run()?;
        Ok(backing)
    }

    /// Kills it and every process of it (SIGKILL). It keeps its data and its ports.
    ///
    /// # Panics
    /// When it is not running, or does not end.
    pub fn kill(&mut self) {
        let killed = self.running().and_then(|_| self.end());
        self.expect(killed, "be killed");
    }

    /// Asks it to end (SIGTERM), and waits until it has, for so long at most; its exit code. It keeps its data and its ports.
    ///
    /// # Errors
    /// When it is not running, does not end in time, or ends by a signal.
    pub fn terminate(&mut self, patience: Duration) -> io::Result<i32> {
        signals::terminate(self.running()?)?;
        let mut left = patience;
        let guarded = self.guarded.as_mut();
        let guarded = guarded.ok_or_else(|| io::Error::other("it is not running"))?;
        while !left.is_zero() {
            if let Some(ended) = guarded.how_ended()? {
                let code = ended.code().filter(|code| *code < FIRST_OF_SIGNALS);
                return code
                    .ok_or_else(|| io::Error::other(format!("it ended by a signal: {ended}")));
            }
            std::thread::sleep(PAUSE);
            left = left.saturating_sub(PAUSE);
        }
        Err(io::Error::other(format!("it did not end in {patience:?}")))
    }

    /// Its process id.
    ///
    /// # Errors
    /// When it is not running.
    pub fn process_id(&mut self) -> io::Result<u32> {
        self.running()
    }

    /// Starts it after it was killed, with the same data, and waits until it is ready.
    ///
    /// # Panics
    /// When it is running, or does not start.
    pub fn start_again(&mut self) {
        assert!(!self.is_running(), "{} is still running", self.name);
        let started = self.end().and_then(|()| self.run());
        self.expect(started, "start again");
    }

    /// Stops it (SIGSTOP): its connections stay, and nothing answers. It stands still when this
    /// returns.
    ///
    /// # Panics
    /// When it is not running.
    pub fn pause(&mut self) {
        let paused = self.running().and_then(signals::pause);
        self.expect(paused, "be paused");
    }

    /// Lets it go on after a pause (SIGCONT).
    ///
    /// # Panics
    /// When it is not running, not even paused.
    pub fn resume(&mut self) {
        let resumed = self.running().and_then(signals::resume);
        self.expect(resumed, "be resumed");
    }

    /// Whether it runs: it was not killed, and has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        let guarded = self.guarded.as_mut();
        guarded.is_some_and(|guarded| matches!(guarded.has_ended(), Ok(false)))
    }

    /// The folder where it keeps its data.
    pub fn data(&self) -> PathBuf {
        self.files.path(DATA)
    }

    /// A copy of its data as it is while it is killed.
    ///
    /// # Panics
    /// When it is running, or the data cannot be copied.
    pub fn back_up(&mut self) -> Backup {
        assert!(!self.is_running(), "{} is still running", self.name);
        let copied = Backup::of(&self.data());
        self.expect(copied, "be backed up")
    }

    /// Puts the data of a backup in place of its data, while it is killed.
    ///
    /// # Panics
    /// When it is running, or the data cannot be copied.
    pub fn restore(&mut self, backup: &Backup) {
        assert!(!self.is_running(), "{} is still running", self.name);
        let restored = backup.restore(&self.data());
        self.expect(restored, "be restored");
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.files.output()).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    pub(crate) fn expect<T>(&self, done: io::Result<T>, what: &str) -> T {
        done.unwrap_or_else(|error| {
            let (name, log) = (self.name, self.log());
            panic!("{name} could not {what}: {error}\n{log}")
        })
    }

    /// The process id of the running server.
    fn running(&mut self) -> io::Result<u32> {
        let is_running = self.is_running();
        let guarded = self.guarded.as_ref().filter(|_| is_running);
        let guarded = guarded.ok_or_else(|| io::Error::other("it is not running"))?;
        Ok(guarded.server())
    }

    fn run(&mut self) -> io::Result<()> {
        let guarded = Guarded::start(&mut self.command, &self.files.output())?;
        self.guarded = Some(guarded);
        let mut ended = false;
        let ready = until(|| {
            ended = !self.is_running();
            if ended { Ok(()) } else { (self.is_ready)() }
        });
        match ready {
            Ok(()) if !ended => Ok(()),
            Ok(()) => Err(io::Error::other(format!("it ended\n{}", self.log()))),
            Err(error) => Err(io::Error::other(format!("{error}\n{}", self.log()))),
        }
    }

    /// Ends it, if it runs, and keeps its data.
    fn end(&mut self) -> io::Result<()> {
        if let Some(guarded) = self.guarded.take() {
            guarded.kill()?;
        }
        self.wait_closed()
    }

    /// Killed processes close their sockets in their own time.
    fn wait_closed(&self) -> io::Result<()> {
        let is_open = |port: &Lease| TcpStream::connect(port.addr()).is_ok();
        until(|| match self.ports.iter().find(|port| is_open(port)) {
            None => Ok(()),
            Some(port) => Err(io::Error::other(format!("{} is still open", port.addr()))),
        })
    }
}

impl Drop for Backing {
    fn drop(&mut self) {
        drop(self.guarded.take());
        if let Err(error) = self.wait_closed() {
            eprintln!("{} did not end: {error}", self.name);
        }
    }
}
