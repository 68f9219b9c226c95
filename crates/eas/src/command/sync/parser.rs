//! An answer, one change at a time.

mod open;

use super::super::walk::{Step, Walk};
use super::super::{Error, read};
use super::{Answer, Change, Collection, Limits, Status};
use open::{OpenChange, OpenCollection};
use pushmail_wbxml::pages::air_sync::{
    ADD, APPLICATION_DATA, CHANGE, COLLECTION, COLLECTIONS, COMMANDS, DELETE, FETCH, LIMIT,
    RESPONSES, SOFT_DELETE, STATUS, SYNC,
};
use pushmail_wbxml::{Decoder, Event};

/// Reads an answer from bytes in any cuts. Holds one item at a time, however large the answer is.
#[derive(Debug)]
pub struct Parser {
    decoder: Decoder,
    state: State,
    /// Some bytes came.
    begun: bool,
}

/// A part of an answer: the changes of a collection, then the collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A change of an item.
    Change(Change),
    /// All changes of a collection came before this.
    Collection(Collection),
}

#[derive(Debug)]
struct State {
    walk: Walk,
    limits: Limits,
    answer: Answer,
    collection: OpenCollection,
    change: Option<OpenChange>,
}

impl Parser {
    /// At the start of an answer.
    pub fn new(limits: Limits) -> Self {
        let answer = Answer {
            status: Status::Success,
            limit: None,
            is_empty: true,
        };
        let state = State {
            walk: Walk::new(APPLICATION_DATA, limits.item),
            limits,
            answer,
            collection: OpenCollection::default(),
            change: None,
        };
        Self {
            decoder: Decoder::new(limits.document),
            state,
            begun: false,
        }
    }

    /// Takes bytes from the front of `bytes` until there is a part, and returns it; `None` if it takes more bytes than
    /// there are.
    ///
    /// # Errors
    /// [`Error`] when the answer cannot be read. The parser must not be used after that; parts that were returned are as
    /// the server said.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Part>, Error> {
        self.begun |= !bytes.is_empty();
        while let Some(event) = self.decoder.next(bytes)? {
            if let Some(part) = self.state.take(&event)? {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }

    /// What the answer says of itself. To be called when there are no more bytes.
    ///
    /// # Errors
    /// [`Error`] if it is not complete. An empty one is.
    pub fn finish(self) -> Result<Answer, Error> {
        let mut answer = self.state.answer;
        answer.is_empty = !self.begun;
        if self.begun {
            self.decoder.finish()?;
        }
        Ok(answer)
    }
}

impl State {
    fn take(&mut self, event: &Event<'_>) -> Result<Option<Part>, Error> {
        match self.walk.take(event) {
            Step::Nothing => Ok(None),
            Step::Start => self.start().map(|()| None),
            Step::End(text) => self.end(text),
            Step::Item(item) => {
                if let Some(change) = &mut self.change {
                    change.item = Some(item);
                }
                Ok(None)
            }
        }
    }

    fn start(&mut self) -> Result<(), Error> {
        match self.walk.path() {
            [SYNC] => {}
            [found] => {
                let (expected, found) = (SYNC, *found);
                return Err(Error::OtherCommand { expected, found });
            }
            [SYNC, COLLECTIONS, COLLECTION] => self.collection = OpenCollection::default(),
            [
                SYNC,
                COLLECTIONS,
                COLLECTION,
                COMMANDS,
                ADD | CHANGE | DELETE | SOFT_DELETE,
            ]
            | [SYNC, COLLECTIONS, COLLECTION, RESPONSES, FETCH] => {
                self.change = Some(OpenChange::default());
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, text: String) -> Result<Option<Part>, Error> {
        match self.walk.path() {
            [SYNC, STATUS] => self.answer.status = Status::of(read::number(STATUS, &text)?),
            [SYNC, LIMIT] => self.answer.limit = Some(read::number(LIMIT, &text)?),
            [SYNC, COLLECTIONS, COLLECTION] => {
                let collection = std::mem::take(&mut self.collection).close()?;
                return Ok(Some(Part::Collection(collection)));
            }
            [SYNC, COLLECTIONS, COLLECTION, tag] => self.collection.field(*tag, text)?,
            [SYNC, COLLECTIONS, COLLECTION, _, verb] => {
                let Some(change) = self.change.take() else {
                    return Ok(None);
                };
                let collection = self.collection.id()?;
                let change = change.close(collection, *verb, self.limits.item)?;
                return Ok(Some(Part::Change(change)));
            }
            [SYNC, COLLECTIONS, COLLECTION, _, _, tag] => {
                if let Some(change) = &mut self.change {
                    change.field(*tag, text)?;
                }
            }
            _ => {}
        }
        Ok(None)
    }
}
