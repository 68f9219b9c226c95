//! What is asked over HTTP.

use super::How;
use super::place::Place;
use super::pox;
use crate::device::USER_AGENT;
use crate::http::{Unsendable, Url, authorization};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pushmail_domain::{Authentication, Secret};
use pushmail_upstream::target::MailAddress;

/// All but what may be in a part of a path (RFC 3986, section 3.3), as far as it matters to addresses.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');

const JSON: &str = "/autodiscover/autodiscover.json/v1.0/";
const XML: &str = "/autodiscover/autodiscover.xml";

/// A request to be sent on a connection of its own, which ends with the answer.
#[derive(Debug)]
pub struct Query {
    /// The server. It is asked in the clear if the URL is not secure: then nothing secret is in the bytes.
    pub url: Url,
    /// The request as bytes. They may hold the credential.
    pub bytes: Secret<Vec<u8>>,
}

/// What is asked of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Where the address's server is, without a credential.
    Json,
    /// The same with the credential.
    Xml,
    /// Who else is to be asked, in the clear.
    Redirect,
}

/// A question to a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Ask {
    pub(super) kind: Kind,
    pub(super) place: Place,
    /// What led here.
    pub(super) how: How,
}

impl Ask {
    pub(super) fn json(host: &str, address: &MailAddress) -> Option<Self> {
        let address = address.to_string();
        let path = format!("{JSON}{}", utf8_percent_encode(&address, ESCAPED));
        Some(Self {
            kind: Kind::Json,
            place: Place::https(host, &path, Some("Protocol=ActiveSync"))?,
            how: How::Json,
        })
    }

    pub(super) fn xml(host: &str) -> Option<Self> {
        Some(Self {
            kind: Kind::Xml,
            place: Place::https(host, XML, None)?,
            how: How::Xml,
        })
    }

    pub(super) fn redirect(host: &str) -> Option<Self> {
        Some(Self {
            kind: Kind::Redirect,
            place: Place::http(host, XML)?,
            how: How::Redirect,
        })
    }

    pub(super) fn srv(host: &str, port: u16) -> Option<Self> {
        Some(Self {
            kind: Kind::Xml,
            place: Place::secure(host, port, XML, None)?,
            how: How::Srv,
        })
    }

    /// What is to be asked where a Location leads; none if that is nowhere. Whoever redirects in the clear is asked no
    /// more than that.
    pub(super) fn follow(&self, location: &str) -> Option<Self> {
        let kind = match self.kind {
            Kind::Redirect => Kind::Xml,
            kind => kind,
        };
        Some(Self {
            kind,
            place: self.place.follow(location)?,
            how: self.how,
        })
    }

    pub(super) fn host(&self) -> &str {
        self.place.url.host()
    }

    /// The request; the credential is put in only where there is one to be shown.
    pub(super) fn query(
        &self,
        address: &MailAddress,
        credential: Option<&Authentication>,
    ) -> Result<Query, Unsendable> {
        let (method, secret, body) = match (self.kind, credential) {
            (Kind::Xml, Some(credential)) => {
                let secret = authorization(&address.to_string(), credential)?;
                ("POST", Some(secret), pox::request(address))
            }
            _ => ("GET", None, String::new()),
        };
        let (target, host) = (self.place.target(), self.place.url.authority());
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\n\
             Accept-Encoding: identity\r\nConnection: close\r\n"
        );
        let mut bytes = head.into_bytes();
        if let Some(secret) = secret {
            let length = body.len();
            let kind = format!("Content-Type: text/xml\r\nContent-Length: {length}\r\n");
            let parts = [&kind, "Authorization: ", secret.expose(), "\r\n"];
            // Bytes that have to grow leave copies of themselves behind.
            bytes.reserve_exact(parts.iter().map(|part| part.len()).sum::<usize>() + 2 + length);
            parts.iter().for_each(|part| bytes.extend(part.as_bytes()));
        }
        bytes.extend(b"\r\n");
        bytes.extend(body.as_bytes());
        let (url, bytes) = (self.place.url.clone(), Secret::new(bytes));
        Ok(Query { url, bytes })
    }
}
