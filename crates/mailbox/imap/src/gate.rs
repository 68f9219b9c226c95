//! Looks at what a server sends before the parser does, and refuses what would hurt it.
//!
//! async-imap reserves as much memory as a literal announces, and its parser calls itself once for each
//! level of parentheses. So the bytes of a command's answer are counted, a literal has to be as small as
//! what was asked for, and parentheses nest only so deep. Where this scan and the parser could disagree
//! about what a byte means, the answer is refused.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The largest literal that holds a piece of a message, in bytes.
pub(crate) const BODY: u64 = 64 * 1024 + 1;
/// The largest other literal: a name that the server could not quote.
const SMALL: u64 = 4 * 1024;
/// The longest line, literals not counted.
const LINE: usize = 128 * 1024;
/// How deep parentheses may nest.
const DEPTH: usize = 48;
/// Room for `* 4294967295 FETCH `.
const START: usize = 24;

/// Why an answer was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// More than was asked for, or than the gateway takes.
    TooMuch,
    /// Not as IMAP is written.
    Malformed,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooMuch => "the answer is larger than what was asked for",
            Self::Malformed => "the answer is not well formed",
        })
    }
}

impl std::error::Error for Excess {}

/// A connection whose incoming bytes are looked at.
pub(crate) struct Gate<S> {
    inner: S,
    scan: Scan,
    /// How many bytes may still come.
    left: usize,
}

impl<S> fmt::Debug for Gate<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate(…)")
    }
}

impl<S> Gate<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self {
            inner,
            scan: Scan::default(),
            left: 0,
        }
    }

    /// Lets so many bytes through from here on.
    pub(crate) fn allow(&mut self, bytes: usize) {
        self.left = bytes;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gate<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, into))?;
        let this = &mut *self;
        let new = &into.filled()[before..];
        let passed = match this.left.checked_sub(new.len()) {
            Some(left) => {
                this.left = left;
                this.scan.take(new)
            }
            None => Err(Excess::TooMuch),
        };
        Poll::Ready(passed.map_err(|excess| io::Error::new(io::ErrorKind::InvalidData, excess)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Where in a response the scan is.
#[derive(Default)]
struct Scan {
    /// How long the response is so far, literals not counted.
    length: usize,
    /// Its first bytes.
    start: Vec<u8>,
    depth: usize,
    /// Parentheses within small literals: taken for nesting, in case the parser sees no literal there.
    hidden: usize,
    quoted: bool,
    escaped: bool,
    brace: Brace,
    /// The two bytes before this one.
    before: [u8; 2],
    literal: Option<Literal>,
}

/// A literal that is on its way.
struct Literal {
    left: u64,
    small: bool,
}

/// What may become the announcement of a literal: `{123}` at the end of a line.
#[derive(Default, Clone, Copy)]
enum Brace {
    #[default]
    None,
    Open {
        size: u64,
        body: bool,
    },
    Closed {
        size: u64,
        body: bool,
    },
}

impl Scan {
    fn take(&mut self, mut bytes: &[u8]) -> Result<(), Excess> {
        while !bytes.is_empty() {
            bytes = match self.literal.take() {
                Some(literal) => self.within(literal, bytes)?,
                None => {
                    self.line(bytes[0])?;
                    &bytes[1..]
                }
            };
        }
        Ok(())
    }

    fn within<'a>(&mut self, mut literal: Literal, bytes: &'a [u8]) -> Result<&'a [u8], Excess> {
        let here = usize::try_from(literal.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let (inside, rest) = bytes.split_at(here);
        if literal.small {
            self.hidden += inside.iter().filter(|byte| **byte == b'(').count();
            self.check_depth()?;
        }
        literal.left -= here as u64;
        if literal.left > 0 {
            self.literal = Some(literal);
        }
        Ok(rest)
    }

    fn line(&mut self, byte: u8) -> Result<(), Excess> {
        self.length += 1;
        if self.length > LINE {
            return Err(Excess::TooMuch);
        }
        if byte == b'\n' {
            return self.line_end();
        }
        if self.start.len() < START {
            self.start.push(byte);
        }
        if self.quoted {
            self.in_quotes(byte);
        } else {
            self.outside(byte)?;
        }
        self.before = [self.before[1], byte];
        Ok(())
    }

    fn in_quotes(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.quoted = false,
            _ => {}
        }
    }

    fn outside(&mut self, byte: u8) -> Result<(), Excess> {
        match byte {
            // The parser takes the byte after a response code for a character of its own.
            0x80.. if self.before[1] == b']' && !self.is_fetch() => return Err(Excess::Malformed),
            b'"' if self.is_fetch() => self.quoted = true,
            b'(' => self.depth += 1,
            b')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.brace = match (byte, self.brace) {
            (b'{', _) => {
                let body = self.depth == 1 && matches!(self.before, [b']' | b'>', b' ']);
                Brace::Open { size: 0, body }
            }
            (b'0'..=b'9', Brace::Open { size, body }) => Brace::Open {
                size: size
                    .saturating_mul(10)
                    .saturating_add(u64::from(byte - b'0')),
                body,
            },
            (b'}', Brace::Open { size, body }) => Brace::Closed { size, body },
            (b'\r', closed @ Brace::Closed { .. }) => closed,
            _ => Brace::None,
        };
        self.check_depth()
    }

    /// Only an answer to FETCH nests, and only there literals matter.
    fn line_end(&mut self) -> Result<(), Excess> {
        let brace = std::mem::take(&mut self.brace);
        if !self.is_fetch() {
            *self = Self::default();
            return Ok(());
        }
        match brace {
            Brace::Closed { size, body } => {
                if size > if body { BODY } else { SMALL } {
                    return Err(Excess::TooMuch);
                }
                let small = !body;
                self.literal = (size > 0).then_some(Literal { left: size, small });
                self.before = [0; 2];
            }
            _ if self.quoted || self.depth > 0 => return Err(Excess::Malformed),
            _ => *self = Self::default(),
        }
        Ok(())
    }

    fn check_depth(&self) -> Result<(), Excess> {
        if self.depth + self.hidden > DEPTH && self.is_fetch() {
            return Err(Excess::Malformed);
        }
        Ok(())
    }

    fn is_fetch(&self) -> bool {
        let Some(rest) = self.start.strip_prefix(b"* ") else {
            return false;
        };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let word = rest[digits..].get(..7);
        digits > 0 && word.is_some_and(|word| word.eq_ignore_ascii_case(b" FETCH "))
    }
}

#[cfg(test)]
mod tests;
