//! The watcher with a real event log and registry, against a simulated mail server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod announcing;
mod cut;
mod draining;
mod eas;
mod faulty;
mod fleet;
mod gated;
mod losing;
mod manners;
mod order;
mod outages;
mod owning;
mod pacing;
mod restarting;
mod server;
mod starttls;
mod storing;
mod tarpits;
mod watcher;
mod world;
