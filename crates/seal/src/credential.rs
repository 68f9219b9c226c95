//! Sealing what accounts log in with.

use crate::aead::{Binding, Cipher, KEY_LEN, Purpose};
use crate::error::SealError;
use pushmail_domain::{AccountId, Authentication, Entropy, Secret};
use zeroize::Zeroizing;

/// The first byte of a sealed credential's plaintext: what kind it is. The rest is UTF-8.
const PASSWORD: u8 = 1;
const ACCESS_TOKEN: u8 = 2;

/// Seals and opens the credentials of one tenant's accounts. Prepared once; clones share the prepared key.
#[derive(Clone)]
pub struct CredentialKey(Cipher);

impl CredentialKey {
    pub(crate) fn new(key: &Secret<[u8; KEY_LEN]>) -> Self {
        Self(Cipher::new(key))
    }

    /// Seals a credential so that it opens only as this account's.
    pub fn seal(
        &self,
        account: AccountId,
        credential: &Authentication,
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        let (kind, secret) = match credential {
            Authentication::Password(secret) => (PASSWORD, secret.expose()),
            Authentication::AccessToken(secret) => (ACCESS_TOKEN, secret.expose()),
        };
        let mut plain = Zeroizing::new(Vec::with_capacity(1 + secret.len()));
        plain.push(kind);
        plain.extend_from_slice(secret.as_bytes());
        self.0.seal(&binding(account), &plain, entropy)
    }

    /// Opens this account's sealed credential.
    ///
    /// # Errors
    /// `Refused` if it belongs to another account or tenant or was changed; `UnknownForm` if it
    /// is not a sealed credential of a kind known here.
    pub fn open(&self, account: AccountId, sealed: &[u8]) -> Result<Authentication, SealError> {
        let plain = Zeroizing::new(self.0.open(&binding(account), sealed)?);
        let (kind, text) = plain.split_first().ok_or(SealError::UnknownForm)?;
        let text = std::str::from_utf8(text).map_err(|_| SealError::UnknownForm)?;
        let secret = || Secret::new(text.to_owned());
        match *kind {
            PASSWORD => Ok(Authentication::Password(secret())),
            ACCESS_TOKEN => Ok(Authentication::AccessToken(secret())),
            _ => Err(SealError::UnknownForm),
        }
    }
}

impl std::fmt::Debug for CredentialKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialKey(…)")
    }
}

fn binding(account: AccountId) -> Binding {
    Binding::new(Purpose::Credential, account.as_bytes())
}
