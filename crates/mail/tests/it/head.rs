//! Mail heads: what people see of a mail, however it is written and wherever it ends.

use proptest::collection::vec;
use proptest::prelude::*;
use pushmail_domain::{Arrival, ContentLevel, FolderId, MessageContent, MessageKey, Timestamp};
use pushmail_mail::content;
use pushmail_mail::head::limits;
use pushmail_upstream::NewMessage;

fn message(head: &[u8], size: u64) -> NewMessage {
    NewMessage {
        key: MessageKey {
            folder: FolderId::from_bytes([1; 16]),
            uid_validity: 1,
            uid: 1,
        },
        arrival: Arrival::Delivered,
        internal_date: Some(Timestamp::from_micros(5)),
        size,
        flags: vec!["\\Seen".to_owned()],
        provider_message_id: String::new(),
        head: head.to_vec(),
        unreadable: false,
        noticed_at: Timestamp::from_micros(0),
        fetched_at: Timestamp::from_micros(0),
    }
}

fn whole(mail: &str) -> MessageContent {
    content(
        &message(mail.as_bytes(), mail.len() as u64),
        "INBOX",
        ContentLevel::Preview,
    )
}

/// The content of a mail of which only this much came.
fn cut(mail: &[u8]) -> MessageContent {
    content(&message(mail, 1 << 20), "INBOX", ContentLevel::Preview)
}

const PLAIN: &str = "Message-ID: <a1@example.org>\r\n\
From: =?utf-8?q?J=C3=BCrgen?= Maier <j@example.org>\r\n\
To: a@example.org, \"B, C\" <b@example.org>\r\n\
To: c@example.org\r\n\
Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n aus Ulm\r\n\
Date: Wed, 17 Jul 1996 02:44:25 -0700\r\n\
\r\n\
Hello,\r\n\r\n  this is\tthe  text.\r\n";

const NESTED: &str = "From: a@example.org\r\n\
Subject: nested\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"outer\"\r\n\
\r\n\
--outer\r\n\
Content-Type: multipart/alternative; boundary=inner\r\n\
\r\n\
--inner\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
\r\n\
Sch=C3=B6ne Gr=C3=BC=C3=9Fe aus dem Norden, es regnet=20\r\n\
und regnet und =\r\n\
regnet.\r\n\
--inner\r\n\
Content-Type: text/html; charset=utf-8\r\n\
\r\n\
<p>Sch&ouml;ne Gr&uuml;&szlig;e</p>\r\n\
--inner--\r\n\
--outer\r\n\
Content-Type: message/rfc822\r\n\
\r\n\
Subject: inside\r\n\
Content-Type: multipart/mixed; boundary=deep\r\n\
\r\n\
--deep\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
SGVsbG8sIHdvcmxkISBIZWxsbywgd29ybGQh\r\n\
--deep--\r\n\
--outer--\r\n";

const HTML: &str = "Subject: html\r\n\
Content-Type: text/html; charset=windows-1252\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
PGh0bWw+PHN0eWxlIHR5cGU9InRleHQvY3NzIj5we308L3N0eWxlPjxwPlByZWlz\r\n\
OiA1IIA8L3A+PC9odG1sPg==\r\n";

#[test]
fn an_envelope_is_decoded() {
    let content = whole(PLAIN);
    assert_eq!(content.message_id, "a1@example.org");
    assert_eq!(content.from, "Jürgen Maier <j@example.org>");
    assert_eq!(
        content.to,
        ["a@example.org", "B, C <b@example.org>", "c@example.org"]
    );
    assert_eq!(content.subject, "Grüße aus Ulm");
    assert_eq!(
        content.date,
        Some(Timestamp::from_micros(837_596_665_000_000))
    );
    assert_eq!(content.preview, "Hello, this is the text.");
    assert_eq!(content.flags, ["\\Seen"]);
    assert_eq!(content.internal_date, Some(Timestamp::from_micros(5)));
}

#[test]
fn a_level_leaves_out_what_it_does_not_allow() {
    let message = message(PLAIN.as_bytes(), PLAIN.len() as u64);
    let signal = MessageContent {
        folder: "INBOX".to_owned(),
        ..MessageContent::default()
    };
    assert_eq!(content(&message, "INBOX", ContentLevel::Signal), signal);
    let headers = content(&message, "INBOX", ContentLevel::Headers);
    assert_eq!(headers.preview, "");
    assert_eq!(headers.subject, "Grüße aus Ulm");
}

#[test]
fn raw_utf_8_headers_are_read() {
    let content = whole("From: Jürgen <j@example.org>\r\nSubject: Grüße 🎉\r\n\r\n");
    assert_eq!(content.from, "Jürgen <j@example.org>");
    assert_eq!(content.subject, "Grüße 🎉");
}

#[test]
fn the_preview_is_the_first_text_of_a_nested_mail() {
    let words = "Schöne Grüße aus dem Norden, es regnet und regnet und regnet.";
    assert_eq!(whole(NESTED).preview, words);
}

