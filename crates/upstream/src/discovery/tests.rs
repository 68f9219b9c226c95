use super::*;
use crate::egress::{EgressConfig, EgressGuard};
use crate::testing::{Authority, Names};
use async_trait::async_trait;
use std::collections::HashMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Answers from lists; names that are in neither have no records.
#[derive(Default)]
struct Zone {
    srv: HashMap<String, Vec<Srv>>,
    mx: HashMap<String, Vec<Mx>>,
}

impl Zone {
    fn srv(mut self, name: &str, records: &[(u16, u16, u16, &str)]) -> Self {
        let records = records.iter().map(|&(priority, weight, port, target)| Srv {
            priority,
            weight,
            port,
            target: target.to_owned(),
        });
        self.srv.insert(name.to_owned(), records.collect());
        self
    }

    fn mx(mut self, domain: &str, records: &[(u16, &str)]) -> Self {
        let records = records.iter().map(|&(preference, exchange)| Mx {
            preference,
            exchange: exchange.to_owned(),
        });
        self.mx.insert(domain.to_owned(), records.collect());
        self
    }
}

#[async_trait]
impl Directory for Zone {
    async fn srv(&self, name: &str) -> Result<Vec<Srv>, Fault> {
        Ok(self.srv.get(name).cloned().unwrap_or_default())
    }

    async fn mx(&self, domain: &str) -> Result<Vec<Mx>, Fault> {
        Ok(self.mx.get(domain).cloned().unwrap_or_default())
    }
}

/// DNS that never answers.
struct Broken;

#[async_trait]
impl Directory for Broken {
    async fn srv(&self, _name: &str) -> Result<Vec<Srv>, Fault> {
        Err(Fault::new(FaultKind::UnknownHost, "no answer"))
    }

    async fn mx(&self, _domain: &str) -> Result<Vec<Mx>, Fault> {
        Err(Fault::new(FaultKind::UnknownHost, "no answer"))
    }
}

fn env(zone: impl Directory + 'static, names: Names) -> DiscoveryEnv {
    DiscoveryEnv {
        dialer: Authority::new().dialer().with_resolver(Arc::new(names)),
        directory: Arc::new(zone),
        https_port: 443,
        http_port: 80,
    }
}

async fn ask(address: &str, env: &DiscoveryEnv) -> Result<Found, Fault> {
    discover(&MailAddress::parse(address).unwrap(), env).await
}

fn told(found: &Found) -> (String, &str, Security, How) {
    let Found {
        endpoint,
        user,
        how,
    } = found;
    (endpoint.to_string(), user, endpoint.security, *how)
}

#[tokio::test]
async fn known_providers_are_found_without_the_network() {
    let env = env(Broken, Names::default());
    for (address, endpoint, user) in [
        ("me@gmail.com", "imap.gmail.com:993", "me@gmail.com"),
        (
            "me@GoogleMail.com",
            "imap.gmail.com:993",
            "me@googlemail.com",
        ),
        (
            "me@hotmail.co.uk",
            "outlook.office365.com:993",
            "me@hotmail.co.uk",
        ),
        ("me@yahoo.de", "imap.mail.yahoo.com:993", "me@yahoo.de"),
        ("me@icloud.com", "imap.mail.me.com:993", "me"),
        ("me@web.de", "imap.web.de:993", "me@web.de"),
        ("me@163.com", "imap.163.com:993", "me@163.com"),
    ] {
        let found = ask(address, &env).await.unwrap();
        let expected = (endpoint.to_owned(), user, Security::Tls, How::ProviderTable);
        assert_eq!(told(&found), expected, "{address}");
    }
}

#[tokio::test]
async fn a_provider_without_imap_says_so_and_what_to_do() {
    let fault = ask("me@proton.me", &env(Broken, Names::default()))
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::UnknownHost);
    assert!(fault.message.contains("Proton Mail Bridge"), "{fault}");
}

