//! Properties of the parser: pieces do not matter, nothing makes it panic or grow, and what is valid is read.

use crate::fuzz_bodies;
use proptest::collection::vec;
use proptest::prelude::*;
use pushmail_domain::Timestamp;
use pushmail_imap::wire::{
    Capabilities, Code, Condition, Decoder, Fetch, MailboxStatus, Response, StatusText, WireError,
    limits,
};

/// All responses of the bytes, cut at these places; and the error that ended them.
fn decode(bytes: &[u8], cuts: &[usize]) -> (Vec<Response>, Option<WireError>) {
    let mut decoder = Decoder::new();
    let mut responses = Vec::new();
    let mut from = 0;
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    cuts.push(bytes.len());
    cuts.sort_unstable();
    for cut in cuts {
        let mut rest = &bytes[from..cut];
        from = cut;
        while !rest.is_empty() {
            match decoder.next(&mut rest) {
                Ok(response) => responses.extend(response),
                Err(error) => return (responses, Some(error)),
            }
        }
    }
    (responses, None)
}

fn one(line: &str) -> Response {
    let (mut responses, error) = decode(format!("{line}\r\n").as_bytes(), &[]);
    assert_eq!((responses.len(), error), (1, None), "{line}");
    responses.remove(0)
}

fn error_of(line: &str) -> Option<WireError> {
    decode(format!("{line}\r\n").as_bytes(), &[]).1
}

/// A response, and one way of writing it.
fn responses() -> impl Strategy<Value = (Response, Vec<u8>)> {
    prop_oneof![
        any::<u32>().prop_map(|n| (
            Response::Exists(n),
            format!("* {n} EXISTS\r\n").into_bytes()
        )),
        any::<u32>().prop_map(|n| (Response::Recent(n), format!("* {n} recent\n").into_bytes())),
        (1u32..).prop_map(|n| (
            Response::Expunge(n),
            format!("* {n} EXPUNGE\r\n").into_bytes()
        )),
        statuses(),
        statuses_of_folders(),
        fetches(),
        "[a-zA-Z0-9 ]{0,20}".prop_map(|text| {
            let line = format!("+ {text}\r\n").into_bytes();
            (Response::Continue(text.trim().to_owned()), line)
        }),
        Just((
            Response::Other,
            b"* LSUB (\\HasNoChildren) \"/\" \"a {5}\"\r\n".to_vec()
        )),
    ]
}

fn codes() -> impl Strategy<Value = (Option<Code>, String)> {
    prop_oneof![
        Just((None, String::new())),
        (1u32..).prop_map(|n| (Some(Code::UidValidity(n)), format!("[UIDVALIDITY {n}] "))),
        (1u64..=1 << 32).prop_map(|n| (Some(Code::UidNext(n)), format!("[uidnext {n}] "))),
        any::<u64>().prop_map(|n| (Some(Code::HighestModSeq(n)), format!("[HIGHESTMODSEQ {n}]"))),
        Just((Some(Code::Alert), "[ALERT]".to_owned())),
        Just((
            Some(Code::Other("X-Y \"]\" z".to_owned())),
            "[X-Y \"]\" z] ".to_owned()
        )),
    ]
}

fn statuses() -> impl Strategy<Value = (Response, Vec<u8>)> {
    let text = "([a-z{}0-9]([a-z {}0-9]{0,20}[a-z{}0-9])?)?";
    (codes(), text, prop::option::of("A[0-9]{1,6}")).prop_map(|((code, written), text, tag)| {
        let prefix = tag.clone().unwrap_or_else(|| "*".to_owned());
        let line = format!("{prefix} OK {written}{text}\r\n").into_bytes();
        let text = StatusText { code, text };
        let response = match tag {
            Some(tag) => Response::Tagged {
                tag,
                condition: Condition::Ok,
                text,
            },
            None => Response::Status(Condition::Ok, text),
        };
        (response, line)
    })
}