#[test]
fn a_mail_cut_within_a_nested_part_still_has_its_preview() {
    let end = NESTED.find("und regnet").unwrap() + 6;
    assert_eq!(
        cut(&NESTED.as_bytes()[..end]).preview,
        "Schöne Grüße aus dem Norden, es regnet und re"
    );
    let escape = NESTED.find("=9F").unwrap();
    let preview = cut(&NESTED.as_bytes()[..escape + 2]).preview;
    assert!(preview.starts_with("Schöne Gr"), "{preview}");
    assert!(!preview.contains("=C3"), "{preview}");
}

#[test]
fn html_in_base64_and_an_old_charset_is_read_also_when_cut() {
    assert_eq!(whole(HTML).preview, "Preis: 5 €");
    assert_eq!(
        cut(HTML.trim_end().trim_end_matches('=').as_bytes()).preview,
        "Preis: 5 €"
    );
    let body = HTML.find("\r\nOiA1").unwrap() + 4;
    assert_eq!(cut(&HTML.as_bytes()[..body]).preview, "Preis");
}

#[test]
fn a_boundary_of_a_part_that_is_closed_is_not_text() {
    let end = NESTED.find("Subject: inside").unwrap();
    let mail = NESTED[..end].replace("message/rfc822", "text/plain") + "attached";
    assert!(!cut(mail.as_bytes()).preview.contains("--"));
}

#[test]
fn texts_are_bounded() {
    let many = vec!["x@example.org"; 500].join(", ");
    let mail = format!(
        "Subject: {}\r\nTo: {many}\r\n\r\n{}",
        "s".repeat(5000),
        "wörd ".repeat(1000)
    );
    let content = whole(&mail);
    assert_eq!(content.subject.chars().count(), limits::TEXT);
    assert_eq!(content.to.len(), limits::RECIPIENTS);
    assert!((250..=limits::PREVIEW).contains(&content.preview.chars().count()));
}

#[test]
fn control_characters_of_a_mail_reach_nobody_s_terminal() {
    let mail = "From: \"\u{1b}]0;x\u{7}\" <a@example.org>\r\nSubject: =?utf-8?q?=1B[2Jx=E2=80=AEy?=\r\n\r\n\u{1b}[31mred";
    let content = whole(mail);
    let all = format!("{content:?}");
    assert!(
        !all.contains("\\u{1b}") && !all.contains("\\u{202e}"),
        "{all}"
    );
    assert_eq!(content.preview, "[31mred");
}

#[test]
fn a_mail_that_ends_anywhere_is_read_without_harm() {
    for mail in [PLAIN, NESTED, HTML] {
        for end in 0..=mail.len() {
            let content = cut(&mail.as_bytes()[..end]);
            assert!(content.preview.chars().count() <= limits::PREVIEW);
        }
    }
}

#[test]
fn a_header_that_is_whole_is_read_though_the_next_is_cut() {
    let end = PLAIN.find("To: a@").unwrap() + 5;
    let content = cut(&PLAIN.as_bytes()[..end]);
    assert_eq!(content.message_id, "a1@example.org");
    assert_eq!(content.from, "Jürgen Maier <j@example.org>");
}

#[test]
fn a_mail_made_to_trip_the_parser_costs_its_preview_only() {
    let mail = "Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                Content-Transfer-Encoding: quoted-printable\r\n\r\n=\n--b--";
    assert_eq!(whole(mail).subject, "s");
    let deep = format!(
        "Subject: s\r\n{}",
        "Content-Type: message/rfc822\r\n\r\n".repeat(500)
    );
    assert_eq!(whole(&deep).subject, "s");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..600), size in 0u64..2000) {
        content(&message(&bytes, size), "INBOX", ContentLevel::Preview);
    }

    #[test]
    fn no_pieces_of_mail_make_it_panic(pieces in vec(pieces(), 0..30), size in 0u64..2000) {
        content(&message(pieces.concat().as_bytes(), size), "INBOX", ContentLevel::Preview);
    }
}

fn pieces() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("Content-Type: multipart/alternative; boundary=\"b\"\r\n".to_owned()),
        Just("Content-Type: message/rfc822\r\n".to_owned()),
        Just("Content-Type: text/html; charset=utf-16\r\n".to_owned()),
        Just("Content-Transfer-Encoding: base64\r\n".to_owned()),
        Just("Content-Transfer-Encoding: quoted-printable\r\n".to_owned()),
        Just("Subject: =?utf-8?b?4oCU?= =?x?q?=\r\n".to_owned()),
        Just("From: a:b <c>, \"d;\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\r\n--b\r\n".to_owned()),
        Just("--b--".to_owned()),
        Just("=\n".to_owned()),
        Just("<style".to_owned()),
        Just("&#99999999;&".to_owned()),
        "[ -~]{0,8}",
        any::<char>().prop_map(String::from),
    ]
}
