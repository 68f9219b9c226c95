//! The hostile server does what it says, and no more than that.

use pushmail_testkit::{Behaviour, Hostile, hostile::MAX_SENT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn first_bytes(behaviour: Behaviour, count: usize) -> Vec<u8> {
    let hostile = Hostile::start(behaviour).await;
    let stream = TcpStream::connect(hostile.addr()).await;
    let mut stream = stream.expect("the server listens");
    let mut bytes = vec![0; count];
    let read = stream.read_exact(&mut bytes).await;
    read.expect("the server sends that much");
    drop(stream);
    hostile.wait_closed(1).await;
    assert!(hostile.sent() <= MAX_SENT);
    bytes
}

#[tokio::test]
async fn an_endless_line_does_not_end_until_the_client_goes() {
    let bytes = first_bytes(Behaviour::EndlessLine, 1_000_000).await;
    assert!(!bytes.contains(&b'\n'));
}

#[tokio::test]
async fn a_drip_is_one_byte_at_a_time() {
    assert_eq!(first_bytes(Behaviour::SlowDrip, 3).await, b"***");
}

#[tokio::test]
async fn it_hangs_up_by_itself() {
    let hostile = Hostile::start(Behaviour::Close).await;
    let mut stream = TcpStream::connect(hostile.addr()).await.unwrap();
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    hostile.wait_closed(1).await;
}

#[tokio::test]
async fn it_is_polite_until_a_folder_is_opened() {
    let hostile = Hostile::start_after_login(Behaviour::HugeLiteral).await;
    let mut stream = TcpStream::connect(hostile.addr()).await.unwrap();
    stream
        .write_all(b"a LOGIN u p\r\nb EXAMINE INBOX\r\n")
        .await
        .unwrap();
    let mut bytes = [0; 200];
    stream.read_exact(&mut bytes).await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(
        text.contains("a OK done\r\n* 1 FETCH (UID 1 BODY[] {4294967295}\r\naaa"),
        "{text}"
    );
}

#[tokio::test]
async fn bytes_follow_the_answer_to_starttls() {
    let hostile = Hostile::start(Behaviour::DataBeforeStarttls).await;
    let mut stream = TcpStream::connect(hostile.addr()).await.unwrap();
    stream.write_all(b"a STARTTLS\r\n").await.unwrap();
    let mut text = String::new();
    while !text.contains("a OK injected\r\n") {
        let mut bytes = [0; 512];
        let count = stream.read(&mut bytes).await.unwrap();
        assert!(count > 0, "hung up after {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    assert!(text.contains("a OK begin TLS now\r\n* PREAUTH"), "{text}");
}
