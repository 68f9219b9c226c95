//! Messages by Exchange ActiveSync, on request: each in a conversation of its own, never in the one that watches the
//! account. Nothing at the server changes: the message is not marked as read.
//!
//! A server gives a message whole or not at all, so it is held in memory while a part of it is read: at most 32 MiB, and
//! of so many messages at the same time as there may be.

mod conversation;
mod mime;
mod whole;

use async_trait::async_trait;
use conversation::Helper;
use pushmail_credentials::Credentials;
use pushmail_domain::{Account, ContentLevel, DesiredState, EventScope, Protocol};
use pushmail_eas::command::{CollectionId, ServerId};
use pushmail_eas::{EasFlow, Fetched, Learned, Settings};
use pushmail_mailbox::{Item, Mailbox, ReadError, ReadErrorKind, Reading, Wanted};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::driver;
use pushmail_upstream::lot::{Ended, Lot};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use whole::Whole;

/// From the dial until the message is there.
const WITHIN: Duration = Duration::from_secs(60);

/// What reading works with.
pub struct Deps {
    /// Opens what accounts log in with.
    pub credentials: Arc<Credentials>,
    /// Makes connections, under the egress guard.
    pub dialer: Arc<Dialer>,
    /// Runs the conversations.
    pub lot: Arc<Lot>,
}

/// The mailboxes behind servers of Exchange ActiveSync.
pub struct EasMailbox {
    deps: Deps,
    /// One for each message that may be read at the same time.
    places: Semaphore,
}

impl std::fmt::Debug for EasMailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EasMailbox").finish_non_exhaustive()
    }
}

impl EasMailbox {
    /// For at most so many messages at the same time; at least 1.
    pub fn new(deps: Deps, most: usize) -> Self {
        Self {
            deps,
            places: Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS)),
        }
    }
}

#[async_trait]
impl Mailbox for EasMailbox {
    async fn open(
        &self,
        account: &Account,
        wanted: &Wanted,
    ) -> Result<Box<dyn Reading>, ReadError> {
        check(account)?;
        let item = wanted.item.as_ref().ok_or_else(gone)?;
        let _place = self.places.try_acquire().map_err(|full| {
            let message =
                "as many messages are read as mailbox.sessions allows: try again in a moment";
            ReadError::new(ReadErrorKind::Busy, message).caused_by(full)
        })?;
        let fetched = timeout(WITHIN, self.fetch(account, item)).await;
        let raw = fetched.map_err(|elapsed| {
            let message = "the mail server did not give the message in time: try again";
            ReadError::new(ReadErrorKind::TimedOut, message).caused_by(elapsed)
        })??;
        Ok(Box::new(Whole::new(raw, &wanted.part, wanted.offset)?))
    }
}

impl EasMailbox {
    async fn fetch(&self, account: &Account, item: &Item) -> Result<Vec<u8>, ReadError> {
        let collection = CollectionId::new(&*item.collection).ok_or_else(gone)?;
        let server_id = ServerId::new(&*item.server_id).ok_or_else(gone)?;
        let credential = self.deps.credentials.authentication(account).await;
        let authentication = credential.map_err(conversation::fault)?;
        let endpoint = &account.upstream.endpoint;
        let line = self.deps.dialer.line_for(account.id, endpoint).await;
        let line = line.map_err(conversation::fault)?;
        let settings = settings(account, authentication);
        let flow = EasFlow::fetching(settings, collection, server_id);
        let mut helper = Helper {
            deps: &self.deps,
            account,
        };
        let never = CancellationToken::new();
        let driven = driver::drive(&self.deps.lot, flow, line, &mut helper, &never);
        let (ended, flow) = driven.await;
        match (flow.and_then(EasFlow::fetched), ended) {
            (Some(Fetched::Mime(raw)), _) => Ok(raw),
            (Some(Fetched::Gone), _) => Err(gone()),
            (None, Ended::Fault(fault)) => Err(conversation::fault(fault)),
            (None, Ended::Stopped) => Err(ReadError::new(ReadErrorKind::Internal, "it was ended")),
        }
    }
}

/// Of the account nothing is watched.
fn settings(account: &Account, authentication: pushmail_domain::Authentication) -> Settings {
    let path = match &account.upstream.protocol {
        Protocol::Eas { path } => path.clone(),
        Protocol::Imap => String::new(),
    };
    Settings {
        account: account.id,
        endpoint: account.upstream.endpoint.clone(),
        path,
        user: account.upstream.user.clone(),
        authentication,
        selection: Vec::new(),
        folders: Vec::new(),
        listed: true,
        cursors: Vec::new(),
        content: ContentLevel::Signal,
        events: EventScope::New,
        learned: Learned::default(),
    }
}

/// Refuses what a login would only make worse.
fn check(account: &Account) -> Result<(), ReadError> {
    if account.desired == DesiredState::Paused {
        let message = "the account is paused: resume it first";
        return Err(ReadError::new(ReadErrorKind::Paused, message));
    }
    let seen = account.status.rejections;
    if seen.count > 0 && seen.version == account.version {
        let message = "the mail server rejected the account's credential, so it is not tried again: see the account's detail, and resume the account when the credential is right";
        return Err(ReadError::new(ReadErrorKind::Credential, message));
    }
    Ok(())
}

fn gone() -> ReadError {
    let message = "the folder holds no such message (any more)";
    ReadError::new(ReadErrorKind::Gone, message)
}
