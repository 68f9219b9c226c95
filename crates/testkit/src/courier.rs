//! A real Courier IMAP 5.

use crate::server::{Delivery, Files, Kind, Launch, Logins, MailServer, Maildirs, Ports, Unpacked};
use crate::server::{Owner, accepts, namespace};
use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::ops::Deref;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;

/// The program that listens.
const LISTENER: &str = "usr/sbin/couriertcpd";
/// Courier asks about logins at one place only, which is fixed when it is built: below `/run`.
const LOGINS: &str = "run/courier/authdaemon";
/// Longer than any question about a login.
const MAX_QUESTION: u64 = 4_096;

/// The settings of Debian's `/etc/courier/imapd`, with IDLE that reports at once.
const SETTINGS: [(&str, &str); 14] = [
    (
        "IMAP_CAPABILITY",
        "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA \
         IDLE AUTH=PLAIN",
    ),
    ("IMAP_KEYWORDS", "1"),
    ("IMAP_ACL", "1"),
    ("IMAP_IDLE_TIMEOUT", "60"),
    ("IMAP_USELOCKS", "1"),
    ("IMAP_ENHANCEDIDLE", "1"),
    ("IMAP_TRASHFOLDERNAME", "Trash"),
    ("IMAP_CHECK_ALL_FOLDERS", "0"),
    ("IMAP_OBSOLETE_CLIENT", "0"),
    ("IMAP_MAILBOX_SANITY_CHECK", "0"),
    ("IMAP_TLS_REQUIRED", "0"),
    ("MAILDIRPATH", "Maildir"),
    ("AUTHMODULES", "authdaemon"),
    ("TLS_VERIFYPEER", "NONE"),
];

/// Listens on both ports.
const SERVE: &str = r#"
    programs=$1 imap=$2 imaps=$3
    listen() {
        exec "$programs/usr/sbin/couriertcpd" -address=127.0.0.1 -nodnslookup -noidentlookup \
            -maxprocs=1000 -maxperip=1000 "$@" \
            "$programs/usr/lib/courier/courier/imaplogin" "$programs/usr/bin/imapd" Maildir
    }
    (export IMAP_TLS=1; listen "$imaps" "$programs/usr/bin/couriertls" -server -tcpd) &
    listen "$imap""#;

/// A running Courier IMAP: everything that a [`MailServer`] has.
pub struct Courier(MailServer);

impl Courier {
    /// Starts a Courier IMAP and waits until it takes connections.
    ///
    /// # Panics
    /// When Courier is not there or does not start; the message says what to do or shows its log.
    pub fn start() -> Self {
        Self(MailServer::start(Kind::Courier))
    }
}

impl Deref for Courier {
    type Target = MailServer;

    fn deref(&self) -> &MailServer {
        &self.0
    }
}

pub(crate) fn prepare(files: &Files, ports: &Ports) -> io::Result<Launch> {
    let unpacked = Unpacked::find("courier", LISTENER)?;
    let owner = files.owner();
    let mail = files.make_folder("mail")?;
    let maildirs = Arc::new(Maildirs::new(mail, owner.clone()));
    let socket = files.make_folder(LOGINS)?.join("socket");
    let asked = Arc::clone(&maildirs);
    let logins = Logins::start(&socket, move |server| answer(server, &asked))?;
    let certificate = [files.path("server.pem"), files.path("server.key")];
    let certificate = certificate.map(std::fs::read_to_string);
    let [certificate, key] = certificate;
    let certificate = files.write("both.pem", &(certificate? + &key?))?;

    // In a process namespace too, so that processes in sessions of their own end with it.
    let options = ["--pid", "--fork", "--kill-child"];
    let mut command = namespace::with_own_folder(files, "run", "/run", &options);
    command
        .args(["sh", "-c", SERVE, "courier"])
        .arg(unpacked.root())
        .args([&ports.imap, &ports.imaps].map(|port| port.port().to_string()))
        .env("LD_LIBRARY_PATH", unpacked.library_path()?)
        .env("TLS_CERTFILE", certificate)
        // Without it, all servers of a user share one process that watches files.
        .env("GAM_CLIENT_ID", own_name(files.folder()))
        .envs(SETTINGS);
    Ok(Launch {
        command,
        delivery: Delivery::Maildir(maildirs),
        logins: Some(logins),
        socket: None,
    })
}

fn own_name(folder: &Path) -> OsString {
    folder.file_name().unwrap_or_default().to_owned()
}

/// Answers as authdaemond does: `AUTH`, a length, and as many bytes with service, kind, user and
/// password in lines are answered by `FAIL`, or by what is known of the user.
fn answer(server: &mut UnixStream, maildirs: &Maildirs) -> io::Result<()> {
    let mut question = BufReader::new(server.try_clone()?.take(MAX_QUESTION));
    let mut line = String::new();
    while !line.starts_with("AUTH ") {
        line.clear();
        if question.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length: u64 = line["AUTH ".len()..]
        .trim()
        .parse()
        .map_err(io::Error::other)?;
    let mut text = String::new();
    question.take(length).read_to_string(&mut text)?;
    let fields: Vec<&str> = text.lines().collect();
    let [_service, "login", user, password] = fields[..] else {
        return server.write_all(b"FAIL\n");
    };
    if !accepts(user, password) {
        return server.write_all(b"FAIL\n");
    }
    let maildir = maildirs.of(user)?;
    let home = maildir.parent().unwrap_or(&maildir).display();
    let Owner { uid, gid, .. } = maildirs.owner();
    let maildir = maildir.display();
    let known = format!(
        "UID={uid}\nGID={gid}\nHOME={home}\nADDRESS={user}\nMAILDIR={maildir}\nNAME={user}\n.\n"
    );
    server.write_all(known.as_bytes())
}
