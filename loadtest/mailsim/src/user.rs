//! What the server keeps of a user: mail, faults, and what the user's clients did.

use crate::eas::Account;
use crate::faults::{Order, UserFaults};
use crate::mailbox::{Folders, Mailbox};
use crate::park::Park;
use pushmail_domain::Timestamp;
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
    /// None as long as nothing was ever wrong.
    faults: Mutex<Option<Box<UserFaults>>>,
    activity: Mutex<Activity>,
    /// None as long as nobody spoke ActiveSync.
    eas: Mutex<Option<Box<Account>>>,
}

#[derive(Default)]
struct Activity {
    logins: Logins,
    visits: Visits,
    log: Option<Box<Log>>,
}

/// The newest commands, oldest first.
#[derive(Default)]
struct Log(VecDeque<String>);

impl User {
    pub(crate) fn new(name: &str, folders: Arc<Folders>, park: Arc<Park>) -> Self {
        Self {
            name: name.into(),
            mailbox: Mailbox::new(folders, park),
            faults: Mutex::default(),
            activity: Mutex::default(),
            eas: Mutex::default(),
        }
    }

    /// Looks at what is wrong; nothing comes of it if nothing ever was.
    pub(crate) fn faults<R: Default>(&self, look: impl FnOnce(&mut UserFaults) -> R) -> R {
        lock(&self.faults)
            .as_deref_mut()
            .map_or_else(R::default, look)
    }

    /// What is kept for ActiveSync.
    pub(crate) fn eas<R>(&self, look: impl FnOnce(&mut Account) -> R) -> R {
        look(lock(&self.eas).get_or_insert_default())
    }

    /// Changes what is wrong.
    pub(crate) fn spoil<R>(&self, change: impl FnOnce(&mut UserFaults) -> R) -> R {
        change(lock(&self.faults).get_or_insert_default())
    }

    /// Tells every connection of now to do this.
    pub(crate) fn order(&self, order: Order) {
        self.spoil(|faults| faults.orders.push(order));
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

    /// Counts a login, if fewer than `limit` connections are there; whether it is let in.
    pub(crate) fn log_in(&self, limit: usize) -> bool {
        let logins = &mut lock(&self.activity).logins;
        let admitted = logins.connected < limit;
        if admitted {
            logins.accepted += 1;
            logins.connected += 1;
            logins.most_connected = logins.most_connected.max(logins.connected);
        } else {
            logins.refused += 1;
        }
        admitted
    }

    /// A connection goes into its first IDLE.
    pub(crate) fn idled(&self, at: Timestamp) {
        lock(&self.activity).visits.idled_at = Some(at);
    }

    /// A connection that was let in ends.
    pub(crate) fn log_out(&self, at: Timestamp) {
        let mut activity = lock(&self.activity);
        activity.logins.connected -= 1;
        activity.visits.ended_at = Some(at);
    }

    /// Keeps a command, of which the newest `bound` are remembered.
    pub(crate) fn record(&self, command: &[u8], bound: usize) {
        if bound == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&command[..command.len().min(LOGGED)]).into_owned();
        let mut activity = lock(&self.activity);
        let Log(commands) = &mut **activity.log.get_or_insert_default();
        if commands.len() >= bound {
            commands.pop_front();
        }
        commands.push_back(text);
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        let activity = lock(&self.activity);
        let log = activity.log.iter().flat_map(|log| &log.0);
        log.cloned().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
