//! Remote wipe (MS-ASPROV, sections 3.2.5.1.2.2 and 3.2.5.1.2.3).

use crate::eas::device::Device;
use crate::eas::grammar::{Form, Wrong, required, text};
use pushmail_wbxml::pages::provision as page;
use pushmail_wbxml::{Element, Tag};

/// What a device is to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wipe {
    /// All that is on it.
    Device,
    /// All of the account; devices that do not speak 16.1 are not told.
    Account,
}

/// What a device said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wiped {
    /// What it was to forget.
    pub what: Wipe,
    /// Whether it has.
    pub done: bool,
}

impl Wipe {
    const fn tag(self) -> Tag {
        match self {
            Self::Device => page::REMOTE_WIPE,
            Self::Account => page::ACCOUNT_ONLY_REMOTE_WIPE,
        }
    }

    /// The answer that says so.
    pub(super) fn order(self, status: u16) -> Element {
        Element::new(page::PROVISION)
            .with(Element::of_text(page::STATUS, status.to_string()))
            .with(Element::new(self.tag()))
    }
}

/// What a device says of a wipe, if that is what it says.
pub(super) fn acknowledged(body: &Element) -> Result<Option<Wiped>, Wrong> {
    for what in [Wipe::Device, Wipe::Account] {
        let Some(element) = body.find(&[what.tag()]) else {
            continue;
        };
        Form::any(&[page::STATUS]).check(element, pushmail_wbxml::ProtocolVersion::V16_1)?;
        let done = match &*text(required(element, page::STATUS)?)? {
            "1" => true,
            "2" => false,
            other => return Err(Wrong::malformed(format!("Status {other}"))),
        };
        return Ok(Some(Wiped { what, done }));
    }
    Ok(None)
}

/// The order stays until it is taken back: a device that comes again is to forget again.
pub(super) fn acknowledge(device: &mut Device, wiped: &Wiped) -> Result<Element, Wrong> {
    if device.wipe != Some(wiped.what) {
        return Err(Wrong::malformed("nobody asked for a wipe"));
    }
    device.wiped = Some(*wiped);
    let status = Element::of_text(page::STATUS, "1");
    match wiped.done {
        true => Ok(Element::new(page::PROVISION).with(status)),
        false => Ok(wiped.what.order(2)),
    }
}
