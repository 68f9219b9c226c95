//! The contract of the event log, and what only the adapter on SQLite promises.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clock;
mod contract;
mod group_commit;
mod keeping;
mod opening;
