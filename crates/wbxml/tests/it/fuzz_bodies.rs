//! What the fuzz target runs; here it is run over the corpus and over random bytes.

use pushmail_wbxml::{Decoder, Element, Encoder, Event, Limits, pretty};

/// Small, so that short inputs reach them.
const TIGHT: Limits = Limits {
    depth: 8,
    piece: 16,
    content: 200,
    total: 1000,
    string_table: 40,
    nodes: 60,
};

/// Larger than any input, so that repaired text, which grows, fits too.
const ROOMY: Limits = Limits {
    depth: 64,
    piece: 1 << 20,
    content: 1 << 20,
    total: 1 << 20,
    string_table: 40,
    nodes: 1 << 20,
};

/// What a decoder made of bytes: its events written out, those encoded again, and its error.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    events: Vec<String>,
    encoded: Vec<u8>,
    error: Option<String>,
}

/// Decodes the bytes whole and in pieces, which must change nothing. What was decoded is encoded, and read again the
/// same. Trees and the text of them must not panic.
pub(crate) fn wbxml(bytes: &[u8]) {
    let whole = outcome(bytes, usize::MAX, TIGHT);
    for piece in [1, 3, 64] {
        assert_eq!(outcome(bytes, piece, TIGHT), whole, "in pieces of {piece}");
    }
    let first = outcome(bytes, usize::MAX, ROOMY);
    if first.error.is_none() {
        let second = outcome(&first.encoded, usize::MAX, ROOMY);
        assert_eq!(second, first, "encoded and decoded");
    }
    trees(bytes);
}

fn trees(bytes: &[u8]) {
    if let Ok(element) = Element::decode(bytes, ROOMY) {
        let again = Element::decode(&element.encode(), ROOMY);
        assert!(again.is_ok_and(|again| again == element), "{element:?}");
    }
    // Whether they are taken does not matter.
    Element::decode(bytes, TIGHT).ok();
    pretty::document(bytes, TIGHT, 8);
}

fn outcome(bytes: &[u8], piece: usize, limits: Limits) -> Outcome {
    let mut decoder = Decoder::new(limits);
    let (mut events, mut encoder) = (Vec::new(), Encoder::new());
    let mut feed = || {
        for part in bytes.chunks(piece) {
            let mut rest = part;
            while let Some(event) = decoder.next(&mut rest)? {
                events.push(written(&event));
                encoder.event(&event);
            }
        }
        decoder.finish()
    };
    let error = feed().err().map(|error| error.to_string());
    Outcome {
        events,
        encoded: encoder.finish(),
        error,
    }
}

/// An event with its content, which `Debug` leaves out.
fn written(event: &Event<'_>) -> String {
    match event {
        Event::Text { text, .. } => format!("{event:?} {text:?}"),
        Event::Opaque { bytes, .. } => format!("{event:?} {bytes:?}"),
        Event::Start { .. } | Event::End { .. } => format!("{event:?}"),
    }
}
