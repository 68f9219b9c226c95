//! The master key, and the file that keeps it.

use crate::aead::{Cipher, KEY_LEN};
use crate::error::{KeyError, KeyErrorKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pushmail_domain::{Entropy, Secret};
use ring::hkdf;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// What 32 bytes take in base64, with padding.
const TEXT_LEN: usize = 44;
/// A key file longer than this is not a key file.
const FILE_LIMIT: u64 = 256;

/// The installation's root key: 32 bytes from which every other key is derived or by which it is wrapped.
///
/// Never used in a cipher itself: each use has a key of its own, made by [`MasterKey::derive`].
///
/// While one key replaces another, a second one is accepted beside it ([`MasterKey::accepting`]): it opens what it
/// wrapped, and wraps nothing.
#[derive(Clone)]
pub struct MasterKey {
    key: Secret<[u8; KEY_LEN]>,
    /// Opens too.
    accepted: Option<Secret<[u8; KEY_LEN]>>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// A fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::of(random_key(entropy))
    }

    fn of(key: Secret<[u8; KEY_LEN]>) -> Self {
        Self {
            key,
            accepted: None,
        }
    }

    /// The same, which also opens what `other` wrapped.
    #[must_use]
    pub fn accepting(mut self, other: &Self) -> Self {
        self.accepted = Some(other.key.clone());
        self
    }

    /// The other key that is accepted, alone.
    pub fn accepted(&self) -> Option<Self> {
        self.accepted.clone().map(Self::of)
    }

    /// This key alone.
    pub(crate) fn alone(&self) -> Self {
        Self::of(self.key.clone())
    }

    /// Reads the key from the file that [`MasterKey::write_new_file`] made, or from any file that
    /// holds 32 bytes in base64 on one line.
    ///
    /// # Errors
    /// `Exposed` if the file's group or others may use it (on Unix), `Read` if it cannot be read,
    /// `Form` if it holds something else.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let unreadable = |source| KeyError::new(KeyErrorKind::Read).at(path).because(source);
        let file = File::open(path).map_err(unreadable)?;
        if exposed(&file).map_err(unreadable)? {
            return Err(KeyError::new(KeyErrorKind::Exposed).at(path));
        }
        // Roomy from the start: a buffer that grows leaves copies of the key behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * FILE_LIMIT as usize));
        file.take(FILE_LIMIT)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        Self::from_text(&bytes).map_err(|error| error.at(path))
    }

    /// Reads the key from base64, as an environment variable holds it. White space around it is passed over.
    ///
    /// # Errors
    /// `Form` if `text` is not 32 bytes in base64 with padding (RFC 4648, section 4).
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        Self::from_text(text.as_bytes())
    }

    /// The key in base64, as [`MasterKey::from_base64`] reads it.
    pub fn to_base64(&self) -> Secret<String> {
        // As long as it gets: a string that grows leaves copies of the key behind.
        let mut text = String::with_capacity(TEXT_LEN + 1);
        STANDARD.encode_string(self.key.expose(), &mut text);
        Secret::new(text)
    }

    /// Writes the key to a file that did not exist, readable by its owner only, and returns when it
    /// is on the disk.
    ///
    /// # Errors
    /// `Write` if the file exists or cannot be made.
    pub fn write_new_file(&self, path: &Path) -> Result<(), KeyError> {
        let text = self.to_base64();
        write_durably(path, text.expose().as_bytes())
            .map_err(|source| KeyError::new(KeyErrorKind::Write).at(path).because(source))
    }

    /// A key for one purpose, by HKDF-SHA256 (RFC 5869): the same purpose always gives the same key,
    /// and none tells anything of another or of the master key.
    pub fn derive(&self, purpose: &'static str) -> Secret<[u8; KEY_LEN]> {
        let mut key = Zeroizing::new([0; KEY_LEN]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, b"pushmail")
            .extract(self.key.expose())
            .expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|derived| derived.fill(&mut key[..]))
            .expect("HKDF-SHA256 gives 32 bytes at once");
        Secret::new(*key)
    }

    /// The cipher that wraps tenants' data keys.
    pub(crate) fn wrapping(&self) -> Cipher {
        Cipher::new(&self.derive("pushmail wrap tenant data keys"))
    }

    fn from_text(text: &[u8]) -> Result<Self, KeyError> {
        // One byte of room more than a key needs: 44 digits can also stand for 33 bytes.
        let mut bytes = Zeroizing::new([0; KEY_LEN + 1]);
        match STANDARD.decode_slice(text.trim_ascii(), &mut bytes[..]) {
            Ok(KEY_LEN) => {
                let mut key = Zeroizing::new([0; KEY_LEN]);
                key.copy_from_slice(&bytes[..KEY_LEN]);
                Ok(Self::of(Secret::new(*key)))
            }
            _ => Err(KeyError::new(KeyErrorKind::Form)),
        }
    }
}

/// 32 random bytes.
pub(crate) fn random_key(entropy: &dyn Entropy) -> Secret<[u8; KEY_LEN]> {
    let mut key = Zeroizing::new([0; KEY_LEN]);
    entropy.fill(&mut key[..]);
    Secret::new(*key)
}

fn write_durably(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()?;
    sync_folder_of(path)
}

/// Makes the file's name durable, as `sync_all` made its bytes.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder_of(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Whether anybody but the owner may use the file. Asked of the open file, so that it is the one
/// that is read.
#[cfg(unix)]
fn exposed(file: &File) -> std::io::Result<bool> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
    Ok(mode & 0o077 != 0)
}

#[cfg(not(unix))]
fn exposed(_file: &File) -> std::io::Result<bool> {
    Ok(false)
}
