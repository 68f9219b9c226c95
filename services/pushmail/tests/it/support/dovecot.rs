//! Mailboxes at a real Dovecot, which the tests that run at the same time share.

use super::{imap, mail, pushmail};
pub(crate) use pushmail_testkit::dovecot::PASSWORD;
use pushmail_testkit::{Dovecot, skip};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::process::Command;

/// Not a `OnceLock`, which would never drop the server's temporary folder.
static SHARED: Mutex<Weak<Dovecot>> = Mutex::new(Weak::new());
static USERS: AtomicU32 = AtomicU32::new(1);

/// A mailbox of its own for one test.
pub(crate) struct Mailbox {
    pub(crate) dovecot: Arc<Dovecot>,
    /// The login name.
    pub(crate) user: String,
    folder: tempfile::TempDir,
}

impl Mailbox {
    /// An empty mailbox; `None` if Dovecot is to be done without.
    pub(crate) fn new() -> Option<Self> {
        if skip("dovecot") {
            return None;
        }
        let mailbox = Self::at(shared());
        Some(mailbox)
    }

    /// Another mailbox at the same server.
    pub(crate) fn another(&self) -> Self {
        Self::at(self.dovecot.clone())
    }

    fn at(dovecot: Arc<Dovecot>) -> Self {
        let user = format!("user{}@tenant1.test", USERS.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), dovecot.ca_pem()).expect("a file");
        Self {
            dovecot,
            user,
            folder,
        }
    }

    /// A path in a folder that lives as long as this.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The authority that signed the server's certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.file("ca.pem")
    }

    pub(crate) fn imaps(&self) -> String {
        format!(
            "imaps://{}@localhost:{}",
            self.user,
            self.dovecot.imaps_addr().port()
        )
    }

    pub(crate) fn starttls(&self) -> String {
        format!(
            "imap://{}@localhost:{}",
            self.user,
            self.dovecot.imap_addr().port()
        )
    }

    /// Delivers a mail with this subject; its Message-ID without angle brackets.
    pub(crate) fn deliver(&self, subject: &str) -> String {
        let (id, raw) = mail(subject);
        self.dovecot.deliver(&self.user, &raw);
        id
    }

    /// Puts a mail into another folder.
    pub(crate) fn append(&self, folder: &str, subject: &str) -> String {
        let (id, raw) = mail(subject);
        let appended = imap::append(self.dovecot.imap_addr(), &self.user, folder, &raw);
        appended.expect("dovecot takes a mail into any folder");
        id
    }

    /// `pushmail watch` without credential and certificate authority.
    pub(crate) fn bare_watch(&self, url: &str) -> Command {
        let mut command = pushmail();
        command.args(["watch", url]);
        command
    }

    /// `pushmail watch` with the password in the environment.
    pub(crate) fn watch(&self, url: &str) -> Command {
        let mut command = self.bare_watch(url);
        command.arg("--ca-file").arg(self.ca_file());
        command.args(["--password-env", "PW"]).env("PW", PASSWORD);
        command
    }
}

impl Drop for Mailbox {
    /// Shows what the server logged about this mailbox, if the test failed.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.dovecot.log();
            let lines = log.lines().filter(|line| line.contains(&self.user));
            lines.for_each(|line| eprintln!("dovecot: {line}"));
        }
    }
}

fn shared() -> Arc<Dovecot> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let started = Arc::new(Dovecot::start());
        *shared = Arc::downgrade(&started);
        started
    })
}
