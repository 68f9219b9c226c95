//! Answers of HTTP/1.1.

use pushmail_wbxml::Element;
use std::fmt::Write as _;

/// The longest chunk of a body.
const CHUNK: usize = 4096;

const WBXML: &str = "application/vnd.ms-sync.wbxml";

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// The connection ends after it, and it says so.
    pub(super) close: bool,
    /// The connection ends after it all the same.
    pub(super) hang_up: bool,
}

impl Answer {
    /// An answer without a body.
    pub(super) const fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            close: false,
            hang_up: false,
        }
    }

    /// The answer after which no other can be understood.
    pub(super) const fn last(status: u16) -> Self {
        let mut answer = Self::empty(status);
        answer.close = true;
        answer
    }

    pub(super) fn document(document: &Element) -> Self {
        Self::empty(200).with_body(WBXML, document.encode())
    }

    /// A page for people.
    pub(super) fn html() -> Self {
        let page = "<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>";
        Self::empty(200).with_body("text/html; charset=utf-8", page.into())
    }

    pub(super) fn with_body(self, kind: &str, body: Vec<u8>) -> Self {
        let answer = self.with("Content-Type", kind);
        Self { body, ..answer }
    }

    pub(super) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    /// As bytes.
    pub(super) fn encode(&self, chunked: bool) -> Vec<u8> {
        let chunked = chunked && !self.body.is_empty();
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            line(&mut head, name, value);
        }
        line(&mut head, "MS-Server-ActiveSync", "15.20");
        if self.close {
            line(&mut head, "Connection", "close");
        }
        match chunked {
            true => line(&mut head, "Transfer-Encoding", "chunked"),
            false => line(&mut head, "Content-Length", &self.body.len().to_string()),
        }
        let mut bytes = head.into_bytes();
        bytes.extend(b"\r\n");
        match chunked {
            true => bytes.extend(in_chunks(&self.body)),
            false => bytes.extend(&self.body),
        }
        bytes
    }
}

fn line(head: &mut String, name: &str, value: &str) {
    let written = write!(head, "{name}: {value}\r\n");
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

/// RFC 9112, section 7.1.
fn in_chunks(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(CHUNK) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        411 => "Length Required",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        449 => "Need Provisioning",
        451 => "Redirect",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        507 => "Insufficient Space",
        _ => "Unknown",
    }
}
