//! Helpers of the tests.

use crate::xml;
use pushmail_eas::command::sync::{Answer, Limits, Parser, Part};
use pushmail_eas::command::{CollectionId, Error, ServerId, SyncKey};
use pushmail_eas::http::{self, Head, ResponseParser};
use pushmail_wbxml::{Element, pretty};

/// The bytes are the document that this XML stands for.
#[track_caller]
pub(crate) fn is(bytes: &[u8], xml: &str) {
    let element = Element::decode(bytes, pushmail_wbxml::Limits::default()).unwrap();
    let expected = xml::element(xml);
    assert_eq!(
        pretty::element(&element, 64),
        pretty::element(&expected, 64)
    );
}

pub(crate) fn folder(id: &str) -> CollectionId {
    CollectionId::new(id).unwrap()
}

pub(crate) fn item(id: &str) -> ServerId {
    ServerId::new(id).unwrap()
}

pub(crate) fn key(key: &str) -> SyncKey {
    SyncKey::new(key).unwrap()
}

/// Cuts `bytes` at these places.
pub(crate) fn cut<'b>(bytes: &'b [u8], cuts: &[usize]) -> Vec<&'b [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|place| place % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| &bytes[pair[0]..pair[1]])
        .collect()
}

/// All parts of a Sync answer that comes in these cuts, and how it ended.
pub(crate) fn sync_cut(
    bytes: &[u8],
    cuts: &[usize],
    limits: Limits,
) -> (Vec<Part>, Result<Answer, Error>) {
    let mut parser = Parser::new(limits);
    let mut parts = Vec::new();
    for mut piece in cut(bytes, cuts) {
        loop {
            match parser.next(&mut piece) {
                Ok(Some(part)) => parts.push(part),
                Ok(None) => break,
                Err(error) => return (parts, Err(error)),
            }
        }
    }
    (parts, parser.finish())
}

/// All parts of a Sync answer that this XML stands for.
pub(crate) fn sync(xml: &str) -> (Vec<Part>, Answer) {
    let (parts, answer) = sync_cut(&xml::wbxml(xml), &[], Limits::default());
    (parts, answer.unwrap())
}

/// An answer of HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    /// It ended before the connection did.
    pub(crate) ended: bool,
    /// What followed it.
    pub(crate) rest: Vec<u8>,
}

/// Reads an answer that comes in these cuts, then the end of the connection.
pub(crate) fn receive_cut(
    bytes: &[u8],
    cuts: &[usize],
    limits: http::Limits,
) -> Result<Received, http::Error> {
    read(ResponseParser::new(limits), bytes, cuts)
}

/// Reads an answer that comes in one piece.
pub(crate) fn receive(text: &str) -> Result<Received, http::Error> {
    receive_cut(text.as_bytes(), &[], http::Limits::default())
}

pub(crate) fn read(
    mut parser: ResponseParser,
    bytes: &[u8],
    cuts: &[usize],
) -> Result<Received, http::Error> {
    let (mut head, mut body, mut rest) = (None, Vec::new(), Vec::new());
    for mut piece in cut(bytes, cuts) {
        while let Some(part) = parser.next(&mut piece)? {
            match part {
                http::Part::Head(read) => assert!(head.replace(*read).is_none(), "one head"),
                http::Part::Body(piece) => body.extend(piece),
                http::Part::End => assert!(parser.is_done()),
            }
        }
        rest.extend(piece);
    }
    let ended = parser.is_done();
    parser.finish()?;
    Ok(Received {
        head: head.unwrap(),
        body,
        ended,
        rest,
    })
}
