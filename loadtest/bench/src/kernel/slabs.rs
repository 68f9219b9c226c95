//! The kernel's caches of objects (`man 5 slabinfo`).

use anyhow::Context as _;

/// The caches that a connection has objects in: the socket, its inode and file, and its place in an epoll instance.
/// Others, of file systems for example, change by themselves.
const CACHES: [&str; 10] = [
    "TCP",
    "TCPv6",
    "sock_inode_cache",
    "dentry",
    "filp",
    "eventpoll_epi",
    "eventpoll_pwq",
    "ep_head",
    "lsm_file_cache",
    "lsm_inode_cache",
];

/// Bytes of the objects in use, over the whole machine.
pub(super) fn bytes() -> anyhow::Result<u64> {
    let text = std::fs::read_to_string("/proc/slabinfo")?;
    in_use(&text).context("/proc/slabinfo is written otherwise")
}

fn in_use(text: &str) -> Option<u64> {
    let mut bytes = 0;
    for line in text.lines() {
        let mut fields = line.split_whitespace();
        if !CACHES.contains(&fields.next()?) {
            continue;
        }
        let objects: u64 = fields.next()?.parse().ok()?;
        let size: u64 = fields.nth(1)?.parse().ok()?;
        bytes += objects * size;
    }
    (bytes > 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_in_use_count_and_other_caches_do_not() {
        let text = "slabinfo - version: 2.1\n\
                    # name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>\n\
                    TCP 10 26 2368 13 8 : tunables 0 0 0\n\
                    filp 100 160 192 21 1 : tunables 0 0 0\n\
                    btrfs_inode 9 9 1000 1 1 : tunables 0 0 0\n";
        assert_eq!(in_use(text), Some(10 * 2368 + 100 * 192));
        assert_eq!(in_use("slabinfo - version: 3.0\n"), None);
    }
}
