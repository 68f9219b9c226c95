//! Servers that mean harm end in a clear error, in bounded memory and time.

use crate::world::{CONFIG, World, password, wanted};
use pushmail_domain::Security;
use pushmail_mailbox::{Part, ReadError, ReadErrorKind};
use pushmail_mailbox_imap::Config;
use pushmail_testkit::{Behaviour, Hostile};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

/// No behaviour may take longer.
const LIMIT: Duration = Duration::from_secs(10);

/// What reading a text from this server ends with.
async fn read_from(addr: std::net::SocketAddr, security: Security) -> ReadError {
    let world = World::new(
        None,
        Config {
            answer_within: Duration::from_millis(700),
            ..CONFIG
        },
    )
    .await;
    let account = world.account("ann", password("secret"), (addr, security));
    let account = account.await;
    let wanted = wanted(1, Part::Text);
    let read = tokio::time::timeout(LIMIT, world.read(&account, wanted, 2_048));
    read.await.unwrap().unwrap_err()
}

const BEHAVIOURS: [Behaviour; 11] = [
    Behaviour::EndlessLine,
    Behaviour::EndlessAnswers,
    Behaviour::HugeLiteral,
    Behaviour::OverflowingLiteral,
    Behaviour::DeepNesting,
    Behaviour::Nul,
    Behaviour::WrongTags,
    Behaviour::SlowDrip,
    Behaviour::Silence,
    Behaviour::Close,
    Behaviour::Garbage,
];

fn is_of_upstream(behaviour: Behaviour, error: &ReadError) {
    let kinds = [ReadErrorKind::Upstream, ReadErrorKind::TimedOut];
    assert!(kinds.contains(&error.kind), "{behaviour:?}: {error:?}");
    assert!(
        error.message.contains("127.0.0.1"),
        "{behaviour:?}: {error}"
    );
    assert!(!format!("{error:?}").contains("secret"));
}

#[tokio::test]
async fn before_the_login() {
    for behaviour in BEHAVIOURS {
        let server = Hostile::start(behaviour).await;
        let error = read_from(server.addr(), Security::Plaintext).await;
        is_of_upstream(behaviour, &error);
        assert!(server.sent() < 16 * 1024 * 1024, "{behaviour:?}");
    }
}

#[tokio::test]
async fn after_the_login() {
    for behaviour in BEHAVIOURS {
        let server = Hostile::start_after_login(behaviour).await;
        let error = read_from(server.addr(), Security::Plaintext).await;
        is_of_upstream(behaviour, &error);
        assert!(server.sent() < 16 * 1024 * 1024, "{behaviour:?}");
    }
}

#[tokio::test]
async fn answers_sent_before_tls_end_the_connection() {
    let server = Hostile::start(Behaviour::DataBeforeStarttls).await;
    let error = read_from(server.addr(), Security::StartTls).await;
    assert_eq!(error.kind, ReadErrorKind::Upstream, "{error:?}");
}

/// A server that is polite until it is asked for a message, and then answers with this.
async fn answering(fetch: &'static [u8]) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let greeting = b"* OK [CAPABILITY IMAP4rev1] hello\r\n";
        stream.get_mut().write_all(greeting).await.unwrap();
        let mut line = String::new();
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let tag = line.split(' ').next().unwrap_or_default();
            let before: &[u8] = match () {
                () if line.contains("FETCH") => fetch,
                () if line.contains("EXAMINE") => b"* OK [UIDVALIDITY 1] valid\r\n",
                () => b"",
            };
            let end = format!("{tag} OK done\r\n");
            let answer = [before, end.as_bytes()].concat();
            if stream.get_mut().write_all(&answer).await.is_err() {
                return;
            }
            line.clear();
        }
    });
    addr
}

#[tokio::test]
async fn answers_to_fetch_that_would_hurt_the_parser_are_refused() {
    let deep: &'static [u8] = {
        let text = "* 1 FETCH (UID 1 BODYSTRUCTURE ".to_owned() + &"(".repeat(60_000) + "\r\n";
        text.into_bytes().leak()
    };
    for answer in [
        deep,
        b"* 1 FETCH (UID 1 BODY[] {500000000}\r\n",
        b"* 1 FETCH (UID 1 RFC822.SIZE 99999999999999999999)\r\n",
        b"* 1 FETCH (UID 1\r\n",
        // A slice in the parser is not at a character's boundary here.
        "* OK [ALERT]\u{fc}\r\n".as_bytes(),
    ] {
        let addr = answering(answer).await;
        let error = read_from(addr, Security::Plaintext).await;
        let kinds = [
            ReadErrorKind::Upstream,
            ReadErrorKind::Gone,
            ReadErrorKind::NoPart,
        ];
        assert!(kinds.contains(&error.kind), "{error:?}");
    }
}

#[tokio::test]
async fn another_messages_data_is_not_taken_for_the_one_asked_for() {
    let addr = answering(b"* 1 FETCH (UID 2 RFC822.SIZE 5 BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1))\r\n").await;
    let error = read_from(addr, Security::Plaintext).await;
    assert_eq!(error.kind, ReadErrorKind::Gone, "{error:?}");
}
