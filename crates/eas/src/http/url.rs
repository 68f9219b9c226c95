//! Where a server is.

use pushmail_domain::{Endpoint, Security};
use pushmail_upstream::target::EAS_PATH as USUAL_PATH;
use std::fmt;

const LONGEST: usize = 2048;

/// Where a server is: what X-MS-Location and Autodiscover say. Built from valid parts only, so that it can be put into a
/// request as it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Url {
    secure: bool,
    host: String,
    port: u16,
    path: String,
}

/// Why it is no URL of a server. It does not show what was given: a URL may hold secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is neither `https` nor `http`.
    #[error("a URL of an ActiveSync server begins with https:// or http://")]
    Scheme,
    /// The host is not a DNS name in ASCII or an IP address.
    #[error("the URL's host is not a DNS name in ASCII or an IP address")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the URL's port is not a number from 1 to 65535")]
    Port,
    /// The path has characters that a path has not, or does not begin with a slash.
    #[error("the URL's path has characters that are not allowed, or does not begin with a slash")]
    Path,
    /// It has more than 2048 bytes.
    #[error("the URL is longer than 2048 bytes")]
    TooLong,
}

impl Url {
    /// Reads a URL. User, query and fragment are dropped; the usual path is taken where there is none.
    ///
    /// # Errors
    /// [`UrlError`] if it is no URL of a server.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::parse_or(text, USUAL_PATH)
    }

    /// The same, with another path where there is none.
    pub(crate) fn parse_or(text: &str, usual: &str) -> Result<Self, UrlError> {
        if text.len() > LONGEST {
            return Err(UrlError::TooLong);
        }
        let (scheme, rest) = text.trim().split_once("://").ok_or(UrlError::Scheme)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(UrlError::Scheme),
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = host_and_port(authority)?;
        let port = port.unwrap_or(if secure { 443 } else { 80 });
        let path = if matches!(path, "" | "/") {
            usual
        } else {
            path
        };
        Self::new(secure, host, port, path)
    }

    /// The server that listens there, at its usual path. With STARTTLS, which HTTP has not, it is as with TLS.
    ///
    /// # Errors
    /// [`UrlError`] if the endpoint's host or port is none.
    pub fn of_endpoint(endpoint: &Endpoint) -> Result<Self, UrlError> {
        Self::of_parts(endpoint, USUAL_PATH)
    }

    /// The server that listens there, at this path. With STARTTLS, which HTTP has not, it is as with TLS.
    ///
    /// # Errors
    /// [`UrlError`] if host, port or path is none.
    pub fn of_parts(endpoint: &Endpoint, path: &str) -> Result<Self, UrlError> {
        let secure = endpoint.security != Security::Plaintext;
        Self::new(secure, &endpoint.host, endpoint.port, path)
    }

    fn new(secure: bool, host: &str, port: u16, path: &str) -> Result<Self, UrlError> {
        let host_fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        if host.is_empty() || !host.bytes().all(host_fits) {
            return Err(UrlError::Host);
        }
        if port == 0 {
            return Err(UrlError::Port);
        }
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlError::Path);
        }
        Ok(Self {
            secure,
            host: host.to_ascii_lowercase(),
            port,
            path: path.to_owned(),
        })
    }

    /// Whether it is to be reached by TLS.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The path, from its slash on.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of the header Host (RFC 9112, section 3.2).
    pub(crate) fn authority(&self) -> String {
        let host = &self.host;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

fn host_and_port(authority: &str) -> Result<(&str, Option<u16>), UrlError> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(inner) => inner.split_once(']').ok_or(UrlError::Host)?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    if rest.is_empty() {
        return Ok((host, None));
    }
    let port = rest.strip_prefix(':').ok_or(UrlError::Host)?;
    let port = port.parse().map_err(|_| UrlError::Port)?;
    Ok((host, Some(port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls_are_read_and_written() {
        let cases = [
            (
                "https://Mail.Contoso.com/Microsoft-Server-ActiveSync",
                "https://mail.contoso.com/Microsoft-Server-ActiveSync",
            ),
            (
                "https://mail.test",
                "https://mail.test/Microsoft-Server-ActiveSync",
            ),
            (
                "HTTPS://user:secret@mail.test:443/eas?x=1#y",
                "https://mail.test/eas",
            ),
            ("http://[::1]:8080/eas", "http://[::1]:8080/eas"),
        ];
        for (text, written) in cases {
            assert_eq!(Url::parse(text).unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_no_url_of_a_server_is_refused_with_the_reason() {
        let long = format!("https://a/{}", "a".repeat(LONGEST));
        let cases = [
            ("mail.test", UrlError::Scheme),
            ("ftp://mail.test/", UrlError::Scheme),
            ("https:///eas", UrlError::Host),
            ("https://ma il.test/", UrlError::Host),
            ("https://bücher.test/", UrlError::Host),
            ("https://[::1/", UrlError::Host),
            ("https://mail.test:0/", UrlError::Port),
            ("https://mail.test:65536/", UrlError::Port),
            ("https://mail.test/a\r\nb: c", UrlError::Path),
            (&long, UrlError::TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(Url::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_endpoint_is_taken_at_the_usual_path() {
        let endpoint = Endpoint {
            host: "::1".to_owned(),
            port: 8443,
            security: Security::Tls,
        };
        let url = Url::of_endpoint(&endpoint).unwrap();
        assert_eq!(
            url.to_string(),
            "https://[::1]:8443/Microsoft-Server-ActiveSync"
        );
    }

    proptest! {
        #[test]
        fn what_is_read_is_read_again_as_the_same(text in "https?://[a-z:@\\[\\]0-9./?#-]{0,40}") {
            if let Ok(url) = Url::parse(&text) {
                prop_assert_eq!(Url::parse(&url.to_string()), Ok(url));
            }
        }

        #[test]
        fn no_text_does_harm(text: String) {
            let _read = Url::parse(&text);
        }
    }
}
