//! Servers that mean harm. Each file of `corpus/` is what one of them sends; the first byte chooses the
//! settings, see `fuzz_bodies::flow`.

use crate::fuzz_bodies;
use crate::transcript::{IDLING, LOGIN, resumed, settings};
use pushmail_domain::Timestamp;
use pushmail_imap::ImapFlow;
use pushmail_imap::flow::limits;
use pushmail_imap::wire::WireError;
use pushmail_upstream::{Change, Flow, Moment, Output};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

fn corpus() -> BTreeMap<String, Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

/// How each file's conversation ends.
const ENDS: [(&str, &str); 23] = [
    (
        "bad-greeting",
        "protocol: imap.example.org:993: the server's greeting cannot be taken",
    ),
    (
        "body-literal-too-large",
        "too_large: imap.example.org:993: the server sent what cannot be taken: a literal",
    ),
    (
        "bye-echoes-password",
        "throttled: imap.example.org:993: the server ends the connection for now; what",
    ),
    (
        "data-before-starttls",
        "protocol: imap.example.org:993: the server sent data before STARTTLS",
    ),
    (
        "endless-continuations",
        "protocol: imap.example.org:993: the server asked for more",
    ),
    (
        "endless-line",
        "too_large: imap.example.org:993: the server's greeting cannot be taken: a line",
    ),
    (
        "exists-overflow",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed number",
    ),
    (
        "fetch-in-no-order",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "fetch-refused",
        "timeout: imap.example.org:993: the server did not answer in time during UID FETCH",
    ),
    (
        "fetch-with-expunges",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "literal-in-capability",
        "timeout: imap.example.org:993: the server did not answer in time",
    ),
    (
        "literal-length-overflow",
        "too_large: imap.example.org:993: the server sent what cannot be taken: a literal",
    ),
    (
        "literal-too-large",
        "too_large: imap.example.org:993: the server sent what cannot be taken: a literal",
    ),
    (
        "many-bodies",
        "too_large: imap.example.org:993: the server sent what cannot be taken: a response",
    ),
    (
        "negative-exists",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed number",
    ),
    (
        "negative-uid",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed UID",
    ),
    (
        "nested-parentheses",
        "too_large: imap.example.org:993: the server sent what cannot be taken: the depth",
    ),
    (
        "nul-in-line",
        "protocol: imap.example.org:993: the server's greeting cannot be taken: malformed line",
    ),
    (
        "preauth-before-starttls",
        "plaintext_refused: imap.example.org:993: the server skips",
    ),
    (
        "tagged-before-command",
        "protocol: imap.example.org:993: the server's greeting",
    ),
    (
        "uidvalidity-zero",
        "protocol: imap.example.org:993: the server gave no valid UIDVALIDITY",
    ),
    (
        "unclosed-quote",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed quoted",
    ),
    (
        "wrong-tag",
        "protocol: imap.example.org:993: the server answered a command that was not sent",
    ),
];

#[test]
fn every_hostile_server_ends_in_a_classified_fault() {
    let corpus = corpus();
    assert_eq!(
        corpus.keys().map(String::as_str).collect::<Vec<_>>(),
        ENDS.map(|(name, _)| name)
    );
    for (name, expected) in ENDS {
        let end = fuzz_bodies::flow(&corpus[name]).unwrap_or_default();
        assert!(end.starts_with(expected), "{name}: {end}");
        assert!(!end.contains("hunter2"), "{name}: {end}");
    }
}

#[test]
fn every_hostile_server_is_taken_in_any_pieces() {
    for bytes in corpus().values() {
        let whole = fuzz_bodies::wire(&bytes[1..], usize::MAX);
        for piece in [1, 2, 3, 64] {
            assert_eq!(fuzz_bodies::wire(&bytes[1..], piece), whole);
        }
    }
}

