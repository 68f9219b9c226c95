//! A real Cyrus IMAP 3.6.

mod config;

use crate::server::{Delivery, Files, Kind, Launch, Logins, MailServer, Ports, Unpacked};
use crate::server::{accepts, guard};
use std::io::{self, Read as _, Write as _};
use std::ops::Deref;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

/// Cyrus' own folders, below its folder.
const FOLDERS: [&str; 8] = [
    "lib/db",
    "lib/lock",
    "lib/log",
    "lib/msg",
    "lib/proc",
    "lib/quota",
    "lib/socket",
    "spool",
];

/// A running Cyrus IMAP: everything that a [`MailServer`] has.
pub struct Cyrus(MailServer);

impl Cyrus {
    /// Starts a Cyrus IMAP and waits until it takes connections.
    ///
    /// # Panics
    /// When Cyrus is not there or does not start; the message says what to do or shows its log.
    pub fn start() -> Self {
        Self(MailServer::start(Kind::Cyrus))
    }
}

impl Deref for Cyrus {
    type Target = MailServer;

    fn deref(&self) -> &MailServer {
        &self.0
    }
}

pub(crate) fn prepare(files: &Files, ports: &Ports) -> io::Result<Launch> {
    let unpacked = Unpacked::find("cyrus", config::MASTER)?;
    for name in FOLDERS {
        files.make_folder(name)?;
    }
    let owner = files.owner();
    let imapd = files.write("imapd.conf", &config::imapd(files.folder(), owner))?;
    let services = config::services(&unpacked, &imapd, ports);
    let services = files.write("cyrus.conf", &services)?;
    let socket = files.make_folder("sasl")?.join("mux");
    let transcripts = Transcripts(files.path("lib/log"), owner.clone());
    let logins = Logins::start(&socket, move |server| answer(server, &transcripts))?;
    let mut command = guard::command(files, &unpacked.path(config::MASTER));
    command
        .arg("-D")
        .arg("-C")
        .arg(imapd)
        .arg("-M")
        .arg(services)
        .arg("-p")
        .arg(files.path("lib/master.pid"))
        .env("LD_LIBRARY_PATH", unpacked.library_path()?);
    if owner.is_root {
        command.uid(owner.uid).gid(owner.gid);
    }
    Ok(Launch {
        command,
        delivery: Delivery::lmtp(ports.lmtp.addr()),
        logins: Some(logins),
        // Without idled, sessions in IDLE look for news once a minute.
        socket: Some(files.path(config::IDLE_SOCKET)),
    })
}

/// The sessions' transcripts. What Cyrus logs besides goes to the system's log only.
pub(crate) fn log(folder: &Path) -> String {
    let mut paths: Vec<PathBuf> = entries(&folder.join("lib/log"))
        .flat_map(|user| entries(&user).collect::<Vec<_>>())
        .collect();
    paths.sort();
    let transcripts = paths.iter().map(|path| {
        let text = std::fs::read(path).unwrap_or_default();
        format!("{}\n{}\n", path.display(), String::from_utf8_lossy(&text))
    });
    transcripts.collect()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

/// Where Cyrus writes a transcript of each session of a user for whom there is a folder.
struct Transcripts(PathBuf, crate::server::Owner);

/// Answers as saslauthd does: user, password, service and realm, each as its length in 16 bits and
/// its bytes, are answered by `OK` or `NO` in the same form.
fn answer(server: &mut UnixStream, transcripts: &Transcripts) -> io::Result<()> {
    let mut field = || {
        let mut length = [0; 2];
        server.read_exact(&mut length)?;
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        server.read_exact(&mut bytes)?;
        String::from_utf8(bytes).map_err(io::Error::other)
    };
    let [local, password, _service, realm] = [field()?, field()?, field()?, field()?];
    let user = format!("{local}@{realm}");
    if !accepts(&user, &password) {
        return server.write_all(b"\0\x02NO");
    }
    transcripts.1.make_folder(&transcripts.0.join(user))?;
    server.write_all(b"\0\x02OK")
}
