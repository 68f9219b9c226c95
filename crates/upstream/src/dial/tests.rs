use super::*;
use crate::egress::EgressConfig;
use crate::testing::{Authority, Loopback, Names};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn endpoint(host: &str, port: u16, security: Security) -> Endpoint {
    Endpoint {
        host: host.to_owned(),
        port,
        security,
    }
}

/// A listener that does TLS by `acceptor` with two clients, and echoes one read of each.
async fn serve(acceptor: TlsAcceptor) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for _ in 0..2 {
            let (socket, _) = listener.accept().await.unwrap();
            // A client that refuses the certificate ends the handshake: nothing to do then.
            if let Ok(mut tls) = acceptor.accept(socket).await {
                let mut bytes = [0; 5];
                tls.read_exact(&mut bytes).await.unwrap();
                tls.write_all(&bytes).await.unwrap();
                tls.shutdown().await.unwrap();
            }
        }
    });
    port
}

/// Why there is no connection, and for the same reason no line.
async fn fault(dialer: &Dialer, endpoint: Endpoint) -> Fault {
    let fault = dialer.connect(&endpoint).await.unwrap_err();
    let of_line = dialer.line(&endpoint).await.unwrap_err();
    assert_eq!(
        (of_line.kind, of_line.message),
        (fault.kind, fault.message.clone())
    );
    fault
}

async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn a_trusted_server_is_connected_to_by_name_and_by_address() {
    let authority = Authority::new();
    for host in ["mail.example.org", "127.0.0.1"] {
        let port = serve(authority.server(&[host])).await;
        let endpoint = endpoint(host, port, Security::Tls);
        let mut connection = authority.dialer().connect(&endpoint).await.unwrap();
        assert!(connection.is_encrypted());
        connection.write_all(b"hello").await.unwrap();
        connection.flush().await.unwrap();
        let mut bytes = Vec::new();
        connection.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"hello");
    }
}

#[tokio::test]
async fn a_bad_certificate_is_explained_with_its_remedy() {
    let authority = Authority::new();
    let name = ["mail.example.org"];
    let cases = [
        (
            authority.server(&["other.example.org"]),
            "not for the name mail.example.org but for",
        ),
        (authority.server_until(&name, 2001), "it has expired"),
        (
            Authority::new().server(&name),
            "--ca-file or the setting upstream.ca_file",
        ),
    ];
    for (acceptor, words) in cases {
        let port = serve(acceptor).await;
        let fault = fault(&authority.dialer(), endpoint(name[0], port, Security::Tls)).await;
        assert_eq!(fault.kind, FaultKind::BadCertificate, "{fault}");
        assert!(fault.message.contains(words), "{fault}");
        assert!(
            fault.message.contains(&format!("mail.example.org:{port}")),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_server_that_speaks_in_the_clear_on_a_tls_port_is_explained() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for _ in 0..2 {
            let (mut socket, _) = listener.accept().await.unwrap();
            socket.write_all(b"* OK ready to serve\r\n").await.unwrap();
            socket.read_to_end(&mut Vec::new()).await.ok();
        }
    });
    let dialer = Authority::new().dialer();
    let fault = fault(&dialer, endpoint("mail.example.org", port, Security::Tls)).await;
    assert_eq!(fault.kind, FaultKind::Tls);
    assert!(fault.message.contains("does not answer in TLS"), "{fault}");
}

#[tokio::test]
async fn a_server_that_never_starts_tls_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialer = Authority::new().dialer().with_timeouts(Timeouts {
        handshake: Duration::from_millis(50),
        ..Timeouts::default()
    });
    let fault = fault(&dialer, endpoint("mail.example.org", port, Security::Tls)).await;
    assert_eq!(fault.kind, FaultKind::Timeout);
    drop(listener);
}

