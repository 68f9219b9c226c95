//! The first process: starts the test in namespaces of its own, and removes what these do not.
//!
//! The inner process is in a process namespace, so that everything in it ends with the first one there; it gets a
//! network without anything in it, and mounts that nobody else sees.

use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

/// Tells the inner process which folder it works in.
pub const VARIABLE: &str = "PUSHMAIL_CLUSTER_FOLDER";
/// The first process of the namespace: it also takes leave of processes whose parents have ended, without which no container ends
/// in which one of them was.
const FIRST: &str = r#""$@" & wait $!"#;
/// The file in the folder with the number, outside, of the inner process' parent.
pub(crate) const PARENT: &str = "parent";
/// Where containers' control groups are, below each hierarchy.
pub(crate) const GROUP: &str = "pushmail-cluster";
const HIERARCHIES: &str = "/sys/fs/cgroup";
/// How long processes may take to be gone.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(100);

/// The folder of the inner process; `None` in the first one.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

/// Runs this program again, inside, with the same arguments, and returns its exit code.
///
/// # Errors
/// If it cannot be started.
pub async fn run() -> anyhow::Result<ExitCode> {
    let folder = tempfile::Builder::new()
        .prefix("pushmail-cluster-")
        .tempdir()?;
    // Containers' users have to pass through it.
    open(folder.path())?;
    // `setpriv` has the kernel end what follows if this process is killed.
    let mut inner = Command::new("setpriv");
    inner
        .args(["--pdeathsig", "KILL", "unshare"])
        .args(["--net", "--mount", "--pid", "--ipc", "--uts", "--fork"])
        .args(["--kill-child", "--mount-proc", "sh", "-c", FIRST, "first"])
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(VARIABLE, folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let mut inner = inner
        .spawn()
        .context("cannot run setpriv and unshare (util-linux)")?;
    let number = inner.id().unwrap_or_default();
    std::fs::write(folder.path().join(PARENT), number.to_string())?;
    let ended = tokio::select! {
        ended = inner.wait() => ended?.code(),
        stopped = stopped() => {
            stopped?;
            inner.kill().await?;
            None
        }
    };
    remove_groups().await;
    Ok(ended.map_or(ExitCode::from(2), |code| {
        ExitCode::from(u8::try_from(code).unwrap_or(2))
    }))
}

/// Waits for Ctrl-C or SIGTERM.
async fn stopped() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        stopped = tokio::signal::ctrl_c() => stopped,
        _ = terminate.recv() => Ok(()),
    }
}

fn open(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

/// Removes the control groups of all containers, which are empty once the kernel has ended all processes.
async fn remove_groups() {
    let begin = Instant::now();
    loop {
        let hierarchies = std::fs::read_dir(HIERARCHIES)
            .into_iter()
            .flatten()
            .flatten();
        let groups = hierarchies.map(|hierarchy| hierarchy.path().join(GROUP));
        let left: Vec<_> = groups
            .filter(|group| group.exists() && !is_removed(group))
            .collect();
        if left.is_empty() {
            return;
        }
        if begin.elapsed() > PATIENCE {
            eprintln!("cluster-test: control groups are left: {left:?}");
            return;
        }
        sleep(LOOK).await;
    }
}

/// Removes a control group with those below it, unless one is in use.
fn is_removed(group: &Path) -> bool {
    let below = std::fs::read_dir(group).into_iter().flatten().flatten();
    let groups = below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    groups.filter(|entry| !is_removed(&entry.path())).count() == 0
        && std::fs::remove_dir(group).is_ok()
}
