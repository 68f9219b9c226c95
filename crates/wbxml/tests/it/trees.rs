//! Round trips of random trees.

use crate::support::decode;
use proptest::collection::vec;
use proptest::prelude::*;
use pushmail_wbxml::{Element, Encoder, Event, Limits, Node, Page, Tag};

/// Tags of all pages, some that no table defines among them.
fn tags() -> impl Strategy<Value = Tag> {
    let known: Vec<_> = Page::all()
        .iter()
        .flat_map(|page| page.entries())
        .map(|entry| entry.tag())
        .collect();
    let unknown = (any::<u8>(), Tag::FIRST_TOKEN..=Tag::LAST_TOKEN);
    prop_oneof![
        4 => proptest::sample::select(known),
        1 => unknown.prop_map(|(page, token)| Tag::unknown(page, token).unwrap()),
    ]
}

fn trees() -> impl Strategy<Value = Element> {
    let content = prop_oneof![
        Just(None),
        "[^\0]{0,300}".prop_map(|text| Some(Node::Text(text))),
        vec(any::<u8>(), 0..300).prop_map(|bytes| Some(Node::Opaque(bytes))),
    ];
    let leaf = (tags(), content).prop_map(|(tag, content)| with_all(tag, content));
    leaf.prop_recursive(8, 60, 6, |inner| {
        (tags(), vec(inner.prop_map(Node::Element), 0..6))
            .prop_map(|(tag, nodes)| with_all(tag, nodes))
    })
}

fn with_all(tag: Tag, nodes: impl IntoIterator<Item = Node>) -> Element {
    nodes.into_iter().fold(Element::new(tag), Element::with)
}

/// A document's events, encoded again.
fn encoded_again(bytes: &[u8], limits: Limits) -> Vec<u8> {
    let mut decoder = pushmail_wbxml::Decoder::new(limits);
    let mut encoder = Encoder::new();
    let mut rest = bytes;
    while let Some(event) = decoder.next(&mut rest).unwrap() {
        encoder.event(&event);
    }
    decoder.finish().unwrap();
    encoder.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_is_read_as_it_was_written(tree in trees()) {
        prop_assert_eq!(Element::decode(&tree.encode(), Limits::default()), Ok(tree));
    }

    #[test]
    fn events_are_written_as_they_were_read(tree in trees(), piece in 4usize..100) {
        let bytes = tree.encode();
        let limits = Limits { piece, ..Limits::default() };
        prop_assert_eq!(&encoded_again(&bytes, limits), &bytes);
    }
}

#[test]
fn each_known_tag_is_read_as_it_was_written_bare_and_with_content() {
    for entry in Page::all().iter().flat_map(|page| page.entries()) {
        let tag = entry.tag();
        for bare in [true, false] {
            let mut encoder = Encoder::new();
            encoder.event(&Event::Start { tag, bare });
            encoder.event(&Event::End { tag });
            let (events, error) = decode(&encoder.finish());
            assert_eq!(error, None);
            assert_eq!(
                events,
                [Event::Start { tag, bare }, Event::End { tag }].map(Into::into)
            );
        }
    }
}
