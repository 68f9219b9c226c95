//! Settings (MS-ASCMD, section 2.2.1.18): who the device is, and who the user.

use super::context::Context;
use super::grammar::{Form, Wrong, required, text};
use pushmail_wbxml::pages::settings as page;
use pushmail_wbxml::{Element, ProtocolVersion};

const SETTINGS: Form = Form::any(&[page::DEVICE_INFORMATION, page::USER_INFORMATION]);
const INFORMATION: Form = Form::any(&[page::SET]);
const SET: Form = Form::any(&[
    page::MODEL,
    page::IMEI,
    page::FRIENDLY_NAME,
    page::OS,
    page::OS_LANGUAGE,
    page::PHONE_NUMBER,
    page::USER_AGENT,
    page::ENABLE_OUTBOUND_SMS,
    page::MOBILE_OPERATOR,
]);
const GET: Form = Form::any(&[page::GET]);

pub(super) fn answer(context: &Context<'_>, body: &Element) -> Result<Element, Wrong> {
    SETTINGS.check(body, context.version)?;
    if body.nodes().is_empty() {
        return Err(Wrong::malformed("nothing is asked for"));
    }
    let mut root = Element::new(page::SETTINGS).with(Element::of_text(page::STATUS, "1"));
    // In the order in which it is asked.
    for asked in body.children() {
        root = root.with(match asked.tag() {
            page::DEVICE_INFORMATION => {
                description(asked, context.version)?;
                described()
            }
            _ => {
                GET.check(asked, context.version)?;
                required(asked, page::GET)?;
                user(context)
            }
        });
    }
    Ok(root)
}

/// Checks what a device says of itself (MS-ASCMD, section 2.2.3.45).
pub(super) fn description(information: &Element, version: ProtocolVersion) -> Result<(), Wrong> {
    INFORMATION.check(information, version)?;
    let set = required(information, page::SET)?;
    SET.check(set, version)?;
    set.children().try_for_each(|said| text(said).map(drop))
}

/// Says that it was taken.
pub(super) fn described() -> Element {
    Element::new(page::DEVICE_INFORMATION).with(Element::of_text(page::STATUS, "1"))
}

/// The user's address.
fn user(context: &Context<'_>) -> Element {
    let address = Element::of_text(page::SMTP_ADDRESS, &*context.user.name);
    let addresses = Element::new(page::EMAIL_ADDRESSES).with(address);
    let get = match context.version >= ProtocolVersion::V14_1 {
        true => {
            let account = Element::new(page::ACCOUNT).with(addresses);
            Element::new(page::GET).with(Element::new(page::ACCOUNTS).with(account))
        }
        false => Element::new(page::GET).with(addresses),
    };
    Element::new(page::USER_INFORMATION)
        .with(Element::of_text(page::STATUS, "1"))
        .with(get)
}
