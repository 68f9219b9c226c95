//! How changes of messages and folders are printed.

use super::item::ItemLine;
use pushmail_proto::v1::{ItemClass, ItemDetail, MessageFlags, event::Kind};
use serde::Serialize;

/// What `message.flags`, `message.deleted`, `folder.*` and what happens to other items add. What the event does not say is left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ChangeLine {
    pub(crate) folder_id: String,
    /// The folder's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) folder: Option<String>,
    /// Of `folder.renamed`: its name before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) old_folder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uid_validity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uid: Option<u32>,
    /// For Exchange ActiveSync.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) server_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flags: Option<Vec<String>>,
    /// Whether it is read now, if that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<bool>,
    /// Whether it is marked for later now, if that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flagged: Option<bool>,
    #[serde(flatten)]
    pub(crate) item: Option<ItemLine>,
}

impl ChangeLine {
    /// The change of this kind in words.
    pub(super) fn human(&self, kind: &str) -> String {
        let folder = self.folder.as_deref().unwrap_or(&self.folder_id);
        let uid = match self.uid {
            Some(uid) => uid.to_string(),
            None => self.server_id.clone(),
        };
        let what = match kind {
            "message.flags" if self.flags.is_none() => self.marked(&uid),
            "message.flags" => match self.flags.as_deref() {
                None | Some([]) => format!("message {uid} has no flags now"),
                Some(flags) => format!("message {uid} has the flags {} now", flags.join(" ")),
            },
            "message.deleted" => format!("message {uid} is gone"),
            "folder.created" => "the folder was created".to_owned(),
            "folder.renamed" => {
                let before = self.old_folder.as_deref().unwrap_or_default();
                format!("the folder was renamed from {before}")
            }
            "folder.deleted" => "the folder is gone".to_owned(),
            "folder.reset" => {
                "the server rebuilt the folder: UIDs known before mean nothing any more".to_owned()
            }
            "folder.resync" => {
                "more changed than is told one by one: read the folder again".to_owned()
            }
            other => match &self.item {
                Some(item) => format!("{other} {uid}: {}", item.human()),
                None => format!("{other} {uid}"),
            },
        };
        format!("{folder}  {what}")
    }

    /// The marks that changed, in words.
    fn marked(&self, id: &str) -> String {
        let word = |mark: Option<bool>, yes, no| mark.map(|mark| if mark { yes } else { no });
        let seen = word(self.seen, "read", "unread");
        let flagged = word(self.flagged, "flagged", "not flagged");
        let words: Vec<&str> = seen.into_iter().chain(flagged).collect();
        format!("message {id} is {} now", words.join(" and "))
    }
}

/// The type of the event.
pub(super) fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::MessageNew(_) => "message.new",
        Kind::AccountState(_) => "account.state",
        Kind::MessageFlags(_) => "message.flags",
        Kind::MessageDeleted(_) => "message.deleted",
        Kind::FolderCreated(_) => "folder.created",
        Kind::FolderRenamed(_) => "folder.renamed",
        Kind::FolderDeleted(_) => "folder.deleted",
        Kind::FolderReset(_) => "folder.reset",
        Kind::FolderResync(_) => "folder.resync",
        Kind::ItemNew(new) => of_class(
            new.class,
            ["calendar.new", "contact.new", "task.new", "message.new"],
        ),
        Kind::ItemChanged(changed) => of_class(
            changed.class,
            [
                "calendar.changed",
                "contact.changed",
                "task.changed",
                "message.changed",
            ],
        ),
        Kind::ItemDeleted(gone) => of_class(
            gone.class,
            [
                "calendar.deleted",
                "contact.deleted",
                "task.deleted",
                "message.deleted",
            ],
        ),
    }
}

