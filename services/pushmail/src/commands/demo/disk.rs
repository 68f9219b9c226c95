//! What one fsync costs on the disk that the event log is on.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use pushmail_domain::Clock as _;
use pushmail_runtime::SystemClock;

/// How many fsyncs are timed.
const ROUNDS: usize = 64;

/// The median time of appending 4 KiB and syncing it.
pub(super) fn fsync_p50(directory: &Path) -> anyhow::Result<Duration> {
    let path = directory.join("fsync-probe");
    let mut file = File::create(&path)?;
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        file.write_all(&[0x5a; 4096])?;
        let started = SystemClock.elapsed();
        file.sync_data()?;
        took.push(SystemClock.elapsed().saturating_sub(started));
    }
    std::fs::remove_file(&path)?;
    took.sort_unstable();
    Ok(took[ROUNDS / 2])
}
