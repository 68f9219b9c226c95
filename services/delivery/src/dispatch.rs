//! One live subscription of the log per process, fanned out to the attached sessions. It follows
//! only the shards that these need.
//!
//! The dispatcher never waits for a session: what does not fit into a session's queue is noted there
//! as overflowed, and the session sorts itself out from the log.

mod following;

use following::Following;
use pushmail_domain::{AccountId, Shard, TenantId};
use pushmail_eventlog::{Fresh, ReadError};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc};

type Route = (TenantId, AccountId);

/// Routes live events to the sessions of their accounts.
#[derive(Default)]
pub(crate) struct Dispatcher {
    routes: Mutex<HashMap<Route, Vec<Arc<Mailbox>>>>,
    following: Following,
}

/// A session's side of the dispatcher: a bounded queue, and what did not fit.
struct Mailbox {
    queue: mpsc::Sender<Fresh>,
    trouble: Mutex<Trouble>,
    ring: Notify,
}

/// What a session has to sort out from the log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// Accounts with events that did not fit into the queue. At most the session's accounts.
    pub(crate) overflowed: BTreeSet<AccountId>,
    /// The subscription itself missed events, of any account.
    pub(crate) lagged: bool,
}

/// What an attachment waits for.
pub(crate) enum Happened {
    /// An event became durable.
    Event(Fresh),
    /// Events were dropped: see [`Attachment::take_trouble`].
    Trouble,
}

/// A session's place in the dispatcher, given up when dropped.
pub(crate) struct Attachment {
    dispatcher: Arc<Dispatcher>,
    routes: Vec<Route>,
    mailbox: Arc<Mailbox>,
    queue: mpsc::Receiver<Fresh>,
}

impl Dispatcher {
    /// Starts buffering the live events of the accounts, up to `queue` of them. Every event that
    /// becomes durable after this returns is buffered, or known to be missing.
    ///
    /// # Errors
    /// When the log cannot be followed.
    pub(crate) async fn attach(
        self: &Arc<Self>,
        tenant: TenantId,
        accounts: &[AccountId],
        queue: usize,
    ) -> Result<Attachment, ReadError> {
        let attachment = self.place(tenant, accounts, queue);
        // After the routes: what is followed is never without its routes.
        self.following.add(accounts).await?;
        Ok(attachment)
    }

    fn place(
        self: &Arc<Self>,
        tenant: TenantId,
        accounts: &[AccountId],
        queue: usize,
    ) -> Attachment {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let mailbox = Arc::new(Mailbox {
            queue: sender,
            trouble: Mutex::default(),
            ring: Notify::new(),
        });
        let routes: Vec<Route> = accounts.iter().map(|account| (tenant, *account)).collect();
        let mut table = self.routes();
        for route in &routes {
            table.entry(*route).or_default().push(mailbox.clone());
        }
        drop(table);
        Attachment {
            dispatcher: self.clone(),
            routes,
            mailbox,
            queue: receiver,
        }
    }

    /// The shards of which events have somewhere to go.
    fn shards(&self) -> HashSet<Shard> {
        let table = self.routes();
        let accounts = table.keys().map(|(_, account)| *account);
        accounts.map(Shard::of).collect()
    }

    /// The accounts that have sessions here.
    pub(crate) fn accounts(&self) -> Vec<AccountId> {
        self.routes().keys().map(|(_, account)| *account).collect()
    }

    fn route(&self, fresh: &Fresh) {
        let event = &fresh.stored.event;
        if let Some(mailboxes) = self.routes().get(&(event.tenant, event.account)) {
            mailboxes.iter().for_each(|mailbox| mailbox.put(fresh));
        }
    }

    fn lagged(&self) {
        for mailbox in self.routes().values().flatten() {
            mailbox.trouble().lagged = true;
            mailbox.ring.notify_one();
        }
    }

    fn routes(&self) -> MutexGuard<'_, HashMap<Route, Vec<Arc<Mailbox>>>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailbox {
    fn put(&self, fresh: &Fresh) {
        if let Err(mpsc::error::TrySendError::Full(fresh)) = self.queue.try_send(fresh.clone()) {
            let account = fresh.stored.event.account;
            self.trouble().overflowed.insert(account);
            self.ring.notify_one();
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attachment {
    /// Waits for an event, or for something to sort out. Cancel-safe.
    pub(crate) async fn happened(&mut self) -> Happened {
        tokio::select! {
            biased;
            () = self.mailbox.ring.notified() => Happened::Trouble,
            Some(fresh) = self.queue.recv() => Happened::Event(fresh),
        }
    }

    /// What there is to sort out. If anything overflowed, the queue is dropped, and the accounts
    /// that had events in it count as overflowed too.
    pub(crate) fn take_trouble(&mut self) -> Trouble {
        let mut trouble = std::mem::take(&mut *self.mailbox.trouble());
        if !trouble.overflowed.is_empty() {
            while let Ok(fresh) = self.queue.try_recv() {
                trouble.overflowed.insert(fresh.stored.event.account);
            }
        }
        trouble
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut table = self.dispatcher.routes();
        for route in &self.routes {
            let Some(mailboxes) = table.get_mut(route) else {
                continue;
            };
            mailboxes.retain(|mailbox| !Arc::ptr_eq(mailbox, &self.mailbox));
            if mailboxes.is_empty() {
                table.remove(route);
            }
        }
    }
}
