//! A document as text for people: indented, like XML. It shows content, which may be mail.
//!
//! Tags of other code pages than the first element's have their namespace as a prefix; a tag that no table defines is
//! shown as `tag2A`, a page that is none as `page99`. Opaque bytes are a comment with their length and the first of them.

use crate::decoder::Decoder;
use crate::element::Element;
use crate::error::Error;
use crate::event::Event;
use crate::limits::Limits;
use crate::page::Page;
use crate::tag::Tag;

/// A document as text, as far as it could be read.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown {
    /// The text, with a line end after its last line.
    pub text: String,
    /// Why the document could not be read further.
    pub error: Option<Error>,
}

/// Shows a document, and of opaque content the first `hex` bytes.
pub fn document(bytes: &[u8], limits: Limits, hex: usize) -> Shown {
    let mut printer = Printer::new(hex);
    let error = printer.document(bytes, limits).err();
    let text = printer.finish();
    Shown { text, error }
}

/// Shows an element, and of opaque content the first `hex` bytes.
pub fn element(element: &Element, hex: usize) -> String {
    let mut printer = Printer::new(hex);
    element.events(&mut |event| printer.event(event));
    printer.finish()
}

struct Printer {
    text: String,
    /// How many bytes of opaque content are shown.
    hex: usize,
    /// How many bytes of the opaque content that has begun may still be shown.
    hex_left: Option<usize>,
    depth: usize,
    /// The code page of the first element.
    page: Option<u8>,
    /// The element that began last is bare.
    bare: bool,
    /// The last event was an end.
    ended: bool,
}

impl Printer {
    const fn new(hex: usize) -> Self {
        Self {
            text: String::new(),
            hex,
            hex_left: None,
            depth: 0,
            page: None,
            bare: false,
            ended: false,
        }
    }

    fn document(&mut self, mut bytes: &[u8], limits: Limits) -> Result<(), Error> {
        let mut decoder = Decoder::new(limits);
        while let Some(event) = decoder.next(&mut bytes)? {
            self.event(&event);
        }
        decoder.finish()
    }

    fn finish(mut self) -> String {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text
    }

    fn event(&mut self, event: &Event<'_>) {
        match *event {
            Event::Start { tag, bare } => self.start(tag, bare),
            Event::Text { text, .. } => text.chars().for_each(|char| self.escaped(char)),
            Event::Opaque { bytes, left } => self.opaque(bytes, left),
            Event::End { tag } => self.end(tag),
        }
        self.ended = matches!(event, Event::End { .. });
    }

    fn start(&mut self, tag: Tag, bare: bool) {
        self.new_line();
        self.text.push('<');
        let is_first = self.page.is_none();
        self.page.get_or_insert(tag.page());
        self.name(tag);
        if is_first {
            let namespace = namespace(tag.page());
            self.text += &format!(" xmlns=\"{namespace}\"");
        }
        self.text.push_str(if bare { "/>" } else { ">" });
        self.bare = bare;
        self.depth += 1;
    }

    fn end(&mut self, tag: Tag) {
        self.depth -= 1;
        if std::mem::take(&mut self.bare) {
            return;
        }
        if self.ended {
            self.new_line();
        }
        self.text.push_str("</");
        self.name(tag);
        self.text.push('>');
    }

    fn opaque(&mut self, bytes: &[u8], left: u32) {
        if self.hex_left.is_none() {
            let length = bytes.len() as u64 + u64::from(left);
            self.text += &format!("<!-- {length} opaque bytes:");
        }
        let shown = self.hex_left.unwrap_or(self.hex).min(bytes.len());
        for byte in &bytes[..shown] {
            self.text += &format!(" {byte:02x}");
        }
        self.hex_left = Some(self.hex_left.unwrap_or(self.hex) - shown);
        if left == 0 {
            self.text.push_str(" -->");
            self.hex_left = None;
        }
    }

    fn new_line(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
            self.text.push_str(&"  ".repeat(self.depth));
        }
    }

    fn name(&mut self, tag: Tag) {
        if self.page != Some(tag.page()) {
            let prefix = namespace(tag.page()).to_lowercase();
            self.text += &format!("{prefix}:");
        }
        self.text += &format!("{tag}");
    }

    /// Writes a character of text. Control characters would do something to a terminal.
    fn escaped(&mut self, char: char) {
        match char {
            '<' => self.text.push_str("&lt;"),
            '>' => self.text.push_str("&gt;"),
            '&' => self.text.push_str("&amp;"),
            '\n' | '\t' => self.text.push(char),
            _ if char.is_control() => self.text += &format!("&#x{:X};", u32::from(char)),
            _ => self.text.push(char),
        }
    }
}

/// The namespace of a code page, whether there is one or not.
fn namespace(page: u8) -> String {
    Page::of(page).map_or_else(|| format!("page{page}"), |page| page.namespace().to_owned())
}
