//! An item that was asked for.

use super::super::sync::Limits;
use super::super::walk::{Step, Walk};
use super::super::{Error, ServerId, read};
use super::Status;
use crate::item::Item;
use pushmail_wbxml::pages::air_sync::SERVER_ID;
use pushmail_wbxml::pages::item_operations::{
    FETCH, ITEM_OPERATIONS, PROPERTIES, RESPONSE, STATUS,
};
use pushmail_wbxml::{Decoder, Tag};

/// An item that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How the request went.
    pub status: Status,
    /// How it went with the item. Unless it is fine, there is no item.
    pub fetch: Option<Status>,
    /// Which item.
    pub id: Option<ServerId>,
    /// The item.
    pub item: Option<Item>,
}

pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Answer, Error> {
    let mut decoder = Decoder::new(limits.document);
    let mut walk = Walk::new(PROPERTIES, limits.item);
    let mut answer = Answer {
        status: Status::Success,
        fetch: None,
        id: None,
        item: None,
    };
    let mut rest = bytes;
    while let Some(event) = decoder.next(&mut rest)? {
        match walk.take(&event) {
            Step::Nothing => {}
            Step::Start => check_root(walk.path())?,
            Step::End(text) => answer.field(walk.path(), text)?,
            Step::Item(item) => answer.item = Some(item),
        }
    }
    decoder.finish()?;
    Ok(answer)
}

fn check_root(path: &[Tag]) -> Result<(), Error> {
    let expected = ITEM_OPERATIONS;
    match path {
        [found] if *found != expected => Err(Error::OtherCommand {
            expected,
            found: *found,
        }),
        _ => Ok(()),
    }
}

impl Answer {
    /// An element has ended.
    fn field(&mut self, path: &[Tag], text: String) -> Result<(), Error> {
        match path {
            [_, STATUS] => self.status = Status::of(read::number(STATUS, &text)?),
            [_, RESPONSE, FETCH, STATUS] => {
                self.fetch = Some(Status::of(read::number(STATUS, &text)?));
            }
            [_, RESPONSE, FETCH, SERVER_ID] => {
                self.id = read::id(SERVER_ID, text, ServerId::new)?;
            }
            _ => {}
        }
        Ok(())
    }
}
