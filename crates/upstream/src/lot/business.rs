//! What is under way on a connection.

use super::Ended;
use crate::flow::{Change, Output};
use pushmail_domain::Fault;
use std::io;
use std::time::Duration;
use zeroize::Zeroizing;

/// What is under way on a connection.
#[derive(Default)]
pub(super) struct Business {
    /// To be told together.
    pub(super) batch: Vec<Change>,
    /// What the flow wants after that.
    pub(super) held: Option<Output>,
    /// What the flow has not been given yet.
    pub(super) unread: Vec<u8>,
    /// What the socket has not taken yet.
    pub(super) unsent: Zeroizing<Vec<u8>>,
    /// Since when it takes nothing.
    pub(super) stuck_since: Option<Duration>,
    /// The server has closed, and why if not on purpose; the flow knows.
    pub(super) closed: Option<Closed>,
    /// By when it has to be kept, and what it ends with otherwise.
    pub(super) expires: Option<(Duration, Fault)>,
    /// It is over.
    pub(super) over: Option<Ended>,
}

/// How the server closed.
pub(super) struct Closed {
    pub(super) error: Option<io::Error>,
    pub(super) told: bool,
}

impl Business {
    /// Whether there is none.
    pub(super) fn is_done(&self) -> bool {
        self.batch.is_empty()
            && self.held.is_none()
            && self.unread.is_empty()
            && self.unsent.is_empty()
            && self.closed.is_none()
            && self.expires.is_none()
            && self.over.is_none()
    }
}
