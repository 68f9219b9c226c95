//! The body of an answer, piece by piece (RFC 9112, sections 6 and 7).

mod chunked;

use super::error::Error;
use super::framing::Framing;
use super::limits::Limits;
use chunked::Chunked;

/// A body that is being read.
#[derive(Debug)]
pub(super) enum Body {
    /// So many more bytes.
    Length(u64),
    /// In chunks.
    Chunked(Chunked),
    /// Until the connection ends.
    UntilClose,
}

impl Body {
    pub(super) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(Chunked::default()),
            Framing::UntilClose => Self::UntilClose,
        }
    }

    /// Takes bytes from the front of `bytes` until there is a piece of the body.
    pub(super) fn next<'b>(
        &mut self,
        bytes: &mut &'b [u8],
        limits: &Limits,
    ) -> Result<Option<&'b [u8]>, Error> {
        match self {
            Self::Length(left) => Ok(up_to(left, bytes)),
            Self::Chunked(chunked) => chunked.next(bytes, limits),
            Self::UntilClose => {
                let piece = std::mem::take(bytes);
                Ok((!piece.is_empty()).then_some(piece))
            }
        }
    }

    /// Whether all of it was read. Only the end of the connection says so of a body without a length.
    pub(super) const fn is_done(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(chunked) => chunked.is_done(),
            Self::UntilClose => false,
        }
    }
}

/// Takes what there is of the bytes that are left.
fn up_to<'b>(left: &mut u64, bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let count = usize::try_from(*left)
        .unwrap_or(usize::MAX)
        .min(bytes.len());
    let (piece, rest) = bytes.split_at(count);
    *bytes = rest;
    *left -= count as u64;
    (!piece.is_empty()).then_some(piece)
}
