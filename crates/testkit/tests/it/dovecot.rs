//! A real Dovecot.

use base64::Engine as _;
use pushmail_testkit::{Dovecot, certs, dovecot::PASSWORD, skip};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use tokio_rustls::TlsConnector;

const USER: &str = "user7@tenant3.test";

/// The tagged answer to one command, right after the greeting.
fn answer(addr: SocketAddr, command: &str) -> String {
    let mut stream = BufReader::new(TcpStream::connect(addr).expect("dovecot listens"));
    stream
        .get_mut()
        .write_all(format!("t {command}\r\n").as_bytes())
        .expect("dovecot reads");
    let lines = stream.lines().map(|line| line.expect("dovecot answers"));
    let mut tagged = lines.filter(|line| line.starts_with("t "));
    tagged.next().expect("dovecot answers the command")
}

#[test]
fn mail_goes_in_and_is_listed_and_the_server_ends_with_its_handle() {
    if skip("dovecot") {
        return;
    }
    let dovecot = Dovecot::start();
    assert_eq!(dovecot.messages(USER), []);
    for n in 1..=3 {
        let raw = format!("Subject: {n}\r\nMessage-ID: <{n}@test>\r\n\r\n.dot\r\n");
        dovecot.deliver(USER, raw.as_bytes());
    }
    let ids = [(1, "<1@test>"), (2, "<2@test>"), (3, "<3@test>")];
    assert_eq!(
        dovecot.messages(USER),
        ids.map(|(uid, id)| (uid, id.to_owned()))
    );

    let addr = dovecot.imap_addr();
    drop(dovecot);
    assert!(
        TcpStream::connect(addr).is_err(),
        "dovecot outlives its handle"
    );
}

#[test]
fn passwords_and_tokens_are_checked() {
    if skip("dovecot") {
        return;
    }
    let dovecot = Dovecot::start();
    let addr = dovecot.imap_addr();
    let right = answer(addr, &format!("LOGIN {USER} {PASSWORD}"));
    assert!(right.starts_with("t OK"), "{right}\n{}", dovecot.log());
    let wrong = answer(addr, &format!("LOGIN {USER} wrong"));
    assert!(wrong.contains("[AUTHENTICATIONFAILED]"), "{wrong}");

    let token = dovecot.token(USER);
    let response = format!("user={USER}\x01auth=Bearer {token}\x01\x01");
    let response = base64::engine::general_purpose::STANDARD.encode(response);
    let right = answer(addr, &format!("AUTHENTICATE XOAUTH2 {response}"));
    assert!(right.starts_with("t OK"), "{right}\n{}", dovecot.log());
}

#[tokio::test]
async fn its_certificate_is_signed_by_its_authority() {
    if skip("dovecot") {
        return;
    }
    let dovecot = Dovecot::start();
    let config = certs::client_config(dovecot.ca_pem()).unwrap();
    let stream = tokio::net::TcpStream::connect(dovecot.imaps_addr()).await;
    let name = "localhost".try_into().unwrap();
    let connected = TlsConnector::from(config).connect(name, stream.unwrap());
    connected.await.unwrap();
}
