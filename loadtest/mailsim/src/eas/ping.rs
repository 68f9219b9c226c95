//! Ping (MS-ASCMD, section 2.2.1.13): waits until something is new.

mod watch;

use super::account::Account;
use super::context::Context;
use super::device::Watch;
use super::execute::Reply;
use super::faults::Fault;
use super::folder::{FolderId, Listed, Place};
use super::grammar::Wrong;
use super::present::Stock;
use pushmail_wbxml::Element;
use pushmail_wbxml::pages::ping as page;
use std::time::Duration;

/// The time has passed, and nothing is new.
pub(super) const EXPIRED: u16 = 1;
const CHANGED: u16 = 2;
const INCOMPLETE: u16 = 3;
const OUT_OF_RANGE: u16 = 5;
const TOO_MANY_FOLDERS: u16 = 6;
const HIERARCHY_CHANGED: u16 = 7;

pub(super) fn answer(
    context: &Context<'_>,
    account: &mut Account,
    body: Option<&Element>,
) -> Result<Reply, Wrong> {
    let known = account.device(context.device).watch.clone();
    let asked = match body {
        Some(body) => watch::read(body, context.version, known)?,
        None => known,
    };
    if let Some(refusal) = refusal(context, account, &asked) {
        return Ok(Reply::Document(refusal));
    }
    let time = asked.heartbeat.unwrap_or_default();
    let folders = asked.folders.clone();
    account.device(context.device).watch = asked;
    if context.fault == Some(Fault::FalseChange) {
        return Ok(Reply::Document(changed(&folders)));
    }
    note_unknown(context, account, &folders);
    let news = look(context, account).map(Reply::Document);
    Ok(news.unwrap_or_else(|| Reply::Wait(Duration::from_secs(time.into()))))
}

/// What is to be said now, if anything.
pub(super) fn look(context: &Context<'_>, account: &mut Account) -> Option<Element> {
    let now = context.now();
    let (device, items) = account.parts(context.device);
    let folders = device.watch.folders.clone();
    let found = context.user.mailbox.read(|all| {
        let hierarchy = &mut device.hierarchy;
        if !hierarchy.is_current(all.event_count(), || Listed::all(all)) {
            return Err(context.command.says(HIERARCHY_CHANGED));
        }
        let stock = Stock {
            folders: all,
            items,
            now,
        };
        let news = |id: &FolderId| device.collection(*id).has_news(&stock);
        Ok(folders.iter().copied().filter(news).collect::<Vec<_>>())
    });
    match found {
        Err(refusal) => Some(refusal),
        Ok(news) if news.is_empty() => None,
        Ok(news) => {
            announce(context, &news);
            Some(changed(&news))
        }
    }
}

/// Says what is wrong with what is asked for, and what would be right.
fn refusal(context: &Context<'_>, account: &mut Account, asked: &Watch) -> Option<Element> {
    let mut note = |status, what: &str| {
        context.note(account, &Wrong::status(status, what));
        context.command.says(status)
    };
    let Some(heartbeat) = asked.heartbeat.filter(|_| !asked.folders.is_empty()) else {
        return Some(note(
            INCOMPLETE,
            "no HeartbeatInterval or no Folders, now or before",
        ));
    };
    let allowed = &context.config().heartbeat;
    if !allowed.contains(&heartbeat) {
        let nearest = heartbeat
            .clamp(*allowed.start(), *allowed.end())
            .to_string();
        let refusal = note(OUT_OF_RANGE, "a heartbeat that is not allowed");
        return Some(refusal.with(Element::of_text(page::HEARTBEAT_INTERVAL, nearest)));
    }
    let most = context.config().max_folders;
    if asked.folders.len() > most {
        let refusal = note(TOO_MANY_FOLDERS, "too many folders");
        return Some(refusal.with(Element::of_text(page::MAX_FOLDERS, most.to_string())));
    }
    let known = |all: &crate::mailbox::Folders| asked.folders.iter().all(|id| id.is_in(all));
    let known = context.user.mailbox.read(known);
    (!known).then(|| note(HIERARCHY_CHANGED, "a folder that there is not"))
}

/// A folder without a key has nothing that it could be compared with.
fn note_unknown(context: &Context<'_>, account: &mut Account, folders: &[FolderId]) {
    for id in folders {
        let device = account.device(context.device);
        let known = device.known_collection(*id);
        if !known.is_some_and(|collection| collection.key().is_given()) {
            let mistake = format!("Ping: folder {id} was never synchronised");
            account.note(mistake, context.server.command_log);
        }
    }
}

/// Clients are about to hear of all mail in these folders.
pub(super) fn announce(context: &Context<'_>, folders: &[FolderId]) {
    let (user, server) = (context.user, context.server);
    for id in folders {
        if let Place::Mail(folder) = id.place() {
            let now = server.clock.now();
            let announce = |all: &mut crate::mailbox::Shared| all.announce(folder, &user.name, now);
            server.announced(user.mailbox.note(announce));
        }
    }
}

fn changed(folders: &[FolderId]) -> Element {
    let ids = folders.iter();
    let ids = ids.map(|id| Element::of_text(page::FOLDER, id.to_string()));
    Element::new(page::PING)
        .with(Element::of_text(page::STATUS, CHANGED.to_string()))
        .with(ids.fold(Element::new(page::FOLDERS), Element::with))
}
