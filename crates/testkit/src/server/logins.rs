//! Answers a server's questions whether a login is right.

use super::PASSWORD;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A server asks in one write, at once.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Whether there is such an account and this is its password.
pub(crate) fn accepts(user: &str, password: &str) -> bool {
    let numbered = |text: &str, prefix: &str| {
        let number = text.strip_prefix(prefix);
        number.is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let domain = |domain: &str| domain.strip_suffix(".test").map(|d| numbered(d, "tenant"));
    let known = user
        .split_once('@')
        .is_some_and(|(local, at)| numbered(local, "user") && domain(at) == Some(true));
    known && password == PASSWORD
}

/// A thread that listens on a Unix socket, where each connection is one question.
pub(crate) struct Logins {
    socket: PathBuf,
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Logins {
    /// `answer` reads a question and writes the answer; on an error the connection is closed.
    pub(crate) fn start(
        socket: &Path,
        answer: impl Fn(&mut UnixStream) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = UnixListener::bind(socket)?;
        std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o777))?;
        let ending = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ending);
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if end.load(Ordering::Acquire) {
                    break;
                }
                let answered = connection.and_then(|mut connection| {
                    connection.set_read_timeout(Some(TIMEOUT))?;
                    connection.set_write_timeout(Some(TIMEOUT))?;
                    answer(&mut connection)
                });
                if let Err(error) = answered {
                    eprintln!("a login was not answered: {error}");
                }
            }
        });
        Ok(Self {
            socket: socket.to_owned(),
            ending,
            thread: Some(thread),
        })
    }
}

impl Drop for Logins {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Release);
        // Wakes the thread, which otherwise waits for a question.
        let woken = UnixStream::connect(&self.socket);
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            let ended = thread.join();
            if ended.is_err() {
                eprintln!("the thread that answers logins panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_accounts_of_the_tests_are_accepted() {
        assert!(accepts("user7@tenant3.test", PASSWORD));
        assert!(!accepts("user7@tenant3.test", "wrong"));
        for unknown in [
            "user@tenant3.test",
            "user7",
            "mike@tenant3.test",
            "user7@tenant.test",
            "user7@tenant3.example",
            "user7@tenant/../3.test",
        ] {
            assert!(!accepts(unknown, PASSWORD), "{unknown}");
        }
    }
}
