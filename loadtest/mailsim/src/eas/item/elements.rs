//! Items as elements.

use super::{Appointment, Contact, Item, Task};
use crate::eas::body::Source;
use crate::eas::choice::Choice;
use crate::eas::dates::{compact, dashed};
use pushmail_domain::Timestamp;
use pushmail_wbxml::pages::{air_sync_base as base, calendar, contacts, tasks};
use pushmail_wbxml::{Element, ProtocolVersion, Tag};

/// All that is told of an item: what is in ApplicationData, or in Properties. A change tells all of it too.
pub(in crate::eas) fn whole(
    data: Tag,
    item: &Item,
    number: u32,
    choice: &Choice,
    version: ProtocolVersion,
) -> Element {
    let root = Element::new(data);
    let (root, body) = match item {
        Item::Appointment(it) => (appointment(root, it, number, version), &it.body),
        Item::Contact(it) => (contact(root, it), &it.body),
        Item::Task(it) => (task(root, it), &it.body),
    };
    if body.is_empty() {
        return root;
    }
    with_body(root, item, body, choice, version)
}

/// MS-ASCAL, section 2.2.2.
fn appointment(root: Element, it: &Appointment, number: u32, version: ProtocolVersion) -> Element {
    let flag = |value: bool| u8::from(value).to_string();
    let root = said(
        root,
        [
            (calendar::ALL_DAY_EVENT, flag(it.all_day)),
            (calendar::BUSY_STATUS, "2".to_owned()),
            (calendar::DT_STAMP, compact(it.start)),
            (calendar::END_TIME, compact(it.end)),
            (calendar::ORGANIZER_NAME, it.organizer.clone()),
            (calendar::SENSITIVITY, "0".to_owned()),
            (calendar::SUBJECT, it.subject.clone()),
            (calendar::START_TIME, compact(it.start)),
            (calendar::UID, format!("mailsim-{number}")),
            (calendar::MEETING_STATUS, "0".to_owned()),
        ],
    );
    if it.location.is_empty() {
        return root;
    }
    // From 16.0 on the place is a container (MS-ASAIRS, section 2.2.2.28).
    root.with(match version >= ProtocolVersion::V16_0 {
        true => {
            Element::new(base::LOCATION).with(Element::of_text(base::DISPLAY_NAME, &it.location))
        }
        false => Element::of_text(calendar::LOCATION, &it.location),
    })
}

/// MS-ASCNTC, section 2.2.2.
fn contact(root: Element, it: &Contact) -> Element {
    let file_as = match (it.last_name.is_empty(), it.first_name.is_empty()) {
        (false, false) => format!("{}, {}", it.last_name, it.first_name),
        (true, true) => it.company.clone(),
        _ => format!("{}{}", it.last_name, it.first_name),
    };
    said(
        root,
        [
            (contacts::EMAIL1_ADDRESS, it.email.clone()),
            (contacts::FILE_AS, file_as),
            (contacts::FIRST_NAME, it.first_name.clone()),
            (contacts::LAST_NAME, it.last_name.clone()),
            (contacts::COMPANY_NAME, it.company.clone()),
        ],
    )
}

/// MS-ASTASK, section 2.2.2.
fn task(root: Element, it: &Task) -> Element {
    let time = |at: Option<Timestamp>| at.map(dashed).unwrap_or_default();
    said(
        root,
        [
            (tasks::SUBJECT, it.subject.clone()),
            (tasks::IMPORTANCE, "1".to_owned()),
            (tasks::UTC_START_DATE, time(it.start)),
            (tasks::START_DATE, time(it.start)),
            (tasks::UTC_DUE_DATE, time(it.due)),
            (tasks::DUE_DATE, time(it.due)),
            (tasks::COMPLETE, u8::from(it.complete).to_string()),
            (tasks::SENSITIVITY, "0".to_owned()),
        ],
    )
}

/// Adds what is not empty.
fn said<const N: usize>(root: Element, all: [(Tag, String); N]) -> Element {
    let all = all.into_iter().filter(|(_, text)| !text.is_empty());
    all.fold(root, |root, (tag, text)| {
        root.with(Element::of_text(tag, text))
    })
}

fn with_body(
    root: Element,
    item: &Item,
    body: &str,
    choice: &Choice,
    version: ProtocolVersion,
) -> Element {
    let source = Source {
        plain: body.into(),
        html: None,
        mime: None,
    };
    if version >= ProtocolVersion::V12_0 {
        return root.with(source.element(choice, version));
    }
    let cut = source.cut(choice);
    let [tag, truncated] = match item {
        Item::Appointment(_) => [calendar::BODY, calendar::BODY_TRUNCATED],
        Item::Contact(_) => [contacts::BODY, contacts::BODY_TRUNCATED],
        Item::Task(_) => [tasks::BODY, tasks::BODY_TRUNCATED],
    };
    root.with(cut.element(tag)).with(Element::of_text(
        truncated,
        u8::from(cut.is_part()).to_string(),
    ))
}
