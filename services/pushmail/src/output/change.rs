//! How changes of messages and folders are printed.

use pushmail_proto::v1::event::Kind;
use serde::Serialize;

/// What `message.flags`, `message.deleted` and `folder.*` add. What the event does not say is left out.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flags: Option<Vec<String>>,
}

impl ChangeLine {
    /// The change of this kind in words.
    pub(super) fn human(&self, kind: &str) -> String {
        let folder = self.folder.as_deref().unwrap_or(&self.folder_id);
        let uid = self.uid.unwrap_or_default();
        let what = match kind {
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
            other => other.to_owned(),
        };
        format!("{folder}  {what}")
    }
}

/// The type of the event.
pub(super) const fn name(kind: &Kind) -> &'static str {
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
        Kind::MessageFlags(changed) => ChangeLine {
            folder_id: changed.folder_id,
            uid_validity: Some(changed.uid_validity),
            uid: Some(changed.uid),
            flags: Some(changed.flags),
            ..ChangeLine::default()
        },
        Kind::MessageDeleted(gone) => ChangeLine {
            folder_id: gone.folder_id,
            uid_validity: Some(gone.uid_validity),
            uid: Some(gone.uid),
            ..ChangeLine::default()
        },
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
