//! The page of docs that says what each server makes possible: written from what was seen.

use crate::scenes::{self, Row};
use pushmail_testkit::Kind;
use std::path::PathBuf;
use std::thread;

/// Set it to write the page anew.
const WRITE: &str = "PUSHMAIL_WRITE_DOCS";

const BEFORE: &str = "\
# What IMAP servers make possible

<!-- Written by `PUSHMAIL_WRITE_DOCS=1 cargo test -p pushmail-imap --test servers`; the tests check it. -->

Each cell was seen in a run against the real server, with an account that watches `*` and wants all events.

- *exact*: every change is told, however old the message is. *newest 256*: of each folder the newest 256 messages are
  compared with what they were; a change of an older one goes unnoticed.
- *pushed*: as soon as the server says so. *in the next round*: the folders beyond the first are looked at every minute.
  *within 16 rounds*: what no number of the server's tells is looked for every 15 minutes.
- *renamed*: the folder keeps its identity and cursor. *reset*: UIDVALIDITY changed; mail that was not announced before is.
- New mail is exact everywhere.

";

#[test]
fn docs_imap_servers_md_says_what_was_seen() {
    let seen: Vec<Option<Vec<Row>>> = thread::scope(|scope| {
        let plays = Kind::ALL.map(|kind| scope.spawn(move || Some(scenes::play(&kind.start()?))));
        plays.map(|play| play.join().unwrap()).into_iter().collect()
    });
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/imap-servers.md");
    if std::env::var_os(WRITE).is_some() && seen.iter().all(Option::is_some) {
        std::fs::write(&path, page(&seen)).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    for (column, rows) in seen.iter().enumerate() {
        for (name, cell) in rows.iter().flatten() {
            let said = cell_of(&page, name, column);
            let server = Kind::ALL[column].name();
            assert_eq!(
                said,
                Some(cell.as_str()),
                "{server}, {name}: set {WRITE}=1 to write what is true now"
            );
        }
    }
}

fn page(seen: &[Option<Vec<Row>>]) -> String {
    let columns: Vec<&Vec<Row>> = seen.iter().flatten().collect();
    let mut page = BEFORE.to_owned();
    page += "| | Dovecot 2.3 | Cyrus 3.6 | Courier 5.0 |\n|---|---|---|---|\n";
    for (place, (name, _)) in columns[0].iter().enumerate() {
        let cells = columns.iter().map(|rows| rows[place].1.as_str());
        page += &format!("| {name} | {} |\n", cells.collect::<Vec<_>>().join(" | "));
    }
    page
}

fn cell_of<'a>(page: &'a str, name: &str, column: usize) -> Option<&'a str> {
    let line = page
        .lines()
        .find(|line| line.starts_with(&format!("| {name} |")))?;
    line.split('|').nth(column + 2).map(str::trim)
}
