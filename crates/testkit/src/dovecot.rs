//! A real Dovecot 2.3.

mod config;
mod token;

pub use crate::server::PASSWORD;

use crate::server::{Delivery, Files, Kind, Launch, MailServer, Ports, guard};
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

const MISSING: &str = "it is not installed: `cargo xtask test` installs it (apt-get install \
                       dovecot-core dovecot-imapd dovecot-lmtpd)";

/// A running Dovecot: everything that a [`MailServer`] has, and bearer tokens.
pub struct Dovecot(MailServer);

impl Dovecot {
    /// Starts a Dovecot and waits until it takes connections.
    ///
    /// # Panics
    /// When Dovecot is not installed or does not start; the message says what to do or shows its
    /// log.
    pub fn start() -> Self {
        Self(MailServer::start(Kind::Dovecot))
    }

    /// A bearer token with which the user may log in by XOAUTH2 or OAUTHBEARER.
    pub fn token(&self, user: &str) -> String {
        token::sign(user)
    }
}

impl Deref for Dovecot {
    type Target = MailServer;

    fn deref(&self) -> &MailServer {
        &self.0
    }
}

pub(crate) fn prepare(files: &Files, ports: &Ports) -> io::Result<Launch> {
    let program = find_program()?;
    let folder = files.folder();
    files.write("empty.passwd", "")?;
    token::write_key(folder)?;
    for name in ["mail", "home"] {
        files.make_folder(name)?;
    }
    files.write("oauth2.conf.ext", &config::oauth2(folder))?;
    let config = config::main(folder, ports, files.owner());
    let config = files.write("dovecot.conf", &config)?;
    let mut command = guard::command(files, &program);
    command.arg("-F").arg("-c").arg(config);
    Ok(Launch {
        command,
        delivery: Delivery::lmtp(ports.lmtp.addr()),
        logins: None,
        socket: None,
    })
}

pub(crate) fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("dovecot.log")).unwrap_or_default()
}

fn find_program() -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut programs = folders.map(|folder| folder.join("dovecot"));
    programs
        .find(|program| program.exists())
        .ok_or_else(|| io::Error::other(MISSING))
}
