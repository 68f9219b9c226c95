mod asking;
mod openssl;
mod sleeping;
mod tls;

use super::*;
use crate::testing::script::{Script, uid};
use crate::testing::{Authority, TestClock};
use pushmail_domain::{Endpoint, FaultKind, Security};
use std::any::Any;
use std::sync::Mutex;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

const HOST: &str = "mail.example.org";

fn lot() -> Lot {
    lot_that_keeps(TlsPark::Unbuffered)
}

fn lot_that_keeps(tls_park: TlsPark) -> Lot {
    let config = LotConfig {
        threads: 1,
        tls_park,
    };
    Lot::start(config, Arc::new(TestClock::new())).unwrap()
}

/// A listener, and the endpoint by which it is dialled.
async fn listen(security: Security) -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint {
        host: HOST.to_owned(),
        port: listener.local_addr().unwrap().port(),
        security,
    };
    (listener, endpoint)
}

/// A connection in the clear.
async fn plain(authority: &Authority) -> (Line, TcpStream) {
    let (listener, endpoint) = listen(Security::StartTls).await;
    let line = authority.dialer().line(&endpoint).await.unwrap();
    (line, listener.accept().await.unwrap().0)
}

/// What was heard of the connection of this number.
struct Told {
    key: u64,
    seat: Seat,
    what: What,
}

/// Hands on what is said of one connection.
struct Ear {
    key: u64,
    to: mpsc::Sender<Told>,
}

impl Attendant for Ear {
    fn hear(self: Arc<Self>, seat: Seat, what: What) -> Heard {
        let key = self.key;
        match self.to.try_send(Told { key, seat, what }) {
            Ok(()) => Heard::Taken,
            Err(TrySendError::Full(told)) => Heard::Busy(told.what),
            Err(TrySendError::Closed(_)) => Heard::Gone,
        }
    }
}

fn guest(line: Line, key: u64, to: &mpsc::Sender<Told>) -> Guest {
    Guest {
        line,
        flow: Box::new(Script::default()),
        attendant: Arc::new(Ear {
            key,
            to: to.clone(),
        }),
        expires: None,
    }
}

/// The UIDs of the messages that are told.
fn uids(told: &Told) -> Vec<u32> {
    match &told.what {
        What::Changes(changes) => changes.iter().map(uid).collect(),
        _ => panic!("no changes"),
    }
}

fn fault(told: Told) -> Fault {
    match told.what {
        What::Ended(Ended::Fault(fault), _) => fault,
        _ => panic!("no fault"),
    }
}

