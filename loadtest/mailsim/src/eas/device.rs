//! What the server keeps of a device.

use super::Command;
use super::collection::Collection;
use super::folder::FolderId;
use super::hierarchy::Hierarchy;
use super::provision::{Provisioning, Wipe, Wiped};
use super::sync::Cached;
use pushmail_wbxml::ProtocolVersion;

/// What the server keeps of a device (MS-ASHTTP, section 2.2.1.1.1.2.3).
pub(super) struct Device {
    pub(super) id: Box<str>,
    pub(super) kind: Box<str>,
    pub(super) provisioning: Provisioning,
    /// What it is to forget.
    pub(super) wipe: Option<Wipe>,
    /// What it said of that.
    pub(super) wiped: Option<Wiped>,
    pub(super) hierarchy: Hierarchy,
    collections: Vec<Collection>,
    pub(super) watch: Watch,
    /// The last Sync, for an empty one (MS-ASCMD, section 2.2.1.21.1).
    pub(super) cached: Option<Box<Cached>>,
    /// How many requests there were that could wait: the newest one wins.
    pub(super) turn: u32,
    /// One of them waits.
    pub(super) waits: bool,
}

/// What the last Ping asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    /// In seconds.
    pub(super) heartbeat: Option<u32>,
    /// None as long as no Ping had folders.
    pub(super) folders: Box<[FolderId]>,
}

/// A request that begins.
pub(super) struct Begun {
    /// [`Device::turn`].
    pub(super) turn: u32,
    /// Another one waited.
    pub(super) supersedes: bool,
}

impl Device {
    pub(super) fn new(id: &str, kind: &str) -> Self {
        Self {
            id: id.into(),
            kind: kind.into(),
            provisioning: Provisioning::default(),
            wipe: None,
            wiped: None,
            hierarchy: Hierarchy::default(),
            collections: Vec::new(),
            watch: Watch::default(),
            cached: None,
            turn: 0,
            waits: false,
        }
    }

    /// A request begins, and waits or does not: a Ping, or what waits, puts an end to what waited.
    pub(super) fn begin(&mut self, command: Command, waits: bool) -> Begun {
        let newer = waits || command == Command::Ping;
        let supersedes = newer && self.waits;
        if newer {
            self.turn += 1;
            self.waits = waits;
        }
        let turn = self.turn;
        Begun { turn, supersedes }
    }

    /// What it is to forget, if this version can say so.
    pub(super) fn is_to_wipe(&self, version: ProtocolVersion) -> Option<Wipe> {
        let possible = |wipe: &Wipe| *wipe == Wipe::Device || version >= ProtocolVersion::V16_1;
        self.wipe.filter(possible)
    }

    pub(super) fn known_collection(&mut self, id: FolderId) -> Option<&mut Collection> {
        self.collections.iter_mut().find(|known| known.id == id)
    }

    /// What it knows of a folder: nothing at first.
    pub(super) fn collection(&mut self, id: FolderId) -> &mut Collection {
        let known = self.collections.iter().position(|known| known.id == id);
        let at = known.unwrap_or_else(|| {
            // Most devices watch one folder.
            self.collections.reserve_exact(1);
            self.collections.push(Collection::new(id));
            self.collections.len() - 1
        });
        &mut self.collections[at]
    }
}
