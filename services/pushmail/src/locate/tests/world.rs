//! Names, a server of ActiveSync behind TLS, and one in the clear.

use crate::credential::CredentialArgs;
use async_trait::async_trait;
use clap::{Args as _, Command, FromArgMatches as _};
use pushmail_domain::Fault;
use pushmail_mailsim::eas::Discovery;
use pushmail_mailsim::{Config, Mailsim, certs};
use pushmail_runtime::SystemClock;
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::discovery::DiscoveryEnv;
use pushmail_upstream::discovery::directory::{Directory, Mx, Srv};
use pushmail_upstream::egress::EgressGuard;
use pushmail_upstream::resolve::Resolve;
use pushmail_upstream::tls;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Some names that lead to one server; all others lead nowhere.
pub(super) struct World {
    pub(super) env: DiscoveryEnv,
    /// The file of the password.
    pub(super) password: PathBuf,
    folder: tempfile::TempDir,
    names: Vec<String>,
    server: Mailsim,
    /// What was asked by TLS.
    secure: Heard,
    clear: Clear,
}

/// What a server was sent.
type Heard = Arc<Mutex<String>>;

/// The server in the clear: what it answers, and what it was sent.
#[derive(Clone)]
struct Clear {
    answer: Heard,
    heard: Heard,
}

/// Hosts by name, and the one that is asked in the clear.
struct Names(Vec<String>);

const CLEAR: &str = "autodiscover.example.org";

#[async_trait]
impl Resolve for Names {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let is_known = host == CLEAR || self.0.iter().any(|name| name == host);
        let loopback = is_known.then(|| vec![[127, 0, 0, 1].into()]);
        loopback.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// One SRV record, of this name.
#[derive(Default)]
struct Zone(Option<(String, Srv)>);

#[async_trait]
impl Directory for Zone {
    async fn srv(&self, name: &str) -> Result<Vec<Srv>, Fault> {
        let record = self.0.as_ref().filter(|(known, _)| known == name);
        Ok(record.map(|(_, srv)| srv.clone()).into_iter().collect())
    }

    async fn mx(&self, _domain: &str) -> Result<Vec<Mx>, Fault> {
        Ok(Vec::new())
    }
}

/// `--password-file` with this file.
pub(super) fn password(file: &Path) -> CredentialArgs {
    let command = CredentialArgs::augment_args(Command::new("test"));
    let args = ["test", "--password-file", file.to_str().unwrap()];
    CredentialArgs::from_arg_matches(&command.get_matches_from(args)).unwrap()
}

impl World {
    pub(super) async fn new(names: &[&str]) -> Self {
        let mut config = Config::new(Arc::new(SystemClock));
        config.tls = false;
        config.eas = Some(pushmail_mailsim::eas::Config::default());
        let server = Mailsim::start(config).await.unwrap();
        let authority = certs::Authority::new().unwrap();
        let issued = authority.issue(names).unwrap().server_config().unwrap();
        let (secure, clear) = (Heard::default(), Clear::new());
        let behind = server.eas().addr().unwrap();
        let https_port = forward(issued.into(), behind, Arc::clone(&secure)).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let world = Self {
            env: DiscoveryEnv {
                dialer: dialer(EgressGuard::unrestricted(), folder.path(), &names),
                directory: Arc::new(Zone::default()),
                https_port,
                http_port: clear.clone().listen().await,
            },
            password: folder.path().join("password"),
            folder,
            names,
            server,
            secure,
            clear,
        };
        world.set_password("secret");
        world
    }

    pub(super) fn tells(&self, user: &str, discovery: Discovery) {
        self.server.eas().discover(user, discovery);
    }

    pub(super) fn set_password(&self, password: &str) {
        std::fs::write(&self.password, password).unwrap();
    }

    pub(super) fn guard(&mut self, guard: EgressGuard) {
        self.env.dialer = dialer(guard, self.folder.path(), &self.names);
    }

    /// DNS has this SRV record.
    pub(super) fn record(&mut self, name: &str, target: &str) {
        let srv = Srv {
            priority: 0,
            weight: 0,
            port: 443,
            target: target.to_owned(),
        };
        self.env.directory = Arc::new(Zone(Some((name.to_owned(), srv))));
    }

    pub(super) fn redirects_to(&self, url: &str) {
        let head = format!("HTTP/1.1 302 X\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n");
        self.says_in_the_clear(&head);
    }

    pub(super) fn says_in_the_clear(&self, answer: &str) {
        answer.clone_into(&mut self.clear.answer.lock().unwrap());
    }

    /// What was asked by TLS.
    pub(super) fn secure(&self) -> String {
        self.secure.lock().unwrap().clone()
    }

    /// What was asked in the clear.
    pub(super) fn in_the_clear(&self) -> String {
        self.clear.heard.lock().unwrap().clone()
    }
}

/// A dialer that knows these names and trusts the authority whose certificate is in the folder.
fn dialer(guard: EgressGuard, folder: &Path, names: &[String]) -> Dialer {
    let tls = tls::client_config(Some(&folder.join("ca.pem"))).unwrap();
    Dialer::new(guard, tls).with_resolver(Arc::new(Names(names.to_vec())))
}

/// Hands what comes by TLS to the server behind; the port.
async fn forward(acceptor: TlsAcceptor, behind: SocketAddr, heard: Heard) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            // Not for all names that lead here there is a certificate.
            let Ok(tls) = acceptor.accept(socket).await else {
                continue;
            };
            let mut server = TcpStream::connect(behind).await.unwrap();
            let (mut from, mut to) = tokio::io::split(tls);
            let (mut answer, mut request) = server.split();
            let answered = async {
                tokio::io::copy(&mut answer, &mut to).await.ok();
                to.shutdown().await.ok();
            };
            tokio::join!(hear(&mut from, &mut request, &heard), answered);
        }
    });
    port
}

/// Hands on what comes, and keeps it.
async fn hear(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    heard: &Heard,
) {
    let mut buffer = vec![0; 8 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..count];
        heard
            .lock()
            .unwrap()
            .push_str(&String::from_utf8_lossy(bytes));
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

impl Clear {
    /// It knows nothing.
    fn new() -> Self {
        let answer = "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n".to_owned();
        Self {
            answer: Arc::new(Mutex::new(answer)),
            heard: Heard::default(),
        }
    }

    async fn listen(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(socket.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                self.heard.lock().unwrap().push_str(&head);
                let answer = self.answer.lock().unwrap().clone();
                // The client may hang up on an answer that is too long.
                socket.write_all(answer.as_bytes()).await.ok();
            }
        });
        port
    }
}
