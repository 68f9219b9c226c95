//! CREATE, DELETE, RENAME (RFC 3501, sections 6.3.3 to 6.3.5).

use super::{Reply, Session};
use crate::wire::{Args, decode_name};

impl<S> Session<S> {
    pub(super) fn create(&mut self, args: Args<'_>) -> Reply {
        let (Some(owner), [name, ..]) = (&self.owner, &names(args)[..]) else {
            return "BAD CREATE needs a name".into();
        };
        let created = owner.user.mailbox.change(|folders| {
            let id = folders.create(name).then(|| folders.get(name))?;
            id.map(|folder| folder.id)
        });
        match created {
            None => "NO [ALREADYEXISTS] this folder exists".into(),
            Some(id) if self.server.profile.features().object_id => {
                format!("OK [MAILBOXID (F{id})] CREATE done").into()
            }
            Some(_) => "OK CREATE done".into(),
        }
    }

    pub(super) fn delete(&mut self, args: Args<'_>) -> Reply {
        let (Some(owner), [name, ..]) = (&self.owner, &names(args)[..]) else {
            return "BAD DELETE needs a name".into();
        };
        match owner.user.mailbox.change(|folders| folders.delete(name)) {
            true => "OK DELETE done".into(),
            false => "NO [NONEXISTENT] no such folder, or INBOX".into(),
        }
    }

    pub(super) fn rename(&mut self, args: Args<'_>) -> Reply {
        let (Some(owner), [old, new, ..]) = (&self.owner, &names(args)[..]) else {
            return "BAD RENAME needs two names".into();
        };
        match owner
            .user
            .mailbox
            .change(|folders| folders.rename(old, new))
        {
            true => "OK RENAME done".into(),
            false => "NO no such folder, or the new name is taken".into(),
        }
    }
}

/// The arguments that are names of folders, decoded.
fn names(args: Args<'_>) -> Vec<String> {
    args.map_while(|value| decode_name(value.text()?)).collect()
}
