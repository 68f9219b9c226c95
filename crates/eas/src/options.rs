//! What a server says of itself (MS-ASHTTP, section 2.2.4), and the version to speak with it.

use crate::command::Command;
use crate::http::Head;
use pushmail_wbxml::ProtocolVersion;

/// The versions that are spoken here, best first.
const VERSIONS: [ProtocolVersion; 7] = [
    ProtocolVersion::V16_1,
    ProtocolVersion::V16_0,
    ProtocolVersion::V14_1,
    ProtocolVersion::V14_0,
    ProtocolVersion::V12_1,
    ProtocolVersion::V12_0,
    ProtocolVersion::V2_5,
];

/// What a server says of itself: in its answer to OPTIONS, and with a FolderSync from key 0, for it may have been
/// updated (MS-ASHTTP, section 3.2.5.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// The versions that it speaks and that are known here, best first.
    versions: Vec<ProtocolVersion>,
    commands: Vec<Command>,
}

impl Offer {
    /// What this head says.
    pub fn of(head: &Head) -> Self {
        let versions = listed(head.protocol_versions.as_deref());
        let commands = listed(head.protocol_commands.as_deref());
        let is_listed = |version: &ProtocolVersion| versions.contains(&version.as_str());
        let is_offered = |command: &Command| commands.contains(&command.as_str());
        Self {
            versions: VERSIONS.into_iter().filter(is_listed).collect(),
            commands: Command::ALL.into_iter().filter(is_offered).collect(),
        }
    }

    /// The version to speak: the newest that both know. `None` if there is none, or if the server did not say.
    pub fn version(&self) -> Option<ProtocolVersion> {
        self.versions.first().copied()
    }

    /// Whether the server has this command. Servers that list no commands have those of their version.
    pub fn has(&self, command: Command) -> bool {
        self.commands.is_empty() || self.commands.contains(&command)
    }
}

/// What a list with commas holds.
fn listed(list: Option<&str>) -> Vec<&str> {
    list.unwrap_or_default().split(',').map(str::trim).collect()
}
