//! Settings (MS-ASCMD, section 2.2.1.18): who we are.

use super::{Error, read};
use crate::device::{DEVICE_TYPE, USER_AGENT};
use crate::status::{Common, statuses};
use pushmail_wbxml::pages::settings;
use pushmail_wbxml::{Element, Limits, ProtocolVersion};

/// Tells the server who we are (MS-ASCMD, section 2.2.3.45). From 14.1 on Provision does; this is for 12.0 to 14.0, and
/// for servers that ask again by [`Common::DeviceInformationRequired`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request;

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// How the request went.
    pub status: Status,
    /// How it went with who we are.
    pub device_information: Option<Status>,
}

statuses! {
    /// How a Settings went (MS-ASCMD, section 2.2.3.177.15).
    Status, else Common(Common) "One that all commands share.";
    /// It went well.
    Success = 1 Fine;
    /// The request is wrong.
    ProtocolError = 2 Bug;
    /// It must not be done.
    AccessDenied = 3 Account;
    /// The server cannot do it now.
    ServerUnavailable = 4 BackOff;
    /// The request's arguments are wrong.
    InvalidArguments = 5 Bug;
    /// The request's arguments contradict each other.
    ConflictingArguments = 6 Bug;
    /// The policy does not allow it.
    DeniedByPolicy = 7 DeviceBlocked;
}

impl Request {
    /// As WBXML; `None` in 2.5, which has no such command.
    pub fn encode(&self, version: ProtocolVersion) -> Option<Vec<u8>> {
        let information = device_information(version);
        let root = Element::new(settings::SETTINGS).with(information);
        (version >= ProtocolVersion::V12_0).then(|| root.encode())
    }
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`Error`] if it is none.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, Error> {
        let root = read::document(bytes, settings::SETTINGS, limits)?;
        let status = read::number_in(&root, settings::STATUS)?;
        Ok(Self {
            status: Status::of(status.ok_or(Error::Missing(settings::STATUS))?),
            device_information: device_information_in(&root)?,
        })
    }
}

/// Who we are, as Settings and Provision say it: this product, no phone number, no serial number.
pub(super) fn device_information(version: ProtocolVersion) -> Element {
    let said = [
        (settings::MODEL, DEVICE_TYPE),
        (settings::FRIENDLY_NAME, "pushmail gateway"),
        (settings::OS, DEVICE_TYPE),
        (settings::USER_AGENT, USER_AGENT),
    ];
    let known = said.into_iter().filter(|(tag, _)| {
        tag.versions()
            .is_some_and(|versions| versions.contains(version))
    });
    let set = known.fold(Element::new(settings::SET), |set, (tag, text)| {
        set.with(Element::of_text(tag, text))
    });
    Element::new(settings::DEVICE_INFORMATION).with(set)
}

/// What an answer says of it.
pub(super) fn device_information_in(root: &Element) -> Result<Option<Status>, Error> {
    let information = root.find(&[settings::DEVICE_INFORMATION]);
    let status = information.map(|found| read::number_in(found, settings::STATUS));
    Ok(status.transpose()?.flatten().map(Status::of))
}
