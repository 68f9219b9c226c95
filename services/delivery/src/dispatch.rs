//! One live subscription of the log per process, fanned out to the attached sessions.
//!
//! The dispatcher never waits for a session: what does not fit into a session's queue is noted there
//! as overflowed, and the session sorts itself out from the log.

use pushmail_domain::{AccountId, TenantId};
use pushmail_eventlog::{EventLog, Live, Stored};
use pushmail_runtime::{Gauge, Lifecycle, Telemetry};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio_stream::StreamExt as _;

/// How long to wait before subscribing again.
const RESUBSCRIBE: Duration = Duration::from_secs(1);

type Route = (TenantId, AccountId);

/// Routes live events to the sessions of their accounts.
#[derive(Default)]
pub(crate) struct Dispatcher {
    routes: Mutex<HashMap<Route, Vec<Arc<Mailbox>>>>,
}

/// A session's side of the dispatcher: a bounded queue, and what did not fit.
struct Mailbox {
    queue: mpsc::Sender<Arc<Stored>>,
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
    Event(Arc<Stored>),
    /// Events were dropped: see [`Attachment::take_trouble`].
    Trouble,
}

/// A session's place in the dispatcher, given up when dropped.
pub(crate) struct Attachment {
    dispatcher: Arc<Dispatcher>,
    routes: Vec<Route>,
    mailbox: Arc<Mailbox>,
    queue: mpsc::Receiver<Arc<Stored>>,
}

impl Dispatcher {
    /// Starts buffering the live events of the accounts, up to `queue` of them.
    pub(crate) fn attach(
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

    /// Follows the log's live tail until the process stops, subscribing again whenever it ends.
    pub(crate) async fn follow(
        self: Arc<Self>,
        log: Arc<dyn EventLog>,
        telemetry: Telemetry,
        lifecycle: Lifecycle,
    ) {
        let stopping = lifecycle.stopping();
        let following = async {
            loop {
                self.subscription(&*log, &telemetry).await;
                tokio::time::sleep(RESUBSCRIBE).await;
            }
        };
        stopping.run_until_cancelled(following).await;
    }

    /// One subscription from its beginning to its end.
    async fn subscription(&self, log: &dyn EventLog, telemetry: &Telemetry) {
        let mut live = match log.live().await {
            Ok(live) => live,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no live subscription; trying again"
                );
                return;
            }
        };
        telemetry.gauge(Gauge::LiveSubscriptions, "", 1);
        // Sessions that attached before this moment may have missed events.
        self.lagged();
        while let Some(item) = live.next().await {
            match item {
                Live::Event(stored) => self.route(&stored),
                Live::Lagged => self.lagged(),
            }
        }
        telemetry.gauge(Gauge::LiveSubscriptions, "", -1);
        tracing::warn!("the live subscription ended; subscribing again");
    }

    fn route(&self, stored: &Arc<Stored>) {
        let route = (stored.event.tenant, stored.event.account);
        if let Some(mailboxes) = self.routes().get(&route) {
            mailboxes.iter().for_each(|mailbox| mailbox.put(stored));
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
    fn put(&self, stored: &Arc<Stored>) {
        if let Err(mpsc::error::TrySendError::Full(stored)) = self.queue.try_send(stored.clone()) {
            self.trouble().overflowed.insert(stored.event.account);
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
            Some(stored) = self.queue.recv() => Happened::Event(stored),
        }
    }

    /// What there is to sort out. If anything overflowed, the queue is dropped, and the accounts
    /// that had events in it count as overflowed too.
    pub(crate) fn take_trouble(&mut self) -> Trouble {
        let mut trouble = std::mem::take(&mut *self.mailbox.trouble());
        if !trouble.overflowed.is_empty() {
            while let Ok(stored) = self.queue.try_recv() {
                trouble.overflowed.insert(stored.event.account);
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
