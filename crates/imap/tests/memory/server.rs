//! A server with as many folders as are watched, that answers everything, and attacks where it hurts.

use crate::fuzz_bodies::choice;
use crate::meter::Meter;
use pushmail_domain::{Folder, FolderCursor, FolderId, Timestamp};
use pushmail_imap::Settings;
use pushmail_imap::flow::limits;
use std::fmt::Write as _;
use std::time::Duration;

/// Where it hurts: the beginning of a command, after how many of them, and what is sent instead of the usual answer.
pub(crate) struct Attack {
    /// What the server offers.
    offers: &'static str,
    at: &'static str,
    bytes: Vec<u8>,
}

pub(crate) struct Server {
    folders: usize,
    attack: Attack,
    idling: Option<String>,
    told: bool,
}

/// The name of a watched folder, as long as they may be together.
fn name(number: usize) -> String {
    let length = limits::NAMES / limits::FOLDERS - 1;
    format!("{number:0length$}")
}

/// All folders, read before, all events.
pub(crate) fn watched(folders: usize) -> Settings {
    let mut settings = choice::settings(choice::ALL);
    let names = (1..folders).map(name);
    let names = std::iter::once("INBOX".to_owned()).chain(names);
    settings.selection = vec!["*".to_owned()];
    settings.listed = true;
    for name in names {
        let id = FolderId::of_name(choice::ACCOUNT, &name, 7);
        settings.folders.push(Folder::new(id, name));
        settings.cursors.push(FolderCursor {
            mod_seq: 99,
            read_at: Timestamp::from_micros(1),
            ..FolderCursor::starting(id, 7, 5000)
        });
    }
    settings
}

/// Every change is asked for by FETCH.
const PLAIN: &str = "IMAP4rev1 IDLE";
/// Flags are asked for by their MODSEQ.
const CONDSTORE: &str = "IMAP4rev1 IDLE CONDSTORE";
const OFFERS: &str = "IMAP4rev1 IDLE QRESYNC NOTIFY LIST-STATUS ESEARCH OBJECTID ID";

impl Server {
    pub(crate) const fn new(attack: Attack, folders: usize) -> Self {
        Self {
            folders,
            attack,
            idling: None,
            told: false,
        }
    }

    pub(crate) fn serve(&mut self, meter: &mut Meter) {
        meter.feed(
            format!("* OK [CAPABILITY {}] ready\r\n", self.attack.offers).as_bytes(),
            4096,
        );
        for _ in 0..400 {
            let sent = String::from_utf8(std::mem::take(&mut meter.sent)).unwrap();
            for line in sent.lines() {
                let answer = self.answer(line);
                meter.feed(&answer, 16 * 1024);
            }
            if sent.is_empty() && meter.parked && !self.told {
                // News, so that mail is read.
                self.told = true;
                meter.feed(b"* 9000 EXISTS\r\n", 16 * 1024);
            } else if sent.is_empty() {
                meter.pass(Duration::from_secs(120));
            }
            if meter.ended {
                break;
            }
        }
    }

    fn answer(&mut self, line: &str) -> Vec<u8> {
        let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
        if line == "DONE" {
            let ended = self.idling.take().map(|tag| format!("{tag} OK\r\n"));
            return ended.unwrap_or_default().into_bytes();
        }
        let attacks = !self.attack.at.is_empty() && command.starts_with(self.attack.at);
        let mut answer = if attacks {
            std::mem::take(&mut self.attack.bytes)
        } else {
            Vec::new()
        };
        if command == "IDLE" {
            self.idling = Some(tag.to_owned());
            answer.splice(0..0, *b"+ idling\r\n");
            return answer;
        }
        answer.extend(self.usual(command).into_bytes());
        answer
            .extend(format!("{tag} OK [CAPABILITY {}] done\r\n", self.attack.offers).into_bytes());
        answer
    }

