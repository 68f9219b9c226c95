//! The pacer in Redis, for a fleet.
//!
//! A bucket is one key: the moment at which it will be full again, by Redis's own clock. It expires then, so that full
//! buckets cost nothing. All keys of buckets have one hash tag, `{PREFIX:pacer}`, since one script takes
//! of several at once. The scripts are short: what a process asks for is bounded, and so is how often
//! ([`Config::call_every`], [`Config::calls_per_second`]): 20 times a second, or, of 1,000 workers, twice. Accounts
//! whose devices were seen are one sorted set for each shard, under 16 tags `{PREFIX:seen:K}`.
//!
//! Redis may lose all of it at any time: then buckets are full once more, and nobody was seen.
//!
//! An ACL has to allow the keys `{PREFIX:pacer}:*` and `{PREFIX:seen:*`, and the commands `evalsha`,
//! `script|load`, `time`, `ping`, and those on strings and sorted sets.

mod config;
mod devices;
mod pacer;
mod trouble;

pub use config::Config;
pub use devices::RedisDevices;
pub use pacer::RedisPacer;
pub use pushmail_redis_link::{AddressError, ConfigError};
