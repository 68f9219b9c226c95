//! Asking what is new in a folder.

use super::super::{Class, CollectionId, ServerId, SyncKey};
use super::Options;
use pushmail_wbxml::pages::air_sync;
use pushmail_wbxml::{Element, ProtocolVersion, Tag};

/// Asks for a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Which.
    pub id: CollectionId,
    /// What it holds.
    pub class: Class,
    /// How far we have come.
    pub sync_key: SyncKey,
    /// Elements that are kept here, so that the server need not keep them where a change leaves them out (MS-ASCMD,
    /// section 2.2.3.179). With the initial key, and for calendars and contacts only.
    pub supported: Vec<Tag>,
    /// Whether what we delete is moved to the deleted items; none: what the server likes.
    pub deletes_as_moves: Option<bool>,
    /// Whether changes are asked for; not sent with the initial key, where the server refuses it (MS-ASCMD, section
    /// 2.2.3.84).
    pub get_changes: bool,
    /// Most changes of this folder: 1 to 512; none: 100.
    pub window: Option<u16>,
    /// What is asked for. The server keeps them: none asks for the same as before.
    pub options: Option<Options>,
    /// Mail to be sent whole. For 2.5, which has no [`item_operations`](crate::command::item_operations).
    pub fetch: Vec<ServerId>,
}

impl Query {
    /// The elements have an order (MS-ASCMD, section 2.2.3.29.2).
    pub(super) fn element(&self, version: ProtocolVersion) -> Element {
        let class = (version <= ProtocolVersion::V12_1)
            .then(|| Element::of_text(air_sync::CLASS, self.class.as_str()));
        let parts = [
            class,
            Some(Element::of_text(air_sync::SYNC_KEY, self.sync_key.as_str())),
            Some(Element::of_text(air_sync::COLLECTION_ID, self.id.as_str())),
            self.supported(),
            self.deletes_as_moves
                .and_then(|moves| boolean(air_sync::DELETES_AS_MOVES, moves, version)),
            self.changes(version),
            self.window
                .map(|size| Element::of_text(air_sync::WINDOW_SIZE, size.to_string())),
            self.options
                .as_ref()
                .and_then(|options| options.element(self.class, version)),
            self.commands(),
        ];
        let parts = parts.into_iter().flatten();
        parts.fold(Element::new(air_sync::COLLECTION), Element::with)
    }

    fn supported(&self) -> Option<Element> {
        let tags = self.supported.iter().map(|tag| Element::new(*tag));
        let element = tags.fold(Element::new(air_sync::SUPPORTED), Element::with);
        (self.sync_key.is_initial() && !self.supported.is_empty()).then_some(element)
    }

    fn changes(&self, version: ProtocolVersion) -> Option<Element> {
        if self.sync_key.is_initial() {
            return None;
        }
        boolean(air_sync::GET_CHANGES, self.get_changes, version)
    }

    fn commands(&self) -> Option<Element> {
        let fetches = self.fetch.iter().map(|id| {
            let id = Element::of_text(air_sync::SERVER_ID, id.as_str());
            Element::new(air_sync::FETCH).with(id)
        });
        let element = fetches.fold(Element::new(air_sync::COMMANDS), Element::with);
        (!self.fetch.is_empty()).then_some(element)
    }
}

/// Yes and no as 12.1 and later say them; before that an element without content says yes, and none says no.
fn boolean(tag: Tag, value: bool, version: ProtocolVersion) -> Option<Element> {
    if version >= ProtocolVersion::V12_1 {
        let value = if value { "1" } else { "0" };
        return Some(Element::of_text(tag, value));
    }
    value.then(|| Element::new(tag))
}
