//! What can be wrong with a configuration.

use super::layers::Origin;
use std::fmt;

/// Why a configuration was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConfigErrorKind {
    /// The file cannot be read.
    Unreadable,
    /// A layer is not valid TOML, or a variable's name is not valid.
    Syntax,
    /// There is no such key.
    UnknownKey,
    /// A key has no default and was not set.
    Missing,
    /// A value does not fit its key.
    Invalid,
}

/// A configuration was refused.
#[derive(Debug)]
pub struct ConfigError {
    /// Which of the closed set.
    pub kind: ConfigErrorKind,
    /// The key with its sections, such as `telemetry.sample_ratio`; empty if it is about no key.
    pub key: String,
    /// Where the key was set, if it was.
    origin: Option<Origin>,
    /// What is wrong with it and what to do.
    detail: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl ConfigError {
    pub(super) fn new(kind: ConfigErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            key: String::new(),
            origin: None,
            detail: detail.into(),
            source: None,
        }
    }

    pub(super) fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The error, which so far is about something within `key`. The innermost origin stays.
    pub(super) fn within(mut self, key: &str, origin: &Origin) -> Self {
        self.key = match self.key.as_str() {
            "" => key.to_owned(),
            inner => format!("{key}.{inner}"),
        };
        if self.kind != ConfigErrorKind::Missing {
            self.origin.get_or_insert_with(|| origin.clone());
        }
        self
    }

    /// The error about a key that is missing where the error has been raised.
    pub(super) fn about(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            return f.write_str(&self.detail);
        }
        let Self { key, detail, .. } = self;
        match self.kind {
            ConfigErrorKind::UnknownKey => write!(f, "unknown configuration key `{key}`")?,
            ConfigErrorKind::Missing => write!(f, "missing configuration key `{key}`")?,
            _ => write!(f, "configuration key `{key}`")?,
        }
        if let Some(origin) = &self.origin {
            write!(f, " ({origin})")?;
        }
        match self.kind {
            ConfigErrorKind::Missing => {
                let variable = key.replace('.', "__").to_uppercase();
                write!(
                    f,
                    ": set it in the configuration file, or PUSHMAIL__{variable}"
                )
            }
            _ => write!(f, ": {detail}"),
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl serde::de::Error for ConfigError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(ConfigErrorKind::Invalid, message.to_string())
    }

    // Without the value: it may be a secret put where it does not belong.
    fn invalid_type(_: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::custom(format_args!("the value must be {expected}"))
    }

    fn invalid_value(_: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::custom(format_args!("the value must be {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!(
            "the value must be one of {}",
            listed(expected)
        ))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(ConfigErrorKind::UnknownKey, remedy(field, expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(ConfigErrorKind::Missing, "").about(field)
    }
}

/// What to do about an unknown key.
fn remedy(key: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .min_by_key(|candidate| distance(key, candidate));
    match nearest {
        None => "this section has no keys; remove it".into(),
        Some(nearest) if distance(key, nearest) <= key.len().max(3) / 3 => {
            format!("did you mean `{nearest}`?")
        }
        Some(_) => format!("the keys of this section are {}", listed(known)),
    }
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The edit distance of two words (Levenshtein), in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
