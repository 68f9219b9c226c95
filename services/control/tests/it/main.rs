//! The control service over a real gRPC server, on the real embedded registry and event log.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on fails its test"
)]

mod accounts;
mod auth;
mod devices;
mod fields;
mod fleet;
mod messages;
mod subscribe;
mod tail;
mod tenants;
mod updating;
mod world;
