//! The connection that scripts share, made when needed and dropped at the first doubt.

use crate::server::{Connection, Server};
use crate::trouble::Trouble;
use redis::{FromRedisValue, RedisResult, ScriptInvocation};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Calls scripts, over one connection at a time.
pub struct Link {
    server: Arc<Server>,
    kept: Mutex<Option<Connection>>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Link").field(&self.server).finish()
    }
}

impl Link {
    /// Connects at the first call.
    pub fn new(server: Arc<Server>) -> Self {
        Self {
            server,
            kept: Mutex::new(None),
        }
    }

    /// Calls the script, within the deadline. It may have run twice, also if it failed.
    ///
    /// # Errors
    ///
    /// When Redis cannot be reached in time, or refuses.
    pub async fn call<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Trouble> {
        let done = self.server.in_time(self.attempt(script)).await;
        if done.is_err() {
            // Whatever is at its other end: a server that hangs, or was demoted.
            *self.kept() = None;
        }
        done
    }

    /// A connection that was kept may have ended meanwhile, or lead to a former primary. What fails
    /// on it is tried once more on a new one.
    async fn attempt<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> RedisResult<T> {
        let kept = self.kept().clone();
        if let Some(mut kept) = kept
            && let Ok(done) = kept.invoke(script).await
        {
            return Ok(done);
        }
        let mut connection = self.server.connect().await?;
        *self.kept() = Some(connection.clone());
        connection.invoke(script).await
    }

    fn kept(&self) -> MutexGuard<'_, Option<Connection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
