//! The delivery service over real sockets, on the embedded log and registry.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod harness;
mod lifecycle;
mod order;
mod outage;
mod refusals;
mod replaced;
mod slow;
