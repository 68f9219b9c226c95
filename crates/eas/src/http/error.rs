//! Why an answer cannot be taken.

use std::fmt;

/// Why an answer cannot be taken. Holds nothing of the answer. After any of them the connection is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More than the limits allow.
    #[error("the {0} of the HTTP answer is larger than allowed")]
    TooLarge(Limit),
    /// It does not begin with a status line of HTTP/1 (RFC 9112, section 4).
    #[error("this is not an answer of HTTP/1")]
    NotHttp,
    /// A header is malformed (RFC 9112, section 5).
    #[error("the head of the HTTP answer has {0}")]
    Header(&'static str),
    /// Content-Length is not one number (RFC 9112, section 6.3).
    #[error("the HTTP answer's Content-Length is not a number, or there are several that differ")]
    ContentLength,
    /// There are Content-Length and Transfer-Encoding, which contradict each other (RFC 9112, section 6.3).
    #[error("the HTTP answer has a Content-Length and a Transfer-Encoding")]
    LengthAndCoding,
    /// There is a transfer coding other than `chunked`, or any in an answer of HTTP/1.0 (RFC 9112, section 6.1).
    #[error("the HTTP answer has a transfer coding other than chunked")]
    TransferCoding,
    /// The content is coded, which nobody asked for (RFC 9110, section 8.4).
    #[error("the HTTP answer's content is compressed or coded otherwise, which was not asked for")]
    ContentCoding,
    /// A chunk is malformed (RFC 9112, section 7.1).
    #[error("a chunk of the HTTP answer is malformed")]
    Chunk,
    /// The server changes the protocol (101), which nobody asked for.
    #[error("the HTTP answer changes the protocol, which was not asked for")]
    Upgrade,
    /// The connection ended before any byte of the answer: it was idle for too long, mostly.
    #[error("the connection ended before the HTTP answer began")]
    NoAnswer,
    /// The connection ended in the middle of the answer.
    #[error("the connection ended in the middle of the HTTP answer")]
    Truncated,
}

/// Which of the [`Limits`](super::Limits) does not allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::head`](super::Limits::head).
    Head,
    /// [`Limits::headers`](super::Limits::headers).
    Headers,
    /// [`Limits::informational`](super::Limits::informational).
    Informational,
    /// [`Limits::chunk_line`](super::Limits::chunk_line).
    ChunkLine,
    /// [`Limits::trailers`](super::Limits::trailers).
    Trailers,
    /// [`Limits::body`](super::Limits::body).
    Body,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head => "head",
            Self::Headers => "number of headers",
            Self::Informational => "number of informational answers",
            Self::ChunkLine => "line with the size of a chunk",
            Self::Trailers => "trailers",
            Self::Body => "body",
        })
    }
}
