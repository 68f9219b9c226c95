//! Versions of the ActiveSync protocol, and which of them know a tag.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A version of the protocol, oldest first (MS-ASHTTP: the header `MS-ASProtocolVersion`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProtocolVersion {
    /// 2.5, of Exchange 2003.
    V2_5,
    /// 12.0, of Exchange 2007.
    V12_0,
    /// 12.1, of Exchange 2007 SP1.
    V12_1,
    /// 14.0, of Exchange 2010.
    V14_0,
    /// 14.1, of Exchange 2010 SP1.
    V14_1,
    /// 16.0, of Exchange 2016.
    V16_0,
    /// 16.1, of later updates of Exchange 2016.
    V16_1,
}

impl ProtocolVersion {
    /// As the header writes it, such as `16.1`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2_5 => "2.5",
            Self::V12_0 => "12.0",
            Self::V12_1 => "12.1",
            Self::V14_0 => "14.0",
            Self::V14_1 => "14.1",
            Self::V16_0 => "16.0",
            Self::V16_1 => "16.1",
        }
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Versions in a row: the sets that the specification's tables name have no holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The oldest of them.
    pub first: ProtocolVersion,
    /// The newest of them.
    pub last: ProtocolVersion,
}

impl Versions {
    /// Whether this version is one of them.
    pub fn contains(self, version: ProtocolVersion) -> bool {
        (self.first..=self.last).contains(&version)
    }
}

/// What the tables say of a tag: the column "Protocol versions".
pub(crate) type Support = Option<Versions>;

const fn versions(first: ProtocolVersion, last: ProtocolVersion) -> Support {
    Some(Versions { first, last })
}

pub(crate) const ALL: Support = versions(ProtocolVersion::V2_5, ProtocolVersion::V16_1);
pub(crate) const ONLY_2_5: Support = versions(ProtocolVersion::V2_5, ProtocolVersion::V2_5);
pub(crate) const TO_12_1: Support = versions(ProtocolVersion::V2_5, ProtocolVersion::V12_1);
pub(crate) const TO_14_1: Support = versions(ProtocolVersion::V2_5, ProtocolVersion::V14_1);
pub(crate) const FROM_12_0: Support = versions(ProtocolVersion::V12_0, ProtocolVersion::V16_1);
pub(crate) const FROM_12_1: Support = versions(ProtocolVersion::V12_1, ProtocolVersion::V16_1);
pub(crate) const FROM_14_0: Support = versions(ProtocolVersion::V14_0, ProtocolVersion::V16_1);
pub(crate) const FROM_14_1: Support = versions(ProtocolVersion::V14_1, ProtocolVersion::V16_1);
pub(crate) const FROM_16_0: Support = versions(ProtocolVersion::V16_0, ProtocolVersion::V16_1);
pub(crate) const ONLY_16_1: Support = versions(ProtocolVersion::V16_1, ProtocolVersion::V16_1);
/// The specification does not list the tag, or not any more.
pub(crate) const UNLISTED: Support = None;
