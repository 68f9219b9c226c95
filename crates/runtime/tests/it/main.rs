//! The crate over real sockets and signals.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod otlp;
mod signals;
