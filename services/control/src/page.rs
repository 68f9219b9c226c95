//! Page tokens (AIP-158).
//!
//! A token is the last id of a page with a checksum over it and the list it belongs to: a garbled
//! token, or one of another list, is told from a good one. It is no secret and gives no right.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use pushmail_domain::TenantId;
use pushmail_registry::Page;
use ring::digest::{SHA256, digest};
use std::fmt::Display;
use std::str::FromStr;

/// How many bytes of checksum a token starts with.
const CHECK: usize = 8;
/// No token is longer.
const LONGEST: usize = 128;

/// Which list a token belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    kind: &'static str,
    owner: Option<TenantId>,
}

impl List {
    pub(crate) const TENANTS: Self = Self {
        kind: "tenants",
        owner: None,
    };

    pub(crate) const SHARDS: Self = Self {
        kind: "shards",
        owner: None,
    };

    pub(crate) const fn accounts(tenant: TenantId) -> Self {
        Self {
            kind: "accounts",
            owner: Some(tenant),
        }
    }

    pub(crate) const fn devices(tenant: TenantId) -> Self {
        Self {
            kind: "devices",
            owner: Some(tenant),
        }
    }

    fn checksum(self, id: &str) -> [u8; CHECK] {
        let owner = self.owner.map(|o| o.to_string()).unwrap_or_default();
        let text = format!("{}\n{owner}\n{id}", self.kind);
        let mut check = [0; CHECK];
        check.copy_from_slice(&digest(&SHA256, text.as_bytes()).as_ref()[..CHECK]);
        check
    }

    /// The token of the page that follows `last`.
    pub(crate) fn token(self, last: impl Display) -> String {
        let id = last.to_string();
        let mut bytes = self.checksum(&id).to_vec();
        bytes.extend_from_slice(id.as_bytes());
        BASE64.encode(bytes)
    }

    /// Drops the item that was read beyond the page, and gives the token of the page that starts
    /// with it; empty if there was none.
    pub(crate) fn next_token<Id, T, D: Display>(
        self,
        page: &Page<Id>,
        items: &mut Vec<T>,
        id: impl Fn(&T) -> D,
    ) -> String {
        if items.len() < page.limit as usize {
            return String::new();
        }
        items.pop();
        items
            .last()
            .map(|last| self.token(id(last)))
            .unwrap_or_default()
    }

    /// The id after which the page starts; `None` if the token is not one of this list.
    pub(crate) fn read<Id: FromStr>(self, token: &str) -> Option<Id> {
        if token.len() > LONGEST {
            return None;
        }
        let bytes = BASE64.decode(token).ok()?;
        let (check, id) = bytes.split_at_checked(CHECK)?;
        let id = std::str::from_utf8(id).ok()?;
        (check == self.checksum(id)).then(|| id.parse().ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::AccountId;

    const TENANT: TenantId = TenantId::from_bytes([1; 16]);

    #[test]
    fn a_token_gives_back_its_id_in_its_own_list_only() {
        let id = AccountId::from_bytes([7; 16]);
        let token = List::accounts(TENANT).token(id);
        assert_eq!(List::accounts(TENANT).read(&token), Some(id));
        let other = TenantId::from_bytes([2; 16]);
        assert_eq!(List::accounts(other).read::<AccountId>(&token), None);
        assert_eq!(List::devices(TENANT).read::<AccountId>(&token), None);
    }

    #[test]
    fn a_garbled_token_is_refused() {
        let token = List::TENANTS.token(TENANT);
        for at in 0..token.len() {
            let mut garbled = token.clone().into_bytes();
            garbled[at] = if garbled[at] == b'A' { b'B' } else { b'A' };
            let garbled = String::from_utf8(garbled).unwrap();
            assert_eq!(List::TENANTS.read::<TenantId>(&garbled), None);
        }
        assert_eq!(List::TENANTS.read::<TenantId>(""), None);
        assert_eq!(List::TENANTS.read::<TenantId>(&"A".repeat(4096)), None);
    }
}
