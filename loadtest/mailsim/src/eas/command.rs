//! The commands.

use pushmail_wbxml::pages::{
    air_sync, folder_hierarchy, item_operations, ping, provision, settings,
};
use pushmail_wbxml::{Element, ProtocolVersion, Tag};

/// A command (MS-ASHTTP, section 2.2.1.1.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Which folders there are.
    FolderSync,
    /// What is new in folders.
    Sync,
    /// Waits until something is new.
    Ping,
    /// Which policy there is.
    Provision,
    /// Who the device is.
    Settings,
    /// A single item.
    ItemOperations,
}

impl Command {
    pub(super) const ALL: [Self; 6] = [
        Self::Sync,
        Self::FolderSync,
        Self::Provision,
        Self::Settings,
        Self::Ping,
        Self::ItemOperations,
    ];

    /// Its name, as the query has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FolderSync => "FolderSync",
            Self::Sync => "Sync",
            Self::Ping => "Ping",
            Self::Provision => "Provision",
            Self::Settings => "Settings",
            Self::ItemOperations => "ItemOperations",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }

    /// Its first element, of requests and of answers.
    pub(super) const fn root(self) -> Tag {
        match self {
            Self::FolderSync => folder_hierarchy::FOLDER_SYNC,
            Self::Sync => air_sync::SYNC,
            Self::Ping => ping::PING,
            Self::Provision => provision::PROVISION,
            Self::Settings => settings::SETTINGS,
            Self::ItemOperations => item_operations::ITEM_OPERATIONS,
        }
    }

    /// Whether the version has it.
    pub(super) fn is_in(self, version: ProtocolVersion) -> bool {
        match self {
            Self::Settings | Self::ItemOperations => version >= ProtocolVersion::V12_0,
            _ => true,
        }
    }

    /// An answer that says nothing but a status.
    pub(super) fn says(self, status: u16) -> Element {
        let tag = match self {
            Self::FolderSync => folder_hierarchy::STATUS,
            Self::Sync => air_sync::STATUS,
            Self::Ping => ping::STATUS,
            Self::Provision => provision::STATUS,
            Self::Settings => settings::STATUS,
            Self::ItemOperations => item_operations::STATUS,
        };
        Element::new(self.root()).with(Element::of_text(tag, status.to_string()))
    }

    /// The status of a request that is not as it has to be (MS-ASCMD, section 2.2.3.177; MS-ASPROV, section 2.2.2.54.2).
    pub(super) const fn malformed(self) -> u16 {
        match self {
            Self::FolderSync => 10,
            Self::Sync | Self::Ping => 4,
            Self::Provision | Self::Settings | Self::ItemOperations => 2,
        }
    }
}
