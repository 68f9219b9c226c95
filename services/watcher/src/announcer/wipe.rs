//! A server orders that everything of an account be forgotten (remote wipe), and it is.

use super::Announcer;
use super::batch::Batch;
use crate::retries::Retries;
use pushmail_domain::{AccountPhase, EventKind, Fault, FaultKind};
use std::error::Error;
use tokio::time::sleep;

/// What people are told.
const WIPED: &str = "the mail server ordered that everything of the account be wiped, and it is: delete the account, and make another one if the mailbox is to be watched again";

impl Batch<'_> {
    /// Says so. What was told of the account before will be missing in the log, and is not missed.
    pub(super) fn wiped(&mut self) {
        let version = self.cursor.version();
        if version > 0 {
            self.lacks(1..=version);
        }
        let read = self.cursor.folders().map(|cursor| cursor.folder);
        let synced = self.cursor.syncs().filter_map(|cursor| cursor.folder);
        let folders = read.chain(synced).collect();
        self.forget(AccountPhase::Wiped, WIPED, folders);
        self.set_wiped();
    }
}

impl Announcer {
    /// Whether the account was wiped.
    pub(crate) fn is_wiped(&self) -> bool {
        let standing = self.shard.standings.get(self.account.id);
        standing.status.phase == AccountPhase::Wiped
    }

    /// It is said that the account is wiped: now it is done.
    pub(super) async fn wipe(&mut self) -> Result<(), Fault> {
        self.shown.set(AccountPhase::Wiped);
        self.note(WIPED);
        self.erase().await
    }

    /// Removes what is left of a wiped account: events, but for the one that says so and later ones; the credential; the names of
    /// folders. Tries until it is done, or the shard is lost.
    pub(crate) async fn erase(&mut self) -> Result<(), Fault> {
        let mut retries = Retries::default();
        loop {
            let Err(fault) = self.try_to_erase().await else {
                return Ok(());
            };
            if retries.failed() {
                tracing::warn!(account = %self.account.id, %fault, "a wiped account cannot be erased; trying again");
            }
            let pause = sleep(retries.pause(&*self.shared.entropy));
            if self.shard.stop.run_until_cancelled(pause).await.is_none() {
                return Err(fault);
            }
        }
    }

    async fn try_to_erase(&mut self) -> Result<(), Fault> {
        let (tenant, account) = (self.account.tenant, self.account.id);
        let log = &self.shared.log;
        let last = log.last_of_account(tenant, account).await;
        let last = last.map_err(|error| failed("the event log does not answer", error))?;
        let wiped = EventKind::AccountState {
            phase: AccountPhase::Wiped,
        };
        if let Some(last) = last.filter(|last| last.event.kind == wiped) {
            let below = Some(last.position.sequence);
            let purged = log.purge_account(tenant, account, below).await;
            purged.map_err(|error| failed("the account's events are still there", error))?;
        }
        let wiped = self.shared.registry.wipe_account(tenant, account).await;
        wiped.map_err(|error| failed("the account's credential is still there", error))?;
        self.account.folders = Vec::new();
        Ok(())
    }
}

fn failed(message: &str, error: impl Error + Send + Sync + 'static) -> Fault {
    Fault::new(FaultKind::Internal, message).caused_by(error)
}
