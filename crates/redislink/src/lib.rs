//! The way to Redis: what the adapters on Redis share, and nothing of what they keep there.
//!
//! A [`Server`] is where Redis is, in each shape of its URL: one server, by Sentinel, or a cluster, with
//! TLS or without. A [`Link`] calls scripts there over one connection, within a deadline, and makes a
//! new one whenever that is in doubt.

mod address;
mod config;
mod link;
mod server;
mod trouble;

pub use address::AddressError;
pub use config::{Config, ConfigError, hash_tag};
pub use link::Link;
pub use server::Server;
pub use trouble::Trouble;
