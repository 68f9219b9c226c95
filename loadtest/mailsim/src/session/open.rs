//! SELECT and EXAMINE (RFC 3501, section 6.3.1; RFC 7162, sections 3.1.8 and 3.2.5), ENABLE (RFC
//! 5161), CLOSE and UNSELECT (RFC 3691).

use super::tell::flags_line;
use super::{Enabled, Reply, Selected, Session};
use crate::mailbox::{Folder, View};
use crate::server::Server;
use crate::wire::{Args, NumberSet, Value, decode_name, ranges};

const FLAGS: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

/// What a client knows of a folder, by `(QRESYNC (validity modseq [known-uids]))`.
struct Known {
    validity: u32,
    modseq: u64,
    uids: Option<NumberSet>,
}

/// The parameters of SELECT.
#[derive(Default)]
struct Parameters {
    condstore: bool,
    known: Option<Known>,
}

impl<S> Session<S> {
    pub(super) fn enable(&mut self, args: Args<'_>) -> Reply {
        let features = self.server.profile.features();
        let mut enabled = String::new();
        for name in args.map(Value::upper) {
            match name.as_str() {
                "QRESYNC" if features.qresync => {
                    self.enabled.qresync = true;
                    self.enable_condstore();
                }
                "CONDSTORE" if features.condstore => self.enable_condstore(),
                _ => continue,
            }
            enabled.push(' ');
            enabled.push_str(&name);
        }
        self.say(&format!("* ENABLED{enabled}"));
        "OK ENABLE done".into()
    }

    /// The client used CONDSTORE: from now on it is told mod-sequences.
    pub(super) fn enable_condstore(&mut self) {
        self.enabled.condstore = true;
        let (Some(owner), Some(selected)) = (&self.owner, &self.selected) else {
            return;
        };
        let id = selected.view.folder;
        if self.server.profile.quirks().modseq_once_enabled {
            owner.user.mailbox.note(|folders| folders.see_condstore(id));
        }
    }

    pub(super) fn open(&mut self, mut args: Args<'_>, read_only: bool) -> Reply {
        let texts = &self.server.profile.texts();
        if self.server.profile.quirks().needs_id && !self.identified {
            return texts.unsafe_login.clone().into();
        }
        let name = args.next().and_then(Value::text).and_then(decode_name);
        let Some(name) = name else {
            return "BAD SELECT needs a folder".into();
        };
        let Ok(parameters) = self.parameters(args.next()) else {
            return "BAD unknown or unexpected parameter".into();
        };
        if self.selected.take().is_some() && self.server.profile.features().qresync {
            self.say("* OK [CLOSED] previous folder closed");
        }
        if parameters.condstore || parameters.known.is_some() {
            self.enabled.condstore = true;
        }
        match self.take_up(&name, &parameters, read_only) {
            Some(()) if read_only => "OK [READ-ONLY] EXAMINE done".into(),
            Some(()) => "OK [READ-WRITE] SELECT done".into(),
            None => "NO [NONEXISTENT] no such folder".into(),
        }
    }

    fn parameters(&self, given: Option<&Value>) -> Result<Parameters, ()> {
        let mut parameters = Parameters::default();
        let features = self.server.profile.features();
        let mut values = match given {
            None => return Ok(parameters),
            Some(given) => given.list().ok_or(())?.iter(),
        };
        while let Some(name) = values.next() {
            match name.upper().as_str() {
                "CONDSTORE" if features.condstore => parameters.condstore = true,
                "QRESYNC" if self.enabled.qresync => {
                    let known = values.next().and_then(Value::list).and_then(known);
                    parameters.known = Some(known.ok_or(())?);
                }
                _ => return Err(()),
            }
        }
        Ok(parameters)
    }

