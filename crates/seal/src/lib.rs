//! Envelope encryption (invariant 7): a master key wraps each tenant's two data keys; one of them
//! seals credentials, the other the content of events.
//!
//! Every sealed value is AES-256-GCM (NIST SP 800-38D) and self-describing:
//!
//! ```text
//! format 1 byte | key version 1 byte | nonce 12 bytes | ciphertext | tag 16 bytes
//! ```
//!
//! What a value is for and whose it is goes in as associated data, together with the two leading
//! bytes: a value moved to another event, account or tenant does not open. The key version names
//! the key among several once data keys are rotated; today every key is version 1. The master key is replaced without one: whose work a
//! wrapped key is, is found by trying ([`MasterKey::accepting`]).
//!
//! The three roles of a key are three types, so that a process which only delivers mail can be
//! given [`ContentKey`]s and nothing that opens a credential.
//!
//! # Limits
//! - Nonces are random. SP 800-38D, section 8.3, allows 2^32 seals under one key: a tenant's content
//!   key is due for rotation by then (at 100 events a second, after 16 months).
//! - Key bytes that this crate holds itself are wiped when dropped. The prepared keys inside `ring`
//!   are not: their schedule stays in freed memory until it is reused. Swap and core dumps
//!   are for the machine's set-up to rule out.

mod aead;
mod content;
mod credential;
mod error;
mod master;
mod tenant;

pub use content::ContentKey;
pub use credential::CredentialKey;
pub use error::{KeyError, KeyErrorKind, SealError};
pub use master::MasterKey;
pub use tenant::{TenantKeys, rewrap_tenant_keys, unwrap_content_key, unwrap_tenant_keys};