#[tokio::test]
async fn a_refused_connection_names_host_and_port() {
    let port = closed_port().await;
    let dialer = Authority::new().dialer();
    let fault = fault(&dialer, endpoint("mail.example.org", port, Security::Tls)).await;
    assert_eq!(fault.kind, FaultKind::Unreachable);
    let words = format!("mail.example.org:{port} cannot be reached: the connection was refused");
    assert!(fault.message.starts_with(&words), "{fault}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_an_unknown_host() {
    let names = Names::default().with("empty.example.org", &[]);
    let dialer = Authority::new().dialer().with_resolver(Arc::new(names));
    for host in ["no.example.org", "empty.example.org"] {
        let fault = fault(&dialer, endpoint(host, 993, Security::Tls)).await;
        assert_eq!(fault.kind, FaultKind::UnknownHost);
        assert!(fault.message.contains(host), "{fault}");
    }
}

fn guarded(names: Names, allow: &[&str]) -> Dialer {
    let allow = allow.iter().map(|net| net.parse().unwrap()).collect();
    let guard = EgressGuard::public_only(EgressConfig { allow });
    let tls = crate::tls::client_config(Some(Authority::new().file.path())).unwrap();
    Dialer::new(guard, tls).with_resolver(Arc::new(names))
}

#[tokio::test]
async fn a_name_that_leads_only_to_inner_addresses_is_denied() {
    let names = Names::default().with(
        "inner.example.org",
        &["10.0.0.1", "::1", "::ffff:127.0.0.1"],
    );
    let fault = fault(
        &guarded(names, &[]),
        endpoint("inner.example.org", 993, Security::Tls),
    )
    .await;
    assert_eq!(fault.kind, FaultKind::EgressDenied);
    assert!(fault.message.contains("10.0.0.1"), "{fault}");
    assert!(fault.message.contains("upstream.allow_networks"), "{fault}");
}

#[tokio::test]
async fn of_several_addresses_only_the_permitted_ones_are_dialled() {
    let names = Names::default().with("mixed.example.org", &["10.0.0.1", "127.0.0.1", "8.8.8.8"]);
    let dialer = guarded(names, &["127.0.0.0/8"]);
    let endpoint = endpoint("mixed.example.org", 993, Security::Tls);
    let addresses = dialer.permitted(&endpoint).await.unwrap();
    assert_eq!(
        addresses,
        [
            "127.0.0.1".parse::<IpAddr>().unwrap(),
            "8.8.8.8".parse().unwrap()
        ]
    );
}

#[tokio::test]
async fn plaintext_goes_to_this_machine_only() {
    let names = Names::default().with("mail.example.org", &["8.8.8.8"]);
    let dialer = Authority::new().dialer().with_resolver(Arc::new(names));
    let remote = fault(
        &dialer,
        endpoint("mail.example.org", 143, Security::Plaintext),
    )
    .await;
    assert_eq!(remote.kind, FaultKind::PlaintextRefused);
    assert!(remote.message.contains("imaps://"), "{remote}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let local = endpoint(
        "localhost",
        listener.local_addr().unwrap().port(),
        Security::Plaintext,
    );
    let dialer = dialer.with_resolver(Arc::new(Loopback));
    assert!(!dialer.connect(&local).await.unwrap().is_encrypted());
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let names = Names::default().with("two.example.org", &["127.0.0.2", "127.0.0.1"]);
    let dialer = Authority::new().dialer().with_resolver(Arc::new(names));
    let endpoint = endpoint("two.example.org", port, Security::StartTls);
    assert!(dialer.connect(&endpoint).await.is_ok());
}

#[test]
fn ipv6_and_ipv4_take_turns() {
    let parse = |text: &str| text.parse::<IpAddr>().unwrap();
    let mixed = ["1.1.1.1", "1.1.1.2", "1.1.1.3", "2001:200::1"].map(parse);
    let turns = ["2001:200::1", "1.1.1.1", "1.1.1.2", "1.1.1.3"].map(parse);
    assert_eq!(interleave(&mixed), turns);
    assert_eq!(interleave(&[parse("1.1.1.1"); 50]).len(), MAX_ADDRESSES);
}
