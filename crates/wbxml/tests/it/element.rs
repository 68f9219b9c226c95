//! Trees and what is found in them.

use pushmail_wbxml::pages::air_sync::{
    ADD, APPLICATION_DATA, COLLECTION, COLLECTION_ID, COLLECTIONS, COMMANDS, MORE_AVAILABLE, SYNC,
    SYNC_KEY,
};
use pushmail_wbxml::{Builder, Decoder, Element, Event, Limits, Node};

fn sync() -> Element {
    let first = Element::new(COLLECTION).with(Element::of_text(COLLECTION_ID, "1"));
    let second = Element::new(COLLECTION)
        .with(Element::of_text(SYNC_KEY, "k"))
        .with(Element::new(MORE_AVAILABLE))
        .with(
            Element::new(COMMANDS)
                .with(Element::new(ADD))
                .with(Element::new(ADD)),
        );
    Element::new(SYNC).with(Element::new(COLLECTIONS).with(first).with(second))
}

#[test]
fn an_element_is_found_by_its_path() {
    let sync = sync();
    let found = |path: &[_]| sync.find(path).map(|element| element.text().into_owned());
    assert_eq!(
        found(&[COLLECTIONS, COLLECTION, COLLECTION_ID]).as_deref(),
        Some("1")
    );
    assert_eq!(
        found(&[COLLECTIONS, COLLECTION, SYNC_KEY]).as_deref(),
        Some("k"),
        "of the second collection"
    );
    assert_eq!(found(&[COLLECTION]), None);
    assert_eq!(sync.find(&[]), Some(&sync));
}

#[test]
fn elements_of_a_tag_are_found_in_order() {
    let sync = sync();
    let collections = sync.find(&[COLLECTIONS]).unwrap();
    let ids: Vec<_> = collections
        .all(COLLECTION)
        .map(|collection| collection.find(&[COLLECTION_ID]).is_some())
        .collect();
    assert_eq!(ids, [true, false]);
    let tags: Vec<_> = collections
        .children()
        .flat_map(Element::children)
        .map(Element::tag)
        .collect();
    assert_eq!(tags, [COLLECTION_ID, SYNC_KEY, MORE_AVAILABLE, COMMANDS]);
}

#[test]
fn text_and_bytes_are_put_together() {
    let data = Element::of_text(APPLICATION_DATA, "a")
        .with(Node::Opaque(vec![0xFF]))
        .with(Element::of_text(ADD, "not this"))
        .with(Node::Text("b".to_owned()));
    assert_eq!(data.text(), "ab");
    assert_eq!(data.bytes().as_ref(), b"a\xFFb");
    assert_eq!(Element::new(ADD).text(), "");
    assert_eq!(Element::new(ADD).bytes().as_ref(), b"");
}

#[test]
fn a_tree_is_built_from_bytes_in_any_pieces() {
    let bytes = sync().encode();
    for piece in 1..bytes.len() {
        let mut builder = Builder::new(Limits::default());
        for part in bytes.chunks(piece) {
            builder.push(part).unwrap();
        }
        assert_eq!(builder.finish().unwrap(), sync());
    }
}

#[test]
fn what_follows_a_document_is_not_looked_at() {
    let bytes = [sync().encode(), vec![0xFF; 9]].concat();
    assert_eq!(Element::decode(&bytes, Limits::default()), Ok(sync()));
}

#[test]
fn debug_shows_tags_and_lengths_and_no_content() {
    let element = Element::new(SYNC)
        .with(Element::of_text(SYNC_KEY, "secret"))
        .with(Node::Opaque(b"secret".to_vec()));
    assert_eq!(
        format!("{element:?}"),
        "AirSync:Sync [AirSync:SyncKey [text of 6 bytes], 6 opaque bytes]"
    );
    let text = Event::Text {
        text: "secret",
        more: false,
    };
    let opaque = Event::Opaque {
        bytes: b"secret",
        left: 3,
    };
    assert_eq!(
        format!("{text:?} {opaque:?}"),
        "Text(6 bytes, more: false) Opaque(6 bytes, 3 left)"
    );
}

#[test]
fn debug_of_what_reads_shows_no_content() {
    let bytes = Element::of_text(SYNC, "secret").encode();
    let mut decoder = Decoder::new(Limits::default());
    let mut rest = &bytes[..bytes.len() - 3];
    while decoder.next(&mut rest).unwrap().is_some() {}
    let mut builder = Builder::new(Limits::default());
    builder.push(&bytes).unwrap();
    let shown = format!("{decoder:?} {builder:?}");
    assert!(
        !shown.contains("secre") && !shown.contains("115"),
        "{shown}"
    );
}
