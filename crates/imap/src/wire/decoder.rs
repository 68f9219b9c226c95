//! Where one response ends and the next begins.

use super::cursor::{self, Cursor};
use super::error::WireError;
use super::response::Response;
use super::{limits, parse};
use std::cell::Cell;

/// Lines that are longer are few.
const LONG: usize = 2 * 1024;

/// Cuts a stream of bytes into responses. Between responses it holds no memory worth naming.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The response so far: lines without their line ends, literals in place, each cut to what is kept.
    kept: Vec<u8>,
    /// Where the kept literals lie in `kept`.
    literals: Vec<Literal>,
    /// The body of a message, which is not among `kept`: so there is never a second copy of it.
    body: Vec<u8>,
    /// Where in `kept` the current line begins.
    line: usize,
    /// How many bytes of the last complete response were kept.
    weight: usize,
    /// Whether the end of the line is missing.
    cut: bool,
    state: State,
}

/// A literal's place among the kept bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal {
    pub(super) start: usize,
    pub(super) len: usize,
    /// It lies in the decoder's `body`.
    pub(super) is_body: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Line,
    Literal {
        /// Bytes still to come that are kept.
        keep: usize,
        /// Bytes still to come after those, which are dropped.
        discard: u64,
        /// Whether they are the body's.
        body: bool,
    },
    /// The rest of a line that is too long, up to its end.
    Cut {
        /// How many more bytes may be dropped.
        left: u64,
    },
}

