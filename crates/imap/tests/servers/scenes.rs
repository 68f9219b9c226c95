//! What happens in a mailbox, and how the account hears of it.

use crate::mailbox::{Mailbox, Session, USER};
use pushmail_domain::FolderId;
use pushmail_testkit::MailServer;
use pushmail_testkit::imap_client::Client;
use pushmail_upstream::Change;

/// After so many rounds everything that is told at all has been told.
const ROUNDS: u32 = 16;
/// A little longer than the pause between rounds.
const ROUND: u64 = 61;

/// What is promised, and what was seen to hold.
pub(crate) type Row = (&'static str, String);

struct Scene<'m, 's> {
    session: Session<'m, 's>,
    client: Client,
    server: &'s MailServer,
}

/// Plays every scene; what each came to.
pub(crate) fn play(server: &MailServer) -> Vec<Row> {
    let mut client = server.login(USER);
    for name in ["Lists", "Work", "Work/a", "Gone"] {
        client.create(&server.folder(name));
    }
    let lists = server.folder("Lists");
    for number in 0..3 {
        server.deliver(USER, &mail(number));
        client.append(&lists, "", &mail(number));
    }
    let mut mailbox = Mailbox::new(server, &["*"]);
    let session = mailbox.connect();
    let mut scene = Scene {
        session,
        client,
        server,
    };
    assert!(matches!(scene.session.told()[0], Change::Live { .. }));
    let mut rows = vec![("offers", scene.offers())];
    rows.extend(scene.while_connected());
    scene.session.cut();
    rows.extend(while_away(&mut mailbox, server));
    rows
}

fn mail(number: u32) -> Vec<u8> {
    format!("Subject: {number}\r\nMessage-ID: <{number}@test>\r\n\r\nhello\r\n").into_bytes()
}

impl Scene<'_, '_> {
    /// What of that which matters the server says it can do.
    fn offers(&self) -> String {
        let known = [
            "IDLE",
            "NOTIFY",
            "QRESYNC",
            "CONDSTORE",
            "LIST-STATUS",
            "SPECIAL-USE",
            "OBJECTID",
            "ESEARCH",
        ];
        let offered = known.iter().filter(|name| self.client.can(name));
        offered.copied().collect::<Vec<_>>().join(" ")
    }

    fn while_connected(&mut self) -> Vec<Row> {
        let lists = self.server.folder("Lists");
        let folder = |name: &str| self.server.folder(name);
        let (work, job, new, gone) = (folder("Work"), folder("Job"), folder("New"), folder("Gone"));
        let mut rows = Vec::new();
        self.server.deliver(USER, &mail(10));
        rows.push((
            "new mail in INBOX",
            self.heard(|change, s| message(change, s, "INBOX")),
        ));
        self.client.append(&lists, "", &mail(11));
        rows.push((
            "new mail in another folder",
            self.heard(|change, s| message(change, s, &lists)),
        ));
        self.client.select("INBOX");
        self.client.store("1", "+FLAGS (\\Seen)");
        rows.push((
            "flags in INBOX",
            self.heard(|change, s| flags(change, s, "INBOX", 1)),
        ));
        self.client.remove("1");
        rows.push((
            "deletion in INBOX",
            self.heard(|change, s| gone_from(change, s, "INBOX", 1)),
        ));
        self.client.select(&lists);
        self.client.store("1", "+FLAGS (\\Seen)");
        rows.push((
            "flags in another folder",
            self.heard(|change, s| flags(change, s, &lists, 1)),
        ));
        self.client.remove("1");
        rows.push((
            "deletion in another folder",
            self.heard(|change, s| gone_from(change, s, &lists, 1)),
        ));
        self.client.select("INBOX");
        self.client.create(&new);
        rows.push((
            "folder created",
            self.heard(|change, _| created(change, &new)),
        ));
        self.client.rename(&work, &job);
        rows.push((
            "folder renamed",
            self.heard(|change, _| renamed(change, &job)),
        ));
        self.client.delete(&gone);
        rows.push((
            "folder deleted",
            self.heard(|change, _| deleted(change, &gone)),
        ));
        rows
    }

    /// How, and when, the account hears of what just happened.
    fn heard(&mut self, how: impl Fn(&Change, &Session<'_, '_>) -> Option<&'static str>) -> String {
        if let Some(how) = self.among(&how) {
            return format!("{how}, pushed");
        }
        for round in 1..=ROUNDS {
            self.session.skip(ROUND);
            if let Some(how) = self.among(&how) {
                let when = match round {
                    1 | 2 => "in the next round".to_owned(),
                    _ => format!("within {ROUNDS} rounds"),
                };
                return format!("{how}, {when}");
            }
        }
        panic!("not heard of\n{}", self.session.transcript.join("\n"));
    }

    fn among(
        &mut self,
        how: impl Fn(&Change, &Session<'_, '_>) -> Option<&'static str>,
    ) -> Option<&'static str> {
        let told = self.session.told();
        told.iter().find_map(|change| how(change, &self.session))
    }
}

