//! A file system in memory for the temporary folders of tests.
//!
//! Servers that tests start make, sync and remove thousands of small files, which costs more time on
//! a disk than all else that they do; and what a test checks after a kill, a disk that never fails
//! keeps as well. Syncs that are missing are noticed by `powercut`, wherever the files are.

use std::fs::read_to_string;
use std::process::Command;

/// Where Linux has such a file system.
pub(super) const FOLDER: &str = "/dev/shm";
/// Enough for the servers that run at once, in MiB: they take a quarter of it.
const ENOUGH: u64 = 1_000;

/// Whether tests can use it: nobody chose another folder, it is there, programs in it may run, and
/// it has enough room. In containers it often is small.
pub(super) fn is_fit() -> bool {
    let mounts = read_to_string("/proc/mounts").unwrap_or_default();
    std::env::var_os("TMPDIR").is_none() && is_mounted(&mounts) && room() >= Some(ENOUGH)
}

fn is_mounted(mounts: &str) -> bool {
    // The last one of a place hides those before.
    let mut mounts = mounts.lines().rev().map(|line| line.split(' '));
    let options = mounts.find_map(|mut mount| {
        let (_, place, kind) = (mount.next()?, mount.next()?, mount.next()?);
        (place == FOLDER && kind == "tmpfs").then(|| mount.next())?
    });
    options.is_some_and(|options| !options.split(',').any(|option| option == "noexec"))
}

/// How much is free, in MiB.
fn room() -> Option<u64> {
    let df = Command::new("df")
        .args(["--output=avail", "--block-size=M", FOLDER])
        .output()
        .ok()?;
    let told = String::from_utf8(df.stdout).ok()?;
    let free = told.lines().last()?.trim().trim_end_matches('M');
    free.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_of_use_only_if_programs_may_run_there() {
        assert!(is_mounted("tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0"));
        assert!(!is_mounted("shm /dev/shm tmpfs rw,nosuid,noexec 0 0"));
        assert!(!is_mounted("tmpfs /dev tmpfs rw 0 0"));
        let hidden = "tmpfs /dev/shm tmpfs rw 0 0\nshm /dev/shm tmpfs rw,noexec 0 0";
        assert!(!is_mounted(hidden));
    }
}
