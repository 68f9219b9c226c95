//! The admin key: what operators prove themselves with.
//!
//! It is made at the first start, shown to the caller of [`ensure`] that once, or given by the operator; and kept as a hash.

use crate::BuildError;
use pushmail_domain::{Entropy, Secret};
use pushmail_registry::{RegistryError, Settings};
use ring::digest::{SHA256, digest};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// What every admin key starts with.
pub const PREFIX: &str = "pmk_";

/// The setting that holds the key's hash.
const SETTING: &str = "admin_key_hash";

/// SHA-256 of an admin key. The key has 256 random bits, so it needs no slow password hash.
pub type Hash = [u8; 32];

/// An admin key: `pmk_` and 64 hexadecimal digits.
#[derive(Debug)]
pub struct AdminKey(Secret<String>);

impl AdminKey {
    /// A fresh key of 256 random bits.
    pub fn mint(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut());
        let mut text = String::with_capacity(PREFIX.len() + 64);
        text.push_str(PREFIX);
        for byte in bytes.iter() {
            write!(text, "{byte:02x}").expect("a String takes every write");
        }
        Self(Secret::new(text))
    }

    /// The key that this is, if it has the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_key = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key.then(|| Self(Secret::new(text.to_owned())))
    }

    /// What the registry keeps of the key.
    pub fn hash(&self) -> Hash {
        hash(self.0.expose())
    }

    /// The key as operators send it.
    pub fn into_secret(self) -> Secret<String> {
        self.0
    }
}

/// Makes the admin key if the registry has none yet, and returns it this once; `None` if there is
/// one already. Of several processes that start at once, one gets the key.
///
/// # Errors
/// Those of the registry.
pub async fn ensure(
    registry: &(impl Settings + ?Sized),
    entropy: &dyn Entropy,
) -> Result<Option<Secret<String>>, RegistryError> {
    if registry.setting(SETTING).await?.is_some() {
        return Ok(None);
    }
    let key = AdminKey::mint(entropy);
    let hash = key.hash();
    let standing = registry.setting_or_insert(SETTING, &hash).await?;
    Ok((standing == hash).then(|| key.into_secret()))
}

/// Makes a new admin key in the place of the one before, which stops working when the service is
/// built anew.
///
/// # Errors
/// Those of the registry.
pub async fn renew(
    registry: &(impl Settings + ?Sized),
    entropy: &dyn Entropy,
) -> Result<Secret<String>, RegistryError> {
    let key = AdminKey::mint(entropy);
    set(registry, &key).await?;
    Ok(key.into_secret())
}

/// Has this be the admin key; one before that is another stops working when the service is built anew.
///
/// # Errors
/// Those of the registry.
pub async fn set(registry: &(impl Settings + ?Sized), key: &AdminKey) -> Result<(), RegistryError> {
    registry.set_setting(SETTING, &key.hash()).await
}

/// Whether `presented` is the key with this hash. Takes equally long for every hash.
pub fn verify(presented: &str, kept: &Hash) -> bool {
    let own = hash(presented);
    let difference = own.iter().zip(kept).fold(0, |seen, (a, b)| seen | (a ^ b));
    std::hint::black_box(difference) == 0
}

/// The hash that the registry keeps.
pub(crate) async fn stored(registry: &(impl Settings + ?Sized)) -> Result<Hash, BuildError> {
    let bytes = registry
        .setting(SETTING)
        .await?
        .ok_or(BuildError::NoAdminKey)?;
    bytes.try_into().map_err(|_| BuildError::DamagedAdminKey)
}

fn hash(key: &str) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Same(u8);

    impl Entropy for Same {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_key_fits_its_own_hash_and_no_other() {
        let key = AdminKey::mint(&Same(7));
        let other = AdminKey::mint(&Same(8));
        let text = key.into_secret();
        assert_eq!(text.expose().len(), 68);
        assert!(verify(text.expose(), &hash(text.expose())));
        assert!(!verify(text.expose(), &other.hash()));
    }

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = AdminKey::mint(&Same(7)).into_secret();
        let read = AdminKey::parse(key.expose()).expect("a key");
        assert_eq!(read.into_secret().expose(), key.expose());
        for no_key in [
            "",
            "pmk_",
            "secret",
            &key.expose()[..67],
            &key.expose()[1..],
        ] {
            assert!(AdminKey::parse(no_key).is_none(), "{no_key}");
        }
    }

    #[test]
    fn a_key_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", AdminKey::mint(&Same(7))), "AdminKey(…)");
    }
}
