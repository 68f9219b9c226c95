//! What is known of the large mail providers: the table `providers.toml`.

use super::{Found, How};
use crate::target::{IMAPS_PORT, MailAddress};
use pushmail_domain::{Endpoint, Fault, FaultKind, Security};
use serde::Deserialize;
use std::sync::LazyLock;

static TABLE: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let table: Table = toml::from_str(include_str!("providers.toml"))
        .expect("the built-in table of providers is valid");
    table.provider
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    provider: Vec<Provider>,
}

/// What a provider takes as the login name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UserForm {
    /// The whole address.
    #[default]
    Address,
    /// What is before the `@`.
    Local,
}

/// A mail provider. All of them speak TLS on port 993.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    name: String,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    exchangers: Vec<String>,
    #[serde(default)]
    host: String,
    #[serde(default)]
    user: UserForm,
    #[serde(default)]
    no_imap: String,
}

impl Provider {
    /// The provider's name, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server of `address`, or the reason why there is none.
    pub(super) fn found(&self, address: &MailAddress, how: How) -> Result<Found, Fault> {
        if !self.no_imap.is_empty() {
            return Err(Fault::new(
                FaultKind::UnknownHost,
                format!("{}: {}", self.name, self.no_imap),
            ));
        }
        let user = match self.user {
            UserForm::Address => address.to_string(),
            UserForm::Local => address.local().to_owned(),
        };
        Ok(Found {
            endpoint: Endpoint {
                host: self.host.clone(),
                port: IMAPS_PORT,
                security: Security::Tls,
            },
            user,
            how,
        })
    }
}

/// The provider that gives out addresses in `domain`, which is in lower case.
pub(super) fn of_domain(domain: &str) -> Option<&'static Provider> {
    TABLE
        .iter()
        .find(|provider| provider.domains.iter().any(|known| known == domain))
}

/// The provider that the mail exchanger `host` belongs to: one of its names, or a name below one.
pub(super) fn of_exchanger(host: &str) -> Option<&'static Provider> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let below = |suffix: &String| {
        host.strip_suffix(suffix.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    TABLE
        .iter()
        .find(|provider| provider.exchangers.iter().any(below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_consistent() {
        let mut domains = HashSet::new();
        for provider in TABLE.iter() {
            let name = &provider.name;
            assert_ne!(
                provider.host.is_empty(),
                provider.no_imap.is_empty(),
                "{name}: host or no_imap"
            );
            assert!(
                !provider.domains.is_empty() || !provider.exchangers.is_empty(),
                "{name}"
            );
            for text in provider.domains.iter().chain(&provider.exchangers) {
                assert_eq!(crate::target::host::name(text).as_ref(), Ok(text), "{name}");
            }
            for domain in &provider.domains {
                assert!(domains.insert(domain), "{domain} is there twice");
            }
        }
    }

    #[test]
    fn an_exchanger_matches_by_whole_labels() {
        let name = |host| of_exchanger(host).map(Provider::name);
        assert_eq!(name("ASPMX.L.GOOGLE.COM."), Some("Gmail"));
        assert_eq!(
            name("example-org.mail.protection.outlook.com"),
            Some("Outlook")
        );
        assert_eq!(name("aspmx.l.evilgoogle.com"), None);
        assert_eq!(name("google.com.evil.example"), None);
    }
}
