//! The layers, merged into one tree that remembers where each value was set.

use super::error::{ConfigError, ConfigErrorKind};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What variables of this program begin with.
const PREFIX: &str = "PUSHMAIL__";

/// The largest file that is read: far more than any configuration needs.
const MAX_FILE: u64 = 1 << 20;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Defaults,
    File(PathBuf),
    Variable(String),
    CommandLine,
}

/// A value and where it was set.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Table(BTreeMap<String, Node>),
    Array(Vec<Node>),
    /// Of TOML, neither table nor array.
    Scalar(toml::Value),
    /// Text whose type the reader decides, from the environment or the command line.
    Text(String),
}

/// The layers added so far.
#[derive(Debug)]
pub(super) struct Layers {
    root: Node,
}

impl Default for Layers {
    fn default() -> Self {
        Self {
            root: Node::table(Origin::Defaults),
        }
    }
}

impl Layers {
    pub(super) fn add_defaults(&mut self, text: &str) -> Result<(), ConfigError> {
        self.add_toml(text, &Origin::Defaults)
    }

    pub(super) fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = read(path)?;
        self.add_toml(&text, &Origin::File(path.to_owned()))
    }

    pub(super) fn add_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        let mut ours: Vec<_> = variables
            .into_iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        // In one order, however the system lists them.
        ours.sort_unstable();
        for (name, value) in ours {
            let key = name[PREFIX.len()..].to_lowercase();
            let path: Vec<_> = key.split("__").collect();
            if path.iter().any(|part| part.is_empty()) {
                let detail = format!(
                    "environment variable {name}: write PUSHMAIL__SECTION__KEY, with two underscores \
                     between the parts"
                );
                return Err(ConfigError::new(ConfigErrorKind::Syntax, detail));
            }
            self.set(&path, &value, &Origin::Variable(name.clone()));
        }
        Ok(())
    }

    /// Sets a dotted key.
    pub(super) fn add_override(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let path: Vec<_> = key.split('.').collect();
        if path.iter().any(|part| part.is_empty()) {
            let detail = format!("`{key}` is not a configuration key; write it as section.key");
            return Err(ConfigError::new(ConfigErrorKind::Syntax, detail));
        }
        self.set(&path, value, &Origin::CommandLine);
        Ok(())
    }

    pub(super) fn into_root(self) -> Node {
        self.root
    }

    fn add_toml(&mut self, text: &str, origin: &Origin) -> Result<(), ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // Without the text around it: that may hold a secret.
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let detail = format!("{origin}, line {line}: not valid TOML: {}", error.message());
            ConfigError::new(ConfigErrorKind::Syntax, detail)
        })?;
        self.root.merge(Node::of(toml::Value::Table(table), origin));
        Ok(())
    }

    fn set(&mut self, path: &[&str], value: &str, origin: &Origin) {
        let leaf = Node {
            origin: origin.clone(),
            value: Value::Text(value.to_owned()),
        };
        let layer = path.iter().rev().fold(leaf, |inner, part| {
            let mut outer = Node::table(origin.clone());
            outer.value = Value::Table(BTreeMap::from([((*part).to_owned(), inner)]));
            outer
        });
        self.root.merge(layer);
    }
}

impl Node {
    fn table(origin: Origin) -> Self {
        Self {
            origin,
            value: Value::Table(BTreeMap::new()),
        }
    }

    /// A TOML value, all of it set in one place.
    pub(super) fn of(value: toml::Value, origin: &Origin) -> Self {
        let value = match value {
            toml::Value::Table(table) => Value::Table(
                table
                    .into_iter()
                    .map(|(key, value)| (key, Self::of(value, origin)))
                    .collect(),
            ),
            toml::Value::Array(values) => Value::Array(
                values
                    .into_iter()
                    .map(|value| Self::of(value, origin))
                    .collect(),
            ),
            scalar => Value::Scalar(scalar),
        };
        Self {
            origin: origin.clone(),
            value,
        }
    }

    /// Lays `over` on top: tables are merged, anything else is replaced.
    fn merge(&mut self, over: Self) {
        match (&mut self.value, over) {
            (
                Value::Table(under),
                Self {
                    value: Value::Table(over),
                    ..
                },
            ) => {
                for (key, node) in over {
                    match under.get_mut(&key) {
                        Some(below) => below.merge(node),
                        None => drop(under.insert(key, node)),
                    }
                }
            }
            (_, over) => *self = over,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("built-in defaults"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    use std::io::Read;
    let mut text = String::new();
    let done = std::fs::File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text));
    match done {
        Ok(length) if length as u64 > MAX_FILE => Err(ConfigError::new(
            ConfigErrorKind::Unreadable,
            format!("configuration file {} is over 1 MiB", path.display()),
        )),
        Ok(_) => Ok(text),
        Err(error) => Err(ConfigError::new(
            ConfigErrorKind::Unreadable,
            format!(
                "configuration file {} cannot be read: {error}",
                path.display()
            ),
        )
        .caused_by(error)),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
