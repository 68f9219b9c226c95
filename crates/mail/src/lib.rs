//! What people see of a mail, or of another item, before they open it.
//!
//! - [`head`]: the first bytes of a mail as its envelope and its first words.
//! - [`item`]: an item of Exchange ActiveSync.
//! - [`html`]: the text of a page.
//!
//! Invariant: nothing that a mail holds makes this fail, and what it gives is bounded.

pub mod head;
pub mod html;
pub mod item;

pub use head::content;