/// The name for the class of an item: calendar, contact, task or message.
fn of_class(class: i32, [calendar, contact, task, message]: [&'static str; 4]) -> &'static str {
    match ItemClass::try_from(class) {
        Ok(ItemClass::Calendar) => calendar,
        Ok(ItemClass::Contact) => contact,
        Ok(ItemClass::Task) => task,
        Ok(ItemClass::Message) => message,
        Ok(ItemClass::Unspecified) | Err(_) => "unknown",
    }
}

/// What the event says; `None` if it is no change of a message or folder.
pub(super) fn line(kind: Kind) -> Option<ChangeLine> {
    let of_folder = |folder_id, name: String| ChangeLine {
        folder_id,
        folder: Some(name).filter(|name| !name.is_empty()),
        ..ChangeLine::default()
    };
    Some(match kind {
        Kind::MessageNew(_) | Kind::AccountState(_) => return None,
        Kind::MessageFlags(changed) => flags(changed),
        Kind::MessageDeleted(gone) if gone.server_id.is_empty() => ChangeLine {
            folder_id: gone.folder_id,
            uid_validity: Some(gone.uid_validity),
            uid: Some(gone.uid),
            ..ChangeLine::default()
        },
        Kind::MessageDeleted(gone) => item(gone.folder_id, gone.server_id, None),
        Kind::ItemNew(new) => item(new.folder_id, new.server_id, new.detail),
        Kind::ItemChanged(changed) => item(changed.folder_id, changed.server_id, changed.detail),
        Kind::ItemDeleted(gone) => item(gone.folder_id, gone.server_id, None),
        Kind::FolderCreated(folder) => of_folder(folder.folder_id, folder.name),
        Kind::FolderDeleted(folder) => of_folder(folder.folder_id, folder.name),
        Kind::FolderResync(folder) => of_folder(folder.folder_id, folder.name),
        Kind::FolderRenamed(folder) => ChangeLine {
            old_folder: Some(folder.old_name),
            ..of_folder(folder.folder_id, folder.name)
        },
        Kind::FolderReset(folder) => ChangeLine {
            uid_validity: Some(folder.uid_validity),
            ..of_folder(folder.folder_id, folder.name)
        },
    })
}

fn item(folder_id: String, server_id: String, detail: Option<ItemDetail>) -> ChangeLine {
    ChangeLine {
        folder_id,
        server_id,
        item: ItemLine::new(detail),
        ..ChangeLine::default()
    }
}

/// All flags, as IMAP tells them, or the marks that changed.
fn flags(changed: MessageFlags) -> ChangeLine {
    if !changed.server_id.is_empty() {
        return ChangeLine {
            seen: changed.seen,
            flagged: changed.flagged,
            ..item(changed.folder_id, changed.server_id, None)
        };
    }
    ChangeLine {
        folder_id: changed.folder_id,
        uid_validity: Some(changed.uid_validity),
        uid: Some(changed.uid),
        flags: Some(changed.flags),
        ..ChangeLine::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::EventLine;
    use super::*;
    use pushmail_proto::v1;
    use serde_json::json;

    fn event(kind: Kind) -> EventLine {
        let event = v1::Event {
            id: "evt_1".into(),
            kind: Some(kind),
            ..v1::Event::default()
        };
        EventLine::new(event, None)
    }

    #[test]
    fn changed_flags_are_told_with_the_folder_s_name_if_it_is_known() {
        let flags = |flags: &[&str]| {
            event(Kind::MessageFlags(v1::MessageFlags {
                folder_id: "fld_1".into(),
                uid_validity: 7,
                uid: 42,
                flags: flags.iter().map(ToString::to_string).collect(),
                ..v1::MessageFlags::default()
            }))
        };
        let line = flags(&["\\Seen", "$Todo"]);
        assert_eq!(
            line.human(),
            "  fld_1  message 42 has the flags \\Seen $Todo now"
        );
        let written = serde_json::to_value(&line).unwrap();
        let expected = json!({
            "id": "evt_1", "type": "message.flags", "account": "", "detected_at": null,
            "folder_id": "fld_1", "uid_validity": 7, "uid": 42, "flags": ["\\Seen", "$Todo"],
        });
        assert_eq!(written, expected);
        let named = flags(&[]).in_folder("INBOX");
        assert_eq!(named.human(), "  INBOX  message 42 has no flags now");
    }

    #[test]
    fn marks_and_items_are_told_by_the_server_s_name_for_them() {
        let marks = event(Kind::MessageFlags(v1::MessageFlags {
            folder_id: "fld_1".into(),
            server_id: "5:1".into(),
            seen: Some(true),
            flagged: Some(false),
            ..v1::MessageFlags::default()
        }));
        assert_eq!(
            marks.human(),
            "  fld_1  message 5:1 is read and not flagged now"
        );
        let appointment = v1::Appointment {
            subject: "Lunch".into(),
            location: "Canteen".into(),
            ..v1::Appointment::default()
        };
        let new = event(Kind::ItemNew(v1::ItemNew {
            folder_id: "fld_2".into(),
            class: ItemClass::Calendar.into(),
            server_id: "7:1".into(),
            detail: Some(ItemDetail {
                item: Some(v1::item_detail::Item::Appointment(appointment)),
            }),
        }));
        assert_eq!(new.human(), "  fld_2  calendar.new 7:1: Lunch, Canteen");
        let written = serde_json::to_value(&new).unwrap();
        assert_eq!(written["type"], "calendar.new");
        assert_eq!(
            (&written["server_id"], &written["subject"]),
            (&json!("7:1"), &json!("Lunch"))
        );
    }

    #[test]
    fn a_renamed_folder_is_told_with_both_names_and_cannot_steer_the_terminal() {
        let line = event(Kind::FolderRenamed(v1::FolderRenamed {
            folder_id: "fld_1".into(),
            name: "New\u{1b}[2J".into(),
            old_name: "Old".into(),
        }));
        assert_eq!(line.human(), "  New [2J  the folder was renamed from Old");
        let written = serde_json::to_value(&line).unwrap();
        assert_eq!(written["type"], "folder.renamed");
        assert_eq!(written["old_folder"], "Old");
    }
}
