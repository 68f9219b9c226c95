//! The mailbox of a server that keeps to the protocol: folders and messages, and how a server writes them.

use std::fmt::Write as _;

const FLAGS: [&str; 4] = ["", "\\Seen", "\\Seen \\Answered", "\\Flagged $Forwarded"];

/// What the bytes of an input choose, one after the other; zero when there are no more.
pub(super) struct Choices<'a>(pub(super) &'a [u8]);

impl Choices<'_> {
    pub(super) fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub(super) fn up_to(&mut self, most: usize) -> usize {
        usize::from(self.next()) % (most + 1)
    }

    pub(super) const fn are_over(&self) -> bool {
        self.0.is_empty()
    }
}

pub(super) struct Mail {
    pub(super) uid: u32,
    flags: &'static str,
    mod_seq: u64,
}

pub(super) struct Folder {
    pub(super) name: String,
    id: u32,
    validity: u32,
    next: u32,
    pub(super) mails: Vec<Mail>,
    /// UIDs that are gone, with the MODSEQ of that.
    gone: Vec<(u32, u64)>,
}

pub(super) struct Mailbox {
    pub(super) folders: Vec<Folder>,
    mod_seq: u64,
    ids: u32,
    /// Names that folders were given: another folder of the same name and UIDVALIDITY would be taken for the first.
    given: Vec<String>,
    /// Whether it numbers changes, and has MAILBOXID.
    pub(super) numbers: bool,
    pub(super) identifies: bool,
}

impl Mailbox {
    pub(super) fn new(numbers: bool, identifies: bool) -> Self {
        let mut mailbox = Self {
            folders: Vec::new(),
            mod_seq: 100,
            ids: 0,
            given: Vec::new(),
            numbers,
            identifies,
        };
        for (name, mails, next) in [("INBOX", 22, 43), ("Lists", 3, 43), ("Sent", 0, 1)] {
            mailbox.create(name);
            let folder = mailbox.folders.last_mut().unwrap();
            folder.mails = (1..=mails).map(old).collect();
            folder.next = next;
        }
        mailbox
    }

    pub(super) fn create(&mut self, name: &str) {
        self.ids += 1;
        self.folders.push(Folder {
            name: name.to_owned(),
            id: self.ids,
            validity: if self.ids <= 3 { 7 } else { 7 + self.ids },
            next: 1,
            mails: Vec::new(),
            gone: Vec::new(),
        });
    }

    /// Gives a folder another name, and gives the old one; `None` if some folder had the name before.
    pub(super) fn rename(&mut self, folder: usize, name: &str) -> Option<String> {
        if self.given.iter().any(|given| given == name) {
            return None;
        }
        self.given.push(name.to_owned());
        let folder = &mut self.folders[folder].name;
        Some(std::mem::replace(folder, name.to_owned()))
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.folders.iter().position(|folder| folder.name == name)
    }

    fn changed(&mut self) -> u64 {
        self.mod_seq += 1;
        self.mod_seq
    }

    /// Delivers mail; `gap` UIDs are left out before it.
    pub(super) fn deliver(&mut self, folder: usize, gap: u32) {
        let mod_seq = self.changed();
        let folder = &mut self.folders[folder];
        let uid = folder.next + gap;
        folder.next = uid + 1;
        folder.mails.push(Mail {
            uid,
            flags: "",
            mod_seq,
        });
    }

    /// Removes a message, and gives what a server says of it.
    pub(super) fn expunge(&mut self, folder: usize, at: usize, by_uid: bool) -> String {
        let mod_seq = self.changed();
        let folder = &mut self.folders[folder];
        if folder.mails.is_empty() {
            return String::new();
        }
        let at = at % folder.mails.len();
        let mail = folder.mails.remove(at);
        folder.gone.push((mail.uid, mod_seq));
        match by_uid {
            true => format!("* VANISHED {}\r\n", mail.uid),
            false => format!("* {} EXPUNGE\r\n", at + 1),
        }
    }

    /// Changes a message's flags, and gives what a server says of it.
    pub(super) fn flag(&mut self, folder: usize, at: usize, flags: usize) -> String {
        let mod_seq = self.changed();
        let numbers = self.numbers;
        let folder = &mut self.folders[folder];
        if folder.mails.is_empty() {
            return String::new();
        }
        let at = at % folder.mails.len();
        let mail = &mut folder.mails[at];
        (mail.flags, mail.mod_seq) = (FLAGS[flags % FLAGS.len()], mod_seq);
        let number = if numbers {
            format!(" UID {} MODSEQ ({mod_seq})", mail.uid)
        } else {
            String::new()
        };
        let flags = mail.flags;
        format!("* {} FETCH (FLAGS ({flags}){number})\r\n", at + 1)
    }

