//! Resume tokens: where a device stands in one account's events, signed by the gateway.
//!
//! ```text
//! version 1 byte | account 16 | stream 1 | generation 4 | sequence 8 | confirmed_at 8 | tag 32
//! ```
//!
//! Numbers are big-endian. The tag is HMAC-SHA256 (RFC 2104) over the device's id and everything
//! before the tag, so a token is good for one device only and names no device itself.

use pushmail_domain::{AccountId, DeviceId, Position, Secret, StreamId, Timestamp};
use ring::hmac;

const VERSION: u8 = 1;
const BODY: usize = 1 + 16 + 1 + 4 + 8 + 8;
const TAG: usize = 32;

/// How long a token is, in bytes.
pub const TOKEN_LEN: usize = BODY + TAG;

/// Where a device stands in one account's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// The account.
    pub account: AccountId,
    /// The newest event that the device has; sequence 0 if it has none.
    pub position: Position,
    /// When the gateway last knew that no event came after the position: decides whether what came
    /// later may have expired.
    pub confirmed_at: Timestamp,
}

/// Why bytes are not a resume token of this gateway for this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// Not as long as a token is.
    #[error("a resume token has {TOKEN_LEN} bytes")]
    Length,
    /// Made by a gateway that writes tokens differently.
    #[error("the resume token is of an unknown version")]
    Version,
    /// Changed, of another device, or signed with another key.
    #[error("the resume token is not one of this gateway's for this device")]
    Signature,
}

/// Signs and verifies resume tokens.
pub struct ResumeKey {
    key: hmac::Key,
    /// Verifies too.
    accepted: Option<hmac::Key>,
}

impl ResumeKey {
    /// A signer with this key: the same in every process that serves the same devices.
    pub fn new(key: &Secret<[u8; 32]>) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key.expose()),
            accepted: None,
        }
    }

    /// The same, which also reads tokens that were signed with this key.
    #[must_use]
    pub fn accepting(mut self, key: &Secret<[u8; 32]>) -> Self {
        self.accepted = Some(hmac::Key::new(hmac::HMAC_SHA256, key.expose()));
        self
    }

    /// The token for `device` to keep.
    pub fn encode(&self, device: DeviceId, resume: &Resume) -> Vec<u8> {
        let mut token = Vec::with_capacity(TOKEN_LEN);
        token.push(VERSION);
        token.extend_from_slice(resume.account.as_bytes());
        token.push(resume.position.stream.number());
        token.extend_from_slice(&resume.position.generation.to_be_bytes());
        token.extend_from_slice(&resume.position.sequence.to_be_bytes());
        token.extend_from_slice(&resume.confirmed_at.micros().to_be_bytes());
        let tag = hmac::sign(&self.key, &signed(device, &token));
        token.extend_from_slice(tag.as_ref());
        token
    }

    /// Reads a token that `device` sent.
    ///
    /// # Errors
    /// If it is not one that [`encode`](Self::encode) made for this device with a key of these.
    pub fn decode(&self, device: DeviceId, token: &[u8]) -> Result<Resume, ResumeError> {
        if token.len() != TOKEN_LEN {
            return Err(ResumeError::Length);
        }
        let (body, tag) = token.split_at(BODY);
        if body[0] != VERSION {
            return Err(ResumeError::Version);
        }
        let signed = signed(device, body);
        let mut keys = [&self.key].into_iter().chain(&self.accepted);
        if !keys.any(|key| hmac::verify(key, &signed, tag).is_ok()) {
            return Err(ResumeError::Signature);
        }
        let mut fields = Fields(&body[1..]);
        Ok(Resume {
            account: AccountId::from_bytes(fields.take()),
            position: Position {
                stream: StreamId::new(u8::from_be_bytes(fields.take())),
                generation: u32::from_be_bytes(fields.take()),
                sequence: u64::from_be_bytes(fields.take()),
            },
            confirmed_at: Timestamp::from_micros(i64::from_be_bytes(fields.take())),
        })
    }
}

/// What the tag covers.
fn signed(device: DeviceId, body: &[u8]) -> [u8; 16 + BODY] {
    let mut bytes = [0; 16 + BODY];
    bytes[..16].copy_from_slice(device.as_bytes());
    bytes[16..].copy_from_slice(body);
    bytes
}

/// The fields of a body whose length has been checked.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_at(N);
        self.0 = rest;
        let mut bytes = [0; N];
        bytes.copy_from_slice(field);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DEVICE: DeviceId = DeviceId::from_bytes([5; 16]);

    fn key() -> ResumeKey {
        ResumeKey::new(&Secret::new([7; 32]))
    }

    prop_compose! {
        fn resumes()(account: [u8; 16], stream: u8, generation: u32, sequence: u64, at: i64) -> Resume {
            Resume {
                account: AccountId::from_bytes(account),
                position: Position { stream: StreamId::new(stream), generation, sequence },
                confirmed_at: Timestamp::from_micros(at),
            }
        }
    }

    proptest! {
        #[test]
        fn a_token_reads_back_as_it_was_written(resume in resumes()) {
            let token = key().encode(DEVICE, &resume);
            prop_assert_eq!(token.len(), TOKEN_LEN);
            prop_assert_eq!(key().decode(DEVICE, &token), Ok(resume));
        }

        #[test]
        fn a_changed_token_is_refused(resume in resumes(), at in 1..TOKEN_LEN, flip in 1u8..) {
            let mut token = key().encode(DEVICE, &resume);
            token[at] ^= flip;
            prop_assert_eq!(key().decode(DEVICE, &token), Err(ResumeError::Signature));
        }

        #[test]
        fn another_device_s_token_is_refused(resume in resumes(), other: [u8; 16]) {
            prop_assume!(other != *DEVICE.as_bytes());
            let token = key().encode(DeviceId::from_bytes(other), &resume);
            prop_assert_eq!(key().decode(DEVICE, &token), Err(ResumeError::Signature));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            prop_assert!(key().decode(DEVICE, &bytes).is_err());
        }
    }

    #[test]
    fn a_token_signed_with_another_key_is_refused_unless_that_is_accepted() {
        let resume = Resume {
            account: AccountId::from_bytes([1; 16]),
            position: Position {
                stream: StreamId::new(3),
                generation: 1,
                sequence: 9,
            },
            confirmed_at: Timestamp::default(),
        };
        let other = Secret::new([8; 32]);
        let token = ResumeKey::new(&other).encode(DEVICE, &resume);
        assert_eq!(key().decode(DEVICE, &token), Err(ResumeError::Signature));

        let both = key().accepting(&other);
        assert_eq!(both.decode(DEVICE, &token), Ok(resume));
        let token = both.encode(DEVICE, &resume);
        assert_eq!(key().decode(DEVICE, &token), Ok(resume));
    }
}
