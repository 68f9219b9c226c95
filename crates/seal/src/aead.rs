//! The sealed form that everything in this crate shares.

use crate::error::SealError;
use pushmail_domain::{Entropy, Secret};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::sync::Arc;

/// The length of every key.
pub(crate) const KEY_LEN: usize = 32;
/// What sealing adds to the plaintext's length.
pub(crate) const OVERHEAD: usize = HEADER.len() + NONCE_LEN + TAG_LEN;

const HEADER: [u8; 2] = [FORMAT, KEY_VERSION];
const FORMAT: u8 = 1;
const KEY_VERSION: u8 = 1;
const TAG_LEN: usize = 16;

/// The longest binding: the header, a purpose of one byte, and two ids.
const BINDING_LEN: usize = HEADER.len() + 1 + 2 * 16;

/// What a value is for. Part of its associated data, so that no value passes for one of another purpose.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Purpose {
    WrapContentKey = 1,
    WrapCredentialKey = 2,
    Content = 3,
    Credential = 4,
}

/// Associated data: what a value is for and whose it is. Each purpose has a fixed number of ids, so
/// no two bindings read alike.
pub(crate) struct Binding {
    bytes: [u8; BINDING_LEN],
    len: usize,
}

/// A prepared key. Clones share it.
#[derive(Clone)]
pub(crate) struct Cipher(Arc<LessSafeKey>);

impl Binding {
    pub(crate) fn new(purpose: Purpose, owner: &[u8; 16]) -> Self {
        let mut binding = Self {
            bytes: [0; BINDING_LEN],
            len: 0,
        };
        binding.add(&HEADER);
        binding.add(&[purpose as u8]);
        binding.add(owner);
        binding
    }

    pub(crate) fn and(mut self, id: &[u8; 16]) -> Self {
        self.add(id);
        self
    }

    fn add(&mut self, part: &[u8]) {
        self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
    }

    fn aad(&self) -> Aad<&[u8]> {
        Aad::from(&self.bytes[..self.len])
    }
}

impl Cipher {
    pub(crate) fn new(key: &Secret<[u8; KEY_LEN]>) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key.expose()).expect("AES-256 takes 32 bytes");
        Self(Arc::new(LessSafeKey::new(key)))
    }

    /// Seals `plain`. One allocation; the plaintext is copied once, and encrypted where it was copied to.
    pub(crate) fn seal(&self, binding: &Binding, plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);

        let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
        sealed.extend_from_slice(&HEADER);
        sealed.extend_from_slice(&nonce);
        let start = sealed.len();
        sealed.extend_from_slice(plain);

        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, binding.aad(), &mut sealed[start..])
            .expect("AES-GCM takes up to 64 GiB at once");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`Cipher::seal`] made with the same key and binding.
    pub(crate) fn open(&self, binding: &Binding, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let rest = sealed.strip_prefix(&HEADER).ok_or(SealError::UnknownForm)?;
        let (nonce, rest) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealError::UnknownForm)?;
        if rest.len() < TAG_LEN {
            return Err(SealError::UnknownForm);
        }
        let mut text = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let len = self
            .0
            .open_in_place(nonce, binding.aad(), &mut text)
            .map_err(|_| SealError::Refused)?
            .len();
        text.truncate(len);
        Ok(text)
    }
}
