//! Simulations of a fleet of watchers in virtual time.
//!
//! [`simulate`] runs one world by a seed: three workers, some mailboxes, and everything that can go wrong between them.
//!
//! What is real: all of the watcher from its leases to its appends (`fleet`, `owner`, `shard`, `fold`, `standings`,
//! `publisher`, `checkpoint`, `announcer`, sealing), each worker with all of its tasks, its configuration
//! as by default; the table of leases (`pushmail-leases-embedded`).
//!
//! What is modelled: the log, after JetStream and the steps of its adapter (`log`); the registry, as a
//! table (`registry`); mailboxes and the conversations about them, in the place of IMAP, sockets and
//! the turn to connect (`mailbox`); the ways between them (`network`). There are 12 shards in 3 streams, so that
//! a world is small enough to be run by the thousand.
//!
//! What makes it deterministic: one thread, the runtime's time stands still while there is something to do, all
//! chance comes from the seed, and a task's turn is decided by it (`gate`).

mod chance;
mod clock;
mod faults;
mod gate;
mod judge;
mod leases;
mod log;
mod mailbox;
mod network;
mod options;
mod people;
mod registry;
pub mod scale;
mod sweep;
mod trace;
mod worker;
mod world;

pub use judge::Sums;
pub use options::{Options, Plant};
pub use sweep::sweep;
pub use world::{Outcome, simulate};
