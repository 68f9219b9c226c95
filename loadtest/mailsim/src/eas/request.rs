//! Requests of HTTP/1.1 (RFC 9112), as far as clients of ActiveSync send them.

use bytes::{Buf as _, Bytes, BytesMut};
use httparse::{EMPTY_HEADER, Status};

/// The longest head of a request, in bytes; a longer one is answered by 431 and ends the connection.
pub const MAX_HEAD: usize = 16 * 1024;

/// The longest body of a request, in bytes; a longer one is answered by 413 and ends the connection.
pub const MAX_BODY: usize = 256 * 1024;

const MAX_HEADERS: usize = 64;

/// A whole request.
pub(super) struct Request {
    pub(super) method: String,
    /// Without the query.
    pub(super) path: String,
    pub(super) query: String,
    headers: Vec<(String, String)>,
    /// The client wants to send another one on the connection.
    pub(super) keep_alive: bool,
    pub(super) body: Bytes,
}

impl Request {
    /// Takes a request from the front of `input`; none if it is not there in whole.
    ///
    /// # Errors
    /// The status of the answer after which the connection ends.
    pub(super) fn take(input: &mut BytesMut) -> Result<Option<Self>, u16> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let length = match head.parse(input) {
            Ok(Status::Complete(length)) if length <= MAX_HEAD => length,
            Ok(Status::Partial) if input.len() <= MAX_HEAD => return Ok(None),
            Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(431),
            Err(_) => return Err(400),
        };
        let mut request = Self::of(&head)?;
        let body = request.content_length()?;
        if input.len() < length + body {
            return Ok(None);
        }
        input.advance(length);
        request.body = input.split_to(body).freeze();
        Ok(Some(request))
    }

    fn of(head: &httparse::Request<'_, '_>) -> Result<Self, u16> {
        let target = head.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).map_err(|_| 400_u16);
        let headers = head.headers.iter();
        let headers = headers.map(|header| Ok((header.name.to_owned(), text(header.value)?)));
        let mut request = Self {
            method: head.method.unwrap_or_default().to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.collect::<Result<_, u16>>()?,
            keep_alive: head.version == Some(1),
            body: Bytes::new(),
        };
        let connection = request.header("Connection").unwrap_or_default();
        request.keep_alive &= !connection.eq_ignore_ascii_case("close");
        Ok(request)
    }

    /// The first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Bodies in chunks are not taken: 411 asks for a length (RFC 9110, section 15.5.12).
    fn content_length(&self) -> Result<usize, u16> {
        if self.header("Transfer-Encoding").is_some() {
            return Err(411);
        }
        let length = self.header("Content-Length").unwrap_or("0").parse();
        match length {
            Ok(length) if length <= MAX_BODY => Ok(length),
            Ok(_) => Err(413),
            Err(_) => Err(400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_in_pieces_and_another_one_follows() {
        let text = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiOPTIONS /";
        let mut input = BytesMut::from(&text[..40]);
        assert!(Request::take(&mut input).unwrap().is_none());
        input.extend_from_slice(&text[40..]);
        let request = Request::take(&mut input).unwrap().unwrap();
        assert_eq!((&*request.path, &*request.query), ("/a", "b=c"));
        assert_eq!((&*request.body, request.keep_alive), (&b"hi"[..], true));
        assert_eq!(&input[..], b"OPTIONS /");
    }

    #[test]
    fn what_is_too_large_or_no_request_is_refused() {
        let refused = |text: &str| Request::take(&mut BytesMut::from(text)).err();
        let long = format!("GET / HTTP/1.1\r\nA: {}", "a".repeat(MAX_HEAD));
        assert_eq!(refused(&long), Some(431));
        let head = "POST / HTTP/1.1\r\n";
        assert_eq!(
            refused(&format!("{head}Content-Length: 300000\r\n\r\n")),
            Some(413)
        );
        assert_eq!(
            refused(&format!("{head}Content-Length: -1\r\n\r\n")),
            Some(400)
        );
        assert_eq!(
            refused(&format!("{head}Transfer-Encoding: chunked\r\n\r\n")),
            Some(411)
        );
        assert_eq!(refused("\0\0\0"), Some(400));
    }
}