#[test]
fn why_a_response_is_refused_does_not_depend_on_pieces() {
    let literal = format!("{{8192}}\r\n{} ", "x".repeat(8192));
    let full = format!("* X {}", literal.repeat(3));
    let long = "y".repeat(21_000);
    let nul = format!("{}\0", "y".repeat(20_500));
    for (bytes, expected) in [
        (format!("{full}{long}"), WireError::TooLarge("a response")),
        (format!("* X {long}"), WireError::TooLarge("a line")),
        (format!("* X {nul}"), WireError::TooLarge("a line")),
        (
            format!("* X \0{long}"),
            WireError::Syntax("line: it holds a NUL"),
        ),
    ] {
        for piece in [1, 3, 64, usize::MAX] {
            let refused = fuzz_bodies::wire(bytes.as_bytes(), piece);
            assert_eq!(refused, Some(expected), "in pieces of {piece}");
        }
    }
}

fn at() -> Moment {
    Moment {
        now: Timestamp::from_micros(0),
        elapsed: Duration::from_secs(1),
    }
}

/// Feeds the server's lines of these scripts, whatever the client says.
fn begin(flow: &mut ImapFlow, scripts: &[&str]) {
    for line in scripts.iter().flat_map(|script| script.lines()) {
        if let Some(text) = line.strip_prefix("S: ") {
            flow.receive(format!("{text}\r\n").as_bytes(), at());
        }
    }
}

/// Feeds the bytes over and over; how often it took until the conversation ended, and how.
fn flood(flow: &mut ImapFlow, bytes: &[u8]) -> (u32, String) {
    for round in 0..200_000 {
        flow.receive(bytes, at());
        while let Some(output) = flow.next_output() {
            if let Output::Finished(fault) = output {
                return (round, fault.kind.as_str().to_owned());
            }
        }
    }
    (u32::MAX, "it went on".to_owned())
}

#[test]
fn a_server_that_sends_without_end_is_cut_off() {
    let mut flow = ImapFlow::new(settings());
    begin(&mut flow, &[LOGIN]);
    assert_eq!(flood(&mut flow, b"* 1 FETCH (FLAGS ())\r\n").1, "too_large");

    let mut flow = ImapFlow::new(resumed());
    begin(&mut flow, &[LOGIN, IDLING]);
    let (rounds, end) = flood(
        &mut flow,
        format!("* OK {}\r\n", "x".repeat(20_000)).as_bytes(),
    );
    assert_eq!(end, "too_large");
    assert!(rounds < 3600);
}

#[test]
fn new_mail_is_mail_up_to_the_bound_of_one_read() {
    let mut flow = ImapFlow::new(resumed());
    begin(
        &mut flow,
        &[LOGIN, IDLING, "S: * 200000 EXISTS\nS: A3 OK done"],
    );
    let (mut messages, mut end) = (0, None);
    for uid in 43..120_043u32 {
        flow.receive(
            format!("* {uid} FETCH (UID {uid} BODY[] \"\")\r\n").as_bytes(),
            at(),
        );
        while let Some(output) = flow.next_output() {
            match output {
                Output::Change(Change::Message(_)) => messages += 1,
                Output::Finished(fault) => end = Some(fault.kind.as_str()),
                _ => {}
            }
        }
    }
    assert_eq!(messages, limits::MESSAGES);
    assert_eq!(end, Some("too_large"));
}

#[test]
fn a_message_that_comes_again_and_again_is_cut_off() {
    let mut flow = ImapFlow::new(resumed());
    begin(&mut flow, &[LOGIN, IDLING, "S: * 23 EXISTS\nS: A3 OK done"]);
    let (rounds, end) = flood(&mut flow, b"* 24 FETCH (UID 44 BODY[] \"\")\r\n");
    assert_eq!((rounds, end.as_str()), (limits::MESSAGES, "too_large"));
}

#[test]
fn after_the_end_nothing_more_comes() {
    let mut flow = ImapFlow::new(settings());
    begin(&mut flow, &["S: nonsense"]);
    while flow.next_output().is_some() {}
    flow.receive(b"* OK hello\r\n", at());
    flow.secured(at());
    flow.tick(at());
    flow.closed(at());
    assert_eq!(flow.deadline(), None);
    assert!(flow.next_output().is_none());
}