    fn usual(&self, command: &str) -> String {
        let names = std::iter::once("INBOX".to_owned()).chain((1..self.folders).map(name));
        let mut lines = String::new();
        if command.starts_with("LIST") {
            for name in names {
                write!(lines, "* LIST () \"/\" \"{name}\"\r\n* STATUS \"{name}\" (MESSAGES 4000 UIDNEXT 5000 UIDVALIDITY 7 HIGHESTMODSEQ 99)\r\n").unwrap();
            }
        } else if command.starts_with("EXAMINE") {
            lines += "* 4000 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 5000] n\r\n* OK [HIGHESTMODSEQ 100] m\r\n";
        } else if command.starts_with("ENABLE") {
            lines += "* ENABLED QRESYNC\r\n";
        }
        lines
    }
}

/// A message whose body is as long as is kept, with many flags.
fn message(sequence: u32, uid: u32, body: usize) -> Vec<u8> {
    let flags: Vec<String> = (0..64).map(|flag| format!("$f{flag}")).collect();
    let flags = flags.join(" ");
    let mut bytes =
        format!("* {sequence} FETCH (UID {uid} FLAGS ({flags}) BODY[]<0> {{{body}}}\r\n")
            .into_bytes();
    bytes.extend(std::iter::repeat_n(b'x', body));
    bytes.extend(b")\r\n");
    bytes
}

fn lines(count: u32, line: impl Fn(u32) -> String) -> Vec<u8> {
    (1..=count).map(line).collect::<String>().into_bytes()
}

/// No attack.
pub(crate) const fn nothing() -> Attack {
    Attack {
        offers: OFFERS,
        at: "",
        bytes: Vec::new(),
    }
}

