//! Folders of the machine that are a server's own, for that server only.

use super::{Files, guard};
use std::path::Path;
use std::process::Command;

/// Puts a folder in the place of another and goes on as the command after both.
const ENTER: &str = r#"mount --bind "$1" "$2" && shift 2 && exec "$@""#;

/// The command that runs what is added to it, under a guard, in a mount namespace where the folder
/// `place` of the machine is the folder `own` of the server's files. For servers that read or write
/// at a fixed place. `options` are more of `unshare`'s.
pub(crate) fn with_own_folder(files: &Files, own: &str, place: &str, options: &[&str]) -> Command {
    let owner = files.owner();
    let mut command = guard::command(files, Path::new("unshare"));
    command.arg("--mount").args(options);
    if !owner.is_root {
        command.arg("--map-root-user");
    }
    command
        .args(["sh", "-c", ENTER, "enter"])
        .arg(files.path(own))
        .arg(place);
    if !owner.is_root {
        // Back from the namespace's root: a server is no root that may not change its groups.
        let (uid, gid) = (owner.uid, owner.gid);
        command.args(["unshare", "--user"]);
        command.args([format!("--map-user={uid}"), format!("--map-group={gid}")]);
    }
    command
}
