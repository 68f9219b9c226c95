//! ItemOperations (MS-ASCMD, section 2.2.1.10): single items.

use super::account::Account;
use super::choice::Choice;
use super::context::Context;
use super::folder::{FolderId, Place};
use super::grammar::{Form, Wrong, required, text};
use super::present::Stock;
use super::sync::{read_options, whole_item};
use pushmail_wbxml::Element;
use pushmail_wbxml::pages::{air_sync, air_sync_base, item_operations as page, search};

const ITEM_OPERATIONS: Form = Form::list(&[page::FETCH]);
const FETCH: Form = Form::any(&[
    page::STORE,
    search::LONG_ID,
    air_sync::COLLECTION_ID,
    air_sync::SERVER_ID,
    air_sync_base::FILE_REFERENCE,
    page::OPTIONS,
]);

const SUCCESS: u16 = 1;
const NOT_FOUND: u16 = 6;
const NO_SUCH_STORE: u16 = 9;
/// The server does not do that.
const NOT_SUPPORTED: u16 = 156;

pub(super) fn answer(
    context: &Context<'_>,
    account: &mut Account,
    body: &Element,
) -> Result<Element, Wrong> {
    ITEM_OPERATIONS.check(body, context.version)?;
    if body.nodes().is_empty() {
        return Err(Wrong::malformed("nothing is asked for"));
    }
    let mut response = Element::new(page::RESPONSE);
    for fetch in body.all(page::FETCH) {
        response = response.with(fetched(context, account, fetch)?);
    }
    Ok(Element::new(page::ITEM_OPERATIONS)
        .with(Element::of_text(page::STATUS, SUCCESS.to_string()))
        .with(response))
}

/// The element Fetch of the answer.
fn fetched(
    context: &Context<'_>,
    account: &mut Account,
    fetch: &Element,
) -> Result<Element, Wrong> {
    FETCH.check(fetch, context.version)?;
    match &*text(required(fetch, page::STORE)?)? {
        "Mailbox" => {}
        store => {
            return Ok(refused(
                context,
                account,
                NO_SUCH_STORE,
                &format!("Store {store}"),
            ));
        }
    }
    for tag in [search::LONG_ID, air_sync_base::FILE_REFERENCE] {
        if fetch.find(&[tag]).is_some() {
            return Ok(refused(context, account, NOT_SUPPORTED, &tag.to_string()));
        }
    }
    let collection = text(required(fetch, air_sync::COLLECTION_ID)?)?;
    let name = text(required(fetch, air_sync::SERVER_ID)?)?;
    let found = find(context, account, &collection, &name);
    let kind = found.and_then(|(id, _)| match id.place() {
        Place::Mail(_) => None,
        Place::Items(kind) => Some(kind),
    });
    let options: Vec<&Element> = fetch.find(&[page::OPTIONS]).into_iter().collect();
    let choice = choice(&options, kind, context)?;
    let item = found.and_then(|(id, number)| read(context, account, id, number, &choice));
    let Some(properties) = item else {
        return Ok(refused(
            context,
            account,
            NOT_FOUND,
            &format!("no item {name}"),
        ));
    };
    Ok(Element::new(page::FETCH)
        .with(Element::of_text(page::STATUS, SUCCESS.to_string()))
        .with(Element::of_text(air_sync::COLLECTION_ID, &*collection))
        .with(Element::of_text(air_sync::SERVER_ID, &*name))
        .with(properties))
}

/// Options as Sync has them, but in an element of another page.
fn choice(
    options: &[&Element],
    kind: Option<super::item::Kind>,
    context: &Context<'_>,
) -> Result<Choice, Wrong> {
    Ok(read_options(options, kind, context.version)?.unwrap_or_default())
}

/// The folder and the item that the device knows by these names.
fn find(
    context: &Context<'_>,
    account: &mut Account,
    collection: &str,
    name: &str,
) -> Option<(FolderId, u32)> {
    let id = FolderId::parse(collection)?;
    let (folder, number) = name.split_once(':')?;
    let number = number.parse().ok()?;
    let known = account.device(context.device).known_collection(id)?;
    let known = known.named(number).filter(|_| folder == collection)?;
    Some((id, known))
}

fn read(
    context: &Context<'_>,
    account: &mut Account,
    id: FolderId,
    number: u32,
    choice: &Choice,
) -> Option<Element> {
    let items = account.items();
    context.user.mailbox.read(|folders| {
        let stock = Stock {
            folders,
            items,
            now: context.now(),
        };
        whole_item(
            page::PROPERTIES,
            id,
            number,
            &stock,
            choice,
            context.version,
        )
    })
}

fn refused(context: &Context<'_>, account: &mut Account, status: u16, what: &str) -> Element {
    let status = context.note(account, &Wrong::status(status, what));
    Element::new(page::FETCH).with(Element::of_text(page::STATUS, status.to_string()))
}
