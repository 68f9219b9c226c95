//! A power cut for one process.
//!
//! The kernel keeps what a killed process wrote, synced or not, so a plain SIGKILL never shows a
//! missing fsync. Here a library preloaded into the process under test (`LD_PRELOAD`, built as the
//! example target `powercut`) writes an undo record to a journal before each write to a watched
//! file, and a marker before each sync. After the kill, [`apply`] takes back every write that no
//! later sync covered, as if the machine had lost its power at that moment.
//!
//! Watched are files below [`DIR_VARIABLE`] named `*.db`, `*.db-wal` or `*.db-journal`: what SQLite
//! writes by `write`, `pwrite`, `writev`, `pwritev`, `ftruncate`, and syncs by `fsync` or
//! `fdatasync`. Not undone: writes through a memory map (SQLite's `-shm` files, which it rebuilds),
//! truncation by `open`, the creation and removal of files. Every unsynced write is lost, never
//! only some of them.

mod journal;

pub use journal::{Entry, Journal, Record};

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// Names the directory whose files are watched. It must exist when the process starts.
pub const DIR_VARIABLE: &str = "PUSHMAIL_POWERCUT_DIR";

/// Names the journal file. It must lie outside the watched names; it is appended to.
pub const JOURNAL_VARIABLE: &str = "PUSHMAIL_POWERCUT_JOURNAL";

/// Milliseconds that each sync of a watched file waits before it counts; none if unset. It widens
/// the window in which a kill meets writes that are not yet durable.
pub const SYNC_DELAY_VARIABLE: &str = "PUSHMAIL_POWERCUT_SYNC_DELAY_MS";

/// What [`apply`] took back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Files with at least one lost write, and how many each lost; in no order.
    pub files: Vec<(PathBuf, usize)>,
    /// Writes and truncations taken back.
    pub undone_writes: usize,
    /// Bytes that those writes had put into files.
    pub undone_bytes: u64,
}

/// The preloaded library, for a program in the same target folder: `executable` is that program, a
/// test or a binary of this workspace (`std::env::current_exe`).
///
/// # Errors
/// When it is not there; the message says how to build it.
pub fn preload_library(executable: &Path) -> io::Result<PathBuf> {
    let found = executable
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("examples/libpowercut.so"))
        .find(|library| library.exists());
    found.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "libpowercut.so is not built: cargo build -p pushmail-powercut --example powercut",
        )
    })
}

/// Undoes, in each file of the journal, the writes after its last sync, newest first; then removes
/// the journal. Call it after the process is gone. No journal means nothing was written.
///
/// # Errors
/// When the journal is no journal, or a file cannot be restored; the journal then stays.
pub fn apply(journal: &Path) -> io::Result<Report> {
    let bytes = match std::fs::read(journal) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Report::default()),
        read => read?,
    };
    let mut report = Report::default();
    for (path, lost) in unsynced(&bytes)? {
        let path = Path::new(OsStr::from_bytes(path));
        undo(path, &lost).map_err(|error| {
            let path = path.display();
            io::Error::new(error.kind(), format!("cannot restore {path}: {error}"))
        })?;
        report.files.push((path.to_path_buf(), lost.len()));
        report.undone_writes += lost.len();
        report.undone_bytes += lost.iter().map(|record| record.written).sum::<u64>();
    }
    std::fs::remove_file(journal)?;
    Ok(report)
}

/// The records after each file's last marker, oldest first.
fn unsynced(bytes: &[u8]) -> io::Result<HashMap<&[u8], Vec<Record<'_>>>> {
    let mut files: HashMap<&[u8], Vec<Record<'_>>> = HashMap::new();
    for entry in Journal::new(bytes) {
        match entry? {
            (path, Entry::Write(record)) => files.entry(path).or_default().push(record),
            (path, Entry::Settled) => {
                files.remove(path);
            }
        }
    }
    Ok(files)
}

fn undo(path: &Path, lost: &[Record<'_>]) -> io::Result<()> {
    let file: File = OpenOptions::new().write(true).open(path)?;
    for record in lost.iter().rev() {
        file.write_all_at(record.old, record.offset)?;
        file.set_len(record.old_length)?;
    }
    Ok(())
}
