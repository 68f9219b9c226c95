//! Changes as elements.

use crate::eas::choice::Choice;
use crate::eas::collection::{Change, Collection, Verb, Window};
use crate::eas::context::Context;
use crate::eas::folder::{FolderId, Place};
use crate::eas::item;
use crate::eas::mail;
use crate::eas::present::Stock;
use pushmail_wbxml::pages::air_sync as page;
use pushmail_wbxml::{Element, ProtocolVersion, Tag};

/// The element Commands; none without changes. An item that is said again and has gone since is left out.
pub(super) fn commands(
    context: &Context<'_>,
    collection: &Collection,
    window: &Window,
    stock: &Stock<'_>,
) -> Option<Element> {
    let changes = window.changes.iter();
    let changes = changes.filter_map(|one| change(context, collection, one, stock));
    let element = changes.fold(Element::new(page::COMMANDS), Element::with);
    (!element.nodes().is_empty()).then_some(element)
}

fn change(
    context: &Context<'_>,
    collection: &Collection,
    change: &Change,
    stock: &Stock<'_>,
) -> Option<Element> {
    let (id, choice) = (collection.id, &collection.choice);
    let (tag, data) = match change.verb {
        Verb::Delete => (page::DELETE, None),
        Verb::SoftDelete => (page::SOFT_DELETE, None),
        Verb::Add => {
            let data = page::APPLICATION_DATA;
            let whole = whole_item(data, id, change.item, stock, choice, context.version)?;
            (page::ADD, Some(whole))
        }
        Verb::Change(known) => (
            page::CHANGE,
            Some(changed(
                id,
                change.item,
                known,
                stock,
                choice,
                context.version,
            )?),
        ),
    };
    let name = server_id(id, change.name);
    Some(
        data.into_iter()
            .fold(Element::new(tag).with(name), Element::with),
    )
}

/// What the client calls an item: its folder, and its name in it.
pub(super) fn server_id(folder: FolderId, name: u32) -> Element {
    Element::of_text(page::SERVER_ID, format!("{folder}:{name}"))
}

/// All of an item, in an element of this tag.
pub(in crate::eas) fn whole_item(
    data: Tag,
    folder: FolderId,
    number: u32,
    stock: &Stock<'_>,
    choice: &Choice,
    version: ProtocolVersion,
) -> Option<Element> {
    Some(match folder.place() {
        Place::Mail(id) => mail::whole(data, stock.mail(id, number)?, choice, version),
        Place::Items(kind) => item::whole(data, stock.item(kind, number)?, number, choice, version),
    })
}

/// Of a mail, what has changed; of everything else, all.
fn changed(
    folder: FolderId,
    number: u32,
    known: u32,
    stock: &Stock<'_>,
    choice: &Choice,
    version: ProtocolVersion,
) -> Option<Element> {
    let data = page::APPLICATION_DATA;
    match folder.place() {
        Place::Mail(id) => Some(mail::change(data, stock.mail(id, number)?, known, version)),
        Place::Items(_) => whole_item(data, folder, number, stock, choice, version),
    }
}
