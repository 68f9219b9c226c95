//! The contract of the event log, and what only the adapter on NATS promises.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alone;
mod contract;
mod disk;
mod faults;
mod full;
mod live;
mod numbers;
mod opening;
mod raw;
mod restored;
mod stored;
mod three;
mod trio;
mod users;
