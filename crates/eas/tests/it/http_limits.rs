//! What is larger than the limits allow is an error that names the limit.

use crate::support::receive_cut;
use pushmail_eas::http::{Error, Limit, Limits};

const LIMITS: Limits = Limits {
    head: 100,
    headers: 3,
    informational: 1,
    chunk_line: 8,
    trailers: 12,
    body: 6,
};

#[track_caller]
fn is_too_large(text: &str, limit: Limit) {
    let one_by_one: Vec<_> = (0..text.len()).collect();
    for cuts in [&[], one_by_one.as_slice()] {
        let read = receive_cut(text.as_bytes(), cuts, LIMITS);
        assert_eq!(read.unwrap_err(), Error::TooLarge(limit), "{text:?}");
    }
}

#[track_caller]
fn fits(text: &str) {
    assert!(
        receive_cut(text.as_bytes(), &[], LIMITS).is_ok(),
        "{text:?}"
    );
}

#[test]
fn heads_are_bounded() {
    is_too_large(
        &format!("HTTP/1.1 200 OK\r\nA: {}", "a".repeat(100)),
        Limit::Head,
    );
    is_too_large(&"\r\n".repeat(60), Limit::Head);
}

#[test]
fn the_number_of_headers_is_bounded() {
    fits("HTTP/1.1 200 OK\r\na: b\r\nc: d\r\nContent-Length: 0\r\n\r\n");
    is_too_large(
        "HTTP/1.1 200 OK\r\na: b\r\nc: d\r\ne: f\r\nContent-Length: 0\r\n\r\n",
        Limit::Headers,
    );
}

#[test]
fn informational_answers_are_bounded() {
    let one = "HTTP/1.1 100 a\r\n\r\n";
    let last = "HTTP/1.1 200 a\r\nContent-Length: 0\r\n\r\n";
    fits(&format!("{one}{last}"));
    is_too_large(&format!("{one}{one}{last}"), Limit::Informational);
}

#[test]
fn bodies_are_bounded_in_every_framing() {
    fits("HTTP/1.1 200 a\r\nContent-Length: 6\r\n\r\n123456");
    is_too_large("HTTP/1.1 200 a\r\nContent-Length: 7\r\n\r\n", Limit::Body);
    let chunked = "HTTP/1.1 200 a\r\nTransfer-Encoding: chunked\r\n\r\n";
    fits(&format!("{chunked}3\r\n123\r\n3\r\n456\r\n0\r\n\r\n"));
    is_too_large(
        &format!("{chunked}3\r\n123\r\n4\r\n4567\r\n0\r\n\r\n"),
        Limit::Body,
    );
    fits("HTTP/1.1 200 a\r\n\r\n123456");
    is_too_large("HTTP/1.1 200 a\r\n\r\n1234567", Limit::Body);
}

#[test]
fn lines_and_trailers_of_chunks_are_bounded() {
    let chunked = "HTTP/1.1 200 a\r\nTransfer-Encoding: chunked\r\n\r\n";
    is_too_large(&format!("{chunked}1;aaaaaaaa\r\na\r\n"), Limit::ChunkLine);
    is_too_large(&format!("{chunked}0000000001\r\na\r\n"), Limit::ChunkLine);
    fits(&format!("{chunked}0\r\na: b\r\n\r\n"));
    is_too_large(
        &format!("{chunked}0\r\na: b\r\nc: d\r\ne: f\r\n\r\n"),
        Limit::Trailers,
    );
}