fn statuses_of_folders() -> impl Strategy<Value = (Response, Vec<u8>)> {
    (any::<u32>(), 1u64..=1 << 32, 1u32..).prop_map(|(messages, uid_next, uid_validity)| {
        let line = format!(
            "* STATUS {{5}}\r\nINBOX (MESSAGES {messages} X (1 2) UIDNEXT {uid_next} UIDVALIDITY {uid_validity} ) \r\n"
        );
        let status = MailboxStatus {
            mailbox: b"INBOX".to_vec(),
            messages: Some(messages),
            uid_next: Some(uid_next),
            uid_validity: Some(uid_validity),
            ..MailboxStatus::default()
        };
        (Response::MailboxStatus(Box::new(status)), line.into_bytes())
    })
}

fn fetches() -> impl Strategy<Value = (Response, Vec<u8>)> {
    let flags = prop::option::of(vec("\\\\?[A-Za-z$]{1,8}", 0..5));
    let body = prop::option::of(vec(any::<u8>(), 0..64));
    let numbers = (
        1u32..,
        prop::option::of(1u32..),
        prop::option::of(any::<u64>()),
    );
    (numbers, flags, body, any::<bool>(), any::<bool>()).prop_map(
        |((sequence, uid, size), flags, body, dated, strange)| {
            let mut line = format!("* {sequence} FETCH (").into_bytes();
            let mut add = |item: &[u8]| {
                line.extend_from_slice(item);
                line.push(b' ');
            };
            if strange {
                add(b"BODYSTRUCTURE (\"text\" (\"a\" NIL) -1 {3}\r\na)b (()))");
                add(b"X-GM-LABELS (\"\\\\Inbox\")");
            }
            uid.iter()
                .for_each(|uid| add(format!("UID {uid}").as_bytes()));
            size.iter()
                .for_each(|size| add(format!("RFC822.SIZE {size}").as_bytes()));
            flags
                .iter()
                .for_each(|flags| add(format!("FLAGS ({})", flags.join(" ")).as_bytes()));
            if dated {
                add(b"INTERNALDATE \" 1-Jan-1970 00:00:01 +0000\"");
            }
            if let Some(body) = &body {
                let mut item =
                    format!("BODY[HEADER.FIELDS (FROM)]<0> {{{}}}\r\n", body.len()).into_bytes();
                item.extend_from_slice(body);
                add(&item);
            }
            line.extend_from_slice(b")\r\n");
            let internal_date = dated.then(|| Timestamp::from_micros(1_000_000));
            let fetch = Fetch {
                sequence,
                uid,
                flags,
                internal_date,
                size,
                body,
                ..Fetch::default()
            };
            (Response::Fetch(Box::new(fetch)), line)
        },
    )
}

proptest! {
    #[test]
    fn a_valid_response_reads_as_what_was_written(
        written in vec(responses(), 1..8),
        cuts in vec(any::<usize>(), 0..12),
    ) {
        let bytes: Vec<u8> = written.iter().flat_map(|(_, line)| line.clone()).collect();
        let (read, error) = decode(&bytes, &cuts);
        prop_assert_eq!(error, None);
        prop_assert_eq!(read, written.into_iter().map(|(response, _)| response).collect::<Vec<_>>());
    }

    #[test]
    fn pieces_do_not_matter(bytes in noise(), cuts in vec(any::<usize>(), 0..12)) {
        prop_assert_eq!(decode(&bytes, &cuts), decode(&bytes, &[]));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic_or_grow(bytes in noise(), piece in 1usize..20) {
        fuzz_bodies::wire(&bytes, piece);
    }

    #[test]
    fn no_bytes_make_the_flow_panic(bytes in noise(), choice: u8) {
        let mut input = vec![choice];
        input.extend_from_slice(b"* OK [CAPABILITY IMAP4rev1 IDLE] x\r\nA1 OK x\r\n");
        input.extend_from_slice(&bytes);
        fuzz_bodies::flow(&input);
    }
}

/// Bytes that look like IMAP often enough to get far.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just(b"* ".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"FETCH (UID ".to_vec()),
        Just(b"BODY[]<0> ".to_vec()),
        Just(b"~{3}\r\n".to_vec()),
        Just(b"{99999999}\r\n".to_vec()),
        Just(b"{2+}\r\n".to_vec()),
        Just(b"(((".to_vec()),
        Just(b")".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\\".to_vec()),
        Just(b" EXISTS\r\n".to_vec()),
        Just(b"+ \r\n".to_vec()),
        Just(b"A2 OK [UIDVALIDITY 7] x\r\n".to_vec()),
        Just(b"* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 3]\r\n* 2 EXISTS\r\nA2 OK x\r\n".to_vec()),
        (0u32..50).prop_map(|n| n.to_string().into_bytes()),
        vec(any::<u8>(), 0..6),
    ];
    vec(word, 0..40).prop_map(|words| words.concat())
}