#[tokio::test]
async fn nothing_more_is_told_of_a_connection_until_it_is_answered() {
    let (line, mut server) = plain(&Authority::new()).await;
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let seat = lot.enter(guest(line, 7, &tell));
    server.write_all(b"n 1\n").await.unwrap();
    let first = told.recv().await.unwrap();
    assert_eq!((first.key, first.seat, uids(&first)), (7, seat, vec![1]));
    server.write_all(b"n 1\nsend x\n").await.unwrap();
    // Whoever comes later is served though the first one waits.
    let (line, mut other) = plain(&Authority::new()).await;
    lot.enter(guest(line, 8, &tell));
    other.write_all(b"n 1\n").await.unwrap();
    assert_eq!(told.recv().await.unwrap().key, 8);
    lot.answer(seat, Ok(()));
    let second = told.recv().await.unwrap();
    assert_eq!((second.key, uids(&second)), (7, vec![2]));
    lot.answer(seat, Ok(()));
    assert_eq!(server.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn while_the_attendant_is_busy_changes_wait_and_none_is_lost() {
    let (tell, mut told) = mpsc::channel(1);
    let lot = lot();
    let mut servers = Vec::new();
    for key in 0..3 {
        let (line, mut server) = plain(&Authority::new()).await;
        lot.enter(guest(line, key, &tell));
        server.write_all(b"n 2\nend\n").await.unwrap();
        servers.push(server);
    }
    let (mut changes, mut ended) = (Vec::new(), Vec::new());
    while ended.len() < 3 {
        let next = told.recv().await.unwrap();
        match next.what {
            What::Changes(_) => {
                changes.push((next.key, uids(&next)));
                lot.answer(next.seat, Ok(()));
            }
            _ => ended.push(next.key),
        }
    }
    changes.sort();
    let expected: Vec<_> = (0..3).map(|key| (key, vec![1, 2])).collect();
    assert_eq!(changes, expected);
}

/// Has the lot itself, and lets go of it when it hears something.
struct Holder {
    lot: Mutex<Option<Arc<Lot>>>,
    dropped: mpsc::Sender<()>,
}

impl Attendant for Holder {
    fn hear(self: Arc<Self>, _seat: Seat, _what: What) -> Heard {
        drop(self.lot.lock().unwrap().take());
        self.dropped.try_send(()).unwrap();
        Heard::Gone
    }
}

#[tokio::test]
async fn a_lot_may_be_dropped_by_one_of_its_own_threads() {
    let (line, mut server) = plain(&Authority::new()).await;
    let lot = Arc::new(lot());
    let (dropped, mut told) = mpsc::channel(1);
    let holder = Holder {
        lot: Mutex::new(Some(lot.clone())),
        dropped,
    };
    lot.enter(Guest {
        line,
        flow: Box::new(Script::default()),
        attendant: Arc::new(holder),
        expires: None,
    });
    drop(lot);
    server.write_all(b"n 1\n").await.unwrap();
    told.recv().await.unwrap();
}

#[tokio::test]
async fn a_conversation_that_panics_ends_alone() {
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let (line, mut bad) = plain(&Authority::new()).await;
    lot.enter(guest(line, 1, &tell));
    let (line, mut good) = plain(&Authority::new()).await;
    lot.enter(guest(line, 2, &tell));
    bad.write_all(b"panic\n").await.unwrap();
    let ended = told.recv().await.unwrap();
    assert_eq!(ended.key, 1);
    assert_eq!(fault(ended).kind, FaultKind::Internal);
    good.write_all(b"n 1\n").await.unwrap();
    assert_eq!(told.recv().await.unwrap().key, 2);
}

#[tokio::test]
async fn who_leaves_is_gone_and_orders_for_its_seat_meet_nobody_else() {
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let (line, mut server) = plain(&Authority::new()).await;
    let seat = lot.enter(guest(line, 1, &tell));
    lot.leave(seat);
    let ended = told.recv().await.unwrap();
    let What::Ended(Ended::Stopped, Some(flow)) = ended.what else {
        panic!("not stopped");
    };
    assert!((flow as Box<dyn Any>).is::<Script>());
    assert_eq!(server.read(&mut [0; 1]).await.unwrap(), 0);
    let (line, mut server) = plain(&Authority::new()).await;
    let next = lot.enter(guest(line, 2, &tell));
    assert_eq!(next.index(), seat.index());
    lot.leave(seat);
    lot.answer(seat, Err(Fault::new(FaultKind::Internal, "not taken")));
    server.write_all(b"n 1\n").await.unwrap();
    assert_eq!(uids(&told.recv().await.unwrap()), [1]);
}

#[tokio::test]
async fn a_connection_that_is_not_kept_expires() {
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let (mut servers, mut seats) = (Vec::new(), Vec::new());
    for key in 0..2 {
        let (line, server) = plain(&Authority::new()).await;
        let guest = Guest {
            expires: Some((
                lot.moment().elapsed + Duration::from_millis(300),
                Fault::new(FaultKind::Timeout, "not kept"),
            )),
            ..guest(line, key, &tell)
        };
        seats.push(lot.enter(guest));
        servers.push(server);
    }
    lot.keep(seats[0]);
    let ended = told.recv().await.unwrap();
    assert_eq!(ended.key, 1);
    assert_eq!(fault(ended).message, "not kept");
    servers[0].write_all(b"n 1\n").await.unwrap();
    assert_eq!(told.recv().await.unwrap().key, 0);
}

#[tokio::test]
async fn if_nobody_listens_the_connection_is_closed() {
    let (tell, told) = mpsc::channel(8);
    let lot = lot();
    let (line, mut server) = plain(&Authority::new()).await;
    lot.enter(guest(line, 1, &tell));
    drop(told);
    server.write_all(b"n 1\n").await.unwrap();
    assert_eq!(server.read(&mut [0; 1]).await.unwrap(), 0);
}