#[tokio::test]
async fn srv_prefers_implicit_tls_then_priority_then_weight() {
    let zone = Zone::default()
        .srv(
            "_imap._tcp.example.org",
            &[(0, 0, 143, "start.example.org.")],
        )
        .srv(
            "_imaps._tcp.example.org",
            &[
                (20, 9, 993, "late.example.org."),
                (10, 1, 993, "light.example.org."),
                (10, 5, 9993, "Heavy.example.org."),
            ],
        )
        .srv(
            "_imap._tcp.example.net",
            &[(0, 0, 1143, "start.example.net.")],
        )
        .srv("_imaps._tcp.example.net", &[(0, 0, 0, ".")]);
    let env = env(zone, Names::default());
    let found = ask("me@example.org", &env).await.unwrap();
    assert_eq!(
        told(&found),
        (
            "heavy.example.org:9993".to_owned(),
            "me@example.org",
            Security::Tls,
            How::Srv
        )
    );
    let found = ask("me@example.net", &env).await.unwrap();
    assert_eq!(
        told(&found),
        (
            "start.example.net:1143".to_owned(),
            "me@example.net",
            Security::StartTls,
            How::Srv
        )
    );
}

#[tokio::test]
async fn the_first_record_of_a_service_is_told() {
    let zone = Zone::default()
        .srv(
            "_x._tcp.example.org",
            &[(20, 0, 1, "b.test."), (10, 0, 2, "A.test.")],
        )
        .srv("_x._tcp.example.net", &[(0, 0, 0, ".")]);
    let env = env(zone, Names::default());
    let first = env.service("_x._tcp.example.org").await;
    assert_eq!(first, Some(("a.test".to_owned(), 2)));
    for name in ["_x._tcp.example.net", "_y._tcp.example.org"] {
        assert_eq!(env.service(name).await, None);
    }
}

#[tokio::test]
async fn a_domain_that_offers_no_imap_is_believed() {
    let zone = Zone::default()
        .srv("_imap._tcp.example.org", &[(0, 0, 0, ".")])
        .srv("_imaps._tcp.example.org", &[(0, 0, 0, ".")]);
    let names = Names::default().with("imap.example.org", &["127.0.0.1"]);
    let fault = ask("me@example.org", &env(zone, names)).await.unwrap_err();
    assert!(fault.message.contains("offers no IMAP"), "{fault}");
}

#[tokio::test]
async fn a_custom_domain_is_found_by_its_exchanger() {
    let zone = Zone::default()
        .mx(
            "google.example",
            &[
                (20, "alt1.aspmx.l.google.com."),
                (10, "aspmx.l.google.com."),
            ],
        )
        .mx(
            "ms.example",
            &[(0, "ms-example.mail.protection.outlook.com.")],
        )
        .mx("proton.example", &[(10, "mail.protonmail.ch.")]);
    let env = env(zone, Names::default());
    let found = ask("me@google.example", &env).await.unwrap();
    assert_eq!(
        told(&found),
        (
            "imap.gmail.com:993".to_owned(),
            "me@google.example",
            Security::Tls,
            How::Mx
        )
    );
    let found = ask("me@ms.example", &env).await.unwrap();
    assert_eq!(found.endpoint.host, "outlook.office365.com");
    let fault = ask("me@proton.example", &env).await.unwrap_err();
    assert!(fault.message.contains("Bridge"), "{fault}");
}

#[tokio::test]
async fn a_guess_is_made_only_if_it_resolves() {
    let names = Names::default().with("imap.example.org", &["127.0.0.1"]);
    let found = ask("me@example.org", &env(Broken, names)).await.unwrap();
    assert_eq!(
        told(&found),
        (
            "imap.example.org:993".to_owned(),
            "me@example.org",
            Security::Tls,
            How::Guess
        )
    );
    let fault = ask("me@example.org", &env(Broken, Names::default()))
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::UnknownHost);
    assert!(fault.message.contains("imaps://user@host"), "{fault}");
}

const XML: &str = "<clientConfig><emailProvider><incomingServer type='imap'>\
    <hostname>mail.example.org</hostname><port>993</port><socketType>SSL</socketType>\
    <username>%EMAILLOCALPART%</username></incomingServer></emailProvider></clientConfig>";

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An HTTPS server of two hosts; answers each request in turn, and tells host and path of each.
struct Web {
    env: DiscoveryEnv,
    asked: mpsc::UnboundedReceiver<String>,
}

