//! The commands (MS-ASCMD, section 2.2.1): requests as WBXML, answers from it.
//!
//! A request is written for the version that is spoken with the server: what the version does not know is left out. An
//! answer is read the same in all versions, for servers mix them.

mod class;
mod error;
pub mod folder_sync;
mod id;
pub mod item_operations;
pub mod ping;
pub mod provision;
mod read;
pub mod settings;
pub mod sync;
mod walk;

pub use class::Class;
pub use error::Error;
pub use id::{CollectionId, ServerId, SyncKey};

/// A command (MS-ASHTTP, section 2.2.1.1.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// FolderSync: which folders there are.
    FolderSync,
    /// Sync: what is new in folders.
    Sync,
    /// Ping: waits until something is new.
    Ping,
    /// Provision: which policy there is.
    Provision,
    /// Settings: who we are.
    Settings,
    /// ItemOperations: a single item.
    ItemOperations,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::FolderSync,
        Self::Sync,
        Self::Ping,
        Self::Provision,
        Self::Settings,
        Self::ItemOperations,
    ];

    /// Its name, as the query and MS-ASProtocolCommands have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FolderSync => "FolderSync",
            Self::Sync => "Sync",
            Self::Ping => "Ping",
            Self::Provision => "Provision",
            Self::Settings => "Settings",
            Self::ItemOperations => "ItemOperations",
        }
    }
}
