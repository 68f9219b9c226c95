//! What only Dovecot has.

use base64::Engine as _;
use pushmail_testkit::{Dovecot, dovecot::PASSWORD, skip};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};

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

/// NOTIFY (RFC 5465) tells of every folder, the open one and others.
#[test]
fn notify_tells_of_all_folders_over_one_session() {
    if skip("dovecot") {
        return;
    }
    let dovecot = Dovecot::start();
    let mut changing = dovecot.login(USER);
    changing.create("Work");

    let mut watching = dovecot.login(USER);
    watching.select("INBOX");
    let set = "NOTIFY SET (selected (MessageNew MessageExpunge FlagChange)) \
               (personal (MessageNew MessageExpunge MailboxName))";
    watching.command(set).unwrap();
    watching.idle();
    let mut told = |what: &str| {
        while !watching.read().line.contains(what) {}
    };

    dovecot.deliver(USER, b"Message-ID: <1@test>\r\n\r\n");
    told("* 1 EXISTS");
    changing.append("Work", "", b"Message-ID: <2@test>\r\n\r\n");
    told("* STATUS Work (");
    changing.create("Play");
    told(r#"* LIST () "/" Play"#);
    changing.select("INBOX");
    changing.store("1", r"+FLAGS (\Flagged)");
    told(r"\Flagged");
    changing.remove("1");
    told("* 1 EXPUNGE");
}