/// What happened while there was no connection is told by the next one.
fn while_away(mailbox: &mut Mailbox<'_>, server: &MailServer) -> Vec<Row> {
    let lists = server.folder("Lists");
    let mut client = server.login(USER);
    client.append(&lists, "", &mail(20));
    client.select(&lists);
    client.store("2", "+FLAGS (\\Flagged)");
    client.remove("3");
    let anew = server.folder("New");
    client.select("INBOX");
    client.delete(&anew);
    client.create(&anew);
    client.append(&anew, "", &mail(21));
    let mut session = mailbox.connect();
    let told = session.told();
    let how = |of: &dyn Fn(&Change) -> Option<&'static str>| {
        let how = told.iter().find_map(of);
        how.unwrap_or_else(|| panic!("{told:?}\n{}", session.transcript.join("\n")))
            .to_owned()
    };
    let rows = vec![
        (
            "new mail while away",
            how(&|change| message(change, &session, &lists)),
        ),
        (
            "flags while away",
            how(&|change| flags(change, &session, &lists, 2)),
        ),
        (
            "deletion while away",
            how(&|change| gone_from(change, &session, &lists, 3)),
        ),
        (
            "folder made anew while away",
            how(&|change| made_anew(change, &session, &anew)),
        ),
        ("copies known by", how(&identity)),
    ];
    session.cut();
    rows
}

fn is(session: &Session<'_, '_>, folder: FolderId, name: &str) -> bool {
    session.name_of(folder) == name
}

fn message(change: &Change, session: &Session<'_, '_>, name: &str) -> Option<&'static str> {
    match change {
        Change::Message(message) if is(session, message.key.folder, name) => Some("exact"),
        _ => None,
    }
}

fn flags(change: &Change, session: &Session<'_, '_>, name: &str, uid: u32) -> Option<&'static str> {
    match change {
        Change::Flags(flags) if is(session, flags.key.folder, name) && flags.key.uid == uid => {
            Some("exact")
        }
        Change::Snapshot(newest) if is(session, newest.folder, name) => {
            let known = newest.messages.iter().find(|(of, _)| *of == uid);
            let flagged = |flag: &String| flag == "\\Seen" || flag == "\\Flagged";
            known
                .is_some_and(|(_, flags)| flags.iter().any(flagged))
                .then_some("newest 256")
        }
        _ => None,
    }
}

fn gone_from(
    change: &Change,
    session: &Session<'_, '_>,
    name: &str,
    uid: u32,
) -> Option<&'static str> {
    match change {
        Change::Vanished(gone) if is(session, gone.folder, name) => {
            let named = gone
                .uids
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&uid));
            named.then_some("exact")
        }
        Change::Snapshot(newest) if is(session, newest.folder, name) => {
            let there = newest.messages.iter().any(|(of, _)| *of == uid);
            (!there).then_some("newest 256")
        }
        _ => None,
    }
}

fn created(change: &Change, name: &str) -> Option<&'static str> {
    match change {
        Change::FolderCreated { folder, .. } if folder.name == name => Some("created"),
        _ => None,
    }
}

fn renamed(change: &Change, name: &str) -> Option<&'static str> {
    match change {
        Change::FolderRenamed { folder, .. } if folder.name == name => Some("renamed"),
        Change::FolderCreated { folder, .. } if folder.name == name => Some("deleted and created"),
        _ => None,
    }
}

fn deleted(change: &Change, name: &str) -> Option<&'static str> {
    match change {
        Change::FolderDeleted { folder } if folder.name == name => Some("deleted"),
        _ => None,
    }
}

fn made_anew(change: &Change, session: &Session<'_, '_>, name: &str) -> Option<&'static str> {
    match change {
        Change::FolderReset(cursor) if is(session, cursor.folder, name) => Some("reset"),
        Change::FolderCreated { folder, .. } if folder.name == name => Some("deleted and created"),
        _ => None,
    }
}

fn identity(change: &Change) -> Option<&'static str> {
    match change {
        Change::Message(message) if message.provider_message_id.is_empty() => Some("nothing"),
        Change::Message(_) => Some("EMAILID"),
        _ => None,
    }
}
