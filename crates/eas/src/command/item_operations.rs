//! ItemOperations (MS-ASCMD, section 2.2.1.10): a single item, with more of its body than a Sync brings.

mod answer;

use super::sync::{BodyPreference, Limits, MimeSupport};
use super::{CollectionId, ServerId};
use crate::item::BodyType;
use crate::status::{Common, statuses};
pub use answer::Answer;
use pushmail_wbxml::pages::{air_sync, item_operations as operations};
use pushmail_wbxml::{Element, ProtocolVersion};

/// Asks for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The folder that it is in.
    pub collection: CollectionId,
    /// The item.
    pub item: ServerId,
    /// Which body.
    pub body: BodyPreference,
}

statuses! {
    /// How an ItemOperations went (MS-ASCMD, section 2.2.3.177.8).
    Status, else Common(Common) "One that all commands share.";
    /// It went well.
    Success = 1 Fine;
    /// The request is wrong.
    ProtocolError = 2 Bug;
    /// An error of the server.
    ServerError = 3 Retry;
    /// The address of the document is wrong.
    BadUri = 4 Bug;
    /// The document must not be read.
    DocumentAccessDenied = 5 Item;
    /// There is no such item, or it must not be read.
    NotFound = 6 Item;
    /// The server of the document cannot be reached.
    ConnectionFailed = 7 Retry;
    /// The range of bytes is wrong.
    InvalidRange = 8 Bug;
    /// There is no such store.
    UnknownStore = 9 Bug;
    /// The item is empty.
    Empty = 10 Item;
    /// The item is too large.
    TooLarge = 11 Item;
    /// The item cannot be read now.
    ReadFailed = 12 Retry;
    /// The item cannot be converted.
    ConversionFailed = 14 Item;
    /// The attachment is not valid, or its id is not.
    InvalidAttachment = 15 Item;
    /// The item must not be read.
    AccessDenied = 16 Item;
    /// Some of what was asked went well.
    PartialSuccess = 17 Fine;
    /// The document needs a credential.
    CredentialsRequired = 18 Item;
    /// The request is wrong.
    InvalidRequest = 155 Bug;
    /// The server does not do that.
    NotSupported = 156 Bug;
}

impl Request {
    /// As WBXML; `None` in 2.5, which has no such command: there, [`Query::fetch`](super::sync::Query::fetch) does it.
    pub fn encode(&self, version: ProtocolVersion) -> Option<Vec<u8>> {
        let mime = match self.body.kind {
            BodyType::Mime => MimeSupport::Always,
            _ => MimeSupport::Never,
        };
        let options = Element::new(operations::OPTIONS)
            .with(mime.element())
            .with(self.body.element(version)?);
        let fetch = Element::new(operations::FETCH)
            .with(Element::of_text(operations::STORE, "Mailbox"))
            .with(Element::of_text(
                air_sync::COLLECTION_ID,
                self.collection.as_str(),
            ))
            .with(Element::of_text(air_sync::SERVER_ID, self.item.as_str()))
            .with(options);
        let root = Element::new(operations::ITEM_OPERATIONS).with(fetch);
        (version >= ProtocolVersion::V12_0).then(|| root.encode())
    }
}

impl Answer {
    /// Reads an answer, which has one item.
    ///
    /// # Errors
    /// [`Error`](super::Error) if it is none.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, super::Error> {
        answer::parse(bytes, limits)
    }
}