    /// Opens a folder and tells all about it; `None` if it is not there.
    fn take_up(&mut self, name: &str, parameters: &Parameters, read_only: bool) -> Option<()> {
        let owner = self.owner.as_ref()?;
        let (server, enabled) = (&self.server, &self.enabled);
        let (view, lines, announced) = owner.user.mailbox.note(|folders| {
            let id = folders.get(name).filter(|folder| folder.selectable)?.id;
            if enabled.condstore && server.profile.quirks().modseq_once_enabled {
                folders.see_condstore(id);
            }
            let announced = folders.announce(id, &owner.user.name, server.clock.now());
            let (_, folder) = folders.by_id(id)?;
            let view = View::open(folder);
            let mut lines = describe(folder, server, read_only);
            if let Some(known) = parameters.known.as_ref() {
                lines.extend(resync(folder, &view, known, enabled));
            }
            Some((view, lines, announced))
        })?;
        self.server.announced(announced);
        for line in lines {
            self.say(&line);
        }
        self.selected = Some(Selected { view, read_only });
        Some(())
    }

    /// Closes the open folder; `expunge` removes what is marked as deleted, if it may.
    pub(super) fn close(&mut self, expunge: bool) -> Reply {
        let writable = self.selected.as_ref().is_some_and(|open| !open.read_only);
        if expunge && writable {
            self.remove_deleted(None);
        }
        match self.selected.take() {
            Some(_) => "OK closed".into(),
            None => "BAD open a folder first".into(),
        }
    }
}

fn known(values: &[Value]) -> Option<Known> {
    let (validity, modseq) = (values.first()?.number()?, values.get(1)?.number()?);
    let uids = match values.get(2).and_then(Value::text) {
        Some(text) => Some(NumberSet::parse(text)?),
        None => None,
    };
    Some(Known {
        validity,
        modseq,
        uids,
    })
}

/// What SELECT says of a folder.
fn describe(folder: &Folder, server: &Server, read_only: bool) -> Vec<String> {
    let (features, quirks) = (server.profile.features(), &server.profile.quirks());
    let permanent = match read_only {
        true => String::new(),
        false => format!("{FLAGS} \\*"),
    };
    let mut lines = vec![
        format!("* FLAGS ({FLAGS})"),
        format!("* OK [PERMANENTFLAGS ({permanent})] flags permitted"),
        format!("* {} EXISTS", folder.messages().len()),
        "* 0 RECENT".to_owned(),
        format!("* OK [UIDVALIDITY {}] valid", folder.validity),
    ];
    if !quirks.no_uidnext {
        lines.push(format!("* OK [UIDNEXT {}] next", folder.uid_next));
    }
    if features.condstore {
        lines.extend(modseq_line(folder, server));
    }
    if features.object_id {
        lines.push(format!("* OK [MAILBOXID (F{})] id", folder.id));
    }
    lines
}

fn modseq_line(folder: &Folder, server: &Server) -> Option<String> {
    let quirks = &server.profile.quirks();
    if folder.no_modseq {
        return Some("* OK [NOMODSEQ] no mod-sequences here".to_owned());
    }
    if quirks.modseq_once_enabled && !folder.condstore_seen {
        return None;
    }
    let text = match quirks.bare_modseq {
        true => "",
        false => " highest",
    };
    Some(format!("* OK [HIGHESTMODSEQ {}]{text}", folder.modseq))
}

/// What changed since the client's last visit (RFC 7162, section 3.2.5); nothing if it cannot be
/// told.
fn resync(folder: &Folder, view: &View, known: &Known, enabled: &Enabled) -> Vec<String> {
    let mut lines = Vec::new();
    if known.validity != folder.validity || folder.no_modseq {
        return lines;
    }
    let is_known = |uid: u32| {
        let known = known.uids.as_ref();
        known.is_none_or(|uids| uids.contains(uid, folder.uid_next - 1))
    };
    let vanished = folder.vanished_since(known.modseq);
    let vanished: Vec<u32> = vanished.into_iter().filter(|uid| is_known(*uid)).collect();
    if !vanished.is_empty() {
        lines.push(format!("* VANISHED (EARLIER) {}", ranges(vanished)));
    }
    for ((sequence, _), message) in view.numbers().zip(folder.messages()) {
        if message.modseq > known.modseq && is_known(message.uid) {
            lines.push(flags_line(sequence, message, enabled));
        }
    }
    lines
}
