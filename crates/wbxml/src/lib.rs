//! WBXML as Exchange ActiveSync uses it (MS-ASWBXML, which takes its rules from WBXML 1.2): bytes in, in any pieces,
//! typed events out, and back. No sockets, no tasks, no clocks.
//!
//! - [`pages`]: the tags of code pages 0 to 25, with the protocol versions that support them.
//! - [`Decoder`]: bytes in, [`Event`]s out; bounded by [`Limits`].
//! - [`Encoder`]: events in, bytes out.
//! - [`Element`]: a whole small document as a tree, with lookups by path.
//! - [`pretty`]: a document as text for people.
//!
//! What `Decoder` reads and `Encoder` writes is the same but for what carries no meaning: the header, page switches that
//! were not needed, numbers that were longer than needed, and what followed the document. Text that was not UTF-8 is
//! repaired, see [`Event::Text`].
//!
//! Invariant: whatever a server sends, memory stays bounded and nothing here panics. Invariant: what may be mail is in
//! no `Debug` output and in no error; only [`pretty`] shows it, and `Element::text` and its like give it.

mod decoder;
mod element;
mod encoder;
mod error;
mod event;
mod limits;
mod page;
pub mod pages;
pub mod pretty;
mod tag;
mod token;
mod version;

pub use decoder::Decoder;
pub use element::{Builder, Element, Node};
pub use encoder::Encoder;
pub use error::{Error, ErrorKind, Limit, TagPath};
pub use event::Event;
pub use limits::Limits;
pub use page::{Entry, Page};
pub use tag::Tag;
pub use version::{ProtocolVersion, Versions};
