//! The contract of the pacer, and what only the adapter on Redis promises.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budgets;
mod cluster;
mod contract;
mod faults;
