//! Mailboxes into which mail comes with rising UIDs, and the conversations about them.

use crate::chance::Chance;
use async_trait::async_trait;
use pushmail_domain::{
    Account, AccountId, Arrival, Clock, Fault, FaultKind, Folder, FolderCursor, FolderId,
    MessageKey, Timestamp,
};
use pushmail_upstream::driver::Sink;
use pushmail_upstream::lot::Ended;
use pushmail_upstream::{Change, NewMessage};
use pushmail_watcher::Mailboxes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// Every folder's UIDVALIDITY.
const VALIDITY: u32 = 7;

/// All mailboxes of a world, each with one folder.
pub(crate) struct World {
    pub(crate) chance: Arc<Chance>,
    pub(crate) clock: Arc<dyn Clock>,
    boxes: BTreeMap<AccountId, Mailbox>,
    /// How many conversations there are about each.
    conversations: Mutex<BTreeMap<AccountId, usize>>,
}

/// One mailbox.
#[derive(Default)]
struct Mailbox {
    /// When each mail came, in the order of their UIDs, which begin at 1.
    mails: Mutex<Vec<Timestamp>>,
    /// Rung when mail comes. It wakes in order, unlike a channel that is made for many processors.
    came: Notify,
}

impl Mailbox {
    fn last(&self) -> u64 {
        self.mails().len() as u64
    }

    fn mails(&self) -> MutexGuard<'_, Vec<Timestamp>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is mail after this one.
    async fn more_than(&self, last: u64) {
        while self.last() <= last {
            self.came.notified().await;
        }
    }
}

/// A conversation that is under way; over when dropped.
struct UnderWay<'a>(&'a World, AccountId);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0.conversations().get_mut(&self.1) {
            *count -= 1;
        }
    }
}

impl World {
    pub(crate) fn new(chance: Arc<Chance>, clock: Arc<dyn Clock>, accounts: &[AccountId]) -> Self {
        let boxes = accounts
            .iter()
            .map(|account| (*account, Mailbox::default()));
        Self {
            chance,
            clock,
            boxes: boxes.collect(),
            conversations: Mutex::default(),
        }
    }

    /// The mailboxes about which there is not exactly one conversation, and how many there are.
    pub(crate) fn not_watched_once(&self) -> Vec<(AccountId, usize)> {
        let conversations = self.conversations();
        let count = |account: &AccountId| conversations.get(account).copied().unwrap_or(0);
        let counted = self.boxes.keys().map(|account| (*account, count(account)));
        counted.filter(|(_, count)| *count != 1).collect()
    }

    fn begin(&self, account: AccountId) -> UnderWay<'_> {
        *self.conversations().entry(account).or_default() += 1;
        UnderWay(self, account)
    }

    fn conversations(&self) -> MutexGuard<'_, BTreeMap<AccountId, usize>> {
        self.conversations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Mail comes.
    pub(crate) fn deliver(&self, account: AccountId, mails: u32) {
        if let Some(mailbox) = self.boxes.get(&account) {
            let now = self.clock.now();
            mailbox.mails().extend((0..mails).map(|_| now));
            mailbox.came.notify_waiters();
        }
    }

    /// The UID of each mailbox's last mail.
    pub(crate) fn last_uids(&self) -> BTreeMap<AccountId, u32> {
        let last = |(account, mailbox): (&AccountId, &Mailbox)| {
            (*account, u32::try_from(mailbox.last()).unwrap_or(u32::MAX))
        };
        self.boxes.iter().map(last).collect()
    }

    fn message(&self, mailbox: &Mailbox, folder: FolderId, uid: u32) -> Change {
        let now = self.clock.now();
        let came = mailbox.mails().get(uid as usize - 1).copied();
        Change::Message(Box::new(NewMessage {
            key: MessageKey {
                folder,
                uid_validity: VALIDITY,
                uid,
            },
            arrival: Arrival::Delivered,
            internal_date: came,
            size: 1,
            flags: Vec::new(),
            provider_message_id: String::new(),
            head: Vec::new(),
            unreadable: false,
            noticed_at: now,
            fetched_at: now,
        }))
    }
}

#[async_trait]
impl Mailboxes for World {
    async fn converse(
        &self,
        account: &Account,
        cursors: Vec<FolderCursor>,
        sink: &mut dyn Sink,
        stop: &CancellationToken,
    ) -> Ended {
        let Some(mailbox) = self.boxes.get(&account.id) else {
            return Fault::new(FaultKind::FolderUnavailable, "no such mailbox").into();
        };
        if stop
            .run_until_cancelled(sleep(self.chance.between(10, 300)))
            .await
            .is_none()
        {
            return Ended::Stopped;
        }
        if self.chance.one_in(20) {
            return Fault::new(FaultKind::Unreachable, "the server does not answer").into();
        }
        let _under_way = self.begin(account.id);
        let lasts = Instant::now() + self.chance.between(5_000, 120_000);
        let folder = folder(account.id);
        let known = cursors.iter().find(|cursor| cursor.folder == folder.id);
        let baseline = mailbox.last() + 1;
        let mut next = known.map_or(baseline, |known| known.uid_next);
        let lost = known.filter(|known| known.uid_validity != VALIDITY);
        let reset = lost.map(|known| {
            Change::FolderReset(FolderCursor {
                read_at: known.read_at,
                rebuilt_below: baseline,
                ..FolderCursor::starting(folder.id, VALIDITY, 1)
            })
        });
        let baseline = FolderCursor::starting(folder.id, VALIDITY, baseline);
        let live = Change::Live {
            folders: vec![folder.clone()],
            baselines: known.is_none().then_some(baseline).into_iter().collect(),
            syncs: Vec::new(),
            missing: Vec::new(),
            left_out: 0,
        };
        let first = std::iter::once(live).chain(reset).collect();
        if let Err(fault) = sink.accept(first).await {
            return fault.into();
        }
        loop {
            let last = mailbox.last();
            if next <= last {
                let until = last.min(next + self.chance.index(5) as u64);
                let read = sleep(Duration::from_millis(5));
                if stop.run_until_cancelled(read).await.is_none() {
                    return Ended::Stopped;
                }
                let uids = next..=until;
                let uids = uids.filter_map(|uid| u32::try_from(uid).ok());
                let mails = uids
                    .map(|uid| self.message(mailbox, folder.id, uid))
                    .collect();
                if let Err(fault) = sink.accept(mails).await {
                    return fault.into();
                }
                next = until + 1;
                continue;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ended::Stopped,
                () = mailbox.more_than(last) => {}
                () = sleep_until(lasts) => {
                    return Fault::new(FaultKind::Closed, "the server closed the connection").into();
                }
            }
        }
    }
}

fn folder(account: AccountId) -> Folder {
    Folder::new(FolderId::of_name(account, "INBOX", VALIDITY), "INBOX")
}
