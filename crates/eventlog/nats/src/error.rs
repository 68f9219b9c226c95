//! What can go wrong: opening, for people; a request, for callers.

use crate::generations::BoxError;
use pushmail_domain::StreamId;
use pushmail_eventlog::{AppendError, AppendErrorKind, ReadError, TakeError};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// An address is none, or has a password in it.
    #[error(
        "a NATS address of the event log is not understood: write it as nats://host:port, without \
         a user or password"
    )]
    Address,
    /// The credentials file cannot be read.
    #[error("the NATS credentials file {} cannot be used", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The servers do not want this client.
    #[error("the NATS servers {servers} refuse this client: check its credentials and permissions")]
    Unwelcome {
        /// The addresses.
        servers: String,
        /// The cause.
        #[source]
        source: async_nats::ConnectError,
    },
    /// No server answers.
    #[error("none of the NATS servers {servers} can be reached: check that they run, and TLS")]
    Unreachable {
        /// The addresses.
        servers: String,
        /// The cause.
        #[source]
        source: async_nats::ConnectError,
    },
    /// The server lacks what the log is built on.
    #[error(
        "the NATS server is version {found}, and the event log needs {needed} or newer: upgrade it"
    )]
    TooOld {
        /// The server's version.
        found: String,
        /// The oldest version that will do.
        needed: &'static str,
    },
    /// A stream has a setting that would break what the log promises.
    #[error(
        "the stream {stream} has {setting} = {found}, and the event log needs {needed}: move its \
         events to a stream made by this program, or set it by hand"
    )]
    Unfit {
        /// The stream's name.
        stream: String,
        /// The setting's name.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        needed: String,
    },
    /// A stream that somebody else makes is not there.
    #[error(
        "the stream {stream} was not made within {within:?}: this process may only read, so start one \
         that makes the streams, a watcher or control"
    )]
    Missing {
        /// The stream's name.
        stream: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// A stream cannot be made, read or changed.
    #[error("the stream {stream} cannot be prepared")]
    Stream {
        /// The stream's name.
        stream: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The generations cannot be read.
    #[error("the generations of the event log cannot be read")]
    Generations(#[source] BoxError),
}

/// What JetStream says when it refuses.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Refusal {
    #[serde(default)]
    pub(crate) err_code: u32,
    #[serde(default)]
    pub(crate) description: String,
}

/// Why a request brought no good answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// JetStream refused it.
    #[error("JetStream refused: {} ({})", .0.description, .0.err_code)]
    Refused(Refusal),
    /// Nobody took it: there is no leader. It had no effect.
    #[error("no server answers for the stream: it has no leader, or JetStream is off")]
    NoResponders,
    /// The answer did not come in time. It may have had an effect.
    #[error("the event log did not answer in time")]
    NoAnswer,
    /// The client gave up. It may have had an effect.
    #[error("the connection to the event log failed")]
    Disconnected(#[source] BoxError),
    /// It is larger than the server takes. It had no effect.
    #[error("the message is larger than the server takes")]
    TooLarge,
    /// The answer is not understood.
    #[error("the event log's answer is not understood: {0}")]
    Odd(String),
    /// A stored record is not an event of this log.
    #[error("the record {sequence} of {stream} cannot be read")]
    Damaged {
        stream: String,
        sequence: u64,
        #[source]
        source: BoxError,
    },
    /// The generations could not be read or raised.
    #[error("the generations of the event log cannot be read or raised")]
    Generations(#[source] BoxError),
    /// The log holds a newer generation than the registry knows.
    #[error(
        "the log of stream {} is of generation {found}, and the registry says {known}: the registry \
         lost its newest state; raise the generation above {found} there",
        stream.number()
    )]
    Behind {
        stream: StreamId,
        found: u32,
        known: u32,
    },
    /// Somebody else was always faster.
    #[error("others take the same shard again and again")]
    Contended,
    /// The subscription or the log was closed.
    #[error("the live subscription has ended")]
    Closed,
}

/// JetStream's numbers for what is told apart here (`server/errors.json` of nats-server).
pub(crate) mod code {
    /// The system is not available: no leader yet.
    pub(crate) const UNAVAILABLE: u32 = 10008;
    /// The server that got it is no leader any more.
    pub(crate) const NOT_LEADER: u32 = 10009;
    /// No message fits.
    pub(crate) const NO_MESSAGE: u32 = 10037;
    /// The stream is there, with another configuration.
    pub(crate) const STREAM_EXISTS: u32 = 10058;
    /// There is no such stream.
    pub(crate) const NO_STREAM: u32 = 10059;
    /// The publisher expected another stream.
    pub(crate) const OTHER_STREAM: u32 = 10060;
    /// The last sequence of the subject is another.
    pub(crate) const WRONG_LAST: u32 = 10071;
    /// The same, while another message of the subject is under way.
    pub(crate) const WRONG_LAST_BUSY: u32 = 10164;
    /// The store refused; the text says why.
    pub(crate) const STORE: u32 = 10077;
    /// The same id is under way.
    pub(crate) const ID_BUSY: u32 = 10158;
    /// A batch whose beginning the server does not have; among others since it has too many.
    pub(crate) const BATCH_INCOMPLETE: u32 = 10176;
    /// Batches are switched off.
    pub(crate) const BATCH_DISABLED: u32 = 10174;
    /// The server's limit of a batch is lower than ours.
    pub(crate) const BATCH_TOO_LARGE: u32 = 10199;
    /// An id of the batch is logged.
    pub(crate) const BATCH_DUPLICATE: u32 = 10201;
    /// Too many batches are open.
    pub(crate) const BATCHES_BUSY: u32 = 10210;
    /// Larger than the stream takes: the message, its headers.
    pub(crate) const TOO_LARGE: [u32; 2] = [10054, 10097];
    /// No room: of the account, the server's memory, its disk, the account's disk.
    pub(crate) const FULL: [u32; 4] = [10002, 10023, 10028, 10047];
}

impl Fault {
    /// The number of a refusal; 0 for any other fault.
    pub(crate) const fn code(&self) -> u32 {
        match self {
            Self::Refused(refusal) => refusal.err_code,
            _ => 0,
        }
    }

    /// Whether it had no effect and will be different soon. A cluster does not find a stream that it
    /// has just made, for a moment.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self, Self::NoResponders)
            || matches!(
                self.code(),
                code::UNAVAILABLE | code::NOT_LEADER | code::NO_STREAM | code::ID_BUSY
            )
    }

    /// What it means for an append.
    pub(crate) fn kind(&self) -> AppendErrorKind {
        let text = match self {
            Self::Refused(refusal) if refusal.err_code == code::STORE => &*refusal.description,
            _ => "",
        };
        let is_full = code::FULL.contains(&self.code()) || text.starts_with("maximum ");
        let is_large = code::TOO_LARGE.contains(&self.code()) || text.contains("too large");
        match self {
            Self::TooLarge => AppendErrorKind::Invalid,
            _ if is_full => AppendErrorKind::Full,
            _ if is_large => AppendErrorKind::Invalid,
            _ => AppendErrorKind::Ambiguous,
        }
    }
}

impl From<Fault> for AppendError {
    fn from(fault: Fault) -> Self {
        Self::caused_by(fault.kind(), fault)
    }
}

impl From<Fault> for TakeError {
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}
