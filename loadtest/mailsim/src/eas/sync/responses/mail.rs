//! What a client can do to mail: read it, flag it, delete it.

use super::CANNOT_CONVERT;
use crate::eas::context::Context;
use crate::eas::grammar::{Wrong, boolean, text};
use crate::eas::present::{number, version};
use crate::mailbox::{Edit, Flags, Folders};
use pushmail_wbxml::Element;
use pushmail_wbxml::pages::email;

/// Marks a mail as read or unread, flags it or takes the flag away; what is told of its flags now.
pub(super) fn change(
    context: &Context<'_>,
    folder: u64,
    item: u32,
    data: &Element,
) -> Result<u32, Wrong> {
    let mut edits = Vec::new();
    for element in data.children() {
        edits.push(match element.tag() {
            email::READ => ("\\Seen", boolean(element)?),
            email::FLAG => ("\\Flagged", is_flagged(element)?),
            tag => {
                return Err(Wrong::status(
                    CANNOT_CONVERT,
                    format!("{tag} of a mail is changed"),
                ));
            }
        });
    }
    context.user.mailbox.note(|folders| {
        for (flag, value) in edits {
            let Some((uid, flags)) = flags_of(folders, folder, item) else {
                break;
            };
            let edit = if value { Edit::Add } else { Edit::Remove };
            folders.set_flags(folder, uid, &flags.edited(edit, &Flags::new([flag])));
        }
        let messages = folders.by_id(folder).map(|(_, folder)| folder.messages());
        let mut messages = messages.unwrap_or_default().iter();
        let message = messages.find(|message| number(message) == item);
        let gone = || Wrong::status(super::NOT_FOUND, "a mail that is gone");
        message.map(version).ok_or_else(gone)
    })
}

/// Deletes a mail, or moves it to the folder of what is deleted if it is not there; false if there is no such mail.
pub(super) fn delete(context: &Context<'_>, folder: u64, item: u32, moves: bool) -> bool {
    context.user.mailbox.note(|folders| {
        let Some((uid, _)) = flags_of(folders, folder, item) else {
            return false;
        };
        let trash = folders.iter().find(|(_, other)| {
            other.special_use.as_deref() == Some("\\Trash") && other.id != folder
        });
        let trash = trash.map(|(name, _)| name.to_owned());
        if let Some(trash) = trash.filter(|_| moves) {
            folders.copy(folder, &[uid], &trash);
        }
        folders
            .by_id_mut(folder)
            .is_some_and(|folder| !folder.expunge(&[uid]).is_empty())
    })
}

/// An empty Flag takes the mark away (MS-ASEMAIL, section 2.2.2.34); so does one with another Status than 2.
fn is_flagged(flag: &Element) -> Result<bool, Wrong> {
    let status = flag.find(&[email::STATUS]).map(text).transpose()?;
    Ok(status.as_deref() == Some("2"))
}

/// The UID and the flags of a mail.
fn flags_of(folders: &Folders, folder: u64, item: u32) -> Option<(u32, Flags)> {
    let (_, folder) = folders.by_id(folder)?;
    let message = folder
        .messages()
        .iter()
        .find(|message| number(message) == item)?;
    Some((message.uid, message.flags.clone()))
}
