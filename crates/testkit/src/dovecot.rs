//! A real Dovecot 2.3, for one test.

mod config;
mod imap;
mod lmtp;
mod token;

use crate::certs::Authority;
use lmtp::Lmtp;
use std::fs::Permissions;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The password of every account.
pub const PASSWORD: &str = "secret";
const MISSING: &str = "dovecot is not installed: `cargo xtask test` installs it (apt-get install \
                       dovecot-core dovecot-imapd dovecot-lmtpd)";
/// Another program may take a port between our choosing it and Dovecot's binding it.
const ATTEMPTS: usize = 5;

/// A running Dovecot with its own configuration, mail and certificate in a temporary folder.
///
/// Every `userN@tenantM.test` exists, with the password [`PASSWORD`]. Dropping this ends it and
/// removes its mail. It also ends with the test program, however that ends.
pub struct Dovecot {
    folder: tempfile::TempDir,
    ports: Ports,
    ca_pem: String,
    lmtp: Mutex<Option<Lmtp>>,
    guard: Child,
}

/// The ports that this Dovecot listens on, all on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    imap: u16,
    imaps: u16,
    lmtp: u16,
}

impl Dovecot {
    /// Starts a Dovecot and waits until it takes connections.
    ///
    /// # Panics
    /// When Dovecot is not installed or does not start; the message says what to do or shows its
    /// log.
    pub fn start() -> Self {
        let program = find_program();
        raise_inotify_limits();
        let mut failure = String::new();
        for _ in 0..ATTEMPTS {
            match Self::attempt(&program) {
                Ok(dovecot) => return dovecot,
                Err(error) => failure = error.to_string(),
            }
            if !failure.contains("Address already in use") {
                break;
            }
        }
        panic!("dovecot did not start: {failure}");
    }

    fn attempt(program: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("pushmail-dovecot-")
            .tempdir()?;
        let ports = Ports::choose()?;
        let authority = Authority::new()?;
        write_files(folder.path(), ports, &authority)?;
        let config = folder.path().join("dovecot.conf");
        let guard = start_guarded(program, &config, folder.path())?;
        let mut dovecot = Self {
            folder,
            ports,
            ca_pem: authority.pem(),
            lmtp: Mutex::default(),
            guard,
        };
        dovecot.wait_ready()?;
        Ok(dovecot)
    }

    /// Its IMAP port: plaintext and STARTTLS.
    pub fn imap_addr(&self) -> SocketAddr {
        loopback(self.ports.imap)
    }

    /// Its IMAP port with implicit TLS.
    pub fn imaps_addr(&self) -> SocketAddr {
        loopback(self.ports.imaps)
    }

    /// The certificate, in PEM, of the authority that signed its certificate (for `localhost` and
    /// `127.0.0.1`).
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// A bearer token with which the user may log in by XOAUTH2 or OAUTHBEARER.
    pub fn token(&self, user: &str) -> String {
        token::sign(user)
    }

    /// Delivers a message to the user's INBOX by LMTP; it is there when this returns.
    ///
    /// # Panics
    /// When Dovecot does not take it.
    pub fn deliver(&self, user: &str, raw: &[u8]) {
        let mut lmtp = self.lmtp.lock().unwrap_or_else(PoisonError::into_inner);
        let delivered = match lmtp.as_mut() {
            Some(open) => open.deliver(user, raw),
            None => Lmtp::connect(loopback(self.ports.lmtp))
                .and_then(|open| lmtp.insert(open).deliver(user, raw)),
        };
        if let Err(error) = delivered {
            *lmtp = None;
            panic!(
                "dovecot did not take a mail for {user}: {error}\n{}",
                self.log()
            );
        }
    }

    /// What the user's INBOX holds: UIDs and Message-IDs with their angle brackets, in UID order.
    ///
    /// # Panics
    /// When Dovecot does not tell.
    pub fn messages(&self, user: &str) -> Vec<(u32, String)> {
        imap::messages(self.imap_addr(), user).unwrap_or_else(|error| {
            panic!(
                "dovecot did not list the mail of {user}: {error}\n{}",
                self.log()
            )
        })
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        let path = self.folder.path().join("dovecot.log");
        std::fs::read_to_string(path).unwrap_or_default()
    }

