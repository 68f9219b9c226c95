//! Shards: the fixed virtual partition of accounts.

use crate::id::AccountId;
use crate::position::StreamId;
use ring::digest::{SHA256, digest};

/// How many shards there are, for the life of a registry. A process configured otherwise refuses to start.
pub const SHARD_COUNT: u16 = 4096;

/// One of the [`SHARD_COUNT`] partitions: 0 to 4095.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u16);

impl Shard {
    /// The shard with this number; `None` at or past [`SHARD_COUNT`].
    pub const fn new(number: u16) -> Option<Self> {
        if number < SHARD_COUNT {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The account's shard: the top 12 bits of SHA-256 of its 16 bytes.
    pub fn of(account: AccountId) -> Self {
        let hash = digest(&SHA256, account.as_bytes());
        let bytes = hash.as_ref();
        Self(u16::from_be_bytes([bytes[0], bytes[1]]) >> 4)
    }

    /// The shard's number, 0 to 4095.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The event log's stream that holds this shard: `shard >> 8`, so 16 streams of 256 shards.
    pub const fn stream(self) -> StreamId {
        StreamId::new((self.0 >> 8) as u8)
    }

    /// All shards, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SHARD_COUNT).map(Self)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors made with `printf … | xxd -r -p | sha256sum`, not with this code.
    #[test]
    fn shard_of_known_accounts() {
        for (bytes, first_two, shard) in [
            ([0u8; 16], 0x3747u16, 0x374u16),
            ([0xff; 16], 0x5ac6, 0x5ac),
        ] {
            let account = AccountId::from_bytes(bytes);
            assert_eq!(first_two >> 4, shard);
            assert_eq!(Shard::of(account).number(), shard);
        }
    }

    #[test]
    fn every_shard_has_one_stream_of_256() {
        for shard in Shard::all() {
            assert_eq!(u16::from(shard.stream().number()), shard.number() / 256);
        }
        assert_eq!(Shard::new(SHARD_COUNT), None);
    }
}
