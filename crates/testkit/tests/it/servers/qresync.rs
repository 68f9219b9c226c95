//! QRESYNC (RFC 7162): a client that comes back is told what changed and what vanished.

use super::USER;
use pushmail_testkit::{Kind, MailServer};

#[test]
fn dovecot_tells_what_changed_and_what_vanished() {
    Kind::Dovecot.start().iter().for_each(resynchronises);
}

#[test]
fn cyrus_tells_what_changed_and_what_vanished() {
    Kind::Cyrus.start().iter().for_each(resynchronises);
}

fn resynchronises(server: &MailServer) {
    for n in 1..=3 {
        server.deliver(USER, format!("Message-ID: <{n}@test>\r\n\r\n").as_bytes());
    }
    let mut client = server.login(USER);
    client.command("ENABLE QRESYNC").expect("it can");
    let opened = client.select("INBOX");
    let number = |name: &str| {
        let lines = opened.iter().map(|answer| answer.line.as_str());
        let mut values = lines.filter_map(|line| line.split_once(&format!("[{name} ")));
        let (_, value) = values.next().expect("the server tells it");
        value.split(']').next().unwrap_or_default().to_owned()
    };
    let (validity, known) = (number("UIDVALIDITY"), number("HIGHESTMODSEQ"));
    client.logout();

    let mut other = server.login(USER);
    other.select("INBOX");
    other.store("3", r"+FLAGS (\Flagged)");
    other.remove("2");

    let mut client = server.login(USER);
    client.command("ENABLE QRESYNC").expect("it can");
    let select = format!("SELECT INBOX (QRESYNC ({validity} {known}))");
    let opened = client.command(&select).expect("it opens");
    let lines: Vec<String> = opened.into_iter().map(|answer| answer.line).collect();
    assert!(
        lines.iter().any(|line| line == "* VANISHED (EARLIER) 2"),
        "{lines:#?}"
    );
    let fetched: Vec<_> = lines
        .iter()
        .filter(|line| line.contains(" FETCH ("))
        .collect();
    let [fetched] = fetched[..] else {
        panic!("one message has changed: {lines:#?}");
    };
    assert!(
        fetched.contains("UID 3") && fetched.contains(r"\Flagged"),
        "{fetched}"
    );
}