    /// The folder is made anew.
    pub(super) fn rebuild(&mut self, folder: usize) {
        let folder = &mut self.folders[folder];
        folder.validity += 1;
        folder.gone.clear();
        for (at, mail) in (1u32..).zip(&mut folder.mails) {
            mail.uid = at;
        }
        folder.next = folder.mails.last().map_or(1, |mail| mail.uid + 1);
    }

    /// STATUS, with all items.
    pub(super) fn status(&self, folder: usize) -> String {
        let folder = &self.folders[folder];
        let mut line = format!(
            "* STATUS \"{}\" (MESSAGES {} UIDNEXT {} UIDVALIDITY {}",
            folder.name,
            folder.mails.len(),
            folder.next,
            folder.validity
        );
        if self.numbers {
            write!(line, " HIGHESTMODSEQ {}", self.mod_seq).unwrap();
        }
        if self.identifies {
            write!(line, " MAILBOXID (M{})", folder.id).unwrap();
        }
        line + ")\r\n"
    }

    /// What comes with a folder that is opened.
    pub(super) fn opened(&self, folder: usize) -> String {
        let at = &self.folders[folder];
        let mut lines = format!(
            "* {} EXISTS\r\n* OK [UIDVALIDITY {}] valid\r\n* OK [UIDNEXT {}] next\r\n",
            at.mails.len(),
            at.validity,
            at.next
        );
        if self.numbers {
            write!(lines, "* OK [HIGHESTMODSEQ {}] highest\r\n", self.mod_seq).unwrap();
        }
        if self.identifies {
            write!(lines, "* OK [MAILBOXID (M{})] id\r\n", at.id).unwrap();
        }
        lines
    }

    /// What changed since a MODSEQ: deletions and flags (RFC 7162, section 3.2.5.2).
    pub(super) fn since(&self, folder: usize, mod_seq: u64) -> String {
        let at = &self.folders[folder];
        let gone = at.gone.iter().filter(|(_, when)| *when > mod_seq);
        let gone: Vec<_> = gone.map(|(uid, _)| uid.to_string()).collect();
        let mut lines = String::new();
        if !gone.is_empty() {
            write!(lines, "* VANISHED (EARLIER) {}\r\n", gone.join(",")).unwrap();
        }
        for (sequence, mail) in (1..).zip(&at.mails) {
            if mail.mod_seq > mod_seq {
                lines += &at.line(sequence, mail, false, true);
            }
        }
        lines
    }
}

const fn old(uid: u32) -> Mail {
    Mail {
        uid,
        flags: "",
        mod_seq: 1,
    }
}

impl Folder {
    /// FETCH of a message.
    pub(super) fn line(&self, sequence: u32, mail: &Mail, body: bool, number: bool) -> String {
        let Mail {
            uid,
            flags,
            mod_seq,
        } = mail;
        let mut line = format!("* {sequence} FETCH (UID {uid} FLAGS ({flags})");
        if number {
            write!(line, " MODSEQ ({mod_seq})").unwrap();
        }
        if body {
            let text = format!("Subject: {uid}\r\n\r\n{}", self.name);
            write!(line, " BODY[]<0> {{{}}}\r\n{text}", text.len()).unwrap();
        }
        line + ")\r\n"
    }

    /// The messages of a set `n`, `n:m` or `n:*`, by UID or by sequence number.
    pub(super) fn chosen(&self, set: &str, by_uid: bool) -> Vec<(u32, &Mail)> {
        let number = |text: &str| text.parse::<u32>().ok();
        let numbered = (1..).zip(&self.mails);
        let of = |sequence: u32, mail: &Mail| if by_uid { mail.uid } else { sequence };
        let last = numbered.clone().map(|(at, mail)| of(at, mail)).last();
        let last = last.unwrap_or(0);
        let (first, end) = match set.split_once(':') {
            Some((first, end)) => (number(first), number(end)),
            None => (number(set), number(set)),
        };
        let (first, end) = (first.unwrap_or(last), end.unwrap_or(last));
        let range = first.min(end)..=first.max(end);
        numbered
            .filter(|(at, mail)| range.contains(&of(*at, mail)))
            .collect()
    }
}
