//! Servers that mean harm. Each file of `corpus/` is what one of them sends; the first byte chooses the
//! settings, see `fuzz_bodies::flow`.

mod ends;

use crate::fuzz_bodies;
use crate::transcript::{IDLING, LOGIN, resumed, settings};
use ends::ENDS;
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

#[test]
fn every_hostile_server_ends_in_a_classified_fault() {
    let corpus = corpus();
    assert_eq!(
        corpus.keys().map(String::as_str).collect::<Vec<_>>(),
        ENDS.map(|(name, _)| name)
    );
    for (name, expected) in ENDS {
        println!("{name}");
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
        format!("* OK {}\r\n", "x".repeat(15_000)).as_bytes(),
    );
    assert_eq!(end, "too_large");
    assert!((4000..4600).contains(&rounds));
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
fn a_server_that_keeps_both_sides_busy_is_left() {
    let mut flow = ImapFlow::new(resumed());
    begin(&mut flow, &[LOGIN, IDLING]);
    while flow.next_output().is_some() {}
    let (mut commands, mut end, mut idle) = (0, None, "A3".to_owned());
    let mut answer = "* 23 EXISTS\r\n".to_owned();
    while end.is_none() && !answer.is_empty() {
        flow.receive(answer.as_bytes(), at());
        answer.clear();
        while let Some(output) = flow.next_output() {
            let lines = match output {
                Output::Send(bytes) => String::from_utf8(bytes).unwrap(),
                Output::Finished(fault) => {
                    end = Some(fault.kind.as_str());
                    continue;
                }
                _ => continue,
            };
            for line in lines.lines() {
                commands += 1;
                let (tag, command) = line.split_once(' ').unwrap_or((&idle, line));
                let count = 23 + commands % 2;
                match command {
                    "IDLE" => {
                        idle = tag.to_owned();
                        answer += &format!("+ idling\r\n* {count} EXISTS\r\n");
                    }
                    _ => answer += &format!("{tag} OK done\r\n"),
                }
            }
        }
    }
    assert_eq!(end, Some("too_large"));
    // DONE is not a command.
    assert!(commands <= limits::COMMANDS * 2);
}

/// Reads a message whose body has so many bytes: how many messages were announced, and how the conversation ended.
fn read_body_of(bytes: usize) -> (u32, Option<&'static str>) {
    let mut flow = ImapFlow::new(resumed());
    begin(&mut flow, &[LOGIN, IDLING, "S: * 23 EXISTS\nS: A3 OK done"]);
    let head = format!("* 23 FETCH (UID 43 FLAGS () BODY[]<0> {{{bytes}}}\r\n");
    let body = std::iter::repeat_n([b'x'; 1024], bytes.div_ceil(1024));
    flow.receive(head.as_bytes(), at());
    for part in body {
        flow.receive(&part, at());
    }
    flow.receive(b")\r\nA4 OK done\r\n", at());
    let (mut messages, mut end) = (0, None);
    while let Some(output) = flow.next_output() {
        match output {
            Output::Change(Change::Message(_)) => messages += 1,
            Output::Finished(fault) => end = Some(fault.kind.as_str()),
            _ => {}
        }
    }
    (messages, end)
}

#[test]
fn a_body_is_skipped_up_to_64_mib_and_refused_above() {
    const MIB: usize = 1024 * 1024;
    assert_eq!(read_body_of(64 * MIB), (1, None));
    assert_eq!(read_body_of(64 * MIB + 1024), (0, Some("too_large")));
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
