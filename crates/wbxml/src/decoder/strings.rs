//! Text and opaque bytes (WBXML 1.2, section 5.8.4).

use super::{Decoder, State, Step};
use crate::error::{Error, ErrorKind, Limit};

impl Decoder {
    /// Keeps bytes of a text.
    fn keep(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.content.length() + bytes.len() as u64 > self.limits.content {
            return Err(self.error(ErrorKind::TooLarge(Limit::Content)));
        }
        self.content.keep(bytes);
        Ok(())
    }

    /// Takes text up to its NUL. A piece is given only once it is known that there is more.
    pub(super) fn text(&mut self, bytes: &mut &[u8]) -> Result<Step, Error> {
        let room = self.limits.piece - self.content.held();
        let part = self.within(bytes)?;
        let part = &part[..part.len().min(room.saturating_add(1))];
        let end = part.iter().position(|byte| *byte == 0);
        let kept = end.unwrap_or(part.len()).min(room);
        self.keep(&part[..kept])?;
        if end.is_some() {
            self.skip(bytes, kept + 1);
            self.content.give_text(false);
            self.state = State::Token;
            return Ok(Step::Text { more: false });
        }
        self.skip(bytes, kept);
        if kept == part.len() {
            return Ok(Step::Again);
        }
        self.content.give_text(true);
        Ok(Step::Text { more: true })
    }

    pub(super) fn opaque_length(&mut self, bytes: &mut &[u8]) -> Result<Step, Error> {
        let Some(length) = self.number(bytes)? else {
            return Ok(Step::Again);
        };
        if u64::from(length) > self.limits.content {
            return Err(self.error(ErrorKind::TooLarge(Limit::Content)));
        }
        if length == 0 {
            return Ok(self.give_opaque(0));
        }
        self.state = State::Opaque(length);
        Ok(Step::Again)
    }

    /// Takes opaque bytes, of which so many are left.
    pub(super) fn opaque(&mut self, left: u32, bytes: &mut &[u8]) -> Result<Step, Error> {
        let room = self.limits.piece - self.content.held();
        let room = room.min(usize::try_from(left).unwrap_or(usize::MAX));
        let part = self.within(bytes)?;
        let part = &part[..part.len().min(room)];
        self.content.keep(part);
        self.skip(bytes, part.len());
        // It is not longer than `left`.
        let left = left - u32::try_from(part.len()).unwrap_or(left);
        if part.len() == room {
            return Ok(self.give_opaque(left));
        }
        self.state = State::Opaque(left);
        Ok(Step::Again)
    }

    fn give_opaque(&mut self, left: u32) -> Step {
        self.content.give_bytes();
        self.state = match left {
            0 => State::Token,
            _ => State::Opaque(left),
        };
        Step::Opaque { left }
    }
}
