//! Answers that no server should send: none of them panics, and all are read the same in any cuts.

use crate::support::sync_cut;
use proptest::collection::vec;
use proptest::prelude::*;
use pushmail_eas::command::{Error, folder_sync, item_operations, ping, provision, settings, sync};
use pushmail_wbxml::pages::{air_sync, folder_hierarchy, item_operations as operations};
use pushmail_wbxml::pages::{
    ping as ping_page, provision as provision_page, settings as settings_page,
};
use pushmail_wbxml::{Element, Limits, Node, Page, Tag};

const ROOTS: [Tag; 6] = [
    air_sync::SYNC,
    folder_hierarchy::FOLDER_SYNC,
    operations::ITEM_OPERATIONS,
    ping_page::PING,
    provision_page::PROVISION,
    settings_page::SETTINGS,
];

/// Pages whose elements are read somewhere.
const PAGES: [usize; 11] = [0, 1, 2, 4, 7, 9, 13, 14, 17, 18, 20];

/// Reads the bytes as every kind of answer.
fn read_as_anything(bytes: &[u8], cuts: &[usize]) {
    let limits = sync::Limits::default();
    let whole = sync_cut(bytes, &[], limits);
    assert_eq!(sync_cut(bytes, cuts, limits), whole);
    let _item = item_operations::Answer::parse(bytes, limits);
    let limits = Limits::default();
    let _folders = folder_sync::Answer::parse(bytes, limits);
    let _ping = ping::Answer::parse(bytes, limits);
    let _policy = provision::Answer::parse(bytes, limits);
    let _settings = settings::Answer::parse(bytes, limits);
}

fn tag() -> impl Strategy<Value = Tag> {
    let known = (0..PAGES.len(), any::<prop::sample::Index>()).prop_map(|(page, index)| {
        let entries = Page::all()[PAGES[page]].entries();
        entries[index.index(entries.len())].tag()
    });
    let unknown = (0..30_u8, Tag::FIRST_TOKEN..=Tag::LAST_TOKEN)
        .prop_map(|(page, token)| Tag::unknown(page, token).unwrap());
    prop_oneof![9 => known, 1 => unknown]
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        "[0-9]{0,4}".prop_map(Node::Text),
        ".{0,12}".prop_map(Node::Text),
        vec(any::<u8>(), 0..8).prop_map(Node::Opaque),
    ];
    leaf.prop_recursive(7, 60, 6, |inner| {
        let usual = prop_oneof![
            Just(air_sync::COLLECTIONS),
            Just(air_sync::COLLECTION),
            Just(air_sync::COMMANDS),
            Just(air_sync::RESPONSES),
            Just(air_sync::ADD),
            Just(air_sync::FETCH),
            Just(air_sync::APPLICATION_DATA),
            Just(air_sync::SERVER_ID),
            Just(air_sync::COLLECTION_ID),
            Just(operations::RESPONSE),
            Just(operations::FETCH),
            Just(operations::PROPERTIES),
        ];
        let tag = prop_oneof![usual, tag()];
        (tag, vec(inner, 0..6)).prop_map(|(tag, nodes)| {
            Node::Element(nodes.into_iter().fold(Element::new(tag), Element::with))
        })
    })
}

fn document() -> impl Strategy<Value = Element> {
    (prop::sample::select(ROOTS.as_slice()), vec(node(), 0..8))
        .prop_map(|(root, nodes)| nodes.into_iter().fold(Element::new(root), Element::with))
}

/// A Sync with whatever in each of its places.
fn sync_document() -> impl Strategy<Value = Element> {
    let verb = prop::sample::select(vec![
        air_sync::ADD,
        air_sync::CHANGE,
        air_sync::DELETE,
        air_sync::SOFT_DELETE,
        air_sync::FETCH,
    ]);
    let change = (verb, vec(node(), 0..4), vec(node(), 0..6)).prop_map(|(verb, nodes, data)| {
        let data = data
            .into_iter()
            .fold(Element::new(air_sync::APPLICATION_DATA), Element::with);
        let change = Element::new(verb).with(Element::of_text(air_sync::SERVER_ID, "1"));
        nodes.into_iter().fold(change, Element::with).with(data)
    });
    (vec(change, 0..4), vec(node(), 0..3)).prop_map(|(changes, nodes)| {
        let commands = changes
            .into_iter()
            .fold(Element::new(air_sync::COMMANDS), Element::with);
        let collection = Element::new(air_sync::COLLECTION)
            .with(Element::of_text(air_sync::COLLECTION_ID, "1"))
            .with(commands);
        let collection = nodes.into_iter().fold(collection, Element::with);
        Element::new(air_sync::SYNC).with(Element::new(air_sync::COLLECTIONS).with(collection))
    })
}

proptest! {
    #[test]
    fn no_bytes_do_harm(bytes: Vec<u8>, cuts: Vec<usize>) {
        read_as_anything(&bytes, &cuts);
        let document = [&[0x03, 0x01, 0x6A, 0x00], bytes.as_slice()].concat();
        read_as_anything(&document, &cuts);
    }

    #[test]
    fn no_elements_do_harm(document in document(), cuts: Vec<usize>) {
        read_as_anything(&document.encode(), &cuts);
    }

    #[test]
    fn no_changes_do_harm(document in sync_document(), cuts: Vec<usize>, at: usize, byte: u8) {
        let mut bytes = document.encode();
        read_as_anything(&bytes, &cuts);
        let at = at % bytes.len();
        bytes[at] = byte;
        read_as_anything(&bytes, &cuts);
    }
}

#[test]
fn an_answer_that_is_deep_is_an_error() {
    let deep = (0..100).fold(Element::new(air_sync::ADD), |inner, _| {
        Element::new(air_sync::ADD).with(inner)
    });
    let document = Element::new(air_sync::SYNC).with(deep).encode();
    assert!(sync_cut(&document, &[], sync::Limits::default()).1.is_err());
}

#[test]
fn a_name_that_could_not_be_sent_back_is_an_error() {
    let id = Element::new(air_sync::COLLECTION_ID).with(Node::Opaque(b"a\0b".to_vec()));
    let collections =
        Element::new(air_sync::COLLECTIONS).with(Element::new(air_sync::COLLECTION).with(id));
    let document = Element::new(air_sync::SYNC).with(collections).encode();
    let (_, answer) = sync_cut(&document, &[], sync::Limits::default());
    assert_eq!(answer, Err(Error::Malformed(air_sync::COLLECTION_ID)));
}
