//! Events, contacts and tasks, by CalDAV and CardDAV.

use super::Sogo;
use crate::backing::http;
use crate::server::PASSWORD;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::time::Duration;

/// SOGo counts changes of calendars and address books by the second: of two in the same second, a
/// client may miss the later one.
const RESOLUTION: Duration = Duration::from_millis(1100);

/// A kind of thing that is not mail. Each has a folder of its own, which is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// An event, on the 10th of January 2030 from 10 to 11 in UTC.
    Event,
    /// A contact: what it is called is its last name.
    Contact,
    /// A task, due on the 10th of January 2030.
    Task,
}

impl Sogo {
    /// Puts an entry into the user's calendar or address book, or changes it: `id` is up to the test,
    /// and `name` is its subject.
    ///
    /// Returns in another second than the change was made in, as SOGo counts changes by the second.
    ///
    /// # Panics
    /// When it is refused.
    pub fn put(&self, user: &str, entry: Entry, id: &str, name: &str) {
        let text = entry.text(id, name);
        let put = self.dav("PUT", user, entry, id, &text);
        self.expect(put, &format!("take {entry:?} {id}"));
    }

    /// Deletes an entry. Returns when [`put`](Self::put) does.
    ///
    /// # Panics
    /// When it is refused.
    pub fn delete(&self, user: &str, entry: Entry, id: &str) {
        let deleted = self.dav("DELETE", user, entry, id, "");
        self.expect(deleted, &format!("delete {entry:?} {id}"));
    }

    fn dav(&self, method: &str, user: &str, entry: Entry, id: &str, body: &str) -> io::Result<()> {
        let (folder, extension, kind) = match entry {
            Entry::Event | Entry::Task => ("Calendar", "ics", "text/calendar"),
            Entry::Contact => ("Contacts", "vcf", "text/vcard"),
        };
        let path = format!("/SOGo/dav/{user}/{folder}/personal/{id}.{extension}");
        let length = body.len();
        let headers = authorization(user)
            + &format!("Content-Type: {kind}; charset=utf-8\r\nContent-Length: {length}\r\n");
        http::ask(self.addr, method, &path, &headers, body)?;
        std::thread::sleep(RESOLUTION);
        Ok(())
    }
}

impl Entry {
    fn text(self, id: &str, name: &str) -> String {
        let lines = match self {
            Self::Event => vec![
                "DTSTAMP:20300101T000000Z".to_owned(),
                "DTSTART:20300110T100000Z".to_owned(),
                "DTEND:20300110T110000Z".to_owned(),
                format!("SUMMARY:{name}"),
            ],
            Self::Task => vec![
                "DTSTAMP:20300101T000000Z".to_owned(),
                "DUE:20300110T100000Z".to_owned(),
                format!("SUMMARY:{name}"),
            ],
            Self::Contact => vec![
                format!("N:{name};Probe;;;"),
                format!("FN:Probe {name}"),
                format!("EMAIL:{id}@example.test"),
            ],
        };
        let lines = lines.join("\r\n");
        let calendar = |kind: &str| {
            format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//testkit//EN\r\nBEGIN:{kind}\r\n\
                 UID:{id}\r\n{lines}\r\nEND:{kind}\r\nEND:VCALENDAR\r\n"
            )
        };
        match self {
            Self::Event => calendar("VEVENT"),
            Self::Task => calendar("VTODO"),
            Self::Contact => {
                format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{id}\r\n{lines}\r\nEND:VCARD\r\n")
            }
        }
    }
}

/// The header with which a user logs in.
pub(super) fn authorization(user: &str) -> String {
    let pair = STANDARD.encode(format!("{user}:{PASSWORD}"));
    format!("Authorization: Basic {pair}\r\n")
}
