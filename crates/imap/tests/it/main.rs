//! What `pushmail-imap` promises: conversations as transcripts, properties of the parser, hostile input.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod care;
mod changes;
mod ends;
mod folders;
mod fuzz_bodies;
mod fuzzing;
mod hostile;
mod idle;
mod login;
mod notify;
mod order;
mod reading;
mod rebuilt;
mod tls;
mod transcript;
mod wire;
