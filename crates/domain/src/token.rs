//! What a device proves itself with.

use crate::id::{DeviceId, ENCODED, TenantId, decode, encode};
use crate::secret::Secret;
use crate::time::Entropy;
use ring::digest::{SHA256, digest};

const PREFIX: &str = "pmd_";
/// Prefix, tenant, device, and a secret of 256 bits in two groups, with `_` between.
const LENGTH: usize = PREFIX.len() + 4 * ENCODED + 2;

/// A device's bearer token: `pmd_<tenant>_<device>_<secret>`.
///
/// It names its device, so that one look-up finds the hash to compare with. Only the hash is kept;
/// the token itself is shown once, when it is made.
#[derive(Debug, Clone)]
pub struct DeviceToken {
    tenant: TenantId,
    device: DeviceId,
    text: Secret<String>,
}

impl DeviceToken {
    /// A fresh token for the device, with a secret of 256 random bits.
    pub fn mint(tenant: TenantId, device: DeviceId, entropy: &dyn Entropy) -> Self {
        let mut text = String::with_capacity(LENGTH);
        text.push_str(PREFIX);
        push(&mut text, tenant.as_bytes());
        text.push('_');
        push(&mut text, device.as_bytes());
        text.push('_');
        for _ in 0..2 {
            let mut half = zeroize::Zeroizing::new([0; 16]);
            entropy.fill(half.as_mut());
            push(&mut text, &half);
        }
        Self {
            tenant,
            device,
            text: Secret::new(text),
        }
    }

    /// Reads a token; `None` if the text has not the form of one. Whether it is valid is for
    /// [`matches`](Self::matches) to say.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != LENGTH {
            return None;
        }
        let mut parts = text.strip_prefix(PREFIX)?.split('_');
        let (tenant, device, secret) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || secret.len() != 2 * ENCODED {
            return None;
        }
        Some(Self {
            tenant: TenantId::from_bytes(decode(tenant.as_bytes())?),
            device: DeviceId::from_bytes(decode(device.as_bytes())?),
            text: Secret::new(text.to_owned()),
        })
    }

    /// The token as the device sends it. To be shown once, to whoever sets the device up.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// SHA-256 of the whole token: what the registry keeps. A secret of 256 random bits needs no
    /// slow password hash.
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, self.expose().as_bytes()).as_ref());
        hash
    }

    /// Whether the token is the one whose hash was kept. Takes equally long for every hash.
    pub fn matches(&self, kept: &[u8; 32]) -> bool {
        let own = self.hash();
        let difference = own.iter().zip(kept).fold(0, |seen, (a, b)| seen | (a ^ b));
        std::hint::black_box(difference) == 0
    }

    /// The tenant that the token names.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The device that the token names.
    pub const fn device(&self) -> DeviceId {
        self.device
    }
}

fn push(text: &mut String, bytes: &[u8; 16]) {
    text.extend(encode(bytes).map(char::from));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(1..) {
                *byte = value;
            }
        }
    }

    fn token() -> DeviceToken {
        let tenant = TenantId::from_bytes([3; 16]);
        DeviceToken::mint(tenant, DeviceId::from_bytes([4; 16]), &Counting)
    }

    #[test]
    fn a_token_reads_back_and_matches_its_hash() {
        let minted = token();
        let read = DeviceToken::parse(minted.expose()).unwrap();
        assert_eq!(read.tenant(), minted.tenant());
        assert_eq!(read.device(), minted.device());
        assert!(read.matches(&minted.hash()));
    }

    #[test]
    fn a_token_with_another_secret_does_not_match() {
        let minted = token();
        let mut text = minted.expose().to_owned();
        let last = if text.pop() == Some('0') { '1' } else { '0' };
        text.push(last);
        let forged = DeviceToken::parse(&text).unwrap();
        assert!(!forged.matches(&minted.hash()));
    }

    #[test]
    fn a_token_does_not_show_in_debug_output() {
        let token = token();
        let secret = &token.expose()[LENGTH - 2 * ENCODED..];
        assert!(!format!("{token:?}").contains(secret));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text: String, cut in 0..LENGTH, filler in "\\PC{0,120}") {
            drop(DeviceToken::parse(&text));
            let token = token();
            let mixed = format!("{}{filler}", &token.expose()[..cut]);
            drop(DeviceToken::parse(&mixed));
        }
    }
}
