//! Mail addresses.

use super::{TargetError, host};
use std::fmt;

/// A mail address: `local@domain` (RFC 5321, section 4.1.2). The domain is a DNS name in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAddress {
    local: String,
    domain: String,
}

impl MailAddress {
    /// Reads an address; the last `@` splits. The local part may be quoted, or UTF-8 (RFC 6531).
    ///
    /// # Errors
    ///
    /// If it is none; the message says what is wrong.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| {
            TargetError::new(
                "this is neither a mail address (me@example.org) nor a URL (imaps://user@host)",
            )
        })?;
        if local.is_empty() || local.len() > 64 {
            return Err(TargetError::new(
                "the part of the address before the @ has to have 1 to 64 bytes",
            ));
        }
        let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
        let bad =
            |c: char| c.is_control() || (!quoted && (c.is_whitespace() || "<>(),:;\"".contains(c)));
        if local.chars().any(bad) {
            return Err(TargetError::new(
                "the address holds a character that is not allowed before the @",
            ));
        }
        Ok(Self {
            local: local.to_owned(),
            domain: host::name(domain)?,
        })
    }

    /// What is before the `@`, as written.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// What is after the `@`, in lower case.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether a host, in lower case, is the address's domain or in it. A parent of the domain is not: it may be everybody's.
    pub fn is_home(&self, host: &str) -> bool {
        host::is_within(host, &self.domain)
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}
