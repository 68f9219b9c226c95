//! Elements (WBXML 1.2, section 5.8.2).

use super::{Decoder, State, Step};
use crate::error::{Error, ErrorKind, Limit};
use crate::tag::Tag;
use crate::token;

impl Decoder {
    /// Takes a token that is not inside of anything: what it begins, or the element that it ends.
    pub(super) fn token(&mut self, bytes: &mut &[u8]) -> Result<Step, Error> {
        self.at = self.offset;
        let token = self.byte(bytes)?;
        match token {
            token::SWITCH_PAGE => self.state = State::Page,
            token::END | token::STR_I | token::OPAQUE if self.open.is_empty() => {
                return Err(self.error(ErrorKind::Outside(token)));
            }
            token::END => return Ok(self.end()),
            token::STR_I => {
                self.content.begin();
                self.state = State::Text;
            }
            token::OPAQUE => {
                self.content.begin();
                self.state = State::OpaqueLength;
            }
            _ => return self.start(token),
        }
        Ok(Step::Again)
    }

    fn start(&mut self, token: u8) -> Result<Step, Error> {
        let id = token & !(token::ATTRIBUTES | token::CONTENT);
        let Some(tag) = Tag::unknown(self.page, id) else {
            return Err(self.error(ErrorKind::Token(token)));
        };
        if token & token::ATTRIBUTES != 0 {
            return Err(self.error(ErrorKind::Attributes(token)));
        }
        if self.open.len() >= usize::from(self.limits.depth) {
            return Err(self.error(ErrorKind::TooLarge(Limit::Depth)));
        }
        self.open.push(tag);
        let bare = token & token::CONTENT == 0;
        if bare {
            self.state = State::BareEnd;
        }
        Ok(Step::Start { tag, bare })
    }

    /// Ends the element that began last.
    pub(super) fn end(&mut self) -> Step {
        let Some(tag) = self.open.pop() else {
            return Step::Again;
        };
        self.state = if self.open.is_empty() {
            State::Done
        } else {
            State::Token
        };
        Step::End(tag)
    }
}
