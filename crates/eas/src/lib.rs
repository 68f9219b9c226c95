//! Exchange ActiveSync as a client speaks it, without sockets, tasks, clocks or randomness, for protocol versions 2.5 to
//! 16.1.
//!
//! - [`autodiscover`]: from a mail address to its server.
//! - [`flow`]: [`EasFlow`], the conversation that turns answers into changes.
//! - [`http`]: requests as bytes, and answers from bytes in any cuts, on one HTTP/1.1 connection (MS-ASHTTP).
//! - [`options`]: what a server says of itself, and the version to speak.
//! - [`device`]: who we are to a server.
//! - [`command`]: FolderSync, Sync, Ping, Provision, Settings and ItemOperations (MS-ASCMD, MS-ASPROV).
//! - [`item`]: a mail, an event, a contact or a task, as much of it as a notification shows.
//! - [`status`]: what a status asks of a client.
//!
//! Invariant: whatever a server sends, memory stays bounded and nothing here panics. Invariant: what may be mail and
//! what is secret is in no `Debug` output and in no error.

pub mod autodiscover;
pub mod command;
pub mod content;
mod date;
pub mod device;
pub mod flow;
pub mod http;
pub mod item;
pub mod options;
pub mod status;

pub use content::{Blob, Text};
pub use device::DeviceId;
pub use flow::{EasFlow, Fetched, Learned, Settings};
