//! Where Autodiscover is asked, and where a redirect leads.

use crate::http::Url;
use pushmail_domain::{Endpoint, Security};

/// The usual port of HTTPS (RFC 9110, section 4.2.2).
const HTTPS: u16 = 443;
/// The usual port of HTTP.
const HTTP: u16 = 80;

/// A URL with its query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) url: Url,
    query: Option<String>,
}

impl Place {
    /// By TLS; none if the host or the path is none.
    pub(super) fn secure(host: &str, port: u16, path: &str, query: Option<&str>) -> Option<Self> {
        Self::new(Security::Tls, (host, port), path, query)
    }

    /// By TLS, at the usual port.
    pub(super) fn https(host: &str, path: &str, query: Option<&str>) -> Option<Self> {
        Self::secure(host, HTTPS, path, query)
    }

    /// In the clear.
    pub(super) fn http(host: &str, path: &str) -> Option<Self> {
        Self::new(Security::Plaintext, (host, HTTP), path, None)
    }

    fn new(
        security: Security,
        (host, port): (&str, u16),
        path: &str,
        query: Option<&str>,
    ) -> Option<Self> {
        let endpoint = Endpoint {
            host: host.to_owned(),
            port,
            security,
        };
        let url = Url::of_parts(&endpoint, path).ok()?;
        let query = query.map(str::to_owned);
        Some(Self { url, query })
    }

    /// What the request line asks for (RFC 9112, section 3.2.1).
    pub(super) fn target(&self) -> String {
        let path = self.url.path();
        match &self.query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }

    /// Where a Location leads: by TLS, to the usual port or to another path of this server, without a user. None if
    /// elsewhere. A server without a path is asked for what was asked here.
    pub(super) fn follow(&self, location: &str) -> Option<Self> {
        let is_path = location.starts_with('/') && !location.starts_with("//");
        let absolute = match is_path && self.url.is_secure() {
            true => format!("https://{}{location}", self.url.authority()),
            false => location.to_owned(),
        };
        let absolute = absolute.split('#').next().unwrap_or_default();
        let (place, query) = match absolute.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (absolute, None),
        };
        let url = Url::parse_or(place, self.url.path()).ok()?;
        let same_server = url.host() == self.url.host() && url.port() == self.url.port();
        let fits = url.is_secure() && (url.port() == HTTPS || same_server) && !has_user(place);
        let query = query.map(str::to_owned);
        let is_sendable = |query: &String| query.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits || !query.as_ref().is_none_or(is_sendable) {
            return None;
        }
        let is_same_path = url.path() == self.url.path();
        let query = query.or_else(|| self.query.clone().filter(|_| is_same_path));
        Some(Self { url, query })
    }
}

/// Whether a user is named before the host.
fn has_user(url: &str) -> bool {
    let authority = url.split("://").nth(1).unwrap_or_default();
    let authority = authority.split('/').next().unwrap_or_default();
    authority.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn followed(location: &str) -> Option<String> {
        let from = Place::https("a.example.org", "/x", Some("y=1")).unwrap();
        let to = from.follow(location)?;
        Some(format!("{} {}", to.url, to.target()))
    }

    #[test]
    fn a_redirect_leads_by_tls_to_the_usual_port() {
        for (location, to) in [
            ("/z?q=2#f", "https://a.example.org/z /z?q=2"),
            ("https://B.example.com/z", "https://b.example.com/z /z"),
            (
                "https://b.example.com:443/",
                "https://b.example.com/x /x?y=1",
            ),
            ("https://b.example.com", "https://b.example.com/x /x?y=1"),
        ] {
            assert_eq!(followed(location).as_deref(), Some(to), "{location}");
        }
    }

    #[test]
    fn a_redirect_elsewhere_leads_nowhere() {
        for location in [
            "http://a.example.org/z",
            "//b.example.com/z",
            "https://b.example.com:8443/z",
            "https://me@a.example.org/z",
            "https://a.example.org@b.example.com/z",
            "https://b.example.com/z?a b",
            "https://b.example.com/\r\nA: b",
            "ftp://b.example.com/",
            "z",
            "",
        ] {
            assert_eq!(followed(location), None, "{location}");
        }
        let clear = Place::http("a.example.org", "/x").unwrap();
        assert_eq!(clear.follow("/z"), None);
    }

    proptest! {
        #[test]
        fn no_location_leads_to_the_clear(location in "(https?://)?[a-z:@\\[\\]0-9./?#\\\\-]{0,40}") {
            let from = Place::https("a.example.org", "/x", None).unwrap();
            if let Some(to) = from.follow(&location) {
                prop_assert!(to.url.is_secure());
                prop_assert!(to.target().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
