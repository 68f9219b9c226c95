//! What a client tells its owner.

use async_trait::async_trait;
use pushmail_domain::Timestamp;
use pushmail_proto::v1::{self, reset::Reason};
use std::time::Duration;

/// Why a handler failed: ends the client.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// An event as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The event.
    pub event: v1::Event,
    /// Its number in the log: rises from one event of an account to the next, with gaps.
    pub sequence: u64,
    /// Whether it came before, within the last few thousand events of this run.
    pub duplicate: bool,
    /// Whether the gateway read it from the log because the device was away.
    pub replayed: bool,
    /// Its resume token.
    pub resume: Vec<u8>,
    /// When the gateway wrote it, by the gateway's clock.
    pub sent_at: Option<Timestamp>,
    /// When it came, by this machine's clock.
    pub received_at: Timestamp,
}

/// Something that is not an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A session is open.
    Connected {
        /// Its id, for support.
        session: String,
        /// The accounts whose events will come.
        accounts: Vec<String>,
    },
    /// Events of one account may be missing for good before what comes next.
    Gap {
        /// The account.
        account: String,
        /// Why.
        reason: Reason,
    },
    /// The session ended; the next one is tried after the pause.
    Disconnected {
        /// Why, in plain words.
        why: String,
        /// How long the client waits.
        pause: Duration,
    },
}

/// Takes what a client receives.
#[async_trait]
pub trait Handler: Send {
    /// Takes an event. It is acknowledged after this returned and its token was stored, so whatever
    /// must not be lost is safe by then.
    ///
    /// # Errors
    /// Ends the client; the event is not acknowledged.
    async fn event(&mut self, received: Received) -> Result<(), HandlerError>;

    /// Takes a notice.
    fn notice(&mut self, notice: Notice);
}
