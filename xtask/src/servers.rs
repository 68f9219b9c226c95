//! The real servers that the tests run against: installed by the system's package manager, or, where
//! packages conflict, unpacked into a cache folder.

mod apt;
#[path = "../../crates/testkit/src/server/cache.rs"]
mod cache;

use anyhow::bail;
use std::path::{Path, PathBuf};

/// A server that tests need.
struct Server {
    name: &'static str,
    /// It is there if this file is: below the cache folder if the server is `unpacked`.
    program: &'static str,
    /// Installed.
    packages: &'static [&'static str],
    /// Only unpacked: Debian's IMAP servers conflict, and these bring a mail transfer agent along.
    unpacked: &'static [&'static str],
}

const SERVERS: [Server; 3] = [
    Server {
        name: "dovecot",
        program: "/usr/sbin/dovecot",
        packages: &["dovecot-core", "dovecot-imapd", "dovecot-lmtpd"],
        unpacked: &[],
    },
    Server {
        name: "cyrus",
        program: "usr/lib/cyrus/bin/imapd",
        packages: &[
            "libcom-err2",
            "libical3",
            "libicu72",
            "libjansson4",
            "libkrb5-3",
            "libldap-2.5-0",
            "libpcre3",
            "libpq5",
            "libsasl2-2",
            "libsasl2-modules",
            "libsqlite3-0",
            "libssl3",
            "libuuid1",
            "libwrap0",
            "libxapian30",
            "libxml2",
            "zlib1g",
        ],
        unpacked: &["cyrus-common", "cyrus-imapd"],
    },
    Server {
        name: "courier",
        program: "usr/bin/imapd",
        packages: &[
            "gamin",
            "libcourier-unicode4",
            "libgamin0",
            "libgdbm6",
            "libgnutls30",
            "libidn12",
            "libpcre3",
        ],
        unpacked: &["courier-authlib", "courier-base", "courier-imap"],
    },
];

impl Server {
    fn folder(&self) -> PathBuf {
        cache::folder().join(self.name)
    }

    fn is_there(&self) -> bool {
        if self.unpacked.is_empty() {
            Path::new(self.program).exists()
        } else {
            self.is_unpacked() && apt::missing(self.packages).is_empty()
        }
    }

    fn is_unpacked(&self) -> bool {
        self.folder().join(self.program).exists()
    }
}

/// The names of all servers.
pub(crate) fn names() -> Vec<&'static str> {
    SERVERS.iter().map(|server| server.name).collect()
}

/// Installs the servers that are missing, and says so first.
pub(crate) fn install(without: &[String]) -> anyhow::Result<()> {
    let missing: Vec<&Server> = SERVERS
        .iter()
        .filter(|server| !without.iter().any(|name| name == server.name))
        .filter(|server| !server.is_there())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|server| server.name).collect();
    let names = names.join(", ");
    let packages = missing.iter().flat_map(|server| server.packages).copied();
    let packages = apt::missing(&packages.collect::<Vec<_>>());
    let to_unpack: Vec<&Server> = missing
        .into_iter()
        .filter(|server| !server.unpacked.is_empty() && !server.is_unpacked())
        .collect();
    println!("-- the tests need {names}");
    if !packages.is_empty() {
        println!("-- installing: {}", packages.join(" "));
    }
    for server in &to_unpack {
        let (packages, folder) = (server.unpacked.join(" "), server.folder());
        println!("-- only unpacking, into {}: {packages}", folder.display());
    }
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!(
            "this machine has no apt-get: install {names} by hand, or leave the tests out with --without NAME"
        );
    }
    apt::install(&packages)?;
    to_unpack
        .iter()
        .try_for_each(|server| apt::unpack(server.unpacked, &server.folder()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_unpacked_is_looked_for_in_the_cache() {
        for server in &SERVERS {
            let path = server.folder().join(server.program);
            assert_eq!(
                path.starts_with(cache::folder()),
                !server.unpacked.is_empty(),
                "{}",
                server.name
            );
        }
    }
}
