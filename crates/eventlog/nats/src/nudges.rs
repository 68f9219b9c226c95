//! Words between a fleet's processes that may be lost: that accounts changed in the registry.

use crate::NatsLog;
use futures::stream::{BoxStream, StreamExt as _};
use pushmail_eventlog::ReadError;

/// Not of any stream.
const SUBJECT: &str = "nudge.accounts";

impl NatsLog {
    /// Tells every process that listens to look at the registry's accounts. It may be lost: who is
    /// told looks sooner than it would otherwise.
    pub async fn nudge(&self) {
        if let Err(error) = self.api.client.publish(SUBJECT, "".into()).await {
            tracing::debug!(%error, "a nudge was not sent");
        }
    }

    /// Every nudge from now on, as it comes.
    ///
    /// # Errors
    /// When the client is closed.
    pub async fn nudges(&self) -> Result<BoxStream<'static, ()>, ReadError> {
        let subscriber = self.api.client.subscribe(SUBJECT).await;
        let subscriber = subscriber.map_err(|error| ReadError(Box::new(error)))?;
        Ok(subscriber.map(|_| ()).boxed())
    }
}
