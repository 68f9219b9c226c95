//! Conversations that are packed while they wait.

use super::*;
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[tokio::test]
async fn a_conversation_that_is_parked_sleeps_and_goes_on_where_it_was() {
    let (line, server) = plain(&Authority::new()).await;
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    let seat = lot.enter(guest(line, 7, &tell));
    let mut server = BufReader::new(server);
    server.write_all(b"n 2\npark\n").await.unwrap();
    assert_eq!(uids(&told.recv().await.unwrap()), vec![1, 2]);
    lot.answer(seat, Ok(()));
    // It sleeps until the next word comes, which may be before it fell asleep.
    let mut naps = 0;
    while naps < 3 {
        server.write_all(b"naps\npark\n").await.unwrap();
        let mut line = String::new();
        server.read_line(&mut line).await.unwrap();
        naps = line.trim().parse().unwrap();
    }
    server.write_all(b"n 1\n").await.unwrap();
    assert_eq!(uids(&told.recv().await.unwrap()), vec![3]);
}

#[tokio::test]
async fn a_conversation_that_sleeps_wakes_at_its_deadline() {
    let (line, mut server) = plain(&Authority::new()).await;
    let (tell, _told) = mpsc::channel(8);
    let lot = lot();
    lot.enter(guest(line, 7, &tell));
    server.write_all(b"wait 50\npark\n").await.unwrap();
    let mut tick = [0; 5];
    server.read_exact(&mut tick).await.unwrap();
    assert_eq!(&tick, b"tick\n");
}

#[tokio::test]
async fn a_conversation_that_does_not_wake_ends_without_its_flow() {
    let (line, mut server) = plain(&Authority::new()).await;
    let (tell, mut told) = mpsc::channel(8);
    let lot = lot();
    lot.enter(guest(line, 7, &tell));
    server.write_all(b"send x\ncoma\npark\n").await.unwrap();
    let mut said = [0; 2];
    server.read_exact(&mut said).await.unwrap();
    // Until it is asleep it takes this as any other.
    let ended = loop {
        if server.write_all(b"ignore\npark\n").await.is_err() {
            break told.recv().await.unwrap();
        }
        if let Ok(ended) = told.try_recv() {
            break ended;
        }
        tokio::task::yield_now().await;
    };
    let What::Ended(Ended::Fault(fault), None) = ended.what else {
        panic!("not lost");
    };
    assert_eq!(fault.kind, FaultKind::Internal);
}
