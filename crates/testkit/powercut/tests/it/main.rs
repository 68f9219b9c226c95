//! The preloaded library in a real process that is really killed.

use pushmail_powercut::{
    DIR_VARIABLE, JOURNAL_VARIABLE, Report, SYNC_DELAY_VARIABLE, apply, preload_library,
};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the probe on `name` in `dir`, kills it when it is done, and applies the power cut.
fn cut(dir: &Path, name: &str, steps: &[&str]) -> Report {
    let journal = dir.join("journal");
    let program = std::env::current_exe().expect("the test has a path");
    let library = preload_library(&program).expect("the library is built with the tests");
    let mut probe = Command::new(library.with_file_name("powercut-probe"))
        .arg(dir.join(name))
        .args(steps)
        .env("LD_PRELOAD", &library)
        .env(DIR_VARIABLE, dir)
        .env(JOURNAL_VARIABLE, &journal)
        .env(SYNC_DELAY_VARIABLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the probe starts");
    let mut line = String::new();
    let stdout = probe.stdout.take().expect("stdout is piped");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("the probe speaks");
    probe.kill().expect("the probe runs");
    probe.wait().expect("the probe ends");
    assert_eq!(line, "done\n", "the probe failed at {steps:?}");
    let report = apply(&journal).expect("the journal is readable");
    assert!(!journal.exists());
    report
}

fn content(dir: &Path, name: &str) -> String {
    std::fs::read_to_string(dir.join(name)).expect("the file is there")
}

#[test]
fn unsynced_writes_vanish_and_synced_ones_stay() {
    let dir = tempfile::tempdir().unwrap();
    let steps = [
        "append:kept",
        "sync",
        "append: lost",
        "write:0:LO",
        "append: too",
    ];
    let report = cut(dir.path(), "a.db", &steps);
    assert_eq!(content(dir.path(), "a.db"), "kept");
    let expected = Report {
        files: vec![(dir.path().join("a.db"), 3)],
        undone_writes: 3,
        undone_bytes: 11,
    };
    assert_eq!(report, expected);
}

#[test]
fn overwritten_and_truncated_bytes_come_back() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.db-wal"), "0123456789").unwrap();
    let steps = ["write:8:abcd", "truncate:4", "truncate:40", "write:2:xyz"];
    assert_eq!(cut(dir.path(), "a.db-wal", &steps).undone_writes, 4);
    assert_eq!(content(dir.path(), "a.db-wal"), "0123456789");
}

#[test]
fn a_last_sync_leaves_nothing_to_undo() {
    let dir = tempfile::tempdir().unwrap();
    let report = cut(dir.path(), "a.db", &["append:abc", "truncate:2", "sync"]);
    assert_eq!(report, Report::default());
    assert_eq!(content(dir.path(), "a.db"), "ab");
}

#[test]
fn other_files_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(cut(dir.path(), "a.txt", &["append:abc"]), Report::default());
    assert_eq!(content(dir.path(), "a.txt"), "abc");
}

fn rows_after_the_cut(synchronous: &str) -> (Report, Option<i64>) {
    let dir = tempfile::tempdir().expect("a folder");
    let pragma = format!("sql:PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}");
    let insert = "sql:INSERT INTO mail VALUES ('a')";
    let steps = [&pragma, "sql:CREATE TABLE mail (id TEXT)", insert, insert];
    let report = cut(dir.path(), "log.db", &steps);
    let connection = rusqlite::Connection::open(dir.path().join("log.db")).expect("it opens");
    let rows = connection.query_row("SELECT count(*) FROM mail", [], |row| row.get(0));
    (report, rows.ok())
}

#[test]
fn sqlite_keeps_what_it_synced() {
    assert_eq!(rows_after_the_cut("FULL").1, Some(2));
}

#[test]
fn sqlite_loses_what_it_did_not_sync() {
    let (report, rows) = rows_after_the_cut("OFF");
    assert_eq!(rows, None, "not even the table may be left");
    assert!(report.undone_writes > 2, "{report:?}");
}
