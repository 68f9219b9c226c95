//! FolderSync (MS-ASCMD, section 2.2.1.5): which folders there are.

use super::account::Account;
use super::context::Context;
use super::execute::Reply;
use super::folder::{FolderId, Listed};
use super::grammar::{Form, Wrong, required, text};
use super::hierarchy::{Difference, Verb};
use pushmail_wbxml::Element;
use pushmail_wbxml::pages::folder_hierarchy as page;

const FOLDER_SYNC: Form = Form::any(&[page::SYNC_KEY]);

/// The key is not the last one.
const INVALID_KEY: u16 = 9;

pub(super) fn answer(
    context: &Context<'_>,
    account: &mut Account,
    body: &Element,
) -> Result<Reply, Wrong> {
    FOLDER_SYNC.check(body, context.version)?;
    let key = text(required(body, page::SYNC_KEY)?)?;
    let (listed, events) = context
        .user
        .mailbox
        .read(|folders| (Listed::all(folders), folders.event_count()));
    let hierarchy = &mut account.device(context.device).hierarchy;
    let differences = hierarchy.sync(&key, &listed, events, context.draw());
    let differences =
        differences.ok_or_else(|| Wrong::status(INVALID_KEY, format!("the key {key}")))?;
    let document = Element::new(page::FOLDER_SYNC)
        .with(Element::of_text(page::STATUS, "1"))
        .with(Element::of_text(page::SYNC_KEY, hierarchy.key.to_string()))
        .with(changes(&differences, &listed));
    // The server may have been updated (MS-ASHTTP, section 3.2.5.1).
    match &*key {
        "0" => Ok(Reply::Offer(document)),
        _ => Ok(Reply::Document(document)),
    }
}

/// What changed, what went, what came.
fn changes(differences: &[Difference], listed: &[Listed]) -> Element {
    let count = Element::of_text(page::COUNT, differences.len().to_string());
    let all = [Verb::Update, Verb::Delete, Verb::Add].into_iter();
    let all = all.flat_map(|verb| differences.iter().filter(move |one| one.verb == verb));
    all.filter_map(|one| change(*one, listed))
        .fold(Element::new(page::CHANGES).with(count), Element::with)
}

/// Nothing, if a folder that is said again has gone since.
fn change(difference: Difference, listed: &[Listed]) -> Option<Element> {
    let Difference { id, verb } = difference;
    let tag = match verb {
        Verb::Add => page::ADD,
        Verb::Update => page::UPDATE,
        Verb::Delete => {
            let id = Element::of_text(page::SERVER_ID, id.to_string());
            return Some(Element::new(page::DELETE).with(id));
        }
    };
    let folder = listed.iter().find(|folder| folder.id == id)?;
    let parent = folder
        .parent
        .as_ref()
        .map_or("0".to_owned(), FolderId::to_string);
    Some(
        Element::new(tag)
            .with(Element::of_text(page::SERVER_ID, id.to_string()))
            .with(Element::of_text(page::PARENT_ID, parent))
            .with(Element::of_text(page::DISPLAY_NAME, &folder.name))
            .with(Element::of_text(page::TYPE, folder.kind.to_string())),
    )
}
