//! Which files are watched, and the journal about them.

use libc::{c_int, c_long, off_t};
use pushmail_powercut::{DIR_VARIABLE, Entry, JOURNAL_VARIABLE, Record, SYNC_DELAY_VARIABLE};
use std::ffi::{CStr, OsStr};
use std::fs::{File, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// Where a write goes.
pub(crate) enum Place {
    /// To the file's own offset, or to its end if it was opened to be appended to.
    Current,
    /// To this offset.
    At(off_t),
}

struct Watch {
    dir: PathBuf,
    sync_delay: Duration,
    journal: File,
    /// The entry in the making. The lock also holds a write back until its record is written, and
    /// keeps a sync from coming between the two.
    entry: Mutex<Vec<u8>>,
}

/// Records what the write is about to destroy, then lets it happen.
pub(crate) fn writing(
    fd: c_int,
    place: Place,
    count: usize,
    call: impl FnOnce() -> c_long,
) -> c_long {
    let Some((watch, path)) = watched(fd) else {
        return call();
    };
    let mut entry = watch.lock();
    let old_length = length(fd);
    let offset = match place {
        Place::At(offset) => u64::try_from(offset).unwrap_or(0),
        Place::Current => current(fd, old_length),
    };
    let overlap = old_length.saturating_sub(offset).min(count as u64);
    let old = read(fd, offset, overlap);
    let record = Record {
        offset,
        old_length,
        written: count as u64,
        old: &old,
    };
    watch.note(&mut entry, &path, &Entry::Write(record));
    call()
}

/// Records what the truncation is about to cut off, then lets it happen.
pub(crate) fn truncating(fd: c_int, to: off_t, call: impl FnOnce() -> c_long) -> c_long {
    let Some((watch, path)) = watched(fd) else {
        return call();
    };
    let mut entry = watch.lock();
    let old_length = length(fd);
    let offset = u64::try_from(to).unwrap_or(0).min(old_length);
    let old = read(fd, offset, old_length - offset);
    let record = Record {
        offset,
        old_length,
        written: 0,
        old: &old,
    };
    watch.note(&mut entry, &path, &Entry::Write(record));
    call()
}

/// Notes that what was written so far is about to become durable.
pub(crate) fn syncing(fd: c_int) {
    let Some((watch, path)) = watched(fd) else {
        return;
    };
    // Until the marker is written, the writes before it can still be lost.
    std::thread::sleep(watch.sync_delay);
    watch.note(&mut watch.lock(), &path, &Entry::Settled);
}

/// Lets the file go, then forgets its records.
pub(crate) fn removing(path: &CStr, call: impl FnOnce() -> c_long) -> c_long {
    let path = Path::new(OsStr::from_bytes(path.to_bytes()));
    let whole = watch().and_then(|watch| Some((watch, path.canonicalize().ok()?)));
    match whole.filter(|(watch, path)| watch.covers(path)) {
        None => call(),
        Some((watch, path)) => {
            let mut entry = watch.lock();
            let result = call();
            if result == 0 {
                watch.note(&mut entry, &path, &Entry::Settled);
            }
            result
        }
    }
}

/// The watch, if this process was told to have one, and the file's path, if it is watched.
fn watched(fd: c_int) -> Option<(&'static Watch, PathBuf)> {
    let watch = watch()?;
    let path = std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()?;
    watch.covers(&path).then_some((watch, path))
}

fn watch() -> Option<&'static Watch> {
    static WATCH: OnceLock<Option<Watch>> = OnceLock::new();
    WATCH.get_or_init(Watch::from_environment).as_ref()
}

impl Watch {
    fn from_environment() -> Option<Self> {
        let dir = PathBuf::from(std::env::var_os(DIR_VARIABLE)?);
        let dir = or_abort(dir.canonicalize(), DIR_VARIABLE);
        let journal = std::env::var_os(JOURNAL_VARIABLE).unwrap_or_default();
        let journal = OpenOptions::new().append(true).create(true).open(journal);
        let delay = std::env::var(SYNC_DELAY_VARIABLE).ok();
        let delay = delay.map_or(0, |text| {
            or_abort(text.parse().map_err(io::Error::other), SYNC_DELAY_VARIABLE)
        });
        Some(Self {
            dir,
            sync_delay: Duration::from_millis(delay),
            journal: or_abort(journal, JOURNAL_VARIABLE),
            entry: Mutex::default(),
        })
    }

    fn covers(&self, path: &Path) -> bool {
        let name = path.as_os_str().as_bytes();
        let kind = [&b".db"[..], b".db-wal", b".db-journal"];
        kind.iter().any(|end| name.ends_with(end)) && path.starts_with(&self.dir)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, buffer: &mut Vec<u8>, path: &Path, entry: &Entry<'_>) {
        buffer.clear();
        entry.encode(path.as_os_str().as_bytes(), buffer);
        or_abort(append(self.journal.as_raw_fd(), buffer), JOURNAL_VARIABLE);
        buffer.shrink_to(1024 * 1024);
    }
}

/// A process whose journal cannot be kept must not go on: it would look more durable than it is.
fn or_abort<T>(result: io::Result<T>, what: &str) -> T {
    result.unwrap_or_else(|error| {
        let message = format!("powercut: {what}: {error}\n");
        if append(2, message.as_bytes()).is_err() {
            // Nobody to tell; the abort says enough.
        }
        std::process::abort()
    })
}

fn append(fd: RawFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        // SAFETY: the pointer and the length are those of a live slice.
        let done = unsafe { libc::syscall(libc::SYS_write, fd, bytes.as_ptr(), bytes.len()) };
        bytes = &bytes[checked(done)?..];
    }
    Ok(())
}

fn length(fd: c_int) -> u64 {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `fstat` fills the structure that the pointer names.
    let result = unsafe { libc::fstat(fd, stat.as_mut_ptr()) };
    or_abort(checked(c_long::from(result)), "fstat");
    // SAFETY: `fstat` returned 0, so the structure is filled.
    let stat = unsafe { stat.assume_init() };
    u64::try_from(stat.st_size).unwrap_or(0)
}

fn current(fd: c_int, end: u64) -> u64 {
    // SAFETY: no pointers.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    if flags & libc::O_APPEND != 0 {
        return end;
    }
    // SAFETY: no pointers.
    let offset = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) };
    or_abort(checked(offset), "lseek") as u64
}

fn read(fd: c_int, offset: u64, count: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
    let mut done = 0;
    while done < bytes.len() {
        let rest = &mut bytes[done..];
        let at = offset + done as u64;
        // SAFETY: the pointer and the length are those of a live slice.
        let got =
            unsafe { libc::syscall(libc::SYS_pread64, fd, rest.as_mut_ptr(), rest.len(), at) };
        match or_abort(checked(got), "reading a watched file") {
            0 => break,
            got => done += got,
        }
    }
    bytes.truncate(done);
    bytes
}

fn checked(result: c_long) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}
