//! What the encoder writes.

use crate::support::{decode, document};
use pushmail_wbxml::pages::{air_sync, air_sync_base};
use pushmail_wbxml::{Encoder, Event};

#[test]
fn a_page_is_selected_only_where_it_is_needed() {
    let mut encoder = Encoder::new();
    encoder.start(air_sync::SYNC);
    encoder.bare(air_sync_base::TYPE);
    encoder.start(air_sync_base::BODY);
    encoder.end();
    encoder.text("a");
    encoder.bare(air_sync::ADD);
    let expected = document(&[
        0x45, 0x00, 0x11, 0x06, 0x4A, 0x01, 0x03, b'a', 0x00, 0x00, 0x00, 0x07, 0x01,
    ]);
    assert_eq!(encoder.finish(), expected);
}

#[test]
fn what_is_open_at_the_end_is_ended() {
    let mut encoder = Encoder::new();
    encoder.start(air_sync::SYNC);
    encoder.start(air_sync::ADD);
    assert_eq!(encoder.finish(), document(&[0x45, 0x47, 0x01, 0x01]));
}

#[test]
fn an_end_of_nothing_writes_nothing() {
    let mut encoder = Encoder::new();
    encoder.end();
    assert_eq!(encoder.finish(), document(&[]));
}

#[test]
fn a_nul_in_text_ends_nothing() {
    let mut encoder = Encoder::new();
    encoder.start(air_sync::SYNC);
    encoder.text("a\0\u{1}b\0");
    let bytes = encoder.finish();
    let text = "a\u{FFFD}\u{1}b\u{FFFD}";
    assert_eq!(
        bytes,
        document(&[&[0x45, 0x03], text.as_bytes(), &[0x00, 0x01]].concat())
    );
    assert_eq!(decode(&bytes).1, None);
}

#[test]
fn lengths_take_as_many_bytes_as_they_need() {
    let length_of = |length: usize| {
        let mut encoder = Encoder::new();
        encoder.start(air_sync::SYNC);
        encoder.opaque(&vec![0xFF; length]);
        let bytes = encoder.finish();
        bytes[6..bytes.len() - length - 1].to_vec()
    };
    assert_eq!(length_of(0), [0x00]);
    assert_eq!(length_of(127), [0x7F]);
    assert_eq!(length_of(128), [0x81, 0x00]);
    assert_eq!(length_of(16_384), [0x81, 0x80, 0x00]);
}

#[test]
fn pieces_are_put_together() {
    let mut encoder = Encoder::new();
    encoder.start(air_sync::SYNC);
    encoder.event(&Event::Text {
        text: "a",
        more: true,
    });
    encoder.event(&Event::Text {
        text: "b",
        more: false,
    });
    encoder.event(&Event::Opaque {
        bytes: &[1],
        left: 2,
    });
    encoder.event(&Event::Opaque {
        bytes: &[2, 3],
        left: 0,
    });
    let expected = document(&[0x45, 0x03, b'a', b'b', 0x00, 0xC3, 0x03, 1, 2, 3, 0x01]);
    assert_eq!(encoder.finish(), expected);
}

#[test]
fn debug_shows_no_content() {
    let mut encoder = Encoder::new();
    encoder.start(air_sync::SYNC);
    encoder.text("secret");
    assert_eq!(format!("{encoder:?}"), "Encoder(13 bytes, 1 open)");
}
