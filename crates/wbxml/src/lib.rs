//! WBXML as Exchange ActiveSync uses it (MS-ASWBXML): the tags of its code pages.

mod page;
pub mod pages;
mod tag;
mod version;

pub use page::{Entry, Page};
pub use tag::Tag;
pub use version::{ProtocolVersion, Versions};
