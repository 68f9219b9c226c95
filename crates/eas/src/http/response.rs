//! An answer from bytes, in any cuts.

use super::body::Body;
use super::error::{Error, Limit};
use super::fields::Fields;
use super::framing::Framing;
use super::head::Head;
use super::head_bytes::HeadBytes;
use super::limits::Limits;

/// Reads one answer. In which cuts its bytes come changes nothing but where the body is cut.
#[derive(Debug)]
pub struct ResponseParser {
    limits: Limits,
    to_head: bool,
    state: State,
    /// How many answers of status 1xx came.
    informational: u8,
    /// How many bytes of the body came.
    body: u64,
}

#[derive(Debug)]
enum State {
    Head(HeadBytes),
    Body(Body),
    Done,
}

/// A part of an answer: one head, pieces of the body, one end.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'b> {
    /// The head.
    Head(Box<Head>),
    /// The next bytes of the body; never none.
    Body(&'b [u8]),
    /// The answer has ended. What follows is no part of it.
    End,
}

impl ResponseParser {
    /// At the start of an answer.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            to_head: false,
            state: State::Head(HeadBytes::default()),
            informational: 0,
            body: 0,
        }
    }

    /// At the start of an answer to HEAD: whatever its head says, it has no body.
    pub fn to_head(limits: Limits) -> Self {
        Self {
            to_head: true,
            ..Self::new(limits)
        }
    }

    /// Takes bytes from the front of `bytes` until there is a part, and returns it; `None` if it takes more bytes than
    /// there are, or if the answer has ended. What follows the answer is left in `bytes`.
    ///
    /// # Errors
    /// [`Error`] when the answer cannot be taken. The parser must not be used after that.
    pub fn next<'b>(&mut self, bytes: &mut &'b [u8]) -> Result<Option<Part<'b>>, Error> {
        match &mut self.state {
            State::Head(_) => self.head(bytes),
            State::Body(body) => {
                let piece = body.next(bytes, &self.limits)?;
                if piece.is_none() && body.is_done() {
                    self.state = State::Done;
                    return Ok(Some(Part::End));
                }
                self.body += piece.map_or(0, |piece| piece.len() as u64);
                self.check(self.body)?;
                Ok(piece.map(Part::Body))
            }
            State::Done => Ok(None),
        }
    }

    /// Whether [`Part::End`] was returned.
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// To be called when the connection has ended: for a body without a length that is its end.
    ///
    /// # Errors
    /// [`Error::NoAnswer`] if nothing had come, [`Error::Truncated`] if more should have.
    pub fn finish(self) -> Result<(), Error> {
        match self.state {
            State::Body(Body::UntilClose) | State::Done => Ok(()),
            State::Head(bytes) if bytes.is_empty() && self.informational == 0 => {
                Err(Error::NoAnswer)
            }
            State::Head(_) | State::Body(_) => Err(Error::Truncated),
        }
    }

    /// Reads on until there is a head that counts.
    fn head<'b>(&mut self, bytes: &mut &'b [u8]) -> Result<Option<Part<'b>>, Error> {
        while let State::Head(head) = &mut self.state {
            if !head.take(bytes, self.limits.head)? {
                return Ok(None);
            }
            let head = std::mem::take(head);
            let fields = Fields::parse(head.as_slice(), &self.limits)?;
            if matches!(fields.status, 100..=199) {
                self.skip(fields.status)?;
                continue;
            }
            let framing = Framing::of(&fields, self.to_head)?;
            if let Framing::Length(length) = framing {
                self.check(length)?;
            }
            self.state = State::Body(Body::new(framing));
            return Ok(Some(Part::Head(Box::new(Head::of(&fields, framing)))));
        }
        Ok(None)
    }

    /// Skips an answer that says only that another one follows (RFC 9110, section 15.2).
    const fn skip(&mut self, status: u16) -> Result<(), Error> {
        if status == 101 {
            return Err(Error::Upgrade);
        }
        if self.informational == self.limits.informational {
            return Err(Error::TooLarge(Limit::Informational));
        }
        self.informational += 1;
        Ok(())
    }

    const fn check(&self, body: u64) -> Result<(), Error> {
        if body > self.limits.body {
            return Err(Error::TooLarge(Limit::Body));
        }
        Ok(())
    }
}
