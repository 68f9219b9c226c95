//! What a document that cannot be taken is told.

use crate::support::{decode, document, error_of};
use pushmail_wbxml::{Element, ErrorKind, Limits, Tag, pages::air_sync};

/// The error of this document, with the default limits.
fn error(body: &[u8]) -> String {
    error_of(body, Limits::default()).to_string()
}

/// The error of these bytes, header included.
fn error_of_all(bytes: &[u8]) -> String {
    decode(bytes).1.unwrap().to_string()
}

#[test]
fn an_error_says_what_is_wrong_where_and_in_which_element() {
    let error = error_of(&[0x45, 0x5C, 0x4F, 0x83, 0x01], Limits::default());
    assert_eq!(error.kind(), ErrorKind::Token(0x83));
    assert_eq!(error.offset(), 7);
    let path = [air_sync::SYNC, air_sync::COLLECTIONS, air_sync::COLLECTION];
    assert_eq!(error.path().tags(), path);
    assert_eq!(
        error.to_string(),
        "ActiveSync does not use the token 0x83 (STR_T), at byte 7 in Sync/Collections/Collection"
    );
}

#[test]
fn what_is_not_wbxml_is_said_to_be_that() {
    assert_eq!(
        error_of_all(b"<html>"),
        "this is not WBXML: its first byte is 0x3C, not a version from 1.1 to 1.3, at byte 0 in no element"
    );
    assert_eq!(
        decode(&[0x00, 0x01]).1.unwrap().kind(),
        ErrorKind::Version(0)
    );
}

#[test]
fn text_in_another_character_set_is_refused() {
    assert_eq!(
        error_of_all(&[0x03, 0x01, 0x04, 0x00]),
        "the character set has the number 4: only UTF-8, which has 106, is read, at byte 2 in no element"
    );
}

#[test]
fn what_activesync_does_not_use_is_refused_by_name() {
    for (token, name) in [
        (0x02, "ENTITY"),
        (0x04, "LITERAL"),
        (0x43, "PI"),
        (0x83, "STR_T"),
        (0xC4, "LITERAL_AC"),
    ] {
        let expected =
            format!("ActiveSync does not use the token 0x{token:02X} ({name}), at byte 5 in Sync");
        assert_eq!(error(&[0x45, token, 0x01]), expected);
    }
}

#[test]
fn a_tag_with_attributes_is_refused() {
    assert_eq!(
        error(&[0xC5, 0x01]),
        "a tag has attributes, which ActiveSync does not use: 0xC5, at byte 4 in no element"
    );
}

#[test]
fn what_is_outside_of_any_element_is_refused() {
    assert_eq!(
        error(&[0x01]),
        "the token 0x01 (END) is outside of any element, at byte 4 in no element"
    );
    assert_eq!(
        error(&[0x00, 0x11, 0x03, 0x00]),
        "the token 0x03 (STR_I) is outside of any element, at byte 6 in no element"
    );
    assert_eq!(
        error(&[0xC3, 0x00]),
        "the token 0xC3 (OPAQUE) is outside of any element, at byte 4 in no element"
    );
}

#[test]
fn a_number_of_more_than_32_bits_is_refused() {
    let fits = decode(&document(&[0x45, 0xC3, 0x80, 0x80, 0x80, 0x80, 0x00, 0x01]));
    assert_eq!(fits.1, None);
    assert_eq!(
        error(&[0x45, 0xC3, 0x90, 0x80, 0x80, 0x80, 0x00]),
        "a number is longer than 32 bits, at byte 5 in Sync"
    );
    assert_eq!(
        error(&[0x45, 0xC3, 0x80, 0x80, 0x80, 0x80, 0x80]),
        "a number is longer than 32 bits, at byte 5 in Sync"
    );
    assert_eq!(
        error_of_all(&[0x03, 0x90, 0x80, 0x80, 0x80, 0x00]),
        "a number is longer than 32 bits, at byte 1 in no element"
    );
}

#[test]
fn a_truncated_document_says_how_far_it_went() {
    assert_eq!(
        error(&[0x45, 0x5C, 0x4F]),
        "the document is truncated, at byte 7 in Sync/Collections/Collection"
    );
    assert_eq!(
        error(&[0x45, 0x03, b'a']),
        "the document is truncated, at byte 7 in Sync"
    );
    assert_eq!(
        error(&[0x45, 0xC3, 0x05, 0x00]),
        "the document is truncated, at byte 8 in Sync"
    );
    assert_eq!(
        error_of_all(&[]),
        "the document is truncated, at byte 0 in no element"
    );
    assert!(Element::decode(&document(&[0x45]), Limits::default()).is_err());
}

#[test]
fn an_unknown_tag_has_its_place_in_a_path() {
    let error = error_of(&[0x45, 0x00, 0x63, 0x6A, 0x02], Limits::default());
    assert_eq!(
        error.path().tags(),
        [air_sync::SYNC, Tag::unknown(0x63, 0x2A).unwrap()]
    );
    assert_eq!(error.path().to_string(), "Sync/tag2A");
}
