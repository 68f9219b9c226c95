//! Sealing the content of events.

use crate::aead::{Binding, Cipher, KEY_LEN, Purpose};
use crate::error::SealError;
use pushmail_domain::{AccountId, Entropy, EventId, Secret};

/// Seals and opens the content of one tenant's events. Prepared once; clones share the prepared key.
#[derive(Clone)]
pub struct ContentKey(Cipher);

impl ContentKey {
    pub(crate) fn new(key: &Secret<[u8; KEY_LEN]>) -> Self {
        Self(Cipher::new(key))
    }

    /// Seals `plain` (at most 64 GiB) so that it opens only as this event of this account.
    /// Adds 30 bytes.
    pub fn seal(
        &self,
        event: EventId,
        account: AccountId,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        self.0.seal(&binding(event, account), plain, entropy)
    }

    /// Opens the sealed content of this event of this account.
    ///
    /// # Errors
    /// `Refused` if it belongs to another event, account or tenant or was changed; `UnknownForm` if
    /// it is not sealed content.
    pub fn open(
        &self,
        event: EventId,
        account: AccountId,
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        self.0.open(&binding(event, account), sealed)
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

fn binding(event: EventId, account: AccountId) -> Binding {
    Binding::new(Purpose::Content, account.as_bytes()).and(event.as_bytes())
}
