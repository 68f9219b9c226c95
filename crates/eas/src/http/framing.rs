//! Where the body ends, and whether the connection can be used again (RFC 9112, sections 6.3 and 9.3).

use super::error::Error;
use super::fields::Fields;

/// Where the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// After this many bytes.
    Length(u64),
    /// Where its chunks say.
    Chunked,
    /// With the connection.
    UntilClose,
}

impl Framing {
    /// Where the body ends. `to_head`: the request was HEAD.
    pub(super) fn of(fields: &Fields<'_>, to_head: bool) -> Result<Self, Error> {
        if to_head || matches!(fields.status, 100..=199 | 204 | 304) {
            return Ok(Self::Length(0));
        }
        let framing = Self::of_body(fields)?;
        let coded = fields.members("Content-Encoding");
        if framing != Self::Length(0) && coded.iter().any(|coding| coding != "identity") {
            return Err(Error::ContentCoding);
        }
        Ok(framing)
    }

    fn of_body(fields: &Fields<'_>) -> Result<Self, Error> {
        let length = content_length(fields)?;
        if fields.first("Transfer-Encoding").is_none() {
            return Ok(length.map_or(Self::UntilClose, Self::Length));
        }
        if length.is_some() {
            return Err(Error::LengthAndCoding);
        }
        if fields.minor == 0 || fields.members("Transfer-Encoding") != ["chunked"] {
            return Err(Error::TransferCoding);
        }
        Ok(Self::Chunked)
    }
}

/// The one number that all Content-Lengths say.
fn content_length(fields: &Fields<'_>) -> Result<Option<u64>, Error> {
    if fields.first("Content-Length").is_none() {
        return Ok(None);
    }
    let mut lengths = fields.members("Content-Length");
    lengths.dedup();
    let [length] = lengths.as_slice() else {
        return Err(Error::ContentLength);
    };
    if !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::ContentLength);
    }
    length.parse().map(Some).map_err(|_| Error::ContentLength)
}

/// Whether another request may follow on the connection.
pub(super) fn keeps_alive(fields: &Fields<'_>, framing: Framing) -> bool {
    let options = fields.members("Connection");
    let says = |option: &str| options.iter().any(|said| said == option);
    let kept = match fields.minor {
        0 => says("keep-alive") && !says("close"),
        _ => !says("close"),
    };
    kept && framing != Framing::UntilClose
}
