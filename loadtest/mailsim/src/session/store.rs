//! STORE (RFC 3501, section 6.4.6; RFC 7162, section 3.1.3), and COPY and MOVE (RFC 6851).

use super::command::Command;
use super::tell::flags_line;
use super::{Reply, Session};
use crate::mailbox::{Edit, Flags};
use crate::wire::{NumberSet, Value, decode_name, ranges};

/// A STORE as it was read.
struct Plan {
    set: NumberSet,
    unchanged_since: Option<u64>,
    edit: Edit,
    silent: bool,
    flags: Flags,
}

impl<S> Session<S> {
    pub(super) fn store(&mut self, command: &Command) -> Reply {
        let Some(plan) = plan(command) else {
            return "BAD STORE needs a set, what to do, and flags".into();
        };
        match &self.selected {
            None => return "BAD open a folder first".into(),
            Some(selected) if selected.read_only => return "NO the folder is read-only".into(),
            Some(_) => {}
        }
        if plan.unchanged_since.is_some() {
            if !self.server.profile.features().condstore {
                return "BAD there are no mod-sequences".into();
            }
            self.enable_condstore();
        }
        let by_uid = command.by_uid();
        let mut modified = Vec::new();
        for (sequence, uid) in self.chosen(&plan.set, by_uid) {
            if !self.store_one(&plan, sequence, uid) {
                modified.push(if by_uid { uid } else { sequence });
            }
        }
        match modified.is_empty() {
            true => "OK STORE done".into(),
            false => format!("OK [MODIFIED {}] some have changed", ranges(modified)).into(),
        }
    }

    /// Changes one message's flags; false if it has changed before.
    fn store_one(&mut self, plan: &Plan, sequence: u32, uid: u32) -> bool {
        let Some(message) = self.message(uid) else {
            return true;
        };
        let since = plan.unchanged_since;
        if since.is_some_and(|since| message.modseq > since) {
            return false;
        }
        let flags = message.flags.edited(plan.edit, &plan.flags);
        let (Some(owner), Some(selected)) = (&self.owner, &mut self.selected) else {
            return true;
        };
        let folder = selected.view.folder;
        let mailbox = &owner.user.mailbox;
        mailbox.change(|folders| folders.set_flags(folder, uid, &flags));
        let Some(message) = self.message(uid) else {
            return true;
        };
        if let Some(selected) = &mut self.selected {
            selected.view.knows(uid, message.modseq);
        }
        // With CONDSTORE the new mod-sequence is told even to a silent STORE.
        if !plan.silent || self.enabled.condstore {
            let line = flags_line(sequence, &message, &self.enabled);
            self.say(&line);
        }
        true
    }

    pub(super) fn copy(&mut self, command: &Command, and_remove: bool) -> Reply {
        let mut texts = command.args.iter().map(Value::text);
        let set = texts.next().flatten().and_then(NumberSet::parse);
        let name = texts.next().flatten().and_then(decode_name);
        let (Some(set), Some(name)) = (set, name) else {
            return "BAD a set and a folder expected".into();
        };
        let chosen = self.chosen(&set, command.by_uid());
        let uids: Vec<u32> = chosen.into_iter().map(|(_, uid)| uid).collect();
        let (Some(owner), Some(selected)) = (&self.owner, &self.selected) else {
            return "BAD open a folder first".into();
        };
        if and_remove && selected.read_only {
            return "NO the folder is read-only".into();
        }
        let from = selected.view.folder;
        let copied = owner.user.mailbox.change(|folders| {
            let validity = folders.get(&name).filter(|to| to.selectable)?.validity;
            let pairs = folders.copy(from, &uids, &name);
            if and_remove && let Some(folder) = folders.by_id_mut(from) {
                folder.expunge(&uids);
            }
            Some((validity, pairs))
        });
        let Some((validity, pairs)) = copied else {
            return "NO [TRYCREATE] no such folder".into();
        };
        if pairs.is_empty() || !self.server.profile.features().uid_plus {
            return "OK done".into();
        }
        let old = ranges(pairs.iter().map(|(old, _)| *old));
        let new = ranges(pairs.iter().map(|(_, new)| *new));
        let code = format!("[COPYUID {validity} {old} {new}]");
        if and_remove {
            // Before the messages are told to be gone (RFC 6851, section 4.3).
            self.say(&format!("* OK {code} moved"));
            return "OK done".into();
        }
        format!("OK {code} done").into()
    }
}

fn plan(command: &Command) -> Option<Plan> {
    let mut args = command.args.iter();
    let set = NumberSet::parse(args.next()?.text()?)?;
    let mut unchanged_since = None;
    if let Some(modifiers) = args.as_slice().first().and_then(Value::list) {
        let [name, modseq] = modifiers else {
            return None;
        };
        unchanged_since = Some(modseq.number().filter(|_| name.is("UNCHANGEDSINCE"))?);
        args.next();
    }
    let action = args.next()?.upper();
    let (action, silent) = match action.strip_suffix(".SILENT") {
        Some(action) => (action, true),
        None => (action.as_str(), false),
    };
    let edit = match action {
        "FLAGS" => Edit::Replace,
        "+FLAGS" => Edit::Add,
        "-FLAGS" => Edit::Remove,
        _ => return None,
    };
    let flags = match args.as_slice() {
        [Value::List(flags)] => flags,
        flags => flags,
    };
    let flags: Vec<&str> = flags.iter().map(Value::text).collect::<Option<_>>()?;
    Some(Plan {
        set,
        unchanged_since,
        edit,
        silent,
        flags: Flags::new(flags),
    })
}
