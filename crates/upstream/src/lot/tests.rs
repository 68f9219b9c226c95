use super::*;
use crate::testing::script::{Script, uid};
use crate::testing::{Authority, TestClock};
use pushmail_domain::{Endpoint, FaultKind, Security};
use rustls::ProtocolVersion;
use std::any::Any;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const HOST: &str = "mail.example.org";

fn lot() -> Lot {
    Lot::start(LotConfig { threads: 1 }, Arc::new(TestClock::new())).unwrap()
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

fn guest(line: Line, key: u64, tell: &mpsc::Sender<Told>) -> Guest {
    Guest {
        line,
        flow: Box::new(Script::default()),
        tell: tell.clone(),
        key,
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
async fn while_the_channel_is_full_changes_wait_and_none_is_lost() {
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
    let What::Ended(Ended::Stopped, flow) = ended.what else {
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
async fn if_nobody_listens_the_connection_is_closed() {
    let (tell, told) = mpsc::channel(8);
    let lot = lot();
    let (line, mut server) = plain(&Authority::new()).await;
    lot.enter(guest(line, 1, &tell));
    drop(told);
    server.write_all(b"n 1\n").await.unwrap();
    assert_eq!(server.read(&mut [0; 1]).await.unwrap(), 0);
}

/// A connection on which TLS of this version is up, and the server's end of it.
async fn secured(
    authority: &Authority,
    version: &'static rustls::SupportedProtocolVersion,
) -> (Line, tokio_rustls::server::TlsStream<TcpStream>) {
    let (listener, endpoint) = listen(Security::Tls).await;
    let acceptor = authority.server_of(&[HOST], &[version]);
    let server = async {
        let (socket, _) = listener.accept().await.unwrap();
        acceptor.accept(socket).await.unwrap()
    };
    let dialer = authority.dialer();
    let (line, server) = tokio::join!(dialer.line(&endpoint), server);
    let line = line.unwrap();
    let negotiated = server.get_ref().1.protocol_version();
    assert_eq!(negotiated, Some(version.version));
    (line, server)
}

const VERSIONS: [&rustls::SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

#[tokio::test]
async fn many_records_and_parts_of_them_come_through_tls_in_order() {
    for version in VERSIONS {
        let authority = Authority::new();
        let (line, mut server) = secured(&authority, version).await;
        let (tell, mut told) = mpsc::channel(8);
        let lot = lot();
        lot.enter(guest(line, 1, &tell));
        let mut expected = 0;
        let mut seen = Vec::new();
        for size in [1, 2, 3, 700, 40_000] {
            // A large one is several records, and small ones are written together.
            let orders = format!("ignore {}\nn 1\n", "x".repeat(size));
            server.write_all(orders.as_bytes()).await.unwrap();
            expected += 1;
        }
        server.flush().await.unwrap();
        while seen.len() < expected {
            let next = told.recv().await.unwrap();
            seen.extend(uids(&next));
            lot.answer(next.seat, Ok(()));
        }
        assert_eq!(seen, (1..=5).collect::<Vec<u32>>());
        server.write_all(b"send hello\n").await.unwrap();
        let mut hello = [0; 6];
        server.read_exact(&mut hello).await.unwrap();
        assert_eq!(&hello, b"hello\n");
        assert_ne!(version.version, ProtocolVersion::TLSv1_1);
    }
}

#[tokio::test]
async fn a_record_that_comes_in_pieces_waits_for_its_end() {
    for version in VERSIONS {
        let authority = Authority::new();
        let (line, server) = secured(&authority, version).await;
        let (tell, mut told) = mpsc::channel(8);
        let lot = lot();
        lot.enter(guest(line, 1, &tell));
        let (mut socket, mut session) = server.into_inner();
        std::io::Write::write_all(&mut session.writer(), b"n 1\n").unwrap();
        let mut record = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut record).unwrap();
        }
        for piece in record.chunks(7) {
            socket.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(uids(&told.recv().await.unwrap()), [1]);
    }
}

#[tokio::test]
async fn keys_that_are_updated_are_followed_in_both_directions() {
    let authority = Authority::new();
    let (line, mut server) = secured(&authority, &rustls::version::TLS13).await;
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let seat = lot.enter(guest(line, 1, &tell));
    for uid in 1..=3 {
        // Asks the other end for new keys, too.
        server.get_mut().1.refresh_traffic_keys().unwrap();
        server.write_all(b"n 1\n").await.unwrap();
        assert_eq!(uids(&told.recv().await.unwrap()), [uid]);
        lot.answer(seat, Ok(()));
        server.write_all(b"send x\n").await.unwrap();
        let mut answer = [0; 2];
        server.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"x\n");
    }
}

#[tokio::test]
async fn a_record_that_was_tampered_with_ends_the_connection_with_an_alert() {
    for version in VERSIONS {
        let authority = Authority::new();
        let (line, server) = secured(&authority, version).await;
        let (tell, mut told) = mpsc::channel(8);
        let lot = lot();
        lot.enter(guest(line, 1, &tell));
        let (mut socket, mut session) = server.into_inner();
        std::io::Write::write_all(&mut session.writer(), b"n 1\n").unwrap();
        let mut record = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut record).unwrap();
        }
        *record.last_mut().unwrap() ^= 1;
        socket.write_all(&record).await.unwrap();
        assert_eq!(fault(told.recv().await.unwrap()).kind, FaultKind::Tls);
        let mut alert = Vec::new();
        socket.read_to_end(&mut alert).await.unwrap();
        assert!(!alert.is_empty(), "{version:?}");
    }
}

#[tokio::test]
async fn a_goodbye_of_the_server_comes_after_all_that_it_said() {
    for version in VERSIONS {
        let authority = Authority::new();
        let (line, mut server) = secured(&authority, version).await;
        let (tell, mut told) = mpsc::channel(8);
        let lot = lot();
        let seat = lot.enter(guest(line, 1, &tell));
        server.write_all(b"n 1\n").await.unwrap();
        server.shutdown().await.unwrap();
        let mut seen = Vec::new();
        loop {
            let next = told.recv().await.unwrap();
            if let What::Ended(..) = next.what {
                assert_eq!(fault(next).kind, FaultKind::Closed);
                break;
            }
            seen.extend(uids(&next));
            lot.answer(seat, Ok(()));
        }
        // The flow says something about the close itself.
        assert_eq!(seen, [1, u32::MAX]);
    }
}

#[tokio::test]
async fn what_the_server_sends_with_the_end_of_its_handshake_is_not_lost() {
    for version in VERSIONS {
        let authority = Authority::new();
        let (listener, endpoint) = listen(Security::Tls).await;
        let acceptor = authority.server_of(&[HOST], &[version]);
        let server = async {
            let (socket, _) = listener.accept().await.unwrap();
            let mut server = acceptor.accept(socket).await.unwrap();
            server.write_all(b"n 1\n").await.unwrap();
            server
        };
        let dialer = authority.dialer();
        let (line, _server) = tokio::join!(dialer.line(&endpoint), server);
        let (tell, mut told) = mpsc::channel(8);
        let lot = lot();
        lot.enter(guest(line.unwrap(), 1, &tell));
        assert_eq!(uids(&told.recv().await.unwrap()), [1]);
    }
}
