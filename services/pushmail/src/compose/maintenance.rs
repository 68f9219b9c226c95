//! What has to be done from time to time.

use pushmail_eventlog_embedded::EmbeddedLog;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often expired events are removed.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Removes expired events until the process drains.
pub(super) async fn expire(log: Arc<EmbeddedLog>, draining: CancellationToken) {
    loop {
        if let Err(error) = log.expire().await {
            tracing::warn!(%error, "expired events could not be removed; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(EXPIRY_INTERVAL) => {}
            () = draining.cancelled() => return,
        }
    }
}
