//! Against OpenSSL's server, which is driven through its standard input.

use super::*;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// `openssl s_server` with one connection, parked and kept in this way.
struct OpenSsl {
    lot: Lot,
    told: mpsc::Receiver<Told>,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl OpenSsl {
    async fn start(park: TlsPark) -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.files(&[HOST]);
        let mut process = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-tls1_3"])
            .arg("-cert")
            .arg(certificate.path())
            .arg("-key")
            .arg(key.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("openssl is installed");
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = loop {
            let line = output.next_line().await.unwrap().unwrap();
            if let Some((_, port)) = line
                .strip_prefix("ACCEPT ")
                .and_then(|at| at.rsplit_once(':'))
            {
                break port.parse().unwrap();
            }
        };
        let endpoint = Endpoint {
            host: HOST.to_owned(),
            port,
            security: Security::Tls,
        };
        let line = authority.dialer().line(&endpoint).await.unwrap();
        let (tell, told) = mpsc::channel(8);
        let lot = lot_that_keeps(park);
        lot.enter(guest(line, 1, &tell));
        let mut server = Self {
            lot,
            told,
            input: process.stdin.take().unwrap(),
            output,
            _process: process,
        };
        server.say("park\nsend parked\n").await;
        server.hears("parked").await;
        server
    }

    /// Says it, and waits until it is read: OpenSSL throws away what comes together with one of its commands.
    async fn say(&mut self, text: &str) {
        self.input.write_all(text.as_bytes()).await.unwrap();
        self.input.flush().await.unwrap();
        while rustix::io::ioctl_fionread(&self.input).unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    }

    async fn hears(&mut self, expected: &str) {
        while self.output.next_line().await.unwrap().unwrap() != expected {}
    }

    async fn message(&mut self) -> Vec<u32> {
        let told = self.told.recv().await.unwrap();
        self.lot.answer(told.seat, Ok(()));
        uids(&told)
    }
}

#[tokio::test]
async fn its_key_updates_are_followed_by_a_whole_session() {
    let mut server = OpenSsl::start(TlsPark::Unbuffered).await;
    // `k` updates the server's keys, `K` asks for the client's, too.
    for (update, uid) in [("k\n", 1), ("K\n", 2)] {
        server.say(update).await;
        server.say("n 1\nsend answer\npark\n").await;
        assert_eq!(server.message().await, [uid]);
        server.hears("answer").await;
    }
}

#[tokio::test]
async fn its_key_update_ends_a_frozen_session_after_all_that_came_before() {
    for update in ["k\n", "K\n"] {
        let mut server = OpenSsl::start(TlsPark::Frozen).await;
        server.say("n 1\n").await;
        assert_eq!(server.message().await, [1]);
        server.say(update).await;
        assert_eq!(server.message().await, [u32::MAX]);
        let ended = server.told.recv().await.unwrap();
        assert_eq!(fault(ended).kind, FaultKind::Closed);
    }
}
