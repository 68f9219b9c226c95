//! Every version and suite of TLS, whole and frozen.

use super::*;
use rustls::SupportedCipherSuite;

/// A version of TLS, a suite, and what is kept of it.
#[derive(Debug, Clone, Copy)]
struct Case {
    suite: SupportedCipherSuite,
    park: TlsPark,
}

/// Every suite that there is, in both stages.
fn cases() -> impl Iterator<Item = Case> {
    let suites = rustls::crypto::ring::ALL_CIPHER_SUITES.iter();
    // The tests' certificates are not RSA.
    let suites = suites.filter(|suite| !format!("{suite:?}").contains("RSA_WITH"));
    let stages = [TlsPark::Unbuffered, TlsPark::Frozen];
    suites.flat_map(move |suite| {
        stages.map(|park| Case {
            suite: *suite,
            park,
        })
    })
}

/// A connection that was parked once, in a lot, and the server's end of it.
struct Parked {
    lot: Arc<Lot>,
    seat: Seat,
    told: mpsc::Receiver<Told>,
    server: tokio_rustls::server::TlsStream<TcpStream>,
}

impl Parked {
    async fn new(case: Case) -> Self {
        Self::within(Arc::new(lot_that_keeps(case.park)), case).await
    }

    async fn within(lot: Arc<Lot>, case: Case) -> Self {
        let authority = Authority::new();
        let (listener, endpoint) = listen(Security::Tls).await;
        let acceptor = authority.server_of(&[HOST], case.suite);
        let server = async {
            let (socket, _) = listener.accept().await.unwrap();
            acceptor.accept(socket).await.unwrap()
        };
        let dialer = authority.dialer();
        let (line, mut server) = tokio::join!(dialer.line(&endpoint), server);
        let (tell, told) = mpsc::channel(8);
        let seat = lot.enter(guest(line.unwrap(), 1, &tell));
        server.write_all(b"park\nsend parked\n").await.unwrap();
        let mut parked = [0; 7];
        server.read_exact(&mut parked).await.unwrap();
        assert_eq!(&parked, b"parked\n", "{case:?}");
        Self {
            lot,
            seat,
            told,
            server,
        }
    }

    /// The UIDs of so many messages, in the order in which they are told.
    async fn messages(&mut self, count: usize) -> Vec<u32> {
        let mut seen = Vec::new();
        while seen.len() < count {
            seen.extend(uids(&self.told.recv().await.unwrap()));
            self.lot.answer(self.seat, Ok(()));
        }
        seen
    }

    async fn fault(&mut self) -> Fault {
        fault(self.told.recv().await.unwrap())
    }

    /// A record of the server's with this in it, and the server's socket.
    fn record(self, data: &[u8]) -> (Vec<u8>, TcpStream, mpsc::Receiver<Told>, Arc<Lot>) {
        let (socket, mut session) = self.server.into_inner();
        std::io::Write::write_all(&mut session.writer(), data).unwrap();
        let mut record = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut record).unwrap();
        }
        (record, socket, self.told, self.lot)
    }
}

#[tokio::test]
async fn many_records_and_parts_of_them_come_through_tls_in_order() {
    for case in cases() {
        let mut parked = Parked::new(case).await;
        for size in [1, 2, 3, 700, 40_000] {
            // A large one is several records, and small ones are written together.
            let orders = format!("ignore {}\nn 1\npark\n", "x".repeat(size));
            parked.server.write_all(orders.as_bytes()).await.unwrap();
        }
        parked.server.flush().await.unwrap();
        assert_eq!(parked.messages(5).await, [1, 2, 3, 4, 5], "{case:?}");
        let text = "y".repeat(20_000);
        let order = format!("send {text}\n");
        parked.server.write_all(order.as_bytes()).await.unwrap();
        let mut sent = vec![0; text.len() + 1];
        parked.server.read_exact(&mut sent).await.unwrap();
        assert_eq!(sent, format!("{text}\n").as_bytes());
    }
}

