//! Who we are to it, and how it speaks HTTP.

use super::client;
use pushmail_domain::{Authentication, Secret};
use pushmail_eas::command::provision::{self, PolicyStatus};
use pushmail_eas::command::{Command, settings};
use pushmail_eas::http::Call;
use pushmail_eas::options::Offer;
use pushmail_wbxml::{Limits, ProtocolVersion};
use std::io::Read as _;
use std::net::TcpStream;

#[test]
fn the_newest_version_that_both_know_is_chosen() {
    let Some((_, client)) = client(1) else {
        return;
    };
    let (head, body) = client.ask(Call::Options).unwrap();
    assert_eq!((head.status, body.len()), (200, 0));
    assert_eq!(
        head.protocol_versions.as_deref(),
        Some("2.5,12.0,12.1,14.0,14.1")
    );
    let offer = Offer::of(&head);
    assert_eq!(offer.version(), Some(ProtocolVersion::V14_1));
    // It does not list Provision, and has it.
    let listed = Command::ALL.map(|command| offer.has(command));
    assert_eq!(listed, [true, true, true, false, true, true]);
}

#[test]
fn a_wrong_password_is_refused_with_what_would_be_taken() {
    let Some((_, mut client)) = client(2) else {
        return;
    };
    client.credential = Authentication::Password(Secret::new("wrong".to_owned()));
    let (head, _) = client.ask(Call::Options).unwrap();
    assert_eq!(head.status, 401);
    assert!(head.challenges.basic && !head.challenges.bearer);
}

/// So a connection that ends before an answer has begun may only have been kept in vain.
#[test]
fn a_connection_ends_after_each_answer_although_none_says_so() {
    let Some((_, client)) = client(7) else {
        return;
    };
    let mut connection = TcpStream::connect(client.addr).unwrap();
    let (head, _) = client.ask_on(&mut connection, Call::Options).unwrap();
    assert!(head.keep_alive);
    assert_eq!(connection.read(&mut [0]).unwrap(), 0);
}

#[test]
fn there_is_no_policy_to_acknowledge() {
    let Some((_, client)) = client(3) else {
        return;
    };
    let request = provision::Request::Policy.encode(client.version);
    let answer = client.post(Command::Provision, &request);
    let answer = provision::Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(answer.status, provision::Status::Success);
    let policy = answer.policy.unwrap();
    assert_eq!(policy.status, PolicyStatus::NoPolicy);
    assert!(policy.key.is_none() && policy.demands.is_none() && answer.wipe.is_none());
}

#[test]
fn who_we_are_is_taken() {
    let Some((_, mut client)) = client(4) else {
        return;
    };
    for version in [
        ProtocolVersion::V12_0,
        ProtocolVersion::V12_1,
        ProtocolVersion::V14_0,
        ProtocolVersion::V14_1,
    ] {
        client.version = version;
        let request = settings::Request.encode(version).unwrap();
        let answer = client.post(Command::Settings, &request);
        let answer = settings::Answer::parse(&answer, Limits::default()).unwrap();
        assert_eq!(answer.status, settings::Status::Success, "{version}");
    }
}
