//! What a search does, and what it is told.

use super::{Failure, Found, Query};
use crate::http::Head;
use pushmail_domain::Authentication;

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send this request, and give [`Reply::Answer`].
    Send(Query),
    /// Look up the SRV records of this name, and give [`Reply::Srv`].
    Srv(String),
    /// Find out whether a host outside the address's domain may be asked, and be shown the credential; give
    /// [`Reply::Consent`]. For another address it is that address's domain.
    Consent(String),
    /// Get the credential, and give [`Reply::Credential`]: this host is about to be shown it.
    Credential(String),
    /// It has ended.
    Done(Result<Found, Failure>),
}

/// What came of a [`Step`].
#[derive(Debug)]
pub enum Reply {
    /// The answer: its head, and its body.
    Answer(Box<Head>, Vec<u8>),
    /// The target of the SRV record that comes first; none if there is none.
    Srv(Option<(String, u16)>),
    /// Whether the host may be asked.
    Consent(bool),
    /// The credential.
    Credential(Authentication),
    /// There was no answer.
    Failed,
}
