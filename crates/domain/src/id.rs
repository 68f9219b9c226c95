//! Typed, prefixed ids: `ten_…`, `acc_…`, `dev_…`, `evt_…`.
//!
//! An id is 16 bytes, written as its prefix and 26 characters of Crockford's base32 in lower case,
//! so that it sorts as its bytes do, survives a double click, and cannot be mistaken for another kind.

use crate::time::Entropy;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
pub(crate) const ENCODED: usize = 26;

/// Why a string is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The string does not start with the kind's prefix.
    #[error("an id of this kind starts with \"{0}\"")]
    Prefix(&'static str),
    /// What follows the prefix is not 26 characters of base32.
    #[error("after \"{0}\" an id has 26 characters out of 0-9 and a-z without i, l, o, u")]
    Form(&'static str),
}

/// Writes 16 bytes as 26 characters: 128 bits, most significant first, in groups of five; the
/// first character holds the top three bits.
pub(crate) fn encode(bytes: &[u8; 16]) -> [u8; ENCODED] {
    let mut value = u128::from_be_bytes(*bytes);
    let mut out = [0; ENCODED];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    out
}

pub(crate) fn decode(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != ENCODED {
        return None;
    }
    let mut value: u128 = 0;
    for (index, byte) in text.iter().enumerate() {
        let digit = ALPHABET.iter().position(|letter| letter == byte)?;
        if index == 0 && digit > 7 {
            return None;
        }
        value = (value << 5) | digit as u128;
    }
    Some(value.to_be_bytes())
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The id made of exactly these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The id's 16 bytes, without the prefix.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// A fresh id of 128 random bits.
            pub fn random(entropy: &dyn Entropy) -> Self {
                let mut bytes = [0; 16];
                entropy.fill(&mut bytes);
                Self(bytes)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(Self::PREFIX)?;
                for byte in encode(&self.0) {
                    std::fmt::Write::write_char(f, byte as char)?;
                }
                Ok(())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let rest = text
                    .strip_prefix(Self::PREFIX)
                    .ok_or(IdError::Prefix(Self::PREFIX))?;
                decode(rest.as_bytes())
                    .map(Self)
                    .ok_or(IdError::Form(Self::PREFIX))
            }
        }

        /// As text for people, as its 16 bytes for machines.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match to.is_human_readable() {
                    true => to.collect_str(self),
                    false => self.0.serialize(to),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                if !from.is_human_readable() {
                    return <[u8; 16]>::deserialize(from).map(Self);
                }
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id_type!(
    /// A tenant: the operator's customer, owner of accounts and devices.
    TenantId, "ten_"
);
id_type!(
    /// An account: one mailbox at one upstream.
    AccountId, "acc_"
);
id_type!(
    /// A folder of an account: assigned by the registry when the folder is configured and kept across
    /// renames. Never the name, so that the log holds no personal data.
    FolderId, "fld_"
);
id_type!(
    /// A device: what a person reads mail on.
    DeviceId, "dev_"
);
id_type!(
    /// An event's one identity (invariant 2): equal for equal facts, however often they are seen.
    EventId, "evt_"
);
id_type!(
    /// A watcher process, fresh at each start.
    WorkerId, "wrk_"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_reads_back_as_it_was_written(bytes: [u8; 16]) {
            let id = AccountId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<AccountId>().unwrap(), id);
        }

        #[test]
        fn ids_sort_as_their_text_does(left: [u8; 16], right: [u8; 16]) {
            let (left, right) = (EventId::from_bytes(left), EventId::from_bytes(right));
            prop_assert_eq!(left.cmp(&right), left.to_string().cmp(&right.to_string()));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            drop(text.parse::<DeviceId>());
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused_by_its_prefix() {
        let account = AccountId::from_bytes([7; 16]).to_string();
        assert_eq!(account.parse::<TenantId>(), Err(IdError::Prefix("ten_")));
    }

    #[test]
    fn a_value_past_128_bits_is_refused() {
        assert_eq!(
            "acc_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<AccountId>(),
            Err(IdError::Form("acc_"))
        );
    }
}
