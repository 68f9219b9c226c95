//! Values between Rust and the database, and what goes wrong on the way.

use crate::Result;
use pushmail_domain::{Shard, Timestamp};
use pushmail_registry::{Page, RegistryError, RegistryErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Any, Row};
use std::str::FromStr;

/// A stored value that cannot be read, or a value too large to store. Names the column only: the
/// value may be private.
#[derive(Debug)]
struct Unreadable(String);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "column {}: a value is out of its range; if it was read, the registry is damaged: restore \
            it from a backup",
            self.0
        )
    }
}

impl std::error::Error for Unreadable {}

pub(crate) fn unreadable(column: &str) -> RegistryError {
    RegistryError::unavailable(Unreadable(column.to_owned()))
}

/// The registry's error for a failed statement.
pub(crate) fn failed(error: sqlx::Error) -> RegistryError {
    let foreign_key = error
        .as_database_error()
        .is_some_and(|database| database.is_foreign_key_violation());
    if foreign_key {
        RegistryError::new(RegistryErrorKind::InvalidReference)
    } else {
        RegistryError::unavailable(error)
    }
}

/// `NotFound`, unless a statement touched something.
pub(crate) fn found(rows: u64) -> Result<()> {
    if rows == 0 {
        Err(RegistryError::new(RegistryErrorKind::NotFound))
    } else {
        Ok(())
    }
}

/// Where a page starts: below every row, or at the creation time and id of the last one seen.
/// `created_at` is that row's, if it is still there.
pub(crate) fn start_of_page<Id: std::fmt::Display>(
    page: &Page<Id>,
    created_at: Option<i64>,
) -> Result<(i64, String)> {
    match (&page.after, created_at) {
        (None, _) => Ok((i64::MIN, String::new())),
        (Some(id), Some(created_at)) => Ok((created_at, id.to_string())),
        (Some(_), None) => Err(RegistryError::new(RegistryErrorKind::NotFound)),
    }
}

/// A page's limit within its range.
pub(crate) fn limit_of_page<Id>(page: &Page<Id>) -> i64 {
    i64::from(page.limit.clamp(1, 1000))
}

/// A counter as SQL's signed 64 bits.
pub(crate) fn signed(column: &'static str, number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| unreadable(column))
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize>(column: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| unreadable(column))
}

/// An enumeration's value as its one word.
pub(crate) fn word<T: Serialize>(column: &'static str, value: T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(unreadable(column)),
    }
}

/// Reads a row's columns as what they stand for.
pub(crate) trait Read {
    /// Text or bytes, as they are.
    fn plain<T>(&self, column: &str) -> Result<T>
    where
        T: for<'r> sqlx::Decode<'r, Any> + sqlx::Type<Any>;

    /// A number within the range of `T`.
    fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T> {
        T::try_from(self.plain(column)?).map_err(|_| unreadable(column))
    }

    /// A SHA-256 hash, if there is one.
    fn hash(&self, column: &str) -> Result<Option<[u8; 32]>> {
        let bytes: Option<Vec<u8>> = self.plain(column)?;
        let hash = bytes.map(<[u8; 32]>::try_from).transpose();
        hash.map_err(|_| unreadable(column))
    }

    /// A moment.
    fn moment(&self, column: &str) -> Result<Timestamp> {
        self.plain(column).map(Timestamp::from_micros)
    }

    /// A shard.
    fn shard(&self, column: &str) -> Result<Shard> {
        let shard = Shard::new(self.number(column)?);
        shard.ok_or_else(|| unreadable(column))
    }

    /// An id.
    fn id<T: FromStr>(&self, column: &str) -> Result<T> {
        let text: String = self.plain(column)?;
        text.parse().map_err(|_| unreadable(column))
    }

    /// An enumeration's value, stored by [`word`].
    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        let word = serde_json::Value::String(self.plain(column)?);
        serde_json::from_value(word).map_err(|_| unreadable(column))
    }

    /// A value stored by [`json`].
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        let text: String = self.plain(column)?;
        serde_json::from_str(&text).map_err(|_| unreadable(column))
    }
}

impl Read for AnyRow {
    fn plain<T>(&self, column: &str) -> Result<T>
    where
        T: for<'r> sqlx::Decode<'r, Any> + sqlx::Type<Any>,
    {
        self.try_get(column).map_err(|_| unreadable(column))
    }
}
