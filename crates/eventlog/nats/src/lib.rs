//! The event log on NATS JetStream, for a fleet.
//!
//! Sixteen streams hold the events, by shard; a shard's fence is the last message of a subject of
//! its own, which carries the generation, and every event is published on the condition that this is
//! still the message that the writer put there. So the server is what refuses a stale writer
//! (invariant 3). What must not be stale is asked of a stream's leader; bulk is read by direct get
//! from any replica, and completed at the leader where the replica is behind.
//!
//! No consumers: a subscription to what the streams republish gives events as they become durable.

mod api;
mod append;
mod batch;
mod config;
mod connect;
mod direct;
mod error;
mod fence;
mod generations;
mod leader;
mod link;
mod live;
mod log;
mod nudges;
mod pause;
mod publish;
mod reads;
mod record;
mod streams;
mod subjects;

pub use config::{Auth, Config};
pub use error::OpenError;
pub use generations::{BoxError, Generations};
pub use log::NatsLog;
