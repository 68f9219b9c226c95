//! Doing what a client told of a folder's items, and answering it (MS-ASCMD, section 2.2.3.154).

mod items;
mod mail;

use super::commands::Told;
use super::query::Query;
use super::render::{server_id, whole_item};
use crate::eas::account::Account;
use crate::eas::collection::Turn;
use crate::eas::context::Context;
use crate::eas::folder::{FolderId, Place};
use crate::eas::grammar::Wrong;
use crate::eas::item::ItemId;
use crate::eas::present::Stock;
use pushmail_wbxml::pages::air_sync as page;
use pushmail_wbxml::{Element, Tag};

const SUCCESS: u16 = 1;
/// The client sent something that cannot be made an item.
const CANNOT_CONVERT: u16 = 6;
const NOT_FOUND: u16 = 8;

/// The element Responses; none if nothing has to be answered: what was done without a new name is not.
pub(super) fn respond(
    context: &Context<'_>,
    account: &mut Account,
    id: FolderId,
    query: &Query,
    turn: Turn,
) -> Option<Element> {
    let mut changed = false;
    let mut responses = Element::new(page::RESPONSES);
    for told in &query.told {
        // What was told before is done: only what is asked for is asked for again.
        let done = turn == Turn::Repeat && !matches!(told, Told::Fetch(_));
        if done {
            continue;
        }
        changed |= !matches!(told, Told::Fetch(_));
        let response = match told {
            Told::Fetch(name) => Some(fetch(context, account, id, name)),
            Told::Add(name, data) => Some(add(context, account, id, name, data)),
            Told::Change(name, data) => change(context, account, id, name, data),
            Told::Delete(name) => delete(context, account, id, name, query.deletes_as_moves),
        };
        responses = response.into_iter().fold(responses, Element::with);
    }
    if changed {
        context.user.mailbox.wake();
    }
    (!responses.nodes().is_empty()).then_some(responses)
}

/// The item that the client calls so.
fn named(context: &Context<'_>, account: &mut Account, id: FolderId, name: &str) -> Option<u32> {
    let (folder, number) = name.split_once(':')?;
    let number = number.parse().ok()?;
    let known = account.device(context.device).known_collection(id)?;
    known
        .named(number)
        .filter(|_| FolderId::parse(folder) == Some(id))
}

fn fetch(context: &Context<'_>, account: &mut Account, id: FolderId, name: &str) -> Element {
    let number = named(context, account, id, name);
    let (device, items) = account.parts(context.device);
    let choice = device.collection(id).choice.clone();
    let data = number.and_then(|number| {
        context.user.mailbox.read(|folders| {
            let stock = Stock {
                folders,
                items,
                now: context.now(),
            };
            whole_item(
                page::APPLICATION_DATA,
                id,
                number,
                &stock,
                &choice,
                context.version,
            )
        })
    });
    let status = if data.is_some() { SUCCESS } else { NOT_FOUND };
    let fetch = Element::new(page::FETCH)
        .with(Element::of_text(page::SERVER_ID, name))
        .with(Element::of_text(page::STATUS, status.to_string()));
    data.into_iter().fold(fetch, Element::with)
}

/// Mail cannot be added.
fn add(
    context: &Context<'_>,
    account: &mut Account,
    id: FolderId,
    name: &str,
    data: &Element,
) -> Element {
    let added = Element::new(page::ADD).with(Element::of_text(page::CLIENT_ID, name));
    let status = |status: u16| Element::of_text(page::STATUS, status.to_string());
    let done = match id.place() {
        Place::Mail(_) => Err(Wrong::status(CANNOT_CONVERT, "mail is added")),
        Place::Items(kind) => items::add(context, account, kind, data),
    };
    match done {
        Ok(name) => added.with(server_id(id, name)).with(status(SUCCESS)),
        Err(wrong) => added.with(status(context.note(account, &wrong))),
    }
}

/// Only a failure is answered.
fn change(
    context: &Context<'_>,
    account: &mut Account,
    id: FolderId,
    name: &str,
    data: &Element,
) -> Option<Element> {
    let number = named(context, account, id, name);
    let done = match (number, id.place()) {
        (None, _) => Err(Wrong::status(NOT_FOUND, format!("no item {name}"))),
        (Some(number), Place::Mail(folder)) => {
            let stable = context.has_stable_names();
            let changed = mail::change(context, folder, number, data);
            changed.map(|state| {
                let collection = account.device(context.device).collection(id);
                collection.knows(number, state, stable);
            })
        }
        (Some(number), Place::Items(kind)) => {
            items::change(context, account, ItemId { kind, number }, data)
        }
    };
    failure(context, account, page::CHANGE, name, done)
}

/// Only a failure is answered.
fn delete(
    context: &Context<'_>,
    account: &mut Account,
    id: FolderId,
    name: &str,
    moves: bool,
) -> Option<Element> {
    let number = named(context, account, id, name);
    let done = match (number, id.place()) {
        (Some(number), Place::Mail(folder)) => mail::delete(context, folder, number, moves),
        (Some(number), Place::Items(kind)) => account.items_mut().remove(ItemId { kind, number }),
        (None, _) => false,
    };
    if let Some(number) = number {
        account
            .device(context.device)
            .collection(id)
            .unknown(number);
    }
    let done = done
        .then_some(())
        .ok_or_else(|| Wrong::status(NOT_FOUND, format!("no item {name}")));
    failure(context, account, page::DELETE, name, done)
}

fn failure(
    context: &Context<'_>,
    account: &mut Account,
    tag: Tag,
    name: &str,
    done: Result<(), Wrong>,
) -> Option<Element> {
    let wrong = done.err()?;
    let status = context.note(account, &wrong);
    Some(
        Element::new(tag)
            .with(Element::of_text(page::SERVER_ID, name))
            .with(Element::of_text(page::STATUS, status.to_string())),
    )
}
