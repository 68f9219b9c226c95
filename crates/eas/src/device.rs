//! Who we are to a server: one device per account, which names this product and is no phone.

use pushmail_domain::AccountId;
use ring::digest::{SHA256, digest};
use std::fmt;

/// The device type (MS-ASHTTP, section 2.2.1.1.1.2.4), and the name that an administrator finds in lists of devices.
pub const DEVICE_TYPE: &str = "pushmail";

/// The User-Agent (MS-ASHTTP, section 2.2.1.1.2.7). It has no version: a server may block a device whose User-Agent
/// changes often (section 3.2.5.1).
pub const USER_AGENT: &str = "pushmail";

/// Goes into every id, so that it is no other hash of the account's id.
const LABEL: &[u8] = b"pushmail eas device id";

/// The id of a device: up to 32 letters and digits (MS-ASHTTP, section 2.2.1.1.1.2.3). A server keeps what it knows of
/// a client under it, so an account has the same one for good, on every worker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeviceId(String);

impl DeviceId {
    /// The id of the account's device. It does not tell the account's id.
    pub fn of_account(account: AccountId) -> Self {
        let hash = digest(&SHA256, &[LABEL, account.as_bytes()].concat());
        let bytes = hash.as_ref().iter().take(16);
        Self(bytes.map(|byte| format!("{byte:02x}")).collect())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A server keeps its state under it: it must never change.
    #[test]
    fn an_account_keeps_its_device_id() {
        let id = DeviceId::of_account(AccountId::from_bytes([7; 16]));
        assert_eq!(id.as_str(), "ca6f7bc10f376246850aa9b02b65524a");
    }

    proptest! {
        #[test]
        fn a_device_id_is_32_letters_and_digits(account: [u8; 16]) {
            let id = DeviceId::of_account(AccountId::from_bytes(account));
            prop_assert_eq!(id.as_str().len(), 32);
            prop_assert!(id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }

        #[test]
        fn accounts_have_different_devices(one: [u8; 16], other: [u8; 16]) {
            prop_assume!(one != other);
            let [one, other] = [one, other].map(|id| DeviceId::of_account(AccountId::from_bytes(id)));
            prop_assert_ne!(one, other);
        }
    }
}
