//! What a policy is called.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a policy is called (MS-ASPROV, section 2.2.2.42): up to 64 characters that a header can hold, mostly the digits
/// of a 32 bit number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PolicyKey(String);

impl PolicyKey {
    /// What a server sent, or what was kept of it; `None` if it has not the form of a key.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let fits = text.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && (1..=64).contains(&text.len())).then_some(Self(text))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