#[test]
fn text_after_a_code_may_be_missing() {
    let text = StatusText {
        code: Some(Code::HighestModSeq(9)),
        text: String::new(),
    };
    assert_eq!(
        one("* OK [HIGHESTMODSEQ 9]"),
        Response::Status(Condition::Ok, text)
    );
}

#[test]
fn a_code_that_is_not_closed_is_text() {
    let text = StatusText {
        code: None,
        text: "[UIDNEXT 9".to_owned(),
    };
    assert_eq!(
        one("* OK [UIDNEXT 9"),
        Response::Status(Condition::Ok, text)
    );
}

#[test]
fn capabilities_are_read_in_any_case() {
    let set = Capabilities::of_names(b"IDLE AUTH=PLAIN");
    assert_eq!(
        one("* capability imap4REV1 idle X-Y auth=Plain"),
        Response::Capability(set)
    );
}

#[test]
fn an_empty_status_is_read() {
    let Response::MailboxStatus(status) = one("* STATUS \"INBOX\" () ") else {
        panic!()
    };
    assert_eq!(status.uid_next, None);
}

#[test]
fn lines_without_content_and_unknown_responses_are_skipped() {
    for line in [
        "",
        "   ",
        "* FOO bar {",
        "* 12 FOO",
        "* SORT 1 2 3",
        "* 99999999999 FOO",
    ] {
        assert_eq!(one(line), Response::Other, "{line}");
    }
}

#[test]
fn a_body_in_capitals_or_not_is_cut_to_what_is_kept() {
    for name in ["BODY[]", "body[TEXT]<5>"] {
        let body = "x".repeat(limits::BODY_KEPT + 5);
        let line = format!("* 1 FETCH ({name} {{{}}}\r\n{body})", body.len());
        let Response::Fetch(fetch) = one(&line) else {
            panic!()
        };
        assert_eq!(fetch.body.map(|body| body.len()), Some(limits::BODY_KEPT));
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    for line in [
        "* 4294967296 EXISTS",
        "* -1 EXISTS",
        "* 0 EXPUNGE",
        "* 0 FETCH (UID 1)",
        "* 1 FETCH (UID 0)",
        "* 1 FETCH (UID -5)",
        "* 1 FETCH (UID 4294967296)",
        "* 99999999999999999999999 EXISTS",
    ] {
        assert!(
            matches!(error_of(line), Some(WireError::Syntax(_))),
            "{line}"
        );
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let deep = format!("* 1 FETCH (X {}", "(".repeat(limits::DEPTH + 1));
    let many = format!(
        "* 1 FETCH ({}",
        "BODY[] {16384}\r\n".to_owned() + &"x".repeat(16_384)
    )
    .repeat(1);
    let line = "x".repeat(limits::LINE + 1);
    for line in [
        line.as_str(),
        &deep,
        "* 1 FETCH (BODY[] {67108865}",
        "* 1 FETCH (ENVELOPE {65537}",
        "* 1 FETCH (BODY[] {99999999999999999999999999}",
    ] {
        assert!(
            matches!(error_of(line), Some(WireError::TooLarge(_))),
            "{}",
            &line[..30]
        );
    }
    let whole = format!(
        "{many}{}",
        format!(" BODY[] {{16384}}\r\n{}", "x".repeat(16_384)).repeat(16)
    );
    assert_eq!(error_of(&whole), Some(WireError::TooLarge("a response")));
}

#[test]
fn between_responses_the_decoder_is_idle() {
    let mut decoder = Decoder::new();
    let mut rest: &[u8] = b"* 1 FETCH (BODY[] {2}\r\nab)\r\n* 2 EX";
    assert!(decoder.is_idle());
    assert!(decoder.next(&mut rest).unwrap().is_some());
    assert!(decoder.is_idle());
    assert_eq!(decoder.next(&mut rest), Ok(None));
    assert!(!decoder.is_idle());
}
