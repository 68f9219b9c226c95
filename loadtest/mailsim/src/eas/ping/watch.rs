//! What a Ping asks for.

use crate::eas::device::Watch;
use crate::eas::folder::FolderId;
use crate::eas::grammar::{Form, Wrong, number_in, required, text};
use pushmail_wbxml::pages::ping as page;
use pushmail_wbxml::{Element, ProtocolVersion};

const HIERARCHY_CHANGED: u16 = 7;

const PING: Form = Form::any(&[page::HEARTBEAT_INTERVAL, page::FOLDERS]);
const FOLDERS: Form = Form::list(&[page::FOLDER]);
const FOLDER: Form = Form::any(&[page::ID, page::CLASS]);

/// Reads what a Ping asks for. What it leaves out is as it was.
pub(super) fn read(body: &Element, version: ProtocolVersion, known: Watch) -> Result<Watch, Wrong> {
    PING.check(body, version)?;
    let heartbeat = number_in(body, page::HEARTBEAT_INTERVAL)?;
    let folders = match body.find(&[page::FOLDERS]) {
        Some(folders) => read_folders(folders, version)?,
        None => known.folders,
    };
    Ok(Watch {
        heartbeat: heartbeat.or(known.heartbeat),
        folders,
    })
}

fn read_folders(folders: &Element, version: ProtocolVersion) -> Result<Box<[FolderId]>, Wrong> {
    FOLDERS.check(folders, version)?;
    let ids: Vec<_> = folders
        .all(page::FOLDER)
        .map(|folder| read_folder(folder, version))
        .collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Err(Wrong::malformed("Folders without a Folder"));
    }
    let repeated = |at: usize| ids[..at].contains(&ids[at]);
    if (0..ids.len()).any(repeated) {
        return Err(Wrong::malformed("the same folder twice"));
    }
    Ok(ids.into())
}

fn read_folder(folder: &Element, version: ProtocolVersion) -> Result<FolderId, Wrong> {
    FOLDER.check(folder, version)?;
    let id = text(required(folder, page::ID)?)?;
    let class = text(required(folder, page::CLASS)?)?;
    let id = FolderId::parse(&id)
        .ok_or_else(|| Wrong::status(HIERARCHY_CHANGED, format!("the folder {id}")))?;
    match class == id.class() {
        true => Ok(id),
        false => Err(Wrong::malformed(format!("folder {id} is no {class}"))),
    }
}
