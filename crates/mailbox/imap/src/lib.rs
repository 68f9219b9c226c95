//! Messages over IMAP, on request: sessions of their own, never the one that watches the account.
//!
//! A session opens the folder for reading only (EXAMINE), checks its UIDVALIDITY, and reads with
//! BODY.PEEK in pieces, so nothing at the mail server changes. It waits a short while for the next
//! request, which goes on where the last one ended.
//!
//! Invariant: whatever a server sends, memory and time stay bounded (see `gate`), and nothing of it shows
//! in an error or a log.

pub mod budget;
mod decode;
mod gate;
mod greeting;
mod login;
mod pool;
mod reading;
mod refusal;
mod session;
mod state;
mod structure;
mod text;

use async_trait::async_trait;
use budget::{LoginBudget, Permit};
use futures::FutureExt as _;
use pool::{Lease, Pool};
use pushmail_credentials::Credentials;
use pushmail_domain::{Account, AccountId, DesiredState};
use pushmail_imap::wire::Capability;
use pushmail_mailbox::{Mailbox, Part, ReadError, ReadErrorKind, Reading, Wanted};
use pushmail_runtime::Lifecycle;
use pushmail_upstream::dial::Dialer;
use reading::Open;
use serde::Deserialize;
use session::Session;
use state::{Key, Most, State};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

/// From the dial until logged in, so many times as long as one command may take.
const READY_WITHIN: u32 = 2;
/// Of how many accounts it is remembered that their credential was rejected. One more forgets them all.
const REJECTED: usize = 4096;

/// How messages are read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The largest message or part that is handed out, in bytes.
    pub largest_message: u64,
    /// The largest text part that is made readable, in bytes before decoding: it is held in memory whole.
    pub largest_text: u64,
    /// How many sessions are open at once, in use and waiting; at least 1.
    pub sessions: usize,
    /// How many of them one account has; at least 1. The connection that watches it comes on top.
    pub sessions_per_account: usize,
    /// How long a mail server may take for one command; more than 0.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub answer_within: Duration,
    /// How long a session waits for the next request of its account.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub idle: Duration,
}

/// What reading works with.
pub struct Deps {
    /// Opens what accounts log in with.
    pub credentials: Arc<Credentials>,
    /// Makes connections, under the egress guard.
    pub dialer: Arc<Dialer>,
    /// Says whether one more session may be opened.
    pub budget: Arc<dyn LoginBudget>,
    /// What the gateway calls itself towards mail servers: name and version.
    pub client: (String, String),
    /// Start and stop.
    pub lifecycle: Lifecycle,
}

/// The mailboxes behind IMAP servers.
pub struct ImapMailbox {
    deps: Deps,
    config: Config,
    pool: Arc<Pool>,
    /// The version at which an account's credential was rejected here: it is not tried again before the
    /// account changes.
    rejected: Mutex<HashMap<AccountId, u64>>,
}

impl std::fmt::Debug for ImapMailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImapMailbox").finish_non_exhaustive()
    }
}

/// Starts to keep sessions under the lifecycle, and gives the mailboxes.
pub fn build(config: Config, deps: Deps) -> ImapMailbox {
    let pool = Arc::new(Pool::new(config.idle));
    let tending = pool.clone().tend(deps.lifecycle.draining());
    deps.lifecycle.spawn("mailbox.pool", tending);
    ImapMailbox {
        deps,
        config,
        pool,
        rejected: Mutex::default(),
    }
}

#[async_trait]
impl Mailbox for ImapMailbox {
    async fn open(
        &self,
        account: &Account,
        wanted: &Wanted,
    ) -> Result<Box<dyn Reading>, ReadError> {
        self.check(account)?;
        let (session, state) = guarded(self.begin(account, wanted)).await?;
        Ok(Box::new(Open::new(
            account,
            session,
            state,
            self.pool.clone(),
        )))
    }
}

impl ImapMailbox {
    /// Refuses what a login would only make worse.
    fn check(&self, account: &Account) -> Result<(), ReadError> {
        if account.desired == DesiredState::Paused {
            let message = "the account is paused: resume it first";
            return Err(ReadError::new(ReadErrorKind::Paused, message));
        }
        let seen = account.status.rejections;
        let by_watcher = seen.count > 0 && seen.version == account.version;
        let rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        if by_watcher || rejected.get(&account.id) == Some(&account.version) {
            let message = "the mail server rejected the account's credential, so it is not tried again: see the account's detail, and resume the account when the credential is right";
            return Err(ReadError::new(ReadErrorKind::Credential, message));
        }
        Ok(())
    }

