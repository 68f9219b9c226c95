//! How the server speaks ActiveSync.

use super::Policy;
use pushmail_wbxml::ProtocolVersion;
use std::ops::RangeInclusive;

/// How to speak ActiveSync. [`Config::default`] is as Exchange is after its installation, with a policy.
#[derive(Debug, Clone)]
pub struct Config {
    /// The port, at the address of [`crate::Config::bind`]; 0 picks a free one.
    pub port: u16,
    /// The versions that are offered, oldest first.
    pub versions: Vec<ProtocolVersion>,
    /// What devices have to keep to; without, none is asked to.
    pub policy: Option<Policy>,
    /// The heartbeats that a Ping may have, in seconds.
    pub heartbeat: RangeInclusive<u32>,
    /// The most folders that a Ping may watch, and a Sync may have.
    pub max_folders: usize,
    /// Bodies are sent in chunks, as Exchange does with large ones.
    pub chunked: bool,
}

impl Default for Config {
    /// All versions, 60 to 3540 seconds, 300 folders.
    fn default() -> Self {
        Self {
            port: 0,
            versions: vec![
                ProtocolVersion::V2_5,
                ProtocolVersion::V12_0,
                ProtocolVersion::V12_1,
                ProtocolVersion::V14_0,
                ProtocolVersion::V14_1,
                ProtocolVersion::V16_0,
                ProtocolVersion::V16_1,
            ],
            policy: Some(Policy::default()),
            heartbeat: 60..=3540,
            max_folders: 300,
            chunked: false,
        }
    }
}