/// What hurts most, by what it fills.
pub(crate) fn attacks() -> Vec<(&'static str, Attack)> {
    let garbage = |first: &str| {
        let mut bytes = first.as_bytes().to_vec();
        bytes.extend(std::iter::repeat_n(0xffu8, 16_000 - first.len()));
        bytes.extend(b"\r\n");
        bytes
    };
    let flags = |count: usize| vec!["a"; count].join(" ");
    let ranges = lines(1, |_| {
        let ranges: Vec<String> = (1..2500).map(|uid| (uid * 2).to_string()).collect();
        format!("* VANISHED (EARLIER) {}\r\n", ranges.join(","))
    });
    let singles = lines(495, |uid| format!("* VANISHED (EARLIER) {}\r\n", uid * 2));
    let mut both = singles;
    both.extend(lines(495, |uid| {
        format!("* 1 FETCH (UID {uid} FLAGS (\\Seen $Long $Flags))\r\n")
    }));
    both.extend(ranges.clone());
    let held: Vec<u8> = (0..70)
        .flat_map(|step| message(4002 + step, 5100 - step, 150))
        .collect();
    let mut large = message(4002, 5002, 16_384);
    large.extend(message(4003, 5003, 16_384));
    large.extend(b"* 4003 FETCH (UID 5004 FLAGS () BODY[]<0> {16384}\r\n");
    large.extend(std::iter::repeat_n(b'x', 16_384));
    large.extend(format!(" X {}", "y".repeat(3_000)).into_bytes());
    large.extend(b")\r\n");
    let skipped = {
        let mut bytes = b"* 4001 FETCH (UID 5000 BODY[] {4000000}\r\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 4_000_000));
        bytes.extend(b")\r\n");
        bytes
    };
    let read = "UID FETCH 5000:*";
    let on = |offers, at, bytes| Attack { offers, at, bytes };
    let attack = |at, bytes| on(OFFERS, at, bytes);
    vec![
        ("nothing", nothing()),
        ("text of 8-bit garbage", attack("LOGIN", garbage("* OK "))),
        ("BYE of 8-bit garbage", attack("IDLE", garbage("* BYE "))),
        ("a code of garbage", attack("LOGIN", garbage("* OK [X-"))),
        ("ID of garbage", attack("ID", garbage("* ID (\"name\" \""))),
        (
            "capabilities",
            attack("CAPABILITY", garbage("* CAPABILITY ")),
        ),
        (
            "a LIST name of garbage",
            attack("LIST", garbage("* LIST () \"/\" ")),
        ),
        (
            "a LIST of two literals",
            attack("LIST", {
                let name = "n".repeat(8_100);
                format!("* LIST () \"/\" {{8100}}\r\n{name} (\"OLDNAME\" ({{8100}}\r\n{name}))\r\n")
                    .into_bytes()
            }),
        ),
        (
            "LIST flood",
            attack(
                "LIST",
                lines(3000, |n| format!("* LIST () \"/\" \"{n:0900}\"\r\n")),
            ),
        ),
        (
            "rename storm",
            attack(
                "IDLE",
                lines(127, |n| {
                    let old = name(usize::try_from(n).unwrap());
                    let long = "x".repeat(900);
                    format!("* LIST () \"/\" \"{old}{long}\" (\"OLDNAME\" (\"{old}\"))\r\n")
                }),
            ),
        ),
        (
            "rename of all by one",
            attack(
                "EXAMINE",
                lines(2, |n| {
                    let long = "9".repeat(900 + n as usize);
                    format!("* LIST () \"/\" \"{long}\" (\"OLDNAME\" (\"\"))\r\n")
                }),
            ),
        ),
        (
            "folders deleted at once",
            attack(
                "EXAMINE",
                lines(127, |n| {
                    format!("* LIST (\\NonExistent) \"/\" \"{}\"\r\n", name(n as usize))
                }),
            ),
        ),
        (
            "flags before live",
            attack(
                "NOTIFY",
                lines(9000, |uid| {
                    format!("* 1 FETCH (UID {} FLAGS (a b c d e))\r\n", uid % 4000 + 1)
                }),
            ),
        ),
        (
            "VANISHED before live",
            attack(
                "NOTIFY",
                lines(300, |_| {
                    format!("* VANISHED {}\r\n", "1,3,5,7,9,11,13,15,17".repeat(9))
                }),
            ),
        ),
        ("VANISHED of many ranges", attack("EXAMINE", ranges)),
        ("VANISHED and flags", attack("EXAMINE", both)),
        (
            "flags while live",
            attack(
                "IDLE",
                lines(2000, |uid| format!("* 1 FETCH (UID {uid} FLAGS ())\r\n")),
            ),
        ),
        (
            "flags of one letter",
            on(
                PLAIN,
                "FETCH",
                lines(256, |uid| {
                    format!("* 1 FETCH (UID {uid} FLAGS ({}))\r\n", flags(64))
                }),
            ),
        ),
        (
            "flags of one letter since",
            on(
                CONDSTORE,
                "UID FETCH 1:",
                lines(500, |uid| {
                    format!("* 1 FETCH (UID {uid} FLAGS ({}))\r\n", flags(64))
                }),
            ),
        ),
        (
            "long flags",
            on(
                PLAIN,
                "FETCH",
                lines(256, |uid| {
                    format!("* 1 FETCH (UID {uid} FLAGS ({}))\r\n", "f".repeat(2000))
                }),
            ),
        ),
        ("messages held", attack(read, held)),
        ("large messages held", attack(read, large)),
        (
            "messages of 16 KiB",
            attack(
                read,
                (0..40)
                    .flat_map(|step| message(4001 + step, 5000 + step, 16_384))
                    .collect(),
            ),
        ),
        ("a body that is skipped", attack(read, skipped)),
        ("a long line", attack("IDLE", garbage("* XLINE "))),
        (
            "a SEARCH of many",
            attack(
                "IDLE",
                lines(1, |_| {
                    format!("* SEARCH {}\r\n", "1234567 ".repeat(100_000))
                }),
            ),
        ),
    ]
}
