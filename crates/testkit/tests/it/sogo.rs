//! What a test does to a SOGo.

use pushmail_testkit::Sogo;
use pushmail_testkit::sogo::{Entry, Settings};
use std::net::TcpStream;

const USER: &str = "user7@tenant3.test";

#[test]
fn two_run_side_by_side_and_end_with_their_handles() {
    let [Some(one), Some(other)] = [(); 2].map(|()| Sogo::start(Settings::default())) else {
        return;
    };
    for sogo in [&one, &other] {
        sogo.put(USER, Entry::Contact, "id", "Name");
    }
    one.delete(USER, Entry::Contact, "id");
    other.delete(USER, Entry::Contact, "id");
    let addrs = [one.addr(), other.addr()];
    drop((one, other));
    for addr in addrs {
        assert!(TcpStream::connect(addr).is_err(), "{addr} still listens");
    }
}

#[test]
fn it_comes_back_with_what_it_had() {
    let Some(mut sogo) = Sogo::start(Settings::default()) else {
        return;
    };
    sogo.put(USER, Entry::Event, "id", "Name");
    sogo.restart();
    sogo.delete(USER, Entry::Event, "id");
}

#[test]
fn priming_makes_its_folders_and_may_be_done_again() {
    let Some(sogo) = Sogo::start(Settings::default()) else {
        return;
    };
    sogo.prime(USER);
    sogo.prime(USER);
    let mut client = sogo.mail().login(USER);
    let expected = ["Drafts", "INBOX", "Junk", "Sent", "Templates", "Trash"];
    assert_eq!(client.folders(), expected);
    let told = client.select("Sent");
    let counted = |line: &str| line.contains("[HIGHESTMODSEQ");
    assert!(told.iter().any(|answer| counted(&answer.line)), "{told:?}");
}
