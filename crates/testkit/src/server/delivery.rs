//! Putting a new mail into an INBOX, as a mail transfer agent does.

use super::lmtp::Lmtp;
use super::owner::Owner;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How a server takes new mail.
pub(crate) enum Delivery {
    /// By LMTP, over one connection that is kept.
    Lmtp {
        addr: SocketAddr,
        open: Mutex<Option<Lmtp>>,
    },
    /// As files in a Maildir.
    Maildir(Arc<Maildirs>),
}

impl Delivery {
    pub(crate) fn lmtp(addr: SocketAddr) -> Self {
        let open = Mutex::default();
        Self::Lmtp { addr, open }
    }

    pub(super) fn deliver(&self, user: &str, raw: &[u8]) -> io::Result<()> {
        match self {
            Self::Maildir(maildirs) => maildirs.deliver(user, raw),
            Self::Lmtp { addr, open } => {
                let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
                let delivered = match open.as_mut() {
                    Some(open) => open.deliver(user, raw),
                    None => Lmtp::connect(*addr)
                        .and_then(|connected| open.insert(connected).deliver(user, raw)),
                };
                if delivered.is_err() {
                    *open = None;
                }
                delivered
            }
        }
    }
}

/// A folder of Maildirs, one a user.
pub(crate) struct Maildirs {
    folder: PathBuf,
    owner: Owner,
    delivered: AtomicU64,
    making: Mutex<()>,
}

impl Maildirs {
    pub(crate) fn new(folder: PathBuf, owner: Owner) -> Self {
        Self {
            folder,
            owner,
            delivered: AtomicU64::new(0),
            making: Mutex::new(()),
        }
    }

    pub(crate) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The user's Maildir; made if it is missing.
    pub(crate) fn of(&self, user: &str) -> io::Result<PathBuf> {
        let maildir = self.folder.join(user).join("Maildir");
        let _one = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        for name in ["tmp", "new", "cur"] {
            self.owner.make_folder(&maildir.join(name))?;
        }
        Ok(maildir)
    }

    fn deliver(&self, user: &str, raw: &[u8]) -> io::Result<()> {
        let maildir = self.of(user)?;
        // Courier gives UIDs to new files in the order of the number that their names begin with.
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let name = format!("{number}.testkit");
        let temporary = maildir.join("tmp").join(&name);
        std::fs::write(&temporary, raw)?;
        self.owner.take(&temporary)?;
        std::fs::rename(temporary, maildir.join("new").join(name))
    }
}
