//! Who is next, where many wait for few: those whose devices wait first, fair by tenant.
//!
//! An [`Order`] holds what waits. A [`Gate`] lets so many in at the same time. The login budget's lines hand out tokens as they come.

mod gate;
mod line;
mod order;

pub use gate::{Gate, Pass};
pub(crate) use line::{Line, Waiter};
pub use order::{Order, Place};

/// How urgent a connection is. The first is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// A session on demand: somebody waits for its answer. Of two that are served one after the other, only one is of
    /// this lane, unless nobody else waits.
    Session,
    /// Somebody's device is there and waits.
    Device,
    /// The account was live before, and its mail is missed.
    Live,
    /// The account was never live: nothing is missed yet.
    New,
}

impl Lane {
    /// The lane as a metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Device => "device",
            Self::Live => "live",
            Self::New => "new",
        }
    }
}
