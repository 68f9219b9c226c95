//! Doing an operation again that another one got in the way of, within a limit.

use crate::{Result, SqlRegistry};
use pushmail_registry::RegistryError;
use std::future::Future;
use tokio::time::timeout;

/// How often an operation is begun at most. The first failure leaves little to collide with: what it
/// collided with is committed, or was waited for.
const ATTEMPTS: u32 = 5;

/// PostgreSQL's codes of a transaction that was ended in favour of another one.
const SERIALIZATION_FAILURE: &str = "40001";
const DEADLOCK_DETECTED: &str = "40P01";

impl SqlRegistry {
    /// Does an operation: a read, or a whole transaction. It begins anew, and sees what the other one
    /// left, if another one got in its way. `Unavailable` if it takes too long.
    pub(crate) async fn run<T, F>(&self, operation: impl Fn() -> F + Sync) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        let attempts = async {
            for _ in 1..ATTEMPTS {
                match operation().await {
                    Err(error) if is_collision(&error) => {}
                    done => return done,
                }
            }
            operation().await
        };
        match self.limit {
            None => attempts.await,
            Some(limit) => timeout(limit, attempts)
                .await
                .unwrap_or_else(|late| Err(RegistryError::unavailable(late))),
        }
    }
}

/// Whether the operation may well succeed if it is begun anew. A violated constraint is one that its
/// own reads had shown to hold: what a tenant refers to fails otherwise, as `InvalidReference`.
fn is_collision(error: &RegistryError) -> bool {
    let source = error.source.as_ref();
    let source = source.and_then(|source| source.downcast_ref::<sqlx::Error>());
    let Some(database) = source.and_then(sqlx::Error::as_database_error) else {
        return false;
    };
    database.is_unique_violation()
        || database.is_foreign_key_violation()
        || database
            .code()
            .is_some_and(|code| [SERIALIZATION_FAILURE, DEADLOCK_DETECTED].contains(&&*code))
}
