//! What a session reads: its accounts' standings and missing events from the log; and what it does
//! with what the registry says of it.

use crate::auth;
use crate::session::Session;
use crate::session::lane::Standing;
use crate::session::look_up::Answer;
use pushmail_domain::{AccountId, Shard};
use pushmail_eventlog::ReadError;
use std::time::Duration;
use tonic::Status;

/// How many events are read at once.
const PAGE: usize = 64;
/// The log has to answer within this: meanwhile nothing else happens in the session.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// A log that did not answer is left alone for so long.
const REST: Duration = Duration::from_secs(1);

impl Session {
    /// Where an account stands in the log.
    pub(super) async fn standing(&self, account: AccountId) -> Result<Standing, ReadError> {
        let log = &self.shared.log;
        let at = self.shared.clock.now();
        let last = in_time(log.last_of_account(self.device.tenant, account)).await?;
        Ok(Standing {
            last: last.map(|stored| stored.position.sequence),
            generation: log.generation(Shard::of(account).stream()),
            retained_since: log.retained_since(),
            at,
        })
    }

    /// Reads one page of what is missing, if something is.
    pub(super) async fn read(&mut self) -> Result<(), Status> {
        let begun = self.shared.clock.elapsed();
        let read = self.read_page().await;
        match self.answered(begun, read) {
            Some(true) => Err(Status::unavailable(
                "events of an account cannot be read yet: connect again",
            )),
            Some(false) | None => Ok(()),
        }
    }

    /// Whether something is missing that the log should have.
    async fn read_page(&mut self) -> Result<bool, ReadError> {
        let Some((account, after)) = self.core.behind() else {
            return Ok(false);
        };
        let log = &self.shared.log;
        let page = log.read_account(self.device.tenant, account, after, PAGE);
        let page = in_time(page).await?;
        if !page.is_empty() {
            self.core.page(account, page);
            return Ok(false);
        }
        let standing = self.standing(account).await?;
        Ok(self.core.exhausted(account, &standing))
    }

    /// Live events were dropped here or before.
    pub(super) async fn sort_out(&mut self) {
        let trouble = self.attachment.take_trouble();
        self.owed.overflowed.extend(trouble.overflowed);
        self.owed.lagged |= trouble.lagged;
        if self.rests.is_none() {
            self.settle().await;
        }
    }

    /// Compares every account with the log: live may have dropped the last event silently.
    pub(super) async fn compare(&mut self) {
        self.owed.lagged = true;
        if self.rests.is_none() {
            self.settle().await;
        }
    }

    /// Does what is owed. What the log does not answer now is done after a rest.
    pub(super) async fn settle(&mut self) {
        self.rests = None;
        let begun = self.shared.clock.elapsed();
        let settled = self.try_to_settle().await;
        self.answered(begun, settled);
    }

    async fn try_to_settle(&mut self) -> Result<(), ReadError> {
        while let Some(account) = self.owed.overflowed.first().copied() {
            let standing = self.standing(account).await?;
            self.core.skip(account, &standing);
            self.owed.overflowed.remove(&account);
        }
        if self.owed.lagged {
            for account in self.core.accounts() {
                let standing = self.standing(account).await?;
                self.core.compare(account, &standing);
            }
            self.owed.lagged = false;
        }
        Ok(())
    }

    /// What the log answered to what began then. Without an answer the session leaves it alone for a while, and goes on.
    fn answered<T>(&mut self, begun: Duration, answer: Result<T, ReadError>) -> Option<T> {
        let outage = &self.shared.log_outage;
        match answer {
            Ok(answer) => {
                outage.answered(self.shared.clock.elapsed());
                Some(answer)
            }
            Err(error) => {
                outage.unanswered(begun, &error);
                self.rests = Some(Box::pin(tokio::time::sleep(REST)));
                None
            }
        }
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

/// What the log answers, if it does in time.
async fn in_time<T>(answer: impl Future<Output = Result<T, ReadError>>) -> Result<T, ReadError> {
    let answer = tokio::time::timeout(ANSWERS_WITHIN, answer).await;
    answer.unwrap_or_else(|elapsed| Err(ReadError(elapsed.into())))
}
