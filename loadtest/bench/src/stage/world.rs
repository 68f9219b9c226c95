//! What runs.

use super::pods::Pods;
use super::sheet::Sheet;
use crate::mail_server::MailServers;
use crate::parked::Parked;

/// A gateway, its mailboxes, and what others have to know of it.
pub(super) struct World {
    pub(super) sheet: Sheet,
    pub(super) pods: Pods,
    pub(super) mailboxes: Mailboxes,
}

/// Where mail arrives.
pub(super) enum Mailboxes {
    Served(MailServers),
    Watched(Box<Parked>),
}

impl Mailboxes {
    pub(super) fn servers(&mut self) -> &mut MailServers {
        match self {
            Self::Served(servers) => servers,
            Self::Watched(parked) => &mut parked.servers,
        }
    }
}
