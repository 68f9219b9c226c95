//! Answers of HTTP: heads, bodies, ends.

use crate::support::{read, receive, receive_cut};
use proptest::prelude::*;
use pushmail_eas::http::{Challenges, Error, Limits, ResponseParser, RetryAfter};

fn body(text: &str) -> String {
    String::from_utf8(receive(text).unwrap().body).unwrap()
}

#[track_caller]
fn fails(text: &str, error: Error) {
    assert_eq!(receive(text).unwrap_err(), error, "{text:?}");
}

#[test]
fn a_body_ends_where_its_length_says() {
    let received = receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1").unwrap();
    assert_eq!(received.body, b"hello");
    assert_eq!(received.rest, b"HTTP/1.1");
    assert!(received.ended && received.head.keep_alive);
}

#[test]
fn a_body_in_chunks_ends_with_its_last_chunk_and_its_trailers() {
    let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n\
                5\r\nhello\r\n00A ; a=\"b\";c\r\n, how are \r\n4  \r\nyou?\r\n0\r\nX: y\r\nZ:\r\n\r\nrest";
    let received = receive(text).unwrap();
    assert_eq!(received.body, b"hello, how are you?");
    assert_eq!(received.rest, b"rest");
    assert!(received.ended && received.head.keep_alive);
}

#[test]
fn a_body_without_a_length_ends_with_the_connection() {
    let received = receive("HTTP/1.1 200 OK\r\n\r\nhello").unwrap();
    assert_eq!(received.body, b"hello");
    assert!(!received.ended && !received.head.keep_alive);
}

#[test]
fn some_statuses_have_no_body_whatever_the_head_says() {
    for status in [204, 304] {
        let text = format!("HTTP/1.1 {status} \r\nContent-Length: 5\r\n\r\nrest");
        let received = receive(&text).unwrap();
        assert!(received.ended && received.body.is_empty());
        assert_eq!(received.rest, b"rest");
    }
}

#[test]
fn an_answer_to_head_has_no_body() {
    let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nrest";
    let received = read(ResponseParser::to_head(Limits::default()), text, &[]).unwrap();
    assert!(received.ended && received.body.is_empty());
    assert_eq!(received.rest, b"rest");
}

#[test]
fn informational_answers_are_skipped() {
    let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
                HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(body(text), "hi");
    fails(
        "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n",
        Error::Upgrade,
    );
}

#[test]
fn what_matters_is_read_from_the_head() {
    let text = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/vnd.ms-sync.wbxml; charset=utf-8\r\n\
                X-MS-Location: https://a.test/Microsoft-Server-ActiveSync\r\nLOCATION:/b\r\nRetry-After:  120 \r\n\
                X-MS-ASThrottle: CommandFrequency\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\
                WWW-Authenticate: Basic realm=\"a\"\r\nWWW-Authenticate: Bearer\r\nContent-Length: 0\r\n\r\n";
    let head = receive(text).unwrap().head;
    assert_eq!(head.status, 503);
    assert!(head.is_wbxml());
    assert_eq!(
        head.ms_location.as_deref(),
        Some("https://a.test/Microsoft-Server-ActiveSync")
    );
    assert_eq!(head.location.as_deref(), Some("/b"));
    assert_eq!(head.retry_after, Some(RetryAfter::Seconds(120)));
    assert_eq!(head.throttle.as_deref(), Some("CommandFrequency"));
    let cookies: Vec<_> = head
        .set_cookies
        .iter()
        .map(|cookie| cookie.expose().as_str())
        .collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(
        head.challenges,
        Challenges {
            basic: true,
            bearer: true,
            other: false
        }
    );
}

#[test]
fn a_date_to_come_again_is_left_as_it_is() {
    let text =
        "HTTP/1.1 503 a\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n";
    let date = RetryAfter::Date("Fri, 31 Dec 1999 23:59:59 GMT".to_owned());
    assert_eq!(receive(text).unwrap().head.retry_after, Some(date));
}

#[test]
fn whether_a_connection_is_kept_is_up_to_the_version_and_the_head() {
    let kept = |head: &str| {
        receive(&format!("{head}Content-Length: 0\r\n\r\n"))
            .unwrap()
            .head
            .keep_alive
    };
    assert!(kept("HTTP/1.1 200 OK\r\n"));
    assert!(!kept("HTTP/1.1 200 OK\r\nConnection: foo, CLOSE\r\n"));
    assert!(!kept("HTTP/1.0 200 OK\r\n"));
    assert!(kept("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n"));
}

#[test]
fn lines_of_a_head_may_end_with_lf_alone_and_go_on_in_a_second_line() {
    let text = "\r\n\nHTTP/1.1 200 OK\nMS-ASProtocolVersions: 2.5,\r\n  14.1,\n\t16.1\nContent-Length: 2\n\nhi";
    let received = receive(text).unwrap();
    assert_eq!(received.body, b"hi");
    let versions = received.head.protocol_versions.unwrap();
    let versions: Vec<_> = versions.split(',').map(str::trim).collect();
    assert_eq!(versions, ["2.5", "14.1", "16.1"]);
}

