//! Sync (MS-ASCMD, section 2.2.1.21): what is new in folders.

mod cache;
mod commands;
mod folder;
mod options;
mod query;
mod render;
mod request;
mod responses;

use super::account::Account;
use super::context::Context;
use super::execute::Reply;
use super::folder::FolderId;
use super::grammar::Wrong;
pub(super) use cache::Cached;
pub(super) use options::read_options;
use pushmail_wbxml::pages::air_sync as page;
use pushmail_wbxml::{Element, ProtocolVersion};
pub(super) use render::whole_item;
use request::Request;

/// The most changes of an answer, and of a folder (MS-ASCMD, section 2.2.3.199).
const MOST: usize = 512;

const OBJECT_NOT_FOUND: u16 = 8;
const HIERARCHY_CHANGED: u16 = 12;
const NOT_CACHED: u16 = 13;

pub(super) fn answer(
    context: &Context<'_>,
    account: &mut Account,
    body: Option<&Element>,
) -> Result<Reply, Wrong> {
    let request = match body {
        Some(body) => match request::read(context, body)? {
            Ok(request) => request,
            Err(refusal) => return Ok(Reply::Document(refusal)),
        },
        None => cached(context, account)?,
    };
    account.device(context.device).cached = None;
    let said = run(context, account, &request)?;
    if let Some(said) = said {
        return Ok(Reply::Document(said));
    }
    let cached = Cached::of(&request).map(Box::new);
    // Whoever told something is answered at once.
    let wait = request.wait.filter(|_| cached.is_some());
    account.device(context.device).cached = cached;
    Ok(wait.map_or(Reply::Empty, Reply::Wait))
}

/// What is to be said now of a request that waits, if anything.
pub(super) fn look(context: &Context<'_>, account: &mut Account) -> Option<Element> {
    let device = account.device(context.device);
    let cached = device.cached.take()?;
    let request = cached.request(device);
    match run(context, account, &request) {
        Ok(None) => {
            account.device(context.device).cached = Some(cached);
            None
        }
        Ok(said) => said,
        Err(wrong) => Some(context.command.says(context.note(account, &wrong))),
    }
}

/// The request that an empty one stands for, from 12.1 on.
fn cached(context: &Context<'_>, account: &mut Account) -> Result<Request, Wrong> {
    if context.version < ProtocolVersion::V12_1 {
        return Err(Wrong::malformed("an empty request"));
    }
    let device = account.device(context.device);
    let missing = || Wrong::status(NOT_CACHED, "an empty request where nothing is kept");
    let cached = device.cached.take().ok_or_else(missing)?;
    Ok(cached.request(device))
}

/// The answer; none if there is nothing to say.
fn run(
    context: &Context<'_>,
    account: &mut Account,
    request: &Request,
) -> Result<Option<Element>, Wrong> {
    check_hierarchy(context, account, request)?;
    let mut room = request.window.unwrap_or(MOST);
    let mut collections = Vec::new();
    for query in &request.collections {
        collections.extend(folder::answer(context, account, query, &mut room)?);
    }
    if collections.is_empty() {
        return Ok(None);
    }
    let all = Element::new(page::COLLECTIONS);
    let all = collections.into_iter().fold(all, Element::with);
    Ok(Some(Element::new(page::SYNC).with(all)))
}

/// A device has to know the folders that there are before it synchronises them.
fn check_hierarchy(
    context: &Context<'_>,
    account: &mut Account,
    request: &Request,
) -> Result<(), Wrong> {
    let hierarchy = &account.device(context.device).hierarchy;
    let ids = request.collections.iter().filter_map(|query| query.id);
    let gone =
        |id: FolderId| hierarchy.knows(id) && !context.user.mailbox.read(|all| id.exists(all));
    let mut gone = ids.filter(|id| gone(*id));
    if !hierarchy.key.is_given() {
        return Err(Wrong::status(HIERARCHY_CHANGED, "no FolderSync before"));
    }
    match gone.next() {
        Some(id) => Err(Wrong::status(
            HIERARCHY_CHANGED,
            format!("folder {id} is gone"),
        )),
        None => Ok(()),
    }
}