impl Decoder {
    /// A decoder at the start of a response.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the front of `bytes` until one response is complete, and returns it; `None` if
    /// it takes more bytes than there are.
    ///
    /// # Errors
    /// [`WireError`] when the response cannot be taken. The decoder must not be used after that.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Response>, WireError> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Line => {
                    if self.take_line(bytes)? {
                        return self.complete().map(Some);
                    }
                }
                State::Cut { left } => {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let dropped = end.map_or(bytes.len(), |end| end + 1);
                    *left = left
                        .checked_sub(dropped as u64)
                        .ok_or(WireError::TooLarge("a line"))?;
                    *bytes = &bytes[dropped..];
                    if end.is_some() {
                        self.state = State::Line;
                        return self.complete().map(Some);
                    }
                }
                State::Literal {
                    keep,
                    discard,
                    body,
                } => {
                    let kept = (*keep).min(bytes.len());
                    let into = if *body {
                        &mut self.body
                    } else {
                        &mut self.kept
                    };
                    into.extend_from_slice(&bytes[..kept]);
                    *bytes = &bytes[kept..];
                    *keep -= kept;
                    let dropped = usize::try_from(*discard)
                        .unwrap_or(usize::MAX)
                        .min(bytes.len());
                    *bytes = &bytes[dropped..];
                    *discard -= dropped as u64;
                    if *keep == 0 && *discard == 0 {
                        self.state = State::Line;
                        self.line = self.kept.len();
                    }
                }
            }
        }
        Ok(None)
    }

    /// Whether no response has begun.
    pub const fn is_idle(&self) -> bool {
        self.kept.is_empty() && matches!(self.state, State::Line) && self.literals.is_empty()
    }

    /// How many bytes of the response that was last returned had been kept.
    pub const fn weight(&self) -> usize {
        self.weight
    }

    /// How many bytes are held for a response that is not complete.
    pub const fn held(&self) -> usize {
        self.kept.len() + self.body.len()
    }

    fn complete(&mut self) -> Result<Response, WireError> {
        let is_body = Cell::new(false);
        let cursor = Cursor::new(&self.kept, &self.literals, &is_body);
        let mut response = parse::response(cursor, self.cut);
        self.weight = self.held();
        if let Ok(Response::Fetch(fetch)) = &mut response
            && is_body.get()
        {
            fetch.body = Some(std::mem::take(&mut self.body));
        }
        self.clear();
        response
    }

    /// Makes room for so many bytes more. A line that grows long gets all that a line may have at once, so that it is
    /// not copied on and on.
    fn reserve(&mut self, more: usize) {
        let needed = self.kept.len() + more;
        let capacity = self.kept.capacity();
        if needed > capacity {
            let wanted = match capacity {
                0..LONG => capacity * 2,
                LONG..limits::LINE => limits::LINE,
                _ => limits::RESPONSE,
            };
            let wanted = wanted.max(needed);
            self.kept.reserve_exact(wanted - self.kept.len());
        }
    }

    /// Takes a line, or the part of it that is there; `true` if that ends the response.
    fn take_line(&mut self, bytes: &mut &[u8]) -> Result<bool, WireError> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if let Err(error) = self.fits(part) {
            return self.cut(bytes, error).map(|()| false);
        }
        self.reserve(part.len());
        self.kept.extend_from_slice(part);
        *bytes = &bytes[end.map_or(bytes.len(), |end| end + 1)..];
        if end.is_none() {
            return Ok(false);
        }
        if self.kept.len() > self.line && self.kept.last() == Some(&b'\r') {
            self.kept.pop();
        }
        self.end_of_line()
    }

    /// Whether a part of a line can be taken. The first byte that cannot be decides why, so that it does not
    /// matter in which pieces the line comes.
    fn fits(&self, part: &[u8]) -> Result<(), WireError> {
        let line = limits::LINE.saturating_sub(self.kept.len() - self.line);
        let response = limits::RESPONSE.saturating_sub(self.held());
        let room = line.min(response);
        let nul = part.iter().position(|byte| *byte == 0);
        if nul.is_some_and(|nul| nul <= room) {
            return Err(WireError::Syntax("line: it holds a NUL"));
        }
        if part.len() <= room {
            Ok(())
        } else if line <= response {
            Err(WireError::TooLarge("a line"))
        } else {
            Err(WireError::TooLarge("a response"))
        }
    }

    /// Keeps what fits of a line, and drops the rest of it when it comes, if what the line lists can do without.
    fn cut(&mut self, bytes: &mut &[u8], error: WireError) -> Result<(), WireError> {
        let room = limits::LINE.saturating_sub(self.kept.len() - self.line);
        let fits = &bytes[..room.min(bytes.len())];
        if matches!(error, WireError::Syntax(_)) || self.line > 0 || fits.contains(&0) {
            return Err(error);
        }
        self.reserve(fits.len());
        self.kept.extend_from_slice(fits);
        if !cursor::is_number_list(&self.kept) {
            return Err(error);
        }
        *bytes = &bytes[fits.len()..];
        self.cut = true;
        self.state = State::Cut { left: limits::BODY };
        Ok(())
    }

    /// Begins a literal if the line announces one; `true` if it does not, which ends the response.
    fn end_of_line(&mut self) -> Result<bool, WireError> {
        if cursor::is_status_line(&self.kept) {
            return Ok(true);
        }
        let Some(announced) = cursor::announced_literal(&self.kept[self.line..])? else {
            return Ok(true);
        };
        let body = cursor::is_body_position(&self.kept, &announced);
        let (largest, most) = if body {
            (limits::BODY, limits::BODY_KEPT)
        } else {
            (limits::LITERAL, usize::MAX)
        };
        if announced.len > largest {
            return Err(WireError::TooLarge("a literal"));
        }
        let keep = usize::try_from(announced.len)
            .unwrap_or(usize::MAX)
            .min(most);
        if self.held() + keep > limits::RESPONSE {
            return Err(WireError::TooLarge("a response"));
        }
        // The first one is the message's; a second one would not be looked at.
        let is_body = body && !self.literals.iter().any(|literal| literal.is_body);
        if is_body {
            self.body.reserve_exact(keep);
        } else {
            self.reserve(keep);
        }
        self.literals.push(Literal {
            start: self.kept.len(),
            len: if is_body { 0 } else { keep },
            is_body,
        });
        let discard = announced.len - keep as u64;
        if announced.len > 0 {
            self.state = State::Literal {
                keep,
                discard,
                body: is_body,
            };
        } else {
            self.line = self.kept.len();
        }
        Ok(false)
    }

    fn clear(&mut self) {
        self.kept.clear();
        self.kept.shrink_to(512);
        self.literals = Vec::new();
        self.body = Vec::new();
        self.line = 0;
        self.cut = false;
    }
}
