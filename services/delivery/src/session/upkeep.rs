//! What a session reads: its accounts' standings and missing events from the log; and what it does
//! with what the registry says of it.

use crate::auth;
use crate::session::Session;
use crate::session::lane::Standing;
use crate::session::look_up::Answer;
use pushmail_domain::{AccountId, Shard};
use pushmail_eventlog::ReadError;
use tonic::Status;

/// How many events are read at once.
const PAGE: usize = 64;

impl Session {
    /// Where an account stands in the log.
    pub(super) async fn standing(&self, account: AccountId) -> Result<Standing, Status> {
        let log = &self.shared.log;
        let at = self.shared.clock.now();
        let last = log.last_of_account(self.device.tenant, account).await;
        let last = last.map_err(|error| unreadable(&error))?;
        Ok(Standing {
            last: last.map(|stored| stored.position.sequence),
            generation: log.generation(Shard::of(account).stream()),
            retained_since: log.retained_since(),
            at,
        })
    }

    /// Reads one page of what is missing, if something is.
    pub(super) async fn read(&mut self) -> Result<(), Status> {
        let Some((account, after)) = self.core.behind() else {
            return Ok(());
        };
        let log = &self.shared.log;
        let page = log
            .read_account(self.device.tenant, account, after, PAGE)
            .await
            .map_err(|error| unreadable(&error))?;
        if !page.is_empty() {
            self.core.page(account, page);
            return Ok(());
        }
        let standing = self.standing(account).await?;
        if self.core.exhausted(account, &standing) {
            return Err(Status::unavailable(
                "events of an account cannot be read yet: connect again",
            ));
        }
        Ok(())
    }

    /// Live events were dropped here or before.
    pub(super) async fn sort_out(&mut self) -> Result<(), Status> {
        let trouble = self.attachment.take_trouble();
        for account in trouble.overflowed {
            let standing = self.standing(account).await?;
            self.core.skip(account, &standing);
        }
        if trouble.lagged {
            self.compare().await?;
        }
        Ok(())
    }

    /// Compares every account with the log: live may have dropped the last event silently.
    pub(super) async fn compare(&mut self) -> Result<(), Status> {
        for account in self.core.accounts() {
            let standing = self.standing(account).await?;
            self.core.compare(account, &standing);
        }
        Ok(())
    }

    /// Ends the session, or what it does for accounts that the device has no more; nothing without
    /// an answer.
    pub(super) fn looked_up(&mut self, answer: Answer) -> Result<(), Status> {
        let accounts = match answer {
            Answer::Refused => return Err(auth::refused()),
            Answer::Accounts(accounts) => accounts,
            Answer::Away => return Ok(()),
        };
        for account in self.core.accounts() {
            if !accounts.contains(&account) {
                self.core.remove(account);
            }
        }
        Ok(())
    }
}

pub(super) fn unreadable(error: &ReadError) -> Status {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "a session could not read the event log"
    );
    Status::unavailable("the event log cannot be read now: connect again later")
}
