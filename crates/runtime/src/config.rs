//! Configuration in layers: the defaults, a file, the environment, the command line.
//!
//! The defaults are a commented TOML text, which is also the documentation. The file is TOML too. A
//! variable `PUSHMAIL__SECTION__KEY=value` sets `section.key`; its value is read as the key's type
//! demands, a list as comma-separated values or a TOML array. What a later layer sets replaces what an
//! earlier one set; tables are merged.
//!
//! A key that the type does not have is refused, whether or not the type has
//! `#[serde(deny_unknown_fields)]`; only a flattened map takes any key.

mod de;
pub mod duration;
mod error;
mod layers;

pub use error::{ConfigError, ConfigErrorKind};

use layers::Layers;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Reads a configuration: `defaults` (TOML), under `file` (TOML), under those variables of `env` that
/// begin with `PUSHMAIL__`, under `overrides` (dotted keys and their values, from the command line).
///
/// # Errors
///
/// If the file cannot be read, a layer is not valid TOML, a key is unknown or missing, or a value does
/// not fit its key. The message names the key, where it was set, and what to do; it never repeats a
/// value.
pub fn load<T: DeserializeOwned>(
    defaults: &str,
    file: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
    overrides: &[(&str, String)],
) -> Result<T, ConfigError> {
    let mut layers = Layers::default();
    layers.add_defaults(defaults)?;
    if let Some(file) = file {
        layers.add_file(file)?;
    }
    layers.add_environment(env)?;
    for (key, value) in overrides {
        layers.add_override(key, value)?;
    }
    de::read(layers.into_root())
}

#[cfg(test)]
mod tests;
