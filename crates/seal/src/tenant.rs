//! A tenant's two data keys, and the form in which the registry keeps them.

use crate::aead::{Binding, KEY_LEN, OVERHEAD, Purpose};
use crate::content::ContentKey;
use crate::credential::CredentialKey;
use crate::error::SealError;
use crate::master::{MasterKey, random_key};
use pushmail_domain::{Entropy, Secret, TenantId};
use ring::hmac;
use zeroize::Zeroizing;

/// How long one wrapped key is.
const WRAPPED_LEN: usize = KEY_LEN + OVERHEAD;

/// A tenant's data keys, independent of each other. Destroying every wrapped copy erases
/// whatever they sealed.
#[derive(Debug, Clone)]
pub struct TenantKeys {
    content: Secret<[u8; KEY_LEN]>,
    credentials: Secret<[u8; KEY_LEN]>,
}

impl TenantKeys {
    /// Fresh keys, for a new tenant.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self {
            content: random_key(entropy),
            credentials: random_key(entropy),
        }
    }

    /// The keys as the registry keeps them: 124 bytes, the content key first, each wrapped by itself
    /// and bound to the tenant.
    pub fn wrap(&self, master: &MasterKey, tenant: TenantId, entropy: &dyn Entropy) -> Vec<u8> {
        let cipher = master.wrapping();
        let wrap = |purpose, key: &Secret<[u8; KEY_LEN]>| {
            cipher.seal(
                &Binding::new(purpose, tenant.as_bytes()),
                key.expose(),
                entropy,
            )
        };
        let mut wrapped = wrap(Purpose::WrapContentKey, &self.content);
        wrapped.extend(wrap(Purpose::WrapCredentialKey, &self.credentials));
        wrapped
    }

    /// The key that seals the content of the tenant's events.
    pub fn content(&self) -> ContentKey {
        ContentKey::new(&self.content)
    }

    /// A keyed hash of `parts`, equal for equal parts and telling nothing without the tenant's keys. For
    /// knowing something again without keeping it.
    pub fn fingerprint(&self, parts: &[&[u8]]) -> u64 {
        // A key of its own, so that the content key stays one for sealing only.
        let content = hmac::Key::new(hmac::HMAC_SHA256, self.content.expose());
        let derived = hmac::sign(&content, b"pushmail fingerprint 1");
        let key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        let mut hash = hmac::Context::with_key(&key);
        for part in parts {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.sign().as_ref()[..8]);
        u64::from_be_bytes(bytes)
    }

    /// The key that seals the credentials of the tenant's accounts.
    pub fn credentials(&self) -> CredentialKey {
        CredentialKey::new(&self.credentials)
    }
}

/// Unwraps both data keys of a tenant.
///
/// # Errors
/// `Refused` if another master key wrapped them, they are another tenant's, or they were changed;
/// `UnknownForm` if these are no wrapped keys.
pub fn unwrap_tenant_keys(
    wrapped: &[u8],
    master: &MasterKey,
    tenant: TenantId,
) -> Result<TenantKeys, SealError> {
    let (content, credentials) = parts(wrapped)?;
    Ok(TenantKeys {
        content: unwrap(content, Purpose::WrapContentKey, master, tenant)?,
        credentials: unwrap(credentials, Purpose::WrapCredentialKey, master, tenant)?,
    })
}

/// Unwraps a tenant's content key alone, for delivery: the credential key stays wrapped.
///
/// # Errors
/// As [`unwrap_tenant_keys`].
pub fn unwrap_content_key(
    wrapped: &[u8],
    master: &MasterKey,
    tenant: TenantId,
) -> Result<ContentKey, SealError> {
    let (content, _) = parts(wrapped)?;
    let key = unwrap(content, Purpose::WrapContentKey, master, tenant)?;
    Ok(ContentKey::new(&key))
}

/// The tenant's keys, wrapped anew by the master key itself; `None` if they are already. Only the wrapping changes: what the
/// keys sealed stays as it is.
///
/// # Errors
/// As [`unwrap_tenant_keys`].
pub fn rewrap_tenant_keys(
    wrapped: &[u8],
    master: &MasterKey,
    tenant: TenantId,
    entropy: &dyn Entropy,
) -> Result<Option<Vec<u8>>, SealError> {
    if unwrap_tenant_keys(wrapped, &master.alone(), tenant).is_ok() {
        return Ok(None);
    }
    let keys = unwrap_tenant_keys(wrapped, master, tenant)?;
    Ok(Some(keys.wrap(master, tenant, entropy)))
}

fn parts(wrapped: &[u8]) -> Result<(&[u8], &[u8]), SealError> {
    if wrapped.len() == 2 * WRAPPED_LEN {
        Ok(wrapped.split_at(WRAPPED_LEN))
    } else {
        Err(SealError::UnknownForm)
    }
}

fn unwrap(
    wrapped: &[u8],
    purpose: Purpose,
    master: &MasterKey,
    tenant: TenantId,
) -> Result<Secret<[u8; KEY_LEN]>, SealError> {
    let binding = Binding::new(purpose, tenant.as_bytes());
    let opened = match (master.wrapping().open(&binding, wrapped), master.accepted()) {
        (Err(SealError::Refused), Some(other)) => other.wrapping().open(&binding, wrapped),
        (opened, _) => opened,
    };
    let bytes = Zeroizing::new(opened?);
    let mut key = Zeroizing::new([0; KEY_LEN]);
    if bytes.len() != KEY_LEN {
        return Err(SealError::UnknownForm);
    }
    key.copy_from_slice(&bytes);
    Ok(Secret::new(*key))
}
