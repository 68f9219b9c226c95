//! Events in, bytes out.

use crate::event::Event;
use crate::tag::Tag;
use crate::token;
use std::fmt;

/// WBXML 1.3, public identifier unknown, UTF-8, no string table: what all implementations send (MS-ASWBXML, section 3).
const HEADER: [u8; 4] = [0x03, 0x01, 0x6A, 0x00];

/// Writes one document. Selects a code page only where a tag of another one follows.
///
/// That there is one element with everything else in it is up to the caller; an [`Element`](crate::Element) sees to it.
pub struct Encoder {
    bytes: Vec<u8>,
    page: u8,
    /// How many elements are open.
    open: usize,
    /// The element that began last is bare: its end is not written.
    bare: bool,
    /// More of the same text or opaque bytes follows.
    more: bool,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Encoder {
    /// An encoder at the start of a document.
    pub fn new() -> Self {
        Self {
            bytes: HEADER.to_vec(),
            page: 0,
            open: 0,
            bare: false,
            more: false,
        }
    }

    /// Writes what a decoder has read, pieces of texts and of opaque bytes included. All events of a document give the
    /// document.
    pub fn event(&mut self, event: &Event<'_>) {
        match *event {
            Event::Start { tag, bare } => self.begin(tag, bare),
            Event::Text { text, more } => self.write_text(text, more),
            Event::Opaque { bytes, left } => self.write_opaque(bytes, left),
            Event::End { .. } => self.end(),
        }
    }

    /// Begins an element that has content.
    pub fn start(&mut self, tag: Tag) {
        self.begin(tag, false);
    }

    /// Writes an element without content.
    pub fn bare(&mut self, tag: Tag) {
        self.begin(tag, true);
        self.end();
    }

    /// Writes text. A NUL would end it and is written as U+FFFD.
    pub fn text(&mut self, text: &str) {
        self.write_text(text, false);
    }

    /// Writes opaque bytes.
    pub fn opaque(&mut self, bytes: &[u8]) {
        self.write_opaque(bytes, 0);
    }

    /// Ends the element that began last. Does nothing if none is open.
    pub fn end(&mut self) {
        if self.open == 0 {
            return;
        }
        self.open -= 1;
        if !std::mem::take(&mut self.bare) {
            self.bytes.push(token::END);
        }
    }

    /// The document. Ends what is still open.
    pub fn finish(mut self) -> Vec<u8> {
        while self.open > 0 {
            self.end();
        }
        self.bytes
    }

    fn begin(&mut self, tag: Tag, bare: bool) {
        if tag.page() != self.page {
            self.page = tag.page();
            self.bytes.extend([token::SWITCH_PAGE, self.page]);
        }
        let content = if bare { 0 } else { token::CONTENT };
        self.bytes.push(tag.token() | content);
        self.bare = bare;
        self.open += 1;
    }

    fn write_text(&mut self, text: &str, more: bool) {
        if !self.more {
            self.bytes.push(token::STR_I);
        }
        for (at, part) in text.split('\0').enumerate() {
            if at > 0 {
                self.bytes.extend("\u{FFFD}".as_bytes());
            }
            self.bytes.extend(part.as_bytes());
        }
        if !more {
            self.bytes.push(0);
        }
        self.more = more;
    }

    fn write_opaque(&mut self, bytes: &[u8], left: u32) {
        if !self.more {
            self.bytes.push(token::OPAQUE);
            self.number(bytes.len() as u64 + u64::from(left));
        }
        self.bytes.extend(bytes);
        self.more = left > 0;
    }

    /// Writes a number (WBXML 1.2, section 5.1), seven bits a byte, the highest first.
    fn number(&mut self, number: u64) {
        let bits = u64::BITS - number.leading_zeros();
        for group in (1..bits.div_ceil(7)).rev() {
            self.bytes.push((number >> (7 * group)) as u8 | 0x80);
        }
        self.bytes.push(number as u8 & 0x7F);
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, open, .. } = self;
        write!(f, "Encoder({} bytes, {open} open)", bytes.len())
    }
}
