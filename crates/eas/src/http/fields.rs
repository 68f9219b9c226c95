//! The headers of an answer, by name.

use super::error::{Error, Limit};
use super::limits::Limits;
use httparse::{EMPTY_HEADER, Header, ParserConfig, Response};

/// A status line and the headers after it.
pub(super) struct Fields<'h> {
    pub(super) status: u16,
    /// The digit after `HTTP/1.`.
    pub(super) minor: u8,
    headers: Vec<Header<'h>>,
}

impl<'h> Fields<'h> {
    /// Reads a whole head, the empty line at its end included.
    pub(super) fn parse(bytes: &'h [u8], limits: &Limits) -> Result<Self, Error> {
        let mut headers = vec![EMPTY_HEADER; limits.headers];
        let mut response = Response::new(&mut headers);
        ParserConfig::default()
            .allow_obsolete_multiline_headers_in_responses(true)
            .parse_response(&mut response, bytes)
            .map_err(error_of)?;
        let (status, minor) = (response.code, response.version);
        let count = response.headers.len();
        headers.truncate(count);
        Ok(Self {
            status: status.ok_or(Error::NotHttp)?,
            minor: minor.ok_or(Error::NotHttp)?,
            headers,
        })
    }

    /// The values of all headers of this name, in order.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = String> {
        self.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| text(header.value))
    }

    /// The value of the first header of this name.
    pub(super) fn first(&self, name: &'static str) -> Option<String> {
        self.all(name).next()
    }

    /// The values of all headers of this name as one list (RFC 9110, section 5.3).
    pub(super) fn list(&self, name: &'static str) -> Option<String> {
        self.all(name).reduce(|list, value| list + ", " + &value)
    }

    /// What the lists of this name hold, in lower case.
    pub(super) fn members(&self, name: &'static str) -> Vec<String> {
        let list = self.list(name).unwrap_or_default();
        list.split(',')
            .map(|member| member.trim().to_ascii_lowercase())
            .filter(|member| !member.is_empty())
            .collect()
    }
}

/// A value as text: line ends of a value that goes on in a second line become spaces.
fn text(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let text = text.replace(|char: char| char.is_ascii_control(), " ");
    text.trim().to_owned()
}

const fn error_of(error: httparse::Error) -> Error {
    match error {
        httparse::Error::Status | httparse::Error::Version => Error::NotHttp,
        httparse::Error::TooManyHeaders => Error::TooLarge(Limit::Headers),
        httparse::Error::HeaderName => Error::Header("a malformed name of a header"),
        httparse::Error::HeaderValue => Error::Header("a malformed value of a header"),
        httparse::Error::NewLine => Error::Header("a malformed line end"),
        httparse::Error::Token => Error::Header("a character that is not allowed"),
    }
}
