//! Doing what a client told of a folder's items, and answering it (MS-ASCMD, section 2.2.3.154).

mod items;
mod mail;

use super::commands::Told;
use super::query::Query;
use super::render::{server_id, whole_item};
use crate::eas::account::Account;
use crate::eas::collection::{Given, Turn};
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

/// What is answered to what a client told.
#[derive(Default)]
pub(super) struct Responses {
    /// None if nothing has to be answered: what was done without a new name is not.
    pub(super) element: Option<Element>,
    pub(super) given: Vec<Given>,
}

pub(super) fn respond(
    context: &Context<'_>,
    account: &mut Account,
    id: FolderId,
    query: &Query,
    turn: Turn,
) -> Responses {
    let mut all = Responses::default();
    for told in &query.told {
        let response = match told {
            Told::Fetch(name) => Some(fetch(context, account, id, name)),
            Told::Add(name, data) => {
                let known = account.device(context.device).collection(id).given(name);
                match known.filter(|_| turn == Turn::Repeat) {
                    Some(given) => Some(added(id, name, given)),
                    None => Some(add(context, account, id, name, data, &mut all.given)),
                }
            }
            // What was told before is done.
            _ if turn == Turn::Repeat => None,
            Told::Change(name, data) => change(context, account, id, name, data),
            Told::Delete(name) => delete(context, account, id, name, query.deletes_as_moves),
        };
        if let Some(response) = response {
            let element = all.element.take();
            let element = element.unwrap_or_else(|| Element::new(page::RESPONSES));
            all.element = Some(element.with(response));
        }
    }
    if query
        .told
        .iter()
        .any(|told| !matches!(told, Told::Fetch(_)))
    {
        context.user.mailbox.wake();
    }
    all
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
    client: &str,
    data: &Element,
    given: &mut Vec<Given>,
) -> Element {
    let done = match id.place() {
        Place::Mail(_) => Err(Wrong::status(CANNOT_CONVERT, "mail is added")),
        Place::Items(kind) => items::add(context, account, kind, data),
    };
    match done {
        Ok(name) => {
            given.push(Given {
                client: client.into(),
                name,
            });
            added(id, client, name)
        }
        Err(wrong) => {
            let status = context.note(account, &wrong).to_string();
            Element::new(page::ADD)
                .with(Element::of_text(page::CLIENT_ID, client))
                .with(Element::of_text(page::STATUS, status))
        }
    }
}

fn added(id: FolderId, client: &str, name: u32) -> Element {
    Element::new(page::ADD)
        .with(Element::of_text(page::CLIENT_ID, client))
        .with(server_id(id, name))
        .with(Element::of_text(page::STATUS, SUCCESS.to_string()))
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
