//! The event log on SQLite, for one machine.
//!
//! One thread writes: it takes every job that waits, runs them in one transaction, commits once (one
//! fsync) and answers all of them. So the log is as fast as its disk syncs when idle, and the cost of
//! a sync is shared when busy. Reads go through a small pool of read-only connections, beside the
//! writer. WAL and `synchronous=FULL`: acknowledged means fsynced.
//!
//! All streams share one database and one rising sequence, so sequences rise within each stream,
//! with gaps.

mod backup;
mod config;
mod database;
mod error;
mod log;
mod readers;
mod recent;
mod rows;
mod tables;
mod writer;

pub use backup::back_up;
pub use config::Config;
pub use error::OpenError;
pub use log::{EmbeddedLog, OnCommit};
