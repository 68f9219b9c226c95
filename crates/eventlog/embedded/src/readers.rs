//! Read-only connections, each used by one blocking task at a time.

use crate::config::Config;
use crate::database;
use crate::error::OpenError;
use crate::rows::failed;
use pushmail_eventlog::ReadError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// How many reads run at once. Others wait: more would only fight for the same disk.
const READERS: usize = 2;

/// The pool.
pub(crate) struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn open(config: &Config) -> Result<Arc<Self>, OpenError> {
        let idle: Result<Vec<_>, _> = (0..READERS)
            .map(|_| database::open_reader(config))
            .collect();
        Ok(Arc::new(Self {
            idle: Mutex::new(idle?),
            permits: Arc::new(Semaphore::new(READERS)),
        }))
    }

    /// Runs `query` off the async threads. A read that its caller gave up runs to its end, and
    /// counts as running until then.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        query: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(failed)?;
        let pool = Arc::clone(self);
        let read = move || {
            let lease = Lease::take(&pool, permit);
            match &lease.connection {
                Some(connection) => query(connection),
                None => Err(ReadError("the event log is closed".into())),
            }
        };
        spawn_blocking(read).await.map_err(failed)?
    }

    /// Closes the idle connections; one that is in use closes when it is done.
    pub(crate) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on loan: given back, before its permit, even if the query panics.
struct Lease<'a> {
    pool: &'a Readers,
    connection: Option<Connection>,
    _permit: OwnedSemaphorePermit,
}

impl<'a> Lease<'a> {
    fn take(pool: &'a Readers, permit: OwnedSemaphorePermit) -> Self {
        Self {
            pool,
            connection: pool.idle().pop(),
            _permit: permit,
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && !self.pool.permits.is_closed()
        {
            self.pool.idle().push(connection);
        }
    }
}
