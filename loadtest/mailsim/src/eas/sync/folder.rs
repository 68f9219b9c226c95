//! What is said of a folder.

use super::query::Query;
use super::responses::{Responses, respond};
use super::{OBJECT_NOT_FOUND, render};
use crate::eas::account::Account;
use crate::eas::collection::{Collection, Turn, Verb, Window};
use crate::eas::context::Context;
use crate::eas::faults::Fault;
use crate::eas::folder::FolderId;
use crate::eas::grammar::Wrong;
use crate::eas::ping::announce;
use crate::eas::present::Stock;
use pushmail_wbxml::pages::air_sync as page;
use pushmail_wbxml::{Element, ProtocolVersion};

const INVALID_KEY: u16 = 3;

/// The element Collection; none if there is nothing to say. `room` is how many changes the answer may still have.
pub(super) fn answer(
    context: &Context<'_>,
    account: &mut Account,
    query: &Query,
    room: &mut usize,
) -> Result<Option<Element>, Wrong> {
    let there = |id: &FolderId| context.user.mailbox.read(|all| id.is_in(all));
    let Some(id) = query.id.filter(there) else {
        let what = "a folder that there is not";
        return Ok(Some(refuse(
            context,
            account,
            query,
            OBJECT_NOT_FOUND,
            what,
        )));
    };
    if let Some(Fault::Folders(status)) = context.fault {
        if status == INVALID_KEY {
            account.device(context.device).collection(id).void();
        }
        return Ok(Some(refused(context, query, status)));
    }
    let collection = account.device(context.device).collection(id);
    let Some(turn) = collection.turn(&query.key) else {
        let what = "a key that is neither the last one nor the one before";
        return Ok(Some(refuse(context, account, query, INVALID_KEY, what)));
    };
    if turn == Turn::Begin {
        collection.begin(context.draw());
    }
    if let Some(choice) = &query.choice {
        collection.choice = choice.clone();
    }
    match turn {
        Turn::Begin => Ok(Some(head(context, query, &collection.key().to_string(), 1))),
        Turn::Next | Turn::Repeat => Ok(go_on(context, account, id, query, turn, room)),
    }
}

/// Changes, and answers to what the client told.
fn go_on(
    context: &Context<'_>,
    account: &mut Account,
    id: FolderId,
    query: &Query,
    turn: Turn,
    room: &mut usize,
) -> Option<Element> {
    let Responses {
        element: responses,
        given,
    } = respond(context, account, id, query, turn);
    let (device, items) = account.parts(context.device);
    let collection = device.collection(id);
    let (window, commands) = context.user.mailbox.read(|folders| {
        let stock = Stock {
            folders,
            items,
            now: context.now(),
        };
        let window = window(context, collection, query, turn, *room, &stock);
        let commands = render::commands(context, collection, &window, &stock);
        (window, commands)
    });
    *room = room.saturating_sub(window.changes.len());
    if window.changes.iter().any(|change| change.verb == Verb::Add) {
        announce(context, &[id]);
    }
    let silent = window.changes.is_empty() && !window.more && responses.is_none();
    // An answer without a word came with 12.1.
    if silent && turn == Turn::Next && context.version >= ProtocolVersion::V12_1 {
        return None;
    }
    let more = window.more;
    if turn == Turn::Next {
        collection.answer(window, given);
    }
    let said = head(context, query, &collection.key().to_string(), 1);
    let more = more.then(|| Element::new(page::MORE_AVAILABLE));
    let parts = [more, responses, commands].into_iter().flatten();
    Some(parts.fold(said, Element::with))
}

fn window(
    context: &Context<'_>,
    collection: &mut Collection,
    query: &Query,
    turn: Turn,
    room: usize,
    stock: &Stock<'_>,
) -> Window {
    match turn {
        Turn::Repeat => collection.last(),
        _ if !query.get_changes => Window::default(),
        _ => collection.take(stock, query.window.min(room), context.has_stable_names()),
    }
}

/// A Collection that says nothing more yet, in the order of the schema (MS-ASCMD, section 6.46).
fn head(context: &Context<'_>, query: &Query, key: &str, status: u16) -> Element {
    let class = query.id.map(FolderId::class);
    let class = class.filter(|_| context.version <= ProtocolVersion::V12_1);
    let class = class.map(|class| Element::of_text(page::CLASS, class));
    let parts = [
        Element::of_text(page::SYNC_KEY, key),
        Element::of_text(page::COLLECTION_ID, &query.name),
        Element::of_text(page::STATUS, status.to_string()),
    ];
    let parts = class.into_iter().chain(parts);
    parts.fold(Element::new(page::COLLECTION), Element::with)
}

/// Says nothing but a status; the key is not worth anything.
fn refused(context: &Context<'_>, query: &Query, status: u16) -> Element {
    head(context, query, "0", status)
}

/// The same, for something that the client did wrong.
fn refuse(
    context: &Context<'_>,
    account: &mut Account,
    query: &Query,
    status: u16,
    what: &str,
) -> Element {
    let what = format!("{what}: folder {}, key {}", query.name, query.key);
    context.note(account, &Wrong::status(status, what));
    refused(context, query, status)
}
