//! Helpers of the tests.

use pushmail_wbxml::{Decoder, Error, Event, Limits};

/// An event that holds its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owned {
    Start(pushmail_wbxml::Tag, bool),
    Text(String, bool),
    Opaque(Vec<u8>, u32),
    End(pushmail_wbxml::Tag),
}

impl From<Event<'_>> for Owned {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Start { tag, bare } => Self::Start(tag, bare),
            Event::Text { text, more } => Self::Text(text.to_owned(), more),
            Event::Opaque { bytes, left } => Self::Opaque(bytes.to_owned(), left),
            Event::End { tag } => Self::End(tag),
        }
    }
}

/// All events of the bytes, cut at these places, and the error that ended them.
pub(crate) fn decode_cut(
    bytes: &[u8],
    limits: Limits,
    cuts: &[usize],
) -> (Vec<Owned>, Option<Error>) {
    let mut decoder = Decoder::new(limits);
    let mut events = Vec::new();
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.push(bytes.len());
    cuts.sort_unstable();
    let mut from = 0;
    for cut in cuts {
        let mut rest = &bytes[from..cut];
        from = cut;
        loop {
            match decoder.next(&mut rest) {
                Ok(Some(event)) => events.push(event.into()),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
    }
    (events, decoder.finish().err())
}

/// The same in one piece, with the limits that are there by default.
pub(crate) fn decode(bytes: &[u8]) -> (Vec<Owned>, Option<Error>) {
    decode_cut(bytes, Limits::default(), &[])
}

/// The error of a document that is this after its header.
pub(crate) fn error_of(body: &[u8], limits: Limits) -> Error {
    decode_cut(&document(body), limits, &[]).1.unwrap()
}

/// A document that is this after its header.
pub(crate) fn document(body: &[u8]) -> Vec<u8> {
    [&[0x03, 0x01, 0x6A, 0x00], body].concat()
}

/// Bytes in hexadecimal, with spaces.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}
