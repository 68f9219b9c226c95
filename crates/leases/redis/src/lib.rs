//! The leases in Redis, for a fleet.
//!
//! The table is six keys of one hash tag, so that a cluster keeps them together, and three Lua
//! scripts that are atomic at the server. A beat costs one call and, as long as nothing changes, work
//! that depends neither on the number of members nor of shards.
//!
//! Redis may lose the table at any time (invariant 4): nothing here needs persistence. What it needs
//! is `maxmemory-policy noeviction`, so that no single key of the six goes missing. Served by a
//! restarted or another server, the table is another incarnation even if its data survived: replicas
//! lag, and snapshots are old.
//!
//! An ACL has to allow the keys `{PREFIX:fleet}:*`, the channels `{PREFIX:fleet}:*`, and the commands
//! `evalsha`, `script|load`, `info`, `time`, `subscribe`, `publish`, `ping` and those on hashes,
//! lists, strings and sorted sets.

mod config;
mod leases;
mod record;
mod script;
mod trouble;
mod wakes;

pub use config::Config;
pub use leases::RedisLeases;
pub use pushmail_redis_link::{AddressError, ConfigError};
