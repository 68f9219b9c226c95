use super::*;
use proptest::prelude::*;

fn parsed(text: &str) -> (String, String, u16, Security) {
    match Target::parse(text).unwrap() {
        Target::Server { endpoint, user, .. } => {
            (user, endpoint.host, endpoint.port, endpoint.security)
        }
        target => panic!("{target} is an address"),
    }
}

fn refused(text: &str) -> String {
    Target::parse(text).unwrap_err().to_string()
}

#[test]
fn urls_of_activesync_have_a_path_or_the_usual_one() {
    for (text, host, port, path) in [
        ("eas://me%40a.org@host", "host", 443, EAS_PATH),
        ("eas://me@a.org@host:8443/", "host", 8443, EAS_PATH),
        ("eas://me@[::1]:8443/SOGo/eas", "::1", 8443, "/SOGo/eas"),
        ("eas://corp/me@host/eas", "host", 443, "/eas"),
    ] {
        let Target::Server {
            protocol, endpoint, ..
        } = Target::parse(text).unwrap()
        else {
            panic!("{text} is an address");
        };
        let expected = Protocol::Eas {
            path: path.to_owned(),
        };
        assert_eq!(protocol, expected, "{text}");
        assert_eq!((endpoint.host.as_str(), endpoint.port), (host, port));
        let target = Target::parse(text).unwrap();
        assert_eq!(Target::parse(&target.to_string()), Ok(target));
    }
    assert!(refused("eas://me@host/eas?x=1").contains("no query"));
}

#[test]
fn urls_are_read() {
    use Security::{StartTls, Tls};
    for (text, user, host, port, security) in [
        (
            "imaps://me@imap.example.org",
            "me",
            "imap.example.org",
            993,
            Tls,
        ),
        (
            "IMAPS://me@IMAP.Example.org.",
            "me",
            "imap.example.org",
            993,
            Tls,
        ),
        ("imap://me@host", "me", "host", 143, StartTls),
        ("imap://me@host:1143/", "me", "host", 1143, StartTls),
        (
            "imaps://me@example.org@host",
            "me@example.org",
            "host",
            993,
            Tls,
        ),
        (
            "imaps://me%40example.org@host",
            "me@example.org",
            "host",
            993,
            Tls,
        ),
        ("imaps://corp/shared@host", "corp/shared", "host", 993, Tls),
        ("imaps://a%25b%3A@host", "a%b:", "host", 993, Tls),
        ("imaps://m%C3%BCller@host", "müller", "host", 993, Tls),
        ("imaps://me@127.0.0.1:9993", "me", "127.0.0.1", 9993, Tls),
        ("imaps://me@[::1]", "me", "::1", 993, Tls),
        (
            "imaps://me@[2001:DB8::1]:10993",
            "me",
            "2001:db8::1",
            10993,
            Tls,
        ),
    ] {
        let expected = (user.to_owned(), host.to_owned(), port, security);
        assert_eq!(parsed(text), expected, "{text}");
    }
}

#[test]
fn an_address_is_read() {
    let Target::Address(address) = Target::parse(" Me+tag@Example.ORG ").unwrap() else {
        panic!("not an address");
    };
    assert_eq!(
        (address.local(), address.domain()),
        ("Me+tag", "example.org")
    );
}

#[test]
fn an_address_with_exchange_activesync_is_read() {
    let target = Target::parse(" EAS:Me@Example.ORG").unwrap();
    assert!(matches!(&target, Target::EasAddress(address) if address.domain() == "example.org"));
    assert_eq!(target.to_string(), "eas:Me@example.org");
    assert_eq!(Target::parse(&target.to_string()), Ok(target));
    assert!(refused("eas:example.org").contains("neither a mail address"));
    assert!(refused("imap:me@example.org").contains("not allowed before the @"));
}

#[test]
fn only_the_domain_and_what_is_in_it_is_home() {
    let address = MailAddress::parse("me@Mail.example.org").unwrap();
    for host in ["mail.example.org", "a.b.mail.example.org"] {
        assert!(address.is_home(host), "{host}");
    }
    for host in [
        "example.org",
        "org",
        "evilmail.example.org",
        "mail.example.org.evil.example",
        "",
    ] {
        assert!(!address.is_home(host), "{host}");
    }
}

#[test]
fn what_is_wrong_is_said_in_plain_words() {
    for (text, words) in [
        ("", "neither a mail address"),
        ("example.org", "neither a mail address"),
        ("@example.org", "before the @"),
        ("me@", "host is empty"),
        ("me@exa mple.org", "not a valid host name"),
        ("me@-x.org", "not a valid host name"),
        ("me@bücher.example", "xn-- form"),
        ("a b@example.org", "not allowed before the @"),
        ("pop3://me@host", "only imaps://, imap:// and eas://"),
        ("imaps://host", "names no user"),
        ("eas:", "neither a mail address"),
        ("imaps://@host", "user is empty"),
        ("imaps://me@", "host is empty"),
        ("imaps://me@host:0", "not a number from 1 to 65535"),
        ("imaps://me@host:65536", "not a number from 1 to 65535"),
        ("imaps://me@host:+1", "not a number from 1 to 65535"),
        ("imaps://me@host:", "not a number from 1 to 65535"),
        ("imaps://me@host/INBOX", "--folder"),
        ("imaps://me@::1", "brackets"),
        ("imaps://me@[::1", "[::1]:993"),
        ("imaps://me@[::1]x", "[::1]:993"),
        ("imaps://a%4@host", "%25"),
        ("imaps://a%zz@host", "%25"),
        ("imaps://a%FF@host", "%25"),
        ("imaps://a%0D%0Ab@host", "control character"),
    ] {
        let message = refused(text);
        assert!(message.contains(words), "{text}: {message}");
    }
}

#[test]
fn a_password_in_a_url_is_refused_and_not_repeated() {
    let message = refused("imaps://me:hunter2@host");
    assert!(message.contains("must not hold the password"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text: String) {
        drop(Target::parse(&text));
        drop(Target::parse(&format!("imaps://{text}")));
    }

    #[test]
    fn a_server_reads_back_as_it_was_written(
        user in "[^\\p{Cc}]{1,40}",
        host in prop_oneof![
            "[a-z0-9]([a-z0-9_-]{0,20}[a-z0-9])?(\\.[a-z0-9]{1,10}){0,3}",
            any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
        ],
        port in 1u16..,
        tls: bool,
    ) {
        let security = if tls { Security::Tls } else { Security::StartTls };
        let target = Target::Server {
            protocol: Protocol::Imap,
            endpoint: Endpoint { host, port, security },
            user,
        };
        prop_assert_eq!(Target::parse(&target.to_string()), Ok(target));
    }

    #[test]
    fn the_last_at_sign_splits(parts in prop::collection::vec("[a-z]{1,5}", 1..5)) {
        let user = parts.join("@");
        let (read, host, _, _) = parsed(&format!("imaps://{user}@host.example"));
        prop_assert_eq!((read, host.as_str()), (user, "host.example"));
    }
}
