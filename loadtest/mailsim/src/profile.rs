//! Which mail server is played, as data: `profiles.toml`, compiled in.

mod quirks;
mod texts;

pub(crate) use quirks::Quirks;
pub(crate) use texts::Texts;

use crate::mailbox::Folders;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

const TABLE: &str = include_str!("profiles.toml");

static PROFILES: LazyLock<BTreeMap<String, Profile>> = LazyLock::new(|| {
    // That it can be read is tested.
    let table: BTreeMap<String, Described> = toml::from_str(TABLE).unwrap_or_default();
    let named = table.into_iter().map(|(name, described)| {
        let profile = Profile::new(name.clone(), described);
        (name, profile)
    });
    named.collect()
});

/// A mail server to play: what it says, what it can do, and what it does otherwise than the
/// standards have it.
#[derive(Clone)]
pub struct Profile(Arc<Inner>);

/// What is compiled from a profile's description.
pub(crate) struct Inner {
    name: String,
    features: Features,
    described: Described,
}

/// A table of `profiles.toml`; what it leaves out is as in `plain`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Described {
    /// Where it is known from.
    source: String,
    pub(crate) quirks: Quirks,
    pub(crate) texts: Texts,
    /// The folders of a new user, besides INBOX.
    folders: Vec<Given>,
}

/// A folder that every user has from the start.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: String,
    /// As `\Sent`; `\NoSelect` for a name that only holds others.
    attribute: String,
}

/// The extensions that the profile has after login.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Features {
    pub(crate) idle: bool,
    pub(crate) enable: bool,
    pub(crate) condstore: bool,
    pub(crate) qresync: bool,
    pub(crate) notify: bool,
    pub(crate) list_status: bool,
    pub(crate) special_use: bool,
    pub(crate) object_id: bool,
    pub(crate) esearch: bool,
    pub(crate) moves: bool,
    pub(crate) uid_plus: bool,
    pub(crate) unselect: bool,
    pub(crate) namespace: bool,
    /// X-GM-EXT-1.
    pub(crate) gmail: bool,
}

impl Profile {
    /// No server in particular: IDLE and LITERAL+, no other extension, no quirk.
    pub fn plain() -> Self {
        Self::new("plain".to_owned(), Described::default())
    }

    /// The profile of this name in `profiles.toml`: `full`, `dovecot`, `gmail` …
    pub fn named(name: &str) -> Option<Self> {
        PROFILES.get(name).cloned()
    }

    /// The names of all profiles, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PROFILES.keys().map(String::as_str)
    }

    /// A profile of one's own, written as a table of `profiles.toml` is, without its heading.
    ///
    /// # Errors
    /// What is wrong with it: not TOML, or an unknown key.
    pub fn parse(name: &str, table: &str) -> Result<Self, String> {
        let described = toml::from_str(table).map_err(|error| error.to_string())?;
        Ok(Self::new(name.to_owned(), described))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The documents, transcripts or reports that it is written from.
    pub fn source(&self) -> &str {
        &self.0.described.source
    }

    pub(crate) fn quirks(&self) -> &Quirks {
        &self.0.described.quirks
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.0.described.texts
    }

    pub(crate) fn features(&self) -> Features {
        self.0.features
    }

    /// The folders of a new user.
    pub(crate) fn folders(&self) -> Folders {
        let mut folders = Folders::new(self.quirks().all_mail.as_deref().map(Into::into));
        for given in &self.0.described.folders {
            let folder = folders.ensure(&given.name);
            match given.attribute.eq_ignore_ascii_case("\\NoSelect") {
                true => folder.selectable = false,
                false => folder.special_use = Some(given.attribute.as_str().into()),
            }
        }
        folders
    }

    fn new(name: String, described: Described) -> Self {
        let features = Features::of(&described.texts.after_login);
        Self(Arc::new(Inner {
            name,
            features,
            described,
        }))
    }
}

impl Features {
    fn of(capabilities: &str) -> Self {
        let has = |name: &str| {
            let mut all = capabilities.split(' ');
            all.any(|capability| capability.eq_ignore_ascii_case(name))
        };
        Self {
            idle: has("IDLE"),
            enable: has("ENABLE"),
            condstore: has("CONDSTORE") || has("QRESYNC"),
            qresync: has("QRESYNC"),
            notify: has("NOTIFY"),
            list_status: has("LIST-STATUS"),
            special_use: has("SPECIAL-USE"),
            object_id: has("OBJECTID"),
            esearch: has("ESEARCH"),
            moves: has("MOVE"),
            uid_plus: has("UIDPLUS"),
            unselect: has("UNSELECT"),
            namespace: has("NAMESPACE"),
            gmail: has("X-GM-EXT-1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_names_its_sources() {
        let read: Result<BTreeMap<String, Described>, _> = toml::from_str(TABLE);
        assert!(read.is_ok(), "{:?}", read.err());
        assert_eq!(Profile::names().count(), 16);
        for name in Profile::names() {
            let profile = Profile::named(name).unwrap();
            assert!(!profile.source().is_empty(), "{name}");
            assert!(profile.texts().greeting.starts_with("* OK "), "{name}");
            let described = profile.texts().after_login.split(' ');
            assert_eq!(described.clone().next(), Some("IMAP4rev1"), "{name}");
        }
    }

    #[test]
    fn a_profile_of_ones_own_refuses_unknown_keys() {
        assert!(Profile::parse("x", "[quirks]\nidle_dead_after = 5").is_ok());
        assert!(Profile::parse("x", "[quirks]\nidle_dead_aftr = 5").is_err());
    }
}
