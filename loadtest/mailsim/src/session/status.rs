//! STATUS (RFC 3501, section 6.3.10; RFC 7162, 8474).

use super::{Reply, Session};
use crate::mailbox::{Folder, canonical};
use crate::server::Server;
use crate::wire::{Args, Value, decode_name, folder_name};

impl<S> Session<S> {
    pub(super) fn status(&mut self, mut args: Args<'_>) -> Reply {
        let name = args.next().and_then(Value::text).and_then(decode_name);
        let (Some(name), Some(items)) = (name, args.next().and_then(Value::list)) else {
            return "BAD STATUS needs a folder and items".into();
        };
        let Some(owner) = &self.owner else {
            return "NO log in first".into();
        };
        if items.iter().any(|item| item.is("HIGHESTMODSEQ")) && self.has_condstore() {
            self.enabled.condstore = true;
        }
        let server = &self.server;
        let line = owner.user.mailbox.read(|folders| {
            let folder = folders.get(&name).filter(|folder| folder.selectable)?;
            Some(status_line(&canonical(&name), folder, items, server))
        });
        match line {
            None => "NO [NONEXISTENT] no such folder".into(),
            Some(None) => "BAD unknown STATUS item".into(),
            Some(Some(line)) => {
                self.say(&line);
                "OK STATUS done".into()
            }
        }
    }

    fn has_condstore(&self) -> bool {
        self.server.profile.features().condstore
    }
}

/// The STATUS response; `None` if an item is unknown.
pub(super) fn status_line(
    name: &str,
    folder: &Folder,
    items: &[Value],
    server: &Server,
) -> Option<String> {
    let (features, quirks) = (server.profile.features(), &server.profile.quirks());
    let mut values = Vec::new();
    for item in items.iter().map(Value::upper) {
        let value = match item.as_str() {
            "MESSAGES" => folder.messages().len().to_string(),
            "UNSEEN" => folder.unseen().to_string(),
            "RECENT" => "0".to_owned(),
            "UIDNEXT" => folder.uid_next.to_string(),
            "UIDVALIDITY" => folder.validity.to_string(),
            "HIGHESTMODSEQ" if features.condstore && folder.no_modseq => "0".to_owned(),
            "HIGHESTMODSEQ" if features.condstore => folder.modseq.to_string(),
            "MAILBOXID" if features.object_id => format!("(F{})", folder.id),
            _ => return None,
        };
        values.push(format!("{item} {value}"));
    }
    if quirks.empty_status {
        values.clear();
    }
    let space = if quirks.status_trailing_space {
        " "
    } else {
        ""
    };
    let values = values.join(" ");
    Some(format!("* STATUS {} ({values}){space}", folder_name(name)))
}