    fn wait_ready(&mut self) -> io::Result<()> {
        for _ in 0..1_000 {
            if self.ports.all(|addr| TcpStream::connect(addr).is_ok()) {
                return Ok(());
            }
            if self.guard.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = std::fs::read_to_string(self.folder.path().join("output"));
        let output = output.unwrap_or_default();
        Err(io::Error::other(format!("{output}\n{}", self.log())))
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // The guard ends Dovecot when its standard input closes.
        drop(self.guard.stdin.take());
        for _ in 0..2_000 {
            // The processes were killed together, but each closes its sockets in its own time.
            let ended = matches!(self.guard.try_wait(), Ok(Some(_)));
            if ended && self.ports.all(|addr| TcpStream::connect(addr).is_err()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        eprintln!("dovecot (guard process {}) did not end", self.guard.id());
    }
}

impl Ports {
    fn all(self, holds: impl Fn(SocketAddr) -> bool) -> bool {
        let mut ports = [self.imap, self.imaps, self.lmtp].into_iter();
        ports.all(|port| holds(loopback(port)))
    }

    fn choose() -> io::Result<Self> {
        // Held together, so that they differ.
        let held = [0; 3].map(|port| TcpListener::bind(loopback(port)));
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(held) {
            *port = listener?.local_addr()?.port();
        }
        let [imap, imaps, lmtp] = ports;
        Ok(Self { imap, imaps, lmtp })
    }
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn find_program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let mut programs = folders.map(|folder| folder.join("dovecot"));
    programs
        .find(|program| program.exists())
        .unwrap_or_else(|| panic!("{MISSING}"))
}

/// Each idling IMAP process takes one inotify instance, and the kernel's default is 128 a user.
/// Without the right to raise it, only tests with more connections than that are harmed.
fn raise_inotify_limits() {
    for (name, wanted) in [("instances", 65_536_u32), ("watches", 1_048_576)] {
        let path = format!("/proc/sys/fs/inotify/max_user_{name}");
        let now = std::fs::read_to_string(&path).ok();
        let now: Option<u32> = now.and_then(|text| text.trim().parse().ok());
        if now.is_some_and(|now| now < wanted)
            && let Err(error) = std::fs::write(&path, wanted.to_string())
        {
            eprintln!("cannot raise {path} to {wanted}: {error}");
        }
    }
}

fn write_files(folder: &Path, ports: Ports, authority: &Authority) -> io::Result<()> {
    let issued = authority.issue(&["localhost", "127.0.0.1"])?;
    // Dovecot's unprivileged processes must reach what is inside.
    std::fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    std::fs::write(folder.join("server.pem"), issued.cert_pem)?;
    std::fs::write(folder.join("server.key"), issued.key_pem)?;
    std::fs::write(folder.join("empty.passwd"), "")?;
    token::write_key(folder)?;
    let owner = config::Owner::of(std::fs::metadata(folder)?.uid())?;
    for name in ["mail", "home"] {
        let path = folder.join(name);
        std::fs::create_dir(&path)?;
        owner.take(&path)?;
    }
    std::fs::write(folder.join("oauth2.conf.ext"), config::oauth2(folder))?;
    std::fs::write(
        folder.join("dovecot.conf"),
        config::main(folder, ports, &owner),
    )
}

/// Starts Dovecot under a shell, in a process group of their own. The shell kills the group when our
/// end of its standard input closes, which happens even if this program is killed. SIGKILL, because
/// Dovecot takes up to 6 s to end in order, and there is nothing here to keep.
fn start_guarded(program: &Path, config: &Path, folder: &Path) -> io::Result<Child> {
    let script = r#"exec 3<&0
        "$1" -F -c "$2" 3<&- & dovecot=$!
        (read -r line; kill -s KILL -- -$$) <&3 3<&- &
        exec 3<&-
        wait $dovecot"#;
    let output = std::fs::File::create(folder.join("output"))?;
    Command::new("sh")
        .args(["-c", script, "dovecot-guard"])
        .args([program, config])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
}