#[test]
fn the_same_length_twice_is_one_length_and_two_lengths_are_an_error() {
    assert_eq!(
        body("HTTP/1.1 200 a\r\nContent-Length: 2\r\ncontent-length: 2, 2\r\n\r\nhi"),
        "hi"
    );
    for lengths in [
        "2\r\nContent-Length: 3",
        "2, 3",
        "+2",
        "-2",
        "",
        "2 3",
        "0x2",
        "99999999999999999999",
    ] {
        let text = format!("HTTP/1.1 200 a\r\nContent-Length: {lengths}\r\n\r\nhi");
        fails(&text, Error::ContentLength);
    }
}

#[test]
fn a_length_and_chunks_contradict_each_other() {
    let text = "HTTP/1.1 200 a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    fails(text, Error::LengthAndCoding);
}

#[test]
fn codings_that_were_not_asked_for_are_errors() {
    for coding in ["gzip", "gzip, chunked", "chunked, chunked", "identity", ""] {
        fails(
            &format!("HTTP/1.1 200 a\r\nTransfer-Encoding: {coding}\r\n\r\n"),
            Error::TransferCoding,
        );
    }
    fails(
        "HTTP/1.0 200 a\r\nTransfer-Encoding: chunked\r\n\r\n",
        Error::TransferCoding,
    );
    fails(
        "HTTP/1.1 200 a\r\nContent-Encoding: GZIP\r\nContent-Length: 1\r\n\r\na",
        Error::ContentCoding,
    );
    assert_eq!(
        body("HTTP/1.1 200 a\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\na"),
        "a"
    );
    assert_eq!(
        body("HTTP/1.1 200 a\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"),
        ""
    );
}

#[test]
fn chunks_that_are_malformed_are_errors() {
    for chunks in [
        "\r\n",
        ";a\r\n",
        "g\r\n",
        "2\nhi\r\n",
        "2\r\nhi\n",
        "2\r\nhixx",
        "2;a\nhi",
        "0\r\n\rx",
        "-1\r\n",
        "11111111111111111\r\n",
    ] {
        fails(
            &format!("HTTP/1.1 200 a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"),
            Error::Chunk,
        );
    }
}

#[test]
fn what_is_not_http_is_seen_at_once() {
    for text in [
        "<html>",
        "220 mail.test ESMTP",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "ICY 200 OK\r\n",
    ] {
        fails(text, Error::NotHttp);
    }
    for head in ["a b: c", "a : b", ": b", "a"] {
        let error = receive(&format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n")).unwrap_err();
        assert!(matches!(error, Error::Header(_)), "{head}: {error}");
    }
}

#[test]
fn a_connection_that_ends_too_early_says_how_far_it_came() {
    fails("", Error::NoAnswer);
    fails("\r\n", Error::NoAnswer);
    for text in [
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    ] {
        fails(text, Error::Truncated);
    }
}

#[test]
fn a_head_does_not_show_cookies_and_places_in_debug_output() {
    let text = "HTTP/1.1 302 a\r\nSet-Cookie: s=hunter2\r\nLocation: /?token=hunter2\r\nContent-Length: 0\r\n\r\n";
    let received = receive(text).unwrap();
    assert!(!format!("{received:?}").contains("hunter2"));
    let mut parser = ResponseParser::new(Limits::default());
    let mut half = &text.as_bytes()[..60];
    assert_eq!(parser.next(&mut half), Ok(None));
    assert!(!format!("{parser:?}").contains("hunter2"));
}

proptest! {
    #[test]
    fn cuts_change_nothing(cuts in proptest::collection::vec(0..400_usize, 0..40), which in 0..4_usize) {
        let texts = [
            "HTTP/1.1 100 a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\nrest",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\n\r\nhellorest",
            "HTTP/1.1 200 OK\r\nX:\r\n y\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\n",
        ];
        let text = texts[which];
        let whole = receive(text);
        prop_assert_eq!(receive_cut(text.as_bytes(), &cuts, Limits::default()), whole);
    }

    #[test]
    fn no_bytes_do_harm(bytes: Vec<u8>, cuts: Vec<usize>) {
        let _read = receive_cut(&bytes, &cuts, Limits::default());
    }

    #[test]
    fn nothing_like_an_answer_does_harm(
        head in "(HTTP/1\\.[01] [0-9]{3} a\r?\n)(Content-Length: [0-9]{0,3}\r\n|Transfer-Encoding: chunked\r\n|[a-zA-Z-]{1,5}: ?[ -~]{0,9}\r?\n){0,4}\r?\n",
        body in "([0-9a-f]{1,2}|\r\n|[a-z;]|\n){0,30}",
        cuts: Vec<usize>,
    ) {
        let text = head + &body;
        let whole = receive(&text);
        prop_assert_eq!(receive_cut(text.as_bytes(), &cuts, Limits::default()), whole);
    }
}
