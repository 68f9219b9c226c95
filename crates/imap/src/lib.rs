//! IMAP4 (RFC 9051, tolerant of RFC 3501 servers) as a conversation without sockets, tasks or clocks.
//!
//! - [`wire`]: bytes in, [`Response`](wire::Response)s out; incremental and bounded.
//! - [`flow`]: [`ImapFlow`], the conversation that turns responses into changes.
//! - [`quirks`]: what providers do differently, as data.
//! - [`sasl`], [`name`], [`refusal`]: what other sessions with a server need as well.
//!
//! Invariant: whatever a server sends, memory stays bounded and nothing here panics.

pub mod flow;
pub mod name;
pub mod quirks;
pub mod refusal;
pub mod sasl;
mod signs;
pub mod wire;

pub use flow::{ImapFlow, Learned, Settings, Suspect};
pub use quirks::Quirks;
