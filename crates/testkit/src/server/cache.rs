//! Where servers are that are unpacked and not installed.
//!
//! Debian's packages of Cyrus and Courier cannot be installed beside Dovecot's, so `cargo xtask
//! test` only unpacks them, into a folder of the server's name in [`folder`]. It compiles this very
//! file, so that both agree.

use std::path::PathBuf;

/// Names the folder of unpacked servers.
pub(crate) const VARIABLE: &str = "PUSHMAIL_SERVERS";

/// The folder of unpacked servers: `$PUSHMAIL_SERVERS`; else, for root, `/var/cache/pushmail/servers`,
/// because servers that gave up root's rights could not reach root's home; else
/// `pushmail/servers` in `$XDG_CACHE_HOME`, which is `~/.cache` by default.
pub(crate) fn folder() -> PathBuf {
    use std::os::unix::fs::MetadataExt as _;

    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = set(VARIABLE) {
        return folder.into();
    }
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    let cache = if is_root {
        PathBuf::from("/var/cache")
    } else if let Some(cache) = set("XDG_CACHE_HOME") {
        cache.into()
    } else {
        let home = set("HOME").map(PathBuf::from);
        home.unwrap_or_else(std::env::temp_dir).join(".cache")
    };
    cache.join("pushmail/servers")
}
