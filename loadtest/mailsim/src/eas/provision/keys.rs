//! Keys of policies.

use crate::eas::policy::{Policy, StaleKey};
use crate::eas::status;

/// The keys of a device. 0 is none.
#[derive(Default)]
pub(in crate::eas) struct Provisioning {
    /// For the acknowledgement alone.
    temporary: u32,
    key: u32,
    /// [`Current::version`] when the key was given.
    version: u32,
}

/// The policy as it is now.
pub(in crate::eas) struct Current<'p> {
    pub(in crate::eas) policy: &'p Policy,
    /// How often it changed.
    pub(in crate::eas) version: u32,
    /// How a key from before that is refused.
    pub(in crate::eas) stale: StaleKey,
}

impl Provisioning {
    /// Why a request with this key is refused, if it is.
    pub(in crate::eas) fn refusal(&self, sent: Option<&str>, current: &Current<'_>) -> Option<u16> {
        let Some(sent) = sent else {
            return Some(status::NO_POLICY_KEY);
        };
        if sent == "0" || self.key == 0 {
            return Some(status::NOT_PROVISIONED);
        }
        if sent != self.key.to_string() {
            return Some(status::INVALID_POLICY_KEY);
        }
        (self.version != current.version).then(|| current.stale.status())
    }

    /// Whether a request with this key would be let in, but for changes of the policy.
    pub(in crate::eas) const fn is_done(&self) -> bool {
        self.key != 0
    }

    pub(super) fn begin(&mut self, temporary: u32) {
        self.temporary = temporary;
    }

    pub(super) fn is_begun_with(&self, key: &str) -> bool {
        self.temporary != 0 && key == self.temporary.to_string()
    }

    pub(super) fn finish(&mut self, key: u32, version: u32) {
        *self = Self {
            temporary: 0,
            key,
            version,
        };
    }
}
