//! Sync (MS-ASCMD, section 2.2.1.21): what is new in folders.
//!
//! The first request of a folder has the initial key, and its answer nothing but the next key. Each answer is a window:
//! as long as it says that more is available, the next request follows at once, with the new key. A request that is
//! sent again with the same key gets the same answer again.
//!
//! An empty answer says that nothing is new (section 2.2.1.21.2). It has no key: the last one stays.

mod answer;
mod body_options;
mod change;
mod limits;
mod options;
mod parser;
mod query;
mod request;
mod status;

pub use answer::{Answer, Collection};
pub use body_options::{BodyPreference, MimeSupport};
pub use change::{Change, What};
pub use limits::Limits;
pub use options::{Filter, Options};
pub use parser::{Parser, Part};
pub use query::Query;
pub use request::{Request, Wait};
pub use status::Status;
