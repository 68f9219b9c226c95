//! Who runs an upstream: what one breaker and one login rate are for.

use std::net::IpAddr;
use std::sync::Arc;

/// Labels below a country under which anybody may register: `co.uk`, `com.au`, `ne.jp`.
const REGISTRIES: [&str; 10] = [
    "ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org",
];

/// An operator of mail servers: its name where it is a known one, or else the domain of its servers. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Provider(Arc<str>);

impl Provider {
    /// The provider of the server at `host`. `name` is what data about providers calls it; empty if they do not know it.
    ///
    /// Hosts of one domain then are one provider. The domain is taken to be the last two labels, or three where the
    /// last two look like a country's registry (`co.uk`, `com.au`): near enough to tell operators apart.
    pub fn new(name: &str, host: &str) -> Self {
        if !name.is_empty() {
            return Self(name.into());
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        Self(domain(&host).into())
    }

    /// The provider, for people.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn domain(host: &str) -> &str {
    if host.parse::<IpAddr>().is_ok() {
        return host;
    }
    let labels: Vec<&str> = host.rsplit('.').take(3).collect();
    let kept = match labels.as_slice() {
        [country, registry, _] if country.len() == 2 && REGISTRIES.contains(registry) => 3,
        _ => 2,
    };
    let dots = host.rmatch_indices('.');
    dots.map(|(at, _)| at + 1)
        .nth(kept - 1)
        .map_or(host, |at| &host[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_provider_goes_by_its_name_and_another_by_its_domain() {
        for (name, host, expected) in [
            ("Gmail", "imap.gmail.com", "Gmail"),
            ("", "imap.example.org", "example.org"),
            ("", "IMAP.eu.Example.ORG.", "example.org"),
            ("", "mail.example.co.uk", "example.co.uk"),
            ("", "mail.gmx.de", "gmx.de"),
            ("", "example.org", "example.org"),
            ("", "localhost", "localhost"),
            ("", "192.0.2.7", "192.0.2.7"),
            ("", "2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(Provider::new(name, host).as_str(), expected, "{host}");
        }
    }
}
