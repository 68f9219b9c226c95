//! The words of the gateway as types.
//!
//! Everything here is plain data: no sockets, no tasks, no wall clock, no randomness of its own.
//! Time and chance come in through [`Clock`] and [`Entropy`].

pub mod account;
pub mod cursor;
pub mod event;
pub mod fault;
pub mod folder;
pub mod id;
pub mod item;
pub mod memory;
pub mod position;
pub mod recent;
pub mod secret;
pub mod shard;
pub mod time;
pub mod token;
pub mod trace;
pub mod versions;

pub use account::{
    Account, AccountPhase, AccountSpec, AccountStatus, Authentication, ContentLevel, DesiredState,
    Endpoint, EventScope, Protocol, Rejections, Security, UpstreamSpec,
};
pub use cursor::{Cursor, CursorStep, FolderCursor, SyncCursor};
pub use event::{
    Arrival, Content, Event, EventKind, FlagsVersion, FolderContent, MessageContent, MessageKey,
};
pub use fault::{Blame, Fault, FaultKind, Retry};
pub use folder::Folder;
pub use id::{AccountId, DeviceId, EventId, FolderId, IdError, TenantId, WorkerId};
pub use item::{
    AppointmentContent, Collection, ContactContent, ItemClass, ItemContent, ItemData, Marks,
    TaskContent,
};
pub use memory::{Memory, Recall};
pub use position::{Epoch, Position, StreamId};
pub use recent::Recent;
pub use secret::Secret;
pub use shard::{SHARD_COUNT, Shard};
pub use time::{Clock, Entropy, Timestamp};
pub use token::DeviceToken;
pub use trace::TraceContext;
pub use versions::VersionSet;
