//! The contract of the leases, and what only the adapter on Redis promises.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cluster;
mod contract;
mod faults;
mod sentinel;
mod tls;
