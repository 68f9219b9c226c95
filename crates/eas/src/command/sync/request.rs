//! Asking what is new.

use super::Query;
use pushmail_wbxml::pages::air_sync;
use pushmail_wbxml::{Element, ProtocolVersion};

/// Asks what is new. Without anything in it, it is an empty request: the same as the last one (MS-ASCMD, section
/// 2.2.1.21.1), from 12.1 on; [`Status::Incomplete`](super::Status::Incomplete) says that the server has not kept that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The folders.
    pub collections: Vec<Query>,
    /// How long the server waits at most for something new.
    pub wait: Option<Wait>,
    /// Most changes in the whole answer.
    pub window: Option<u16>,
}

/// How long the server waits at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// So many seconds, 60 to 3540; from 14.0 on (MS-ASCMD, section 2.2.3.88.2). Before that, it is rounded down to
    /// minutes, at least one.
    Seconds(u16),
    /// So many minutes, 1 to 59; from 12.1 on (MS-ASCMD, section 2.2.3.198). Before that there is no such thing.
    Minutes(u8),
}

impl Request {
    /// As WBXML; empty if nothing is to be said.
    pub fn encode(&self, version: ProtocolVersion) -> Vec<u8> {
        if *self == Self::default() {
            return Vec::new();
        }
        let collections = self.collections.iter();
        let collections = collections.fold(Element::new(air_sync::COLLECTIONS), |all, query| {
            all.with(query.element(version))
        });
        let mut root = Element::new(air_sync::SYNC);
        if !self.collections.is_empty() {
            root = root.with(collections);
        }
        let wait = self.wait.and_then(|wait| wait.element(version));
        let window = self.window.filter(|_| version >= ProtocolVersion::V12_1);
        let window = window.map(|size| Element::of_text(air_sync::WINDOW_SIZE, size.to_string()));
        [wait, window]
            .into_iter()
            .flatten()
            .fold(root, Element::with)
            .encode()
    }
}

impl Wait {
    fn element(self, version: ProtocolVersion) -> Option<Element> {
        let (tag, number) = match self {
            Self::Seconds(seconds) if version >= ProtocolVersion::V14_0 => {
                (air_sync::HEARTBEAT_INTERVAL, seconds)
            }
            Self::Seconds(seconds) => (air_sync::WAIT, (seconds / 60).max(1)),
            Self::Minutes(minutes) => (air_sync::WAIT, u16::from(minutes)),
        };
        let element = Element::of_text(tag, number.to_string());
        (version >= ProtocolVersion::V12_1).then_some(element)
    }
}
