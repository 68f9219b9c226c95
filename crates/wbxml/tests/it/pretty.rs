//! Documents as people see them.

use crate::support::document;
use pushmail_wbxml::pages::air_sync::{ADD, SYNC};
use pushmail_wbxml::{Element, Limits, Node, Tag, pretty};

#[test]
fn what_means_something_to_a_terminal_or_in_xml_is_escaped() {
    let element = Element::of_text(SYNC, "<a&b>\u{1b}[2J\r\n\tü\u{85}");
    assert_eq!(
        pretty::element(&element, 0),
        "<Sync xmlns=\"AirSync\">&lt;a&amp;b&gt;&#x1B;[2J&#xD;\n\tü&#x85;</Sync>\n"
    );
}

#[test]
fn of_opaque_bytes_the_first_are_shown() {
    let element = Element::new(SYNC).with(Node::Opaque((0..20).collect()));
    assert_eq!(
        pretty::element(&element, 3),
        "<Sync xmlns=\"AirSync\"><!-- 20 opaque bytes: 00 01 02 --></Sync>\n"
    );
    let limits = Limits {
        piece: 4,
        ..Limits::default()
    };
    let of_pieces = pretty::document(&element.encode(), limits, 6);
    assert_eq!(
        of_pieces.text,
        "<Sync xmlns=\"AirSync\"><!-- 20 opaque bytes: 00 01 02 03 04 05 --></Sync>\n"
    );
}

#[test]
fn unknown_tags_are_shown_by_number() {
    let unknown = |page, token| Element::new(Tag::unknown(page, token).unwrap());
    let element = unknown(99, 0x2A)
        .with(unknown(0, 0x3F))
        .with(Element::new(ADD))
        .with(unknown(99, 0x05));
    assert_eq!(
        pretty::element(&element, 0),
        "<tag2A xmlns=\"page99\">\n  <airsync:tag3F/>\n  <airsync:Add/>\n  <tag05/>\n</tag2A>\n"
    );
}

#[test]
fn a_broken_document_is_shown_up_to_where_it_breaks() {
    let shown = pretty::document(
        &document(&[0x45, 0x4B, 0x03, b'1', 0x00, 0x01, 0x47, 0x02]),
        Limits::default(),
        0,
    );
    assert_eq!(
        shown.text,
        "<Sync xmlns=\"AirSync\">\n  <SyncKey>1</SyncKey>\n  <Add>\n"
    );
    assert_eq!(
        shown.error.unwrap().to_string(),
        "ActiveSync does not use the token 0x02 (ENTITY), at byte 11 in Sync/Add"
    );
    let nothing = pretty::document(b"", Limits::default(), 0);
    assert_eq!(nothing.text, "");
    assert!(nothing.error.is_some());
}

#[test]
fn an_element_that_may_have_content_is_shown_unlike_a_bare_one() {
    let shown = pretty::document(
        &document(&[0x45, 0x0B, 0x4B, 0x01, 0x01]),
        Limits::default(),
        0,
    );
    assert_eq!(
        shown.text,
        "<Sync xmlns=\"AirSync\">\n  <SyncKey/>\n  <SyncKey></SyncKey>\n</Sync>\n"
    );
}
