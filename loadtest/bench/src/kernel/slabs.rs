//! The kernel's caches of objects (`man 5 slabinfo`).

use anyhow::Context as _;

/// Objects that connections alone have: sockets, their inodes, and their places in epoll instances.
const OWN: [&str; 6] = [
    "TCP",
    "TCPv6",
    SOCKETS,
    "eventpoll_epi",
    "eventpoll_pwq",
    "ep_head",
];
/// One for each socket.
const SOCKETS: &str = "sock_inode_cache";
/// Objects of which each socket has one, and file systems have many more, which come and go: they are not counted.
const ONE_EACH: [&str; 4] = ["dentry", "filp", "lsm_file_cache", "lsm_inode_cache"];
/// Bytes of a page.
const PAGE: u64 = 4096;

/// Bytes of all sockets of the machine and of what belongs to them, with what their slabs leave unused.
pub(super) fn bytes() -> anyhow::Result<u64> {
    let text = std::fs::read_to_string("/proc/slabinfo")?;
    let bytes = text.lines().filter_map(Cache::parse).collect::<Vec<_>>();
    of_sockets(&bytes).context("/proc/slabinfo is written otherwise")
}

struct Cache<'t> {
    name: &'t str,
    /// In use.
    objects: u64,
    /// Bytes of an object, with its share of what its slab leaves unused.
    size: u64,
}

impl<'t> Cache<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            objects: number(1)?,
            size: number(5)? * PAGE / number(4)?.max(1),
            name: fields[0],
        })
    }
}

fn of_sockets(caches: &[Cache<'_>]) -> Option<u64> {
    let sockets = caches.iter().find(|cache| cache.name == SOCKETS)?.objects;
    let bytes = caches.iter().map(|cache| match cache.name {
        own if OWN.contains(&own) => cache.objects * cache.size,
        shared if ONE_EACH.contains(&shared) => sockets * cache.size,
        _ => 0,
    });
    Some(bytes.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_sockets_counts_and_what_file_systems_have_does_not() {
        let text = "slabinfo - version: 2.1\n\
                    # name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>\n\
                    TCP 10 26 2368 13 8 : tunables 0 0 0\n\
                    sock_inode_cache 12 19 832 19 4 : tunables 0 0 0\n\
                    dentry 500000 600000 192 21 1 : tunables 0 0 0\n\
                    btrfs_inode 9 9 1000 4 1 : tunables 0 0 0\n";
        let caches: Vec<_> = text.lines().filter_map(Cache::parse).collect();
        assert_eq!(of_sockets(&caches), Some(10 * 2520 + 12 * 862 + 12 * 195));
        assert_eq!(of_sockets(&[]), None);
    }
}
