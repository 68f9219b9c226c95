//! What a client can do to appointments, contacts and tasks.

use super::{CANNOT_CONVERT, NOT_FOUND};
use crate::eas::account::Account;
use crate::eas::context::Context;
use crate::eas::folder::FolderId;
use crate::eas::grammar::Wrong;
use crate::eas::item::{Item, ItemId, Kind, read};
use pushmail_wbxml::Element;

/// Adds an item; what the client is to call it.
pub(super) fn add(
    context: &Context<'_>,
    account: &mut Account,
    kind: Kind,
    data: &Element,
) -> Result<u32, Wrong> {
    let item = converted(kind, None, data)?;
    let item = account.items_mut().add(item);
    Ok(learn(context, account, item))
}

/// Changes an item.
pub(super) fn change(
    context: &Context<'_>,
    account: &mut Account,
    item: ItemId,
    data: &Element,
) -> Result<(), Wrong> {
    let ItemId { kind, number } = item;
    let changed = converted(kind, account.items().get(kind, number), data)?;
    if !account.items_mut().change(item, changed) {
        return Err(Wrong::status(NOT_FOUND, "an item that is gone"));
    }
    learn(context, account, item);
    Ok(())
}

fn converted(kind: Kind, known: Option<&Item>, data: &Element) -> Result<Item, Wrong> {
    read(kind, known, data).map_err(|wrong| Wrong::status(CANNOT_CONVERT, wrong.what))
}

/// The client knows the item as it is now; what it calls it.
fn learn(context: &Context<'_>, account: &mut Account, item: ItemId) -> u32 {
    let version = account.items().version(item).unwrap_or_default();
    let folder = FolderId::of_items(item.kind);
    let collection = account.device(context.device).collection(folder);
    collection.knows(item.number, version, context.has_stable_names())
}