    async fn begin(
        &self,
        account: &Account,
        wanted: &Wanted,
    ) -> Result<(Session, State), ReadError> {
        let key = Key {
            folder: wanted.folder.clone(),
            uid: wanted.uid,
            part: wanted.part.clone(),
        };
        let waiting = self
            .pool
            .take(account, &key, wanted.uid_validity, wanted.offset);
        // The server may have ended a session that waited; that is no failure.
        let session = match waiting {
            Some((mut session, Some(mut state))) => {
                match state.go_on(&mut session, wanted.offset).await {
                    Ok(()) => return Ok((session, state)),
                    Err(error) if error.kind == ReadErrorKind::Upstream => {
                        drop(session);
                        self.log_in(account).await?
                    }
                    Err(error) => return Err(error),
                }
            }
            Some((session, None)) => match self.begin_with(account, session, wanted).await {
                Err(error) if error.kind == ReadErrorKind::Upstream => self.log_in(account).await?,
                begun => return begun,
            },
            None => self.log_in(account).await?,
        };
        self.begin_with(account, session, wanted).await
    }

    /// Opens the part. If it cannot be had, the session waits for another request all the same.
    async fn begin_with(
        &self,
        account: &Account,
        mut session: Session,
        wanted: &Wanted,
    ) -> Result<(Session, State), ReadError> {
        let error = match self.state(&mut session, wanted).await {
            Ok(state) => return Ok((session, state)),
            Err(error) => error,
        };
        if leaves_session(error.kind) {
            self.pool.give_back(Lease::new(account, session), None);
        }
        Err(error)
    }

    async fn state(&self, session: &mut Session, wanted: &Wanted) -> Result<State, ReadError> {
        let uid_validity = session.examine(&wanted.folder).await?;
        if let Some(expected) = wanted.uid_validity
            && expected != uid_validity
        {
            let message = format!(
                "the folder's UIDVALIDITY is {uid_validity} and not {expected}: the server has numbered its messages anew, so the UID may mean another message"
            );
            return Err(ReadError::new(ReadErrorKind::Reset, message));
        }
        let (bytes, setting) = match wanted.part {
            Part::Text => (self.config.largest_text, "largest_text"),
            _ => (self.config.largest_message, "largest_message"),
        };
        State::begin(session, wanted, uid_validity, Most { bytes, setting }).await
    }

    async fn log_in(&self, account: &Account) -> Result<Session, ReadError> {
        let permit = self.permit(account).await?;
        let endpoint = &account.upstream.endpoint;
        let opened = match timeout(
            self.config.answer_within * READY_WITHIN,
            self.connect(account, permit),
        )
        .await
        {
            Ok(opened) => opened,
            Err(_elapsed) => Err(refusal::too_slow(endpoint, "the login")),
        };
        if opened
            .as_ref()
            .is_err_and(|error| error.kind == ReadErrorKind::Credential)
        {
            let mut rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
            if rejected.len() >= REJECTED {
                rejected.clear();
            }
            rejected.insert(account.id, account.version);
        }
        opened
    }

    async fn permit(&self, account: &Account) -> Result<Permit, ReadError> {
        let endpoint = &account.upstream.endpoint;
        let budget = &self.deps.budget;
        let mut asked = budget
            .session_permit(account.tenant, account.id, endpoint)
            .await;
        if asked.as_ref().is_err_and(|refused| refused.by_others) && self.pool.evict() {
            asked = budget
                .session_permit(account.tenant, account.id, endpoint)
                .await;
        }
        asked.map_err(|refused| ReadError::new(ReadErrorKind::Busy, refused.why))
    }

    async fn connect(&self, account: &Account, permit: Permit) -> Result<Session, ReadError> {
        let upstream = &account.upstream;
        let credential = self.deps.credentials.authentication(account).await;
        let credential = credential.map_err(refusal::fault)?;
        let connection = self
            .deps
            .dialer
            .connect_for(account.id, &upstream.endpoint)
            .await;
        let greeted = greeting::greet(connection.map_err(refusal::fault)?).await?;
        let identify = greeted.quirks.force_id || greeted.capabilities.offers(Capability::Id);
        let inner = login::log_in(greeted, upstream, &credential).await?;
        let mut session = Session::new(
            inner,
            upstream.endpoint.clone(),
            self.config.answer_within,
            permit,
        );
        if identify {
            session.identify(&self.deps.client).await?;
        }
        Ok(session)
    }
}

/// Whether the session is as good as before: the error is about what was asked for.
const fn leaves_session(kind: ReadErrorKind) -> bool {
    use ReadErrorKind as K;
    matches!(
        kind,
        K::Gone | K::Reset | K::NoFolder | K::NoPart | K::TooLarge
    )
}

/// Runs what parses a server's answers. The parser has slices that crafted text makes panic; such a server
/// is worth an error, not the process.
async fn guarded<T>(read: impl Future<Output = Result<T, ReadError>>) -> Result<T, ReadError> {
    let caught = AssertUnwindSafe(read).catch_unwind().await;
    caught.unwrap_or_else(|_panic| {
        Err(ReadError::new(
            ReadErrorKind::Upstream,
            "the mail server sent an answer that cannot be read",
        ))
    })
}
