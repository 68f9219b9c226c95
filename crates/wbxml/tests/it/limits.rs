//! How much is taken.

use crate::support::{Owned, decode_cut, document, error_of};
use pushmail_wbxml::pages::air_sync::SYNC;
use pushmail_wbxml::{Element, ErrorKind, Limit, Limits};

fn limits() -> Limits {
    Limits {
        depth: 2,
        piece: 8,
        content: 20,
        total: 60,
        string_table: 3,
        nodes: 3,
    }
}

/// The limit that does not allow this document.
fn limit_of(body: &[u8]) -> (Limit, u64) {
    let error = error_of(body, limits());
    let ErrorKind::TooLarge(limit) = error.kind() else {
        panic!("{error}");
    };
    (limit, error.offset())
}

fn is_taken(body: &[u8]) -> bool {
    decode_cut(&document(body), limits(), &[]).1.is_none()
}

/// An element with so many bytes of text.
fn text(length: usize) -> Vec<u8> {
    [&[0x45, 0x03][..], &vec![b'a'; length], &[0x00, 0x01]].concat()
}

/// An element with so many opaque bytes.
fn opaque(length: u8) -> Vec<u8> {
    [
        &[0x45, 0xC3, length][..],
        &vec![0; usize::from(length)],
        &[0x01],
    ]
    .concat()
}

#[test]
fn elements_nest_as_deep_as_is_allowed() {
    assert!(is_taken(&[0x45, 0x47, 0x01, 0x01]));
    assert!(is_taken(&[0x45, 0x07, 0x01]));
    assert_eq!(limit_of(&[0x45, 0x47, 0x05, 0x01, 0x01]), (Limit::Depth, 6));
}

#[test]
fn text_is_as_long_as_is_allowed() {
    assert!(is_taken(&text(20)));
    assert_eq!(limit_of(&text(21)), (Limit::Content, 5));
}

#[test]
fn opaque_bytes_are_as_many_as_is_allowed_and_refused_before_they_come() {
    assert!(is_taken(&opaque(20)));
    assert_eq!(limit_of(&[0x45, 0xC3, 21]), (Limit::Content, 5));
}

#[test]
fn a_document_is_as_long_as_is_allowed() {
    let end = 60 - 4 - 2;
    let fits = [&[0x45], &vec![0x07; end][..], &[0x01]].concat();
    assert!(is_taken(&fits));
    let longer = [&[0x45], &vec![0x07; end + 1][..], &[0x01]].concat();
    assert_eq!(limit_of(&longer), (Limit::Total, 60));
}

#[test]
fn a_string_table_is_skipped_if_it_is_not_too_long() {
    let table = [0x03, 0x01, 0x6A, 0x03, b'a', b'b', 0x00, 0x05];
    let (events, error) = decode_cut(&table, limits(), &[]);
    assert_eq!(events, [Owned::Start(SYNC, true), Owned::End(SYNC)]);
    assert_eq!(error, None);
    let error = decode_cut(&[0x03, 0x01, 0x6A, 0x04], limits(), &[])
        .1
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::TooLarge(Limit::StringTable));
    assert_eq!(
        error.to_string(),
        "the length of the string table is larger than allowed, at byte 3 in no element"
    );
}

#[test]
fn a_tree_has_as_many_nodes_as_is_allowed() {
    let tree = |body: &[u8]| Element::decode(&document(body), limits());
    assert!(tree(&[0x45, 0x07, 0x03, 0x00, 0x01]).is_ok());
    let error = tree(&[0x45, 0x07, 0x07, 0x07, 0x01]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge(Limit::Nodes));
    assert_eq!(
        error.to_string(),
        "the number of elements and texts is larger than allowed, at byte 7 in Sync/Add"
    );
    assert!(tree(&[0x45, 0x07, 0x07, 0x03, 0x00, 0x01]).is_err());
}

#[test]
fn long_text_comes_in_pieces_at_whole_characters() {
    let body = [&[0x45, 0x03], "aaaaaaaé€bbbb".as_bytes(), &[0x00, 0x01]].concat();
    let (events, error) = decode_cut(&document(&body), limits(), &[]);
    assert_eq!(error, None);
    let expected = [
        Owned::Start(SYNC, false),
        Owned::Text("aaaaaaa".to_owned(), true),
        Owned::Text("é€bbb".to_owned(), true),
        Owned::Text("b".to_owned(), false),
        Owned::End(SYNC),
    ];
    assert_eq!(events, expected);
}

#[test]
fn text_that_fills_a_piece_comes_in_one() {
    let (events, _) = decode_cut(&document(&text(8)), limits(), &[]);
    assert_eq!(events[1], Owned::Text("aaaaaaaa".to_owned(), false));
}

#[test]
fn many_opaque_bytes_come_in_pieces_that_say_how_many_are_left() {
    let (events, _) = decode_cut(&document(&opaque(20)), limits(), &[]);
    let pieces: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Owned::Opaque(bytes, left) => Some((bytes.len(), *left)),
            _ => None,
        })
        .collect();
    assert_eq!(pieces, [(8, 12), (8, 4), (4, 0)]);
}

#[test]
fn a_tree_puts_pieces_together_and_leaves_apart_what_is_apart() {
    let body = [
        &[0x45, 0x03],
        &[b'a'; 20][..],
        &[0x00, 0x03, b'b', 0x00, 0x01],
    ]
    .concat();
    let element = Element::decode(&document(&body), limits()).unwrap();
    assert_eq!(element.nodes().len(), 2);
    assert_eq!(element.text(), "aaaaaaaaaaaaaaaaaaaab");
    assert_eq!(element.encode(), document(&body));
    let element = Element::decode(&document(&opaque(20)), limits()).unwrap();
    assert_eq!(element.encode(), document(&opaque(20)));
}

#[test]
fn too_small_a_piece_still_holds_a_character() {
    let small = Limits {
        piece: 0,
        ..Limits::default()
    };
    let body = [&[0x45, 0x03], "€𐍈a".as_bytes(), &[0x00, 0x01]].concat();
    let (events, error) = decode_cut(&document(&body), small, &[]);
    assert_eq!(error, None);
    let texts: String = events
        .iter()
        .filter_map(|event| match event {
            Owned::Text(text, _) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, "€𐍈a");
}

#[test]
fn limits_may_be_as_large_as_they_can() {
    let largest = Limits {
        depth: u8::MAX,
        piece: usize::MAX,
        content: u64::MAX,
        total: u64::MAX,
        string_table: u32::MAX,
        nodes: usize::MAX,
    };
    for body in [text(300), opaque(100), vec![0x45; 255]] {
        let (events, _) = decode_cut(&document(&body), largest, &[3]);
        assert!(events.len() > 2);
    }
    let element = Element::decode(&document(&text(300)), largest).unwrap();
    assert_eq!(element.text().len(), 300);
}
