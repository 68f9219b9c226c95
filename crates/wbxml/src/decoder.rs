//! Bytes in, in any pieces, events out (WBXML 1.2, sections 5 and 6; MS-ASWBXML, section 2.1.3).

mod body;
mod content;
mod header;
mod number;
mod strings;

use crate::error::{Error, ErrorKind, Limit};
use crate::event::Event;
use crate::limits::Limits;
use crate::tag::Tag;
use content::Content;
use number::Number;

/// Smallest piece of a text: one character must fit.
const SMALLEST_PIECE: usize = 4;

/// Reads one document. In which pieces its bytes come changes neither the events nor the error.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    state: State,
    /// How many bytes were taken.
    offset: u64,
    /// Where the token or the number begins that is being read.
    at: u64,
    /// The code page that is selected.
    page: u8,
    /// The elements that are open, outermost first.
    open: Vec<Tag>,
    number: Number,
    content: Content,
}

/// What comes next.
#[derive(Debug, Clone, Copy)]
enum State {
    Version,
    Header(header::Field),
    /// The string table, so many more bytes.
    Table(u32),
    Token,
    Page,
    Text,
    OpaqueLength,
    /// Opaque bytes, so many more.
    Opaque(u32),
    /// The end of the element without content that has just begun.
    BareEnd,
    Done,
}

/// What a step of the decoder came to.
enum Step {
    /// Nothing yet.
    Again,
    /// More bytes are needed, or none any more.
    Wait,
    Start {
        tag: Tag,
        bare: bool,
    },
    Text {
        more: bool,
    },
    Opaque {
        left: u32,
    },
    End(Tag),
}

impl Decoder {
    /// A decoder at the start of a document.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits: Limits {
                piece: limits.piece.max(SMALLEST_PIECE),
                ..limits
            },
            state: State::Version,
            offset: 0,
            at: 0,
            page: 0,
            open: Vec::new(),
            number: Number::default(),
            content: Content::default(),
        }
    }

    /// Takes bytes from the front of `bytes` until there is an event, and returns it; `None` if it takes more bytes
    /// than there are, or if the document is complete. What follows the document is left in `bytes`.
    ///
    /// # Errors
    /// [`Error`] when the document cannot be taken. The decoder must not be used after that.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Event<'_>>, Error> {
        let step = loop {
            match self.step(bytes)? {
                Step::Again => {}
                step => break step,
            }
        };
        Ok(match step {
            Step::Again | Step::Wait => None,
            Step::Start { tag, bare } => Some(Event::Start { tag, bare }),
            Step::Text { more } => Some(Event::Text {
                text: self.content.text(),
                more,
            }),
            Step::Opaque { left } => Some(Event::Opaque {
                bytes: self.content.bytes(),
                left,
            }),
            Step::End(tag) => Some(Event::End { tag }),
        })
    }

    /// Whether the document's first element, and with it the document, has ended.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// To be called when there are no more bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] if the document is not complete. An answer without any bytes is truncated too: commands
    /// for which that means something, such as Sync, have to look at the length first (MS-ASCMD, section 2.2.1.21).
    pub fn finish(&self) -> Result<(), Error> {
        if self.is_done() {
            Ok(())
        } else {
            Err(self.truncated())
        }
    }

    pub(crate) fn truncated(&self) -> Error {
        Error::new(ErrorKind::Truncated, self.offset, &self.open)
    }

    /// An error at what was read last.
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.at, &self.open)
    }

    fn step(&mut self, bytes: &mut &[u8]) -> Result<Step, Error> {
        match self.state {
            State::BareEnd => Ok(self.end()),
            State::Done => Ok(Step::Wait),
            _ if bytes.is_empty() => Ok(Step::Wait),
            State::Version => self.version(bytes),
            State::Header(field) => self.header(field, bytes),
            State::Table(left) => self.table(left, bytes),
            State::Token => self.token(bytes),
            State::Page => {
                self.page = self.byte(bytes)?;
                self.state = State::Token;
                Ok(Step::Again)
            }
            State::Text => self.text(bytes),
            State::OpaqueLength => self.opaque_length(bytes),
            State::Opaque(left) => self.opaque(left, bytes),
        }
    }

    /// What there is of the bytes, within the limit of the whole document; at least one.
    fn within<'b>(&self, bytes: &&'b [u8]) -> Result<&'b [u8], Error> {
        let room = self.limits.total.saturating_sub(self.offset);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        if room == 0 {
            let kind = ErrorKind::TooLarge(Limit::Total);
            return Err(Error::new(kind, self.offset, &self.open));
        }
        Ok(&bytes[..bytes.len().min(room)])
    }

    fn skip(&mut self, bytes: &mut &[u8], count: usize) {
        *bytes = &bytes[count..];
        self.offset += count as u64;
    }

    fn byte(&mut self, bytes: &mut &[u8]) -> Result<u8, Error> {
        let byte = self.within(bytes)?[0];
        self.skip(bytes, 1);
        Ok(byte)
    }

    /// Takes a byte of a number; the number, if that was its last.
    fn number(&mut self, bytes: &mut &[u8]) -> Result<Option<u32>, Error> {
        let byte = self.byte(bytes)?;
        let number = self.number.take(byte);
        number.map_err(|number::TooLong| self.error(ErrorKind::Number))
    }
}
