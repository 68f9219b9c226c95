//! What a Sync asks of a folder.

use super::commands::{Told, read_commands};
use super::options::read_options;
use super::request::window;
use crate::eas::choice::Choice;
use crate::eas::context::Context;
use crate::eas::folder::{FolderId, Place};
use crate::eas::grammar::{Form, Wrong, boolean, boolean_in, number_in, required, text};
use crate::eas::item::Kind;
use pushmail_wbxml::pages::air_sync as page;
use pushmail_wbxml::{Element, ProtocolVersion};

/// Without a WindowSize (MS-ASCMD, section 2.2.3.199).
const USUAL: usize = 100;

/// In this order (MS-ASCMD, section 2.2.3.29.2); Class up to 12.1.
const COLLECTION: Form = Form {
    children: &[
        page::CLASS,
        page::SYNC_KEY,
        page::COLLECTION_ID,
        page::SUPPORTED,
        page::DELETES_AS_MOVES,
        page::GET_CHANGES,
        page::WINDOW_SIZE,
        page::CONVERSATION_MODE,
        page::OPTIONS,
        page::COMMANDS,
    ],
    repeated: &[page::OPTIONS],
    ordered: true,
};

/// What a Sync asks of a folder.
pub(super) struct Query {
    /// What the client calls the folder.
    pub(super) name: String,
    /// None if no folder could be called so.
    pub(super) id: Option<FolderId>,
    pub(super) key: String,
    pub(super) get_changes: bool,
    pub(super) window: usize,
    /// What is not said stays as it was.
    pub(super) choice: Option<Choice>,
    pub(super) deletes_as_moves: bool,
    pub(super) told: Vec<Told>,
}

pub(super) fn read_query(context: &Context<'_>, collection: &Element) -> Result<Query, Wrong> {
    COLLECTION.check(collection, context.version)?;
    let name = text(required(collection, page::COLLECTION_ID)?)?.into_owned();
    let key = text(required(collection, page::SYNC_KEY)?)?.into_owned();
    let id = FolderId::parse(&name);
    check_class(context, collection, id)?;
    let told = match collection.find(&[page::COMMANDS]) {
        Some(commands) => read_commands(commands, context.version)?,
        None => Vec::new(),
    };
    let query = Query {
        get_changes: gets_changes(context, collection, &key)?,
        window: number_in(collection, page::WINDOW_SIZE)?.map_or(USUAL, window),
        choice: read_choice(context, collection, id)?,
        deletes_as_moves: boolean_in(collection, page::DELETES_AS_MOVES)?.unwrap_or(true),
        name,
        id,
        key,
        told,
    };
    check_beginning(collection, &query)?;
    Ok(query)
}

/// Up to 12.1 a collection says what it holds, and later it does not (MS-ASCMD, section 2.2.3.27.6).
fn check_class(
    context: &Context<'_>,
    collection: &Element,
    id: Option<FolderId>,
) -> Result<(), Wrong> {
    let class = collection.find(&[page::CLASS]);
    if context.version > ProtocolVersion::V12_1 {
        return match class {
            Some(_) => Err(Wrong::malformed("a Class in Collection, from 14.0 on")),
            None => Ok(()),
        };
    }
    let class = text(required(collection, page::CLASS)?)?;
    match id.filter(|id| id.class() != class) {
        Some(id) => Err(Wrong::malformed(format!("folder {id} is no {class}"))),
        None => Ok(()),
    }
}

/// Before 12.1 there is no word for no: what is not said is not wanted.
fn gets_changes(context: &Context<'_>, collection: &Element, key: &str) -> Result<bool, Wrong> {
    let said = collection
        .find(&[page::GET_CHANGES])
        .map(boolean)
        .transpose()?;
    if key == "0" && said == Some(true) {
        return Err(Wrong::malformed("GetChanges with the key 0"));
    }
    Ok(said.unwrap_or(context.version >= ProtocolVersion::V12_1))
}

fn read_choice(
    context: &Context<'_>,
    collection: &Element,
    id: Option<FolderId>,
) -> Result<Option<Choice>, Wrong> {
    let kind: Option<Kind> = id.and_then(|id| match id.place() {
        Place::Items(kind) => Some(kind),
        Place::Mail(_) => None,
    });
    let options: Vec<&Element> = collection.all(page::OPTIONS).collect();
    read_options(&options, kind, context.version)
}

/// What must not be together with the key 0, or only with it (MS-ASCMD, sections 2.2.3.179 and 2.2.3.181.4).
fn check_beginning(collection: &Element, query: &Query) -> Result<(), Wrong> {
    let begins = query.key == "0";
    if begins && !query.told.is_empty() {
        return Err(Wrong::malformed("Commands with the key 0"));
    }
    if !begins && collection.find(&[page::SUPPORTED]).is_some() {
        return Err(Wrong::malformed("Supported with a key that is not 0"));
    }
    Ok(())
}
