//! Reading messages from a real Dovecot, from the mail simulator, and from servers that mean harm.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod dovecot;
mod hostile;
mod sessions;
mod world;
