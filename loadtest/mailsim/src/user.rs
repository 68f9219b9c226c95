//! What the server keeps of a user: mail, faults, and what the user's clients did.

use crate::faults::{Order, UserFaults};
use crate::mailbox::{Folders, Mailbox};
use pushmail_domain::{Clock, Timestamp};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The longest part of a command that is kept, in bytes.
const LOGGED: usize = 200;

/// How often a user's clients logged in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Logins {
    /// Logins that were let in.
    pub accepted: u64,
    /// Logins that were refused, for whatever reason.
    pub refused: u64,
    /// Connections that are logged in now.
    pub connected: usize,
    /// The most connections that ever were logged in at the same time.
    pub most_connected: usize,
}

/// When a user's connections came and went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Visits {
    /// When a connection went into its first IDLE; of all connections, the last one that did.
    pub idled_at: Option<Timestamp>,
    /// When a connection that was logged in ended; of all connections, the last one that did.
    pub ended_at: Option<Timestamp>,
}

pub(crate) struct User {
    pub(crate) name: Arc<str>,
    pub(crate) mailbox: Mailbox,
    faults: Mutex<UserFaults>,
    activity: Mutex<Activity>,
}

#[derive(Default)]
struct Activity {
    logins: Logins,
    visits: Visits,
    /// The newest commands, oldest first.
    commands: VecDeque<String>,
}

impl User {
    pub(crate) fn new(name: &str, folders: Folders) -> Self {
        Self {
            name: name.into(),
            mailbox: Mailbox::new(folders),
            faults: Mutex::default(),
            activity: Mutex::default(),
        }
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, UserFaults> {
        lock(&self.faults)
    }

    /// Tells every connection of now to do this.
    pub(crate) fn order(&self, order: Order) {
        self.faults().orders.push(order);
        self.mailbox.wake();
    }

    pub(crate) fn logins(&self) -> Logins {
        lock(&self.activity).logins
    }

    pub(crate) fn visits(&self) -> Visits {
        lock(&self.activity).visits
    }

    pub(crate) fn login_refused(&self) {
        lock(&self.activity).logins.refused += 1;
    }

    /// Counts a login, if fewer than `limit` connections are there.
    pub(crate) fn log_in(
        self: &Arc<Self>,
        limit: usize,
        clock: &Arc<dyn Clock>,
    ) -> Option<Connected> {
        let mut activity = lock(&self.activity);
        let logins = &mut activity.logins;
        if logins.connected >= limit {
            logins.refused += 1;
            return None;
        }
        logins.accepted += 1;
        logins.connected += 1;
        logins.most_connected = logins.most_connected.max(logins.connected);
        drop(activity);
        Some(Connected {
            user: Arc::clone(self),
            clock: Arc::clone(clock),
            idled: false,
        })
    }

    /// Keeps a command, of which the newest `bound` are remembered.
    pub(crate) fn record(&self, command: &[u8], bound: usize) {
        if bound == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&command[..command.len().min(LOGGED)]).into_owned();
        let mut activity = lock(&self.activity);
        if activity.commands.len() >= bound {
            activity.commands.pop_front();
        }
        activity.commands.push_back(text);
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        lock(&self.activity).commands.iter().cloned().collect()
    }
}

/// One connection that is logged in, counted for as long as this lives.
pub(crate) struct Connected {
    user: Arc<User>,
    clock: Arc<dyn Clock>,
    /// It was in IDLE.
    idled: bool,
}

impl Connected {
    /// It goes into IDLE.
    pub(crate) fn idles(&mut self) {
        if !self.idled {
            self.idled = true;
            lock(&self.user.activity).visits.idled_at = Some(self.clock.now());
        }
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut activity = lock(&self.user.activity);
        activity.logins.connected -= 1;
        activity.visits.ended_at = Some(self.clock.now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
