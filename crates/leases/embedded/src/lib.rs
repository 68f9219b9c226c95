//! The leases in memory, for the workers of one process.
//!
//! The table is lost with the process, and so are all workers that had leases in it: a new one has
//! nothing to settle for.

mod config;
mod leases;
mod table;

pub use config::Config;
pub use leases::EmbeddedLeases;