#[tokio::test]
async fn a_record_that_comes_in_pieces_waits_for_its_end() {
    for case in cases() {
        let (record, mut socket, mut told, _lot) = Parked::new(case).await.record(b"n 1\n");
        for piece in record.chunks(7) {
            socket.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(uids(&told.recv().await.unwrap()), [1], "{case:?}");
    }
}

#[tokio::test]
async fn a_record_that_was_tampered_with_ends_the_connection_with_an_alert() {
    for case in cases() {
        let (mut record, mut socket, mut told, _lot) = Parked::new(case).await.record(b"n 1\n");
        *record.last_mut().unwrap() ^= 1;
        socket.write_all(&record).await.unwrap();
        let fault = fault(told.recv().await.unwrap());
        assert_eq!(fault.kind, FaultKind::Tls, "{case:?}");
        let mut alert = Vec::new();
        socket.read_to_end(&mut alert).await.unwrap();
        assert!(!alert.is_empty(), "{case:?}");
    }
}

#[tokio::test]
async fn what_was_decrypted_before_a_connection_failed_reaches_no_other_one() {
    for case in cases() {
        let lot = Arc::new(lot_that_keeps(case.park));
        let good = Parked::within(lot.clone(), case).await;
        let (record, mut socket, mut told, _lot) = good.record(b"n 1\n");
        let bad = Parked::within(lot, case).await;
        let (secret, mut other, mut ended, _same) = bad.record(b"n 7\n");
        // A record, and one that is none, in one read.
        let both = [&secret[..], &[23, 3, 3, 255, 255]].concat();
        other.write_all(&both).await.unwrap();
        assert_eq!(fault(ended.recv().await.unwrap()).kind, FaultKind::Tls);
        socket.write_all(&record).await.unwrap();
        assert_eq!(uids(&told.recv().await.unwrap()), [1], "{case:?}");
    }
}

#[tokio::test]
async fn a_record_that_comes_twice_ends_the_connection() {
    for case in cases() {
        let (record, mut socket, mut told, lot) = Parked::new(case).await.record(b"n 1\n");
        socket.write_all(&record).await.unwrap();
        let first = told.recv().await.unwrap();
        assert_eq!(uids(&first), [1]);
        lot.answer(first.seat, Ok(()));
        socket.write_all(&record).await.unwrap();
        let fault = fault(told.recv().await.unwrap());
        assert_eq!(fault.kind, FaultKind::Tls, "{case:?}");
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_off_within_a_record_is_closed_and_nothing_of_it_is_believed() {
    for case in cases() {
        let (record, mut socket, mut told, lot) = Parked::new(case).await.record(b"n 1\n");
        socket.write_all(&record[..record.len() - 1]).await.unwrap();
        socket.shutdown().await.unwrap();
        // What the flow says about the close.
        let last = told.recv().await.unwrap();
        assert_eq!(uids(&last), [u32::MAX], "{case:?}");
        lot.answer(last.seat, Ok(()));
        assert_eq!(fault(told.recv().await.unwrap()).kind, FaultKind::Closed);
    }
}

#[tokio::test]
async fn what_is_no_record_ends_the_connection() {
    for case in cases() {
        for garbage in [
            &b"* BYE in the clear, for a change\r\n"[..],
            &[23, 3, 3, 255, 255],
        ] {
            let (_, mut socket, mut told, _lot) = Parked::new(case).await.record(b"");
            socket.write_all(garbage).await.unwrap();
            let fault = fault(told.recv().await.unwrap());
            assert_eq!(fault.kind, FaultKind::Tls, "{case:?}");
        }
    }
}

#[tokio::test]
async fn a_goodbye_of_the_server_comes_after_all_that_it_said() {
    for case in cases() {
        let mut parked = Parked::new(case).await;
        parked.server.write_all(b"n 1\n").await.unwrap();
        parked.server.shutdown().await.unwrap();
        // The flow says something about the close itself.
        assert_eq!(parked.messages(2).await, [1, u32::MAX], "{case:?}");
        assert_eq!(parked.fault().await.kind, FaultKind::Closed);
    }
}

#[tokio::test]
async fn who_is_asked_to_leave_says_goodbye() {
    for case in cases() {
        let mut parked = Parked::new(case).await;
        parked.lot.leave(parked.seat);
        // A clean end is a close_notify; without one this read would be an error.
        let read = parked.server.read(&mut [0; 8]).await;
        assert_eq!(read.unwrap(), 0, "{case:?}");
    }
}

#[tokio::test]
async fn a_whole_session_follows_keys_that_are_updated_in_both_directions() {
    for case in cases().filter(|case| is_1_3(case) && !is_frozen(case)) {
        let mut parked = Parked::new(case).await;
        for uid in 1..=3 {
            // Asks the other end for new keys, too.
            parked.server.get_mut().1.refresh_traffic_keys().unwrap();
            parked.server.write_all(b"n 1\npark\n").await.unwrap();
            assert_eq!(parked.messages(1).await, [uid], "{case:?}");
            parked.server.write_all(b"send x\n").await.unwrap();
            let mut answer = [0; 2];
            parked.server.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"x\n");
        }
    }
}

#[tokio::test]
async fn a_frozen_session_takes_a_key_update_for_the_server_s_close() {
    for case in cases().filter(|case| is_1_3(case) && is_frozen(case)) {
        let mut parked = Parked::new(case).await;
        parked.server.write_all(b"n 1\n").await.unwrap();
        parked.server.get_mut().1.refresh_traffic_keys().unwrap();
        parked.server.write_all(b"n 1\n").await.unwrap();
        // What came before is told; what came after is read again on the next connection.
        assert_eq!(parked.messages(2).await, [1, u32::MAX], "{case:?}");
        assert_eq!(parked.fault().await.kind, FaultKind::Closed);
        let read = parked.server.read(&mut [0; 8]).await;
        assert_eq!(read.unwrap(), 0, "a goodbye");
    }
}

fn is_1_3(case: &Case) -> bool {
    matches!(case.suite, SupportedCipherSuite::Tls13(_))
}

/// Whether it is frozen: sessions with short keys stay whole.
fn is_frozen(case: &Case) -> bool {
    let has_short_keys = format!("{:?}", case.suite).contains("AES_128");
    case.park == TlsPark::Frozen && !has_short_keys
}

#[tokio::test]
async fn what_the_server_sends_with_the_end_of_its_handshake_is_not_lost() {
    for case in cases() {
        let authority = Authority::new();
        let (listener, endpoint) = listen(Security::Tls).await;
        let acceptor = authority.server_of(&[HOST], case.suite);
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