async fn web(answers: Vec<String>) -> Web {
    let authority = Authority::new();
    let acceptor = authority.server(&["autoconfig.example.org", "example.org"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let https_port = listener.local_addr().unwrap().port();
    let (tell, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for answer in answers {
            let (socket, _) = listener.accept().await.unwrap();
            let mut tls = acceptor.accept(socket).await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(tls.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let mut lines = head.lines();
            let path = lines.next().unwrap().split(' ').nth(1).unwrap();
            let host = lines.find_map(|line| line.strip_prefix("host: ")).unwrap();
            tell.send(format!("{host}{path}")).unwrap();
            // The client may hang up on an answer that is too long.
            tls.write_all(answer.as_bytes()).await.ok();
            tls.shutdown().await.ok();
        }
    });
    let names = Names::default()
        .with("autoconfig.example.org", &["127.0.0.1"])
        .with("example.org", &["127.0.0.1"]);
    Web {
        env: DiscoveryEnv {
            dialer: authority.dialer().with_resolver(Arc::new(names)),
            directory: Arc::new(Zone::default()),
            https_port,
            http_port: 80,
        },
        asked,
    }
}

#[tokio::test]
async fn autoconfig_is_fetched_with_the_address() {
    let mut web = web(vec![ok(XML)]).await;
    let found = ask("a+b@example.org", &web.env).await.unwrap();
    assert_eq!(
        told(&found),
        (
            "mail.example.org:993".to_owned(),
            "a+b",
            Security::Tls,
            How::Autoconfig
        )
    );
    assert_eq!(
        web.asked.recv().await.unwrap(),
        "autoconfig.example.org/mail/config-v1.1.xml?emailaddress=a%2Bb%40example.org"
    );
}

#[tokio::test]
async fn the_well_known_place_is_asked_second() {
    let gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned();
    let mut web = web(vec![gone, ok(XML)]).await;
    assert_eq!(
        ask("me@example.org", &web.env).await.unwrap().how,
        How::Autoconfig
    );
    web.asked.recv().await.unwrap();
    assert_eq!(
        web.asked.recv().await.unwrap(),
        "example.org/.well-known/autoconfig/mail/config-v1.1.xml"
    );
}

#[tokio::test]
async fn a_redirect_within_the_domain_is_followed() {
    let moved =
        "HTTP/1.1 302 Found\r\nLocation: https://example.org/x.xml\r\nContent-Length: 0\r\n\r\n";
    let mut web = web(vec![moved.to_owned(), ok(XML)]).await;
    assert_eq!(
        ask("me@example.org", &web.env).await.unwrap().how,
        How::Autoconfig
    );
    web.asked.recv().await.unwrap();
    assert_eq!(web.asked.recv().await.unwrap(), "example.org/x.xml");
}

#[tokio::test]
async fn answers_that_are_elsewhere_too_long_or_endless_are_passed_over() {
    let elsewhere = "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n".to_owned();
    let long = ok(&" ".repeat(70_000));
    let again = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_owned();
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let cases = [
        vec![elsewhere, long],
        vec![again.clone(), again.clone(), again, head],
    ];
    for answers in cases {
        let web = web(answers).await;
        let fault = ask("me@example.org", &web.env).await.unwrap_err();
        assert!(
            fault.message.contains("no mail server of example.org"),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn an_autoconfig_host_at_an_inner_address_is_not_asked() {
    let mut web = web(vec![ok(XML)]).await;
    let names = Names::default().with("autoconfig.example.org", &["127.0.0.1"]);
    let tls = crate::tls::client_config(Some(Authority::new().file.path())).unwrap();
    let guard = EgressGuard::public_only(EgressConfig::default());
    web.env.dialer = Dialer::new(guard, tls).with_resolver(Arc::new(names));
    assert!(ask("me@example.org", &web.env).await.is_err());
    assert!(web.asked.try_recv().is_err());
}
