//! Bytes that came and were not looked at. A few of them can give much to do; so each response is taken in only
//! when what the one before it gave is done, and a flow never holds more than one response's outputs.

use super::{ImapFlow, Phase};
use pushmail_domain::FaultKind;
use pushmail_upstream::Moment;
use std::collections::VecDeque;

/// In pieces of so many bytes, each of which is given back as soon as it was looked at.
const PIECE: usize = 2 * 1024;

/// The rest of what came in one read.
pub(super) struct Unread {
    pieces: VecDeque<Box<[u8]>>,
    /// How many bytes of the first piece were looked at.
    at: usize,
    /// When they came.
    came: Moment,
}

impl ImapFlow {
    /// Takes in what came, up to the first response that gives something to do; the rest waits.
    pub(super) fn take_in(&mut self, bytes: &[u8], came: Moment) {
        let mut rest = bytes;
        self.take_some(&mut rest, came);
        if rest.is_empty() {
            return self.advance(came);
        }
        self.unread = Some(Box::new(Unread {
            pieces: rest.chunks(PIECE).map(Box::from).collect(),
            at: 0,
            came,
        }));
    }

    /// Goes on with what waits; `false` if nothing does.
    pub(super) fn read_on(&mut self) -> bool {
        let Some(mut unread) = self.unread.take() else {
            return false;
        };
        while let Some(piece) = unread.pieces.pop_front() {
            let mut rest = &piece[unread.at..];
            self.take_some(&mut rest, unread.came);
            if !rest.is_empty() {
                unread.at = piece.len() - rest.len();
                unread.pieces.push_front(piece);
                self.unread = Some(unread);
                return true;
            }
            unread.at = 0;
        }
        self.advance(unread.came);
        true
    }

    /// Takes in all that waits, whatever it gives to do.
    pub(super) fn catch_up(&mut self) {
        let Some(unread) = self.unread.take() else {
            return;
        };
        let mut at = unread.at;
        for piece in unread.pieces {
            let mut rest = &piece[std::mem::take(&mut at)..];
            while !rest.is_empty() {
                self.take_one(&mut rest, unread.came);
            }
        }
        self.advance(unread.came);
    }

    fn take_some(&mut self, rest: &mut &[u8], came: Moment) {
        // Not one byte may follow the beginning of TLS, so that is looked for at once.
        while !rest.is_empty() && (self.outputs.is_empty() || self.is_securing()) {
            self.take_one(rest, came);
        }
    }

    const fn is_securing(&self) -> bool {
        matches!(self.phase, Phase::Securing { .. })
    }

    /// Takes bytes up to the end of one response.
    fn take_one(&mut self, rest: &mut &[u8], came: Moment) {
        if self.is_securing() {
            self.fail(
                FaultKind::Protocol,
                "the server sent data before STARTTLS completed",
            );
        }
        if self.phase == Phase::Finished {
            *rest = &[];
            return;
        }
        match self.decoder.get_or_insert_default().next(rest) {
            Ok(Some(response)) => {
                self.spend();
                if self.phase != Phase::Finished {
                    self.respond(response, came);
                }
            }
            Ok(None) => {}
            Err(error) => self.fail_wire(error),
        }
        if self.phase == Phase::Finished {
            *rest = &[];
        }
    }
}
