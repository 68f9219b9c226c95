//! A plaintext IMAP server with one INBOX that does what the mail simulator never would: rebuilds its
//! mailbox, answers a FETCH out of order, is gone for a while, refuses logins in words of the test's choice.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// How long the server takes to see that a client has closed. A connection counts as open beside
/// another one only if it outlasts this.
const NOTICED: Duration = Duration::from_millis(100);

/// The order in which messages come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Rising,
    Falling,
    /// Each message waits for [`Server::send_one`].
    FallingOneByOne,
}

struct State {
    uid_validity: u32,
    uids: Vec<u32>,
    order: Order,
    down: bool,
    open: usize,
    most_open: usize,
    tried: usize,
    idling: usize,
    /// What is answered to the login of a user, if not OK.
    refusals: HashMap<String, String>,
    /// Who sent a login, in order.
    logins: Vec<String>,
}

struct Shared {
    state: Mutex<State>,
    /// The number of messages, for those who idle.
    exists: watch::Sender<usize>,
    /// Every connection ends when this changes.
    cut: watch::Sender<()>,
    one_by_one: Semaphore,
}

pub(crate) struct Server {
    shared: Arc<Shared>,
    pub(crate) addr: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// A server whose INBOX holds these messages under UIDVALIDITY 1.
    pub(crate) async fn start(uids: &[u32]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = State {
            uid_validity: 1,
            uids: uids.to_vec(),
            order: Order::Rising,
            down: false,
            open: 0,
            most_open: 0,
            tried: 0,
            idling: 0,
            refusals: HashMap::new(),
            logins: Vec::new(),
        };
        let shared = Arc::new(Shared {
            exists: watch::Sender::new(state.uids.len()),
            state: Mutex::new(state),
            cut: watch::Sender::new(()),
            one_by_one: Semaphore::new(0),
        });
        let addr = listener.local_addr().unwrap();
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self {
            shared,
            addr,
            accepting,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    pub(crate) fn deliver(&self, uids: &[u32]) {
        let count = {
            let mut state = self.state();
            state.uids.extend_from_slice(uids);
            state.uids.len()
        };
        self.shared.exists.send_replace(count);
    }

    pub(crate) fn set_order(&self, order: Order) {
        self.state().order = order;
    }

    pub(crate) fn send_one(&self) {
        self.shared.one_by_one.add_permits(1);
    }

    /// Ends every connection; with `down`, new ones too are ended at once.
    pub(crate) fn set_down(&self, down: bool) {
        self.state().down = down;
        self.shared.cut.send_replace(());
    }

    /// The INBOX is made anew with these messages, and every connection ends.
    pub(crate) fn rebuild(&self, uid_validity: u32, uids: &[u32]) {
        {
            let mut state = self.state();
            state.uid_validity = uid_validity;
            state.uids = uids.to_vec();
        }
        self.shared.cut.send_replace(());
    }

    /// From now on the user's login is answered by this: `NO …`.
    pub(crate) fn refuse(&self, user: &str, answer: &str) {
        let mut state = self.state();
        state.refusals.insert(user.to_owned(), answer.to_owned());
    }

    /// From now on every login is taken.
    pub(crate) fn welcome(&self) {
        self.state().refusals.clear();
    }

    /// How many logins the user has sent.
    pub(crate) fn logins(&self, user: &str) -> usize {
        let state = self.state();
        state.logins.iter().filter(|name| *name == user).count()
    }

    /// Who sent a login, in order.
    pub(crate) fn order(&self) -> Vec<String> {
        self.state().logins.clone()
    }

    /// How many connections were ever tried.
    pub(crate) fn tried(&self) -> usize {
        self.state().tried
    }

    /// How many connections were ever open at the same time.
    pub(crate) fn most_open(&self) -> usize {
        self.state().most_open
    }

    pub(crate) fn idling(&self) -> usize {
        self.state().idling
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let cut = shared.cut.subscribe();
        let down = {
            let mut state = shared.state();
            state.tried += 1;
            state.down
        };
        if down {
            continue;
        }
        connections.spawn(serve(stream, Arc::clone(&shared), cut));
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, mut cut: watch::Receiver<()>) {
    tokio::time::sleep(NOTICED).await;
    {
        let mut state = shared.state();
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
    }
    tokio::select! {
        // An error is a client that has gone.
        ended = talk(stream, &shared) => drop(ended),
        _ = cut.changed() => {}
    }
    shared.state().open -= 1;
}

async fn talk(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write
        .write_all(b"* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n")
        .await?;
    while let Some(line) = lines.next_line().await? {
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        if command == "IDLE" {
            let mut exists = shared.exists.subscribe();
            write.write_all(b"+ idling\r\n").await?;
            shared.state().idling += 1;
            let _idling = Idling(shared);
            loop {
                tokio::select! {
                    line = lines.next_line() => match line? {
                        Some(done) => assert_eq!(done, "DONE"),
                        None => return Ok(()),
                    },
                    _ = exists.changed() => {
                        let count = *exists.borrow_and_update();
                        write.write_all(format!("* {count} EXISTS\r\n").as_bytes()).await?;
                        continue;
                    }
                }
                break;
            }
        } else if let Some(arguments) = command.strip_prefix("LOGIN ") {
            let refusal = logged_in(&mut shared.state(), arguments);
            if let Some(refusal) = refusal {
                write
                    .write_all(format!("{tag} {refusal}\r\n").as_bytes())
                    .await?;
                continue;
            }
        } else if command == "CAPABILITY" {
            write.write_all(b"* CAPABILITY IMAP4rev1 IDLE\r\n").await?;
        } else if command.starts_with("EXAMINE") {
            let answer = examined(&shared.state());
            write.write_all(answer.as_bytes()).await?;
        } else if let Some(range) = command.strip_prefix("UID FETCH ") {
            let from = range
                .split(':')
                .next()
                .and_then(|from| from.parse().ok())
                .unwrap();
            let (order, messages) = fetched(&shared.state(), from);
            if order == Order::FallingOneByOne {
                for message in messages {
                    shared.one_by_one.acquire().await.unwrap().forget();
                    write.write_all(message.as_bytes()).await?;
                }
            } else {
                write.write_all(messages.concat().as_bytes()).await?;
            }
        }
        write
            .write_all(format!("{tag} OK done\r\n").as_bytes())
            .await?;
    }
    Ok(())
}

struct Idling<'a>(&'a Shared);

impl Drop for Idling<'_> {
    fn drop(&mut self) {
        self.0.state().idling -= 1;
    }
}

/// Notes the login; what it is refused by.
fn logged_in(state: &mut State, arguments: &str) -> Option<String> {
    let user = arguments.split('"').nth(1).unwrap().to_owned();
    let refusal = state.refusals.get(&user).cloned();
    state.logins.push(user);
    refusal
}

fn examined(state: &State) -> String {
    let next = state.uids.iter().max().map_or(1, |uid| uid + 1);
    let (count, validity) = (state.uids.len(), state.uid_validity);
    format!(
        "* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] valid\r\n* OK [UIDNEXT {next}] next\r\n"
    )
}

fn fetched(state: &State, from: u32) -> (Order, Vec<String>) {
    let wanted = |(at, uid): (usize, &u32)| (*uid >= from).then(|| message(at + 1, *uid));
    let mut messages: Vec<String> = state.uids.iter().enumerate().filter_map(wanted).collect();
    if state.order != Order::Rising {
        messages.reverse();
    }
    (state.order, messages)
}

fn message(sequence: usize, uid: u32) -> String {
    let mail = format!("Subject: mail {uid}\r\n\r\nHello.\r\n");
    let length = mail.len();
    format!(
        "* {sequence} FETCH (UID {uid} FLAGS () INTERNALDATE \"01-Mar-2026 10:00:00 +0000\" \
         RFC822.SIZE {length} BODY[]<0> {{{length}}}\r\n{mail})\r\n"
    )
}
