//! In which pieces the bytes come does not matter, and no bytes make the decoder panic.

use crate::fuzz_bodies;
use crate::support::{Owned, decode, decode_cut, document};
use proptest::collection::vec;
use proptest::prelude::*;
use pushmail_wbxml::pages::air_sync::{COLLECTIONS, SYNC};
use pushmail_wbxml::pages::air_sync_base::BODY;
use pushmail_wbxml::{Limits, Tag};

/// Bytes that look like a document often enough to get far.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        4 => (0x45u8..0x80).prop_map(|token| vec![token]),
        2 => (0x05u8..0x40).prop_map(|token| vec![token]),
        4 => Just(vec![0x01]),
        1 => any::<u8>().prop_map(|page| vec![0x00, page]),
        3 => vec(any::<u8>(), 0..40).prop_map(|text| [&[0x03], &text[..], &[0x00]].concat()),
        2 => vec(any::<u8>(), 0..40).prop_map(|bytes| [&[0xC3, u8::try_from(bytes.len()).unwrap()], &bytes[..]].concat()),
        1 => vec(any::<u8>(), 0..4),
    ];
    let body = vec(token, 0..40).prop_map(|tokens| tokens.concat());
    let header = prop_oneof![
        4 => Just(vec![0x03, 0x01, 0x6A, 0x00]),
        1 => vec(any::<u8>(), 0..8),
    ];
    (header, body).prop_map(|(header, body)| [header, body].concat())
}

fn tight() -> Limits {
    Limits {
        depth: 6,
        piece: 5,
        content: 30,
        total: 200,
        string_table: 10,
        nodes: 20,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_do_not_matter(bytes in noise(), cuts in vec(any::<usize>(), 0..12)) {
        for limits in [Limits::default(), tight()] {
            prop_assert_eq!(decode_cut(&bytes, limits, &cuts), decode_cut(&bytes, limits, &[]));
        }
    }

    #[test]
    fn noise_breaks_no_promise(bytes in noise()) {
        fuzz_bodies::wbxml(&bytes);
    }

    #[test]
    fn bytes_break_no_promise(bytes in vec(any::<u8>(), 0..200)) {
        fuzz_bodies::wbxml(&bytes);
    }
}

#[test]
fn headers_of_other_writers_are_read() {
    let element = [Owned::Start(SYNC, true), Owned::End(SYNC)];
    let headers: [&[u8]; 5] = [
        &[0x01, 0x01, 0x6A, 0x00],
        &[0x02, 0x01, 0x6A, 0x00],
        &[0x03, 0xA4, 0x01, 0x6A, 0x00],
        &[0x03, 0x00, 0x00, 0x6A, 0x03, b'-', b'/', 0x00],
        &[0x03, 0x01, 0x00, 0x00],
    ];
    for header in headers {
        let (events, error) = decode(&[header, &[0x05]].concat());
        assert_eq!(
            (events.as_slice(), error),
            (&element[..], None),
            "{header:?}"
        );
    }
}

#[test]
fn page_switches_hold_until_the_next_one() {
    let body = [
        0x00, 0x11, 0x00, 0x00, 0x45, 0x00, 0x11, 0x4A, 0x00, 0x00, 0x01, 0x1C, 0x01,
    ];
    let (events, error) = decode(&document(&body));
    assert_eq!(error, None);
    let expected = [
        Owned::Start(SYNC, false),
        Owned::Start(BODY, false),
        Owned::End(BODY),
        Owned::Start(COLLECTIONS, true),
        Owned::End(COLLECTIONS),
        Owned::End(SYNC),
    ];
    assert_eq!(events, expected);
}

#[test]
fn unknown_tags_of_known_and_unknown_pages_are_read() {
    let (events, error) = decode(&document(&[0x7F, 0x00, 0xFE, 0x05, 0x01]));
    let known = Tag::unknown(0, 0x3F).unwrap();
    let unknown = Tag::unknown(0xFE, 0x05).unwrap();
    assert_eq!(error, None);
    let expected = [
        Owned::Start(known, false),
        Owned::Start(unknown, true),
        Owned::End(unknown),
        Owned::End(known),
    ];
    assert_eq!(events, expected);
}

#[test]
fn text_that_is_not_utf_8_is_repaired() {
    let body = [0x45, 0x03, b'a', 0xE9, b'b', 0xE2, 0x82, 0x00, 0x01];
    let (events, error) = decode(&document(&body));
    assert_eq!(error, None);
    assert_eq!(
        events[1],
        Owned::Text("a\u{FFFD}b\u{FFFD}".to_owned(), false)
    );
}

#[test]
fn what_follows_the_document_is_left() {
    let bytes = document(&[0x05, 0xFF, 0xFF]);
    let mut decoder = pushmail_wbxml::Decoder::new(Limits::default());
    let mut rest = bytes.as_slice();
    while decoder.next(&mut rest).unwrap().is_some() {}
    assert!(decoder.is_done());
    assert_eq!(rest, [0xFF, 0xFF]);
}
