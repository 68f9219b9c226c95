//! Who owns the mail, and who a server's own processes are.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

/// The user `nobody` of every Linux distribution.
const NOBODY: u32 = 65_534;

/// The user and group that a mail server's processes take: `nobody` if root runs the tests, since
/// servers refuse to be root for long, otherwise whoever runs them.
#[derive(Clone)]
pub(crate) struct Owner {
    pub(crate) is_root: bool,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Their names.
    pub(crate) user: String,
    pub(crate) group: String,
}

impl Owner {
    /// The owner for servers that this program starts.
    pub(super) fn current() -> io::Result<Self> {
        let me = std::fs::metadata("/proc/self")?;
        let is_root = me.uid() == 0;
        let (uid, gid) = if is_root {
            (NOBODY, NOBODY)
        } else {
            (me.uid(), me.gid())
        };
        let (user, group) = (name("-un", uid)?, name("-gn", uid)?);
        Ok(Self {
            is_root,
            uid,
            gid,
            user,
            group,
        })
    }

    /// Gives a new file or folder to the owner.
    pub(crate) fn take(&self, path: &Path) -> io::Result<()> {
        if self.is_root {
            std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))?;
        }
        Ok(())
    }

    /// The words before a command that have it run as the owner, for programs that refuse to be root.
    pub(crate) fn words(&self) -> Vec<String> {
        if !self.is_root {
            return Vec::new();
        }
        let (uid, gid) = (self.uid, self.gid);
        vec![
            "/usr/bin/setpriv".to_owned(),
            format!("--reuid={uid}"),
            format!("--regid={gid}"),
            "--clear-groups".to_owned(),
        ]
    }

    /// Makes a folder, and those above it that are missing, for the owner.
    pub(crate) fn make_folder(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(above) = path.parent() {
            self.make_folder(above)?;
        }
        std::fs::create_dir(path)?;
        self.take(path)
    }
}

fn name(option: &str, uid: u32) -> io::Result<String> {
    let output = Command::new("id")
        .arg(option)
        .arg(uid.to_string())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("user {uid} has no name")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
