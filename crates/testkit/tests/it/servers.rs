//! What all real servers have in common, and how they differ.

mod folders;
mod qresync;

use pushmail_testkit::imap_client::Client;
use pushmail_testkit::{Kind, MailServer, certs};
use std::net::TcpStream;
use tokio::io::AsyncReadExt as _;
use tokio_rustls::TlsConnector;

const USER: &str = "user7@tenant3.test";

/// One test for each kind of server.
macro_rules! on_each_kind {
    ($($test:ident),+ $(,)?) => {
        on_each_kind!(@ dovecot Dovecot [$($test)+]);
        on_each_kind!(@ cyrus Cyrus [$($test)+]);
        on_each_kind!(@ courier Courier [$($test)+]);
    };
    (@ $module:ident $kind:ident [$($test:ident)+]) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    if let Some(server) = pushmail_testkit::Kind::$kind.start() {
                        super::$test(server);
                    }
                }
            )+
        }
    };
}
use on_each_kind;

on_each_kind! {
    mail_goes_in_and_is_listed_and_the_server_ends_with_its_handle,
    it_tells_what_it_can_do,
    only_known_users_come_in,
    its_certificate_is_signed_by_its_authority,
    idle_tells_of_new_mail,
    several_run_side_by_side,
    its_log_tells_of_sessions,
}

fn mail_goes_in_and_is_listed_and_the_server_ends_with_its_handle(server: MailServer) {
    assert_eq!(server.messages(USER), []);
    let mut expected = Vec::new();
    for n in 1..=11 {
        let raw = format!("Subject: {n}\r\nMessage-ID: <{n}@test>\r\n\r\n.dot\r\n");
        server.deliver(USER, raw.as_bytes());
        expected.push((n, format!("<{n}@test>")));
    }
    assert_eq!(server.messages(USER), expected);

    let addresses = [server.imap_addr(), server.imaps_addr()];
    drop(server);
    for addr in addresses {
        assert!(TcpStream::connect(addr).is_err(), "{addr} still listens");
    }
}

fn it_tells_what_it_can_do(server: MailServer) {
    let client = server.login(USER);
    let can = ["IDLE", "CONDSTORE", "QRESYNC", "NOTIFY", "MOVE"].map(|name| client.can(name));
    let expected = match server.kind() {
        Kind::Dovecot => [true; 5],
        Kind::Cyrus => [true, true, true, false, true],
        Kind::Courier => [true, false, false, false, false],
    };
    assert_eq!(can, expected, "{:?}", client.capabilities());
}

fn only_known_users_come_in(server: MailServer) {
    assert!(Client::login(server.imap_addr(), "mike@tenant3.test").is_err());
    server.login(USER).logout();
}

fn its_certificate_is_signed_by_its_authority(server: MailServer) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let greeting = runtime.block_on(greeting_over_tls(&server));
    assert_eq!(&greeting.expect("a trusted connection"), b"* OK");
}

async fn greeting_over_tls(server: &MailServer) -> std::io::Result<[u8; 4]> {
    let connector = TlsConnector::from(certs::client_config(server.ca_pem())?);
    let name = "localhost".try_into().expect("a name");
    let stream = tokio::net::TcpStream::connect(server.imaps_addr()).await?;
    let mut stream = connector.connect(name, stream).await?;
    let mut greeting = [0; 4];
    stream.read_exact(&mut greeting).await?;
    Ok(greeting)
}

fn idle_tells_of_new_mail(server: MailServer) {
    let mut client = server.login(USER);
    client.select("INBOX");
    client.idle();
    server.deliver(USER, b"Message-ID: <1@test>\r\n\r\n");
    while client.read().line != "* 1 EXISTS" {}
    client.done();
}

fn several_run_side_by_side(first: MailServer) {
    let kind = first.kind();
    let start = || kind.start().expect("the first was not left out");
    let others = std::thread::scope(|scope| {
        let starts = [(); 3].map(|()| scope.spawn(start));
        starts.map(|start| start.join().expect("it starts"))
    });
    let mut servers = vec![first];
    servers.extend(others);
    for (n, server) in servers.iter().enumerate() {
        server.deliver(USER, format!("Message-ID: <{n}@test>\r\n\r\n").as_bytes());
    }
    for (n, server) in servers.iter().enumerate() {
        assert_eq!(server.messages(USER), [(1, format!("<{n}@test>"))]);
    }
}

fn its_log_tells_of_sessions(server: MailServer) {
    // A server may write its log after it has answered.
    while !server.log().contains(USER) {
        server.login(USER).logout();
    }
}
