//! The pacer in memory, for the roles of one process.

mod buckets;
mod devices;

pub use buckets::EmbeddedPacer;
pub use devices::EmbeddedDevices;
