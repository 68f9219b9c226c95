//! What `pushmail-imap` promises: conversations as transcripts, properties of the parser, hostile input.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod folders;
mod fuzz_bodies;
mod head;
mod hostile;
mod idle;
mod login;
mod order;
mod reading;
mod tls;
mod transcript;
mod wire;
