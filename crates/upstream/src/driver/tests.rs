use super::*;
use crate::lot::LotConfig;
use crate::testing::script::{Script, uid};
use crate::testing::{Authority, TestClock};
use pushmail_domain::{Endpoint, FaultKind, Security};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Sends on the UIDs of each batch; refuses the one that starts with `refuse`.
struct Batches {
    to: mpsc::UnboundedSender<Vec<u32>>,
    refuse: Option<u32>,
}

#[async_trait]
impl Sink for Batches {
    async fn accept(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        let uids: Vec<u32> = changes.iter().map(uid).collect();
        if uids.first().copied() == self.refuse {
            return Err(Fault::new(FaultKind::Internal, "the log is full"));
        }
        self.to.send(uids).unwrap();
        Ok(())
    }
}

/// One driven flow and the server's end of its connection.
struct Run {
    server: TcpStream,
    batches: mpsc::UnboundedReceiver<Vec<u32>>,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<(Ended, usize)>,
}

async fn start(authority: &Authority, flow: Script, refuse: Option<u32>) -> Run {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint {
        host: "mail.example.org".to_owned(),
        port: listener.local_addr().unwrap().port(),
        security: Security::StartTls,
    };
    let line = authority.dialer().line(&endpoint).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let (to, batches) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let token = stop.clone();
    let ended = tokio::spawn(async move {
        let lot = Lot::start(
            LotConfig {
                threads: 1,
                ..LotConfig::default()
            },
            Arc::new(TestClock::new()),
        )
        .unwrap();
        let mut sink = Batches { to, refuse };
        let (ended, flow) = drive(&lot, flow, line, &mut sink, &token).await;
        (ended, flow.unwrap().ticks)
    });
    Run {
        server,
        batches,
        stop,
        ended,
    }
}

async fn plain() -> Run {
    start(&Authority::new(), Script::default(), None).await
}

async fn expect(server: &mut (impl AsyncRead + Unpin), text: &str) {
    let mut bytes = vec![0; text.len()];
    server.read_exact(&mut bytes).await.unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), text);
}

fn fault(ended: Ended) -> Fault {
    match ended {
        Ended::Fault(fault) => fault,
        Ended::Stopped => panic!("stopped, not faulted"),
    }
}

#[tokio::test]
async fn changes_of_one_read_come_in_one_batch_of_at_most_64() {
    let mut run = plain().await;
    run.server.write_all(b"n 3\n").await.unwrap();
    assert_eq!(run.batches.recv().await.unwrap(), [1, 2, 3]);
    run.server.write_all(b"n 130\n").await.unwrap();
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < 130 {
        sizes.push(run.batches.recv().await.unwrap().len());
    }
    assert_eq!(sizes, [64, 64, 2]);
}

#[tokio::test]
async fn what_came_before_a_send_is_handed_over_before_it() {
    let mut run = plain().await;
    run.server
        .write_all(b"n 1\nsend x\nn 1\nend\n")
        .await
        .unwrap();
    expect(&mut run.server, "x\n").await;
    let (ended, _) = run.ended.await.unwrap();
    assert_eq!(fault(ended).message, "told to end");
    assert_eq!(run.batches.recv().await.unwrap(), [1]);
    assert_eq!(run.batches.recv().await.unwrap(), [2]);
}

#[tokio::test]
async fn a_sink_that_refuses_ends_the_connection_with_its_fault() {
    let mut run = start(&Authority::new(), Script::default(), Some(2)).await;
    run.server
        .write_all(b"n 1\nsend x\nn 1\nsend never\n")
        .await
        .unwrap();
    let mut sent = String::new();
    run.server.read_to_string(&mut sent).await.unwrap();
    assert_eq!(sent, "x\n");
    assert_eq!(fault(run.ended.await.unwrap().0).message, "the log is full");
}

#[tokio::test]
async fn the_flow_is_ticked_at_its_deadline_even_while_bytes_drip_in() {
    let mut run = plain().await;
    run.server.write_all(b"wait 30\n").await.unwrap();
    let (mut from, mut to) = run.server.into_split();
    let drip = tokio::spawn(async move { while to.write_all(b"x").await.is_ok() {} });
    expect(&mut from, "tick\n").await;
    run.stop.cancel();
    run.ended.await.unwrap();
    drip.abort();
}

#[tokio::test]
async fn a_flow_that_keeps_a_past_deadline_does_not_spin() {
    let script = Script::with_deadline_that_stays(Duration::ZERO);
    let mut run = start(&Authority::new(), script, None).await;
    expect(&mut run.server, "tick\n").await;
    run.server.write_all(b"n 1\nend\n").await.unwrap();
    assert_eq!(run.ended.await.unwrap().1, 1);
}

#[tokio::test]
async fn a_parked_flow_still_hears_the_server_and_its_deadline() {
    let mut run = plain().await;
    run.server.write_all(b"wait 20\npark\n").await.unwrap();
    expect(&mut run.server, "tick\n").await;
    run.server.write_all(b"park\n").await.unwrap();
    run.server.write_all(b"n 1\n").await.unwrap();
    assert_eq!(run.batches.recv().await.unwrap(), [1]);
}

#[tokio::test]
async fn what_the_flow_says_about_a_close_comes_before_the_end() {
    let mut run = plain().await;
    run.server.shutdown().await.unwrap();
    let fault = fault(run.ended.await.unwrap().0);
    assert_eq!(fault.kind, FaultKind::Closed);
    assert!(fault.message.starts_with("mail.example.org:"), "{fault}");
    assert_eq!(run.batches.recv().await.unwrap(), [u32::MAX]);
}

#[tokio::test]
async fn tls_starts_in_the_middle_and_a_stop_says_goodbye() {
    let authority = Authority::new();
    let mut run = start(&authority, Script::default(), None).await;
    run.server.write_all(b"send ready\ntls\n").await.unwrap();
    expect(&mut run.server, "ready\n").await;
    let acceptor = authority.server(&["mail.example.org"]);
    let mut tls = acceptor.accept(run.server).await.unwrap();
    expect(&mut tls, "secured\n").await;

    // More than one read takes, and each read ends parked.
    let orders = "park\n".repeat(16 * 1024) + "n 1\npark\n";
    tls.write_all(orders.as_bytes()).await.unwrap();
    tls.flush().await.unwrap();
    assert_eq!(run.batches.recv().await.unwrap(), [1]);

    run.stop.cancel();
    // A clean end is a close_notify; without one this read would be an error.
    assert_eq!(tls.read(&mut [0; 8]).await.unwrap(), 0);
    assert!(matches!(run.ended.await.unwrap().0, Ended::Stopped));
}

#[tokio::test]
async fn bytes_injected_before_tls_make_the_handshake_fail() {
    let mut run = plain().await;
    run.server.write_all(b"tls\n").await.unwrap();
    let mut hello = [0; 1];
    run.server.read_exact(&mut hello).await.unwrap();
    run.server.write_all(b"n 1\nn 1\n").await.unwrap();
    assert_eq!(fault(run.ended.await.unwrap().0).kind, FaultKind::Tls);
    assert!(
        run.batches.recv().await.is_none(),
        "nothing injected is believed"
    );
}

#[tokio::test]
async fn a_stop_ends_a_write_that_nobody_reads() {
    let mut run = plain().await;
    let order = format!("send {}\n", "x".repeat(64 * 1024 * 1024));
    let stop = run.stop.clone();
    run.server.write_all(order.as_bytes()).await.unwrap();
    stop.cancel();
    assert!(matches!(run.ended.await.unwrap().0, Ended::Stopped));
}
