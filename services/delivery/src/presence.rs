//! Says whose devices are there, so that their mailboxes are connected first.

use crate::dispatch::Dispatcher;
use pushmail_pacer::SeenDevices;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

/// How often: several times within what a note lasts for.
const EACH: Duration = Duration::from_secs(60);

/// Notes the accounts of all open sessions each minute, until the process drains.
pub(crate) async fn keep_noting(
    dispatcher: Arc<Dispatcher>,
    devices: Arc<dyn SeenDevices>,
    draining: CancellationToken,
) {
    let mut each = interval_at(Instant::now() + EACH, EACH);
    each.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let noting = async {
        loop {
            each.tick().await;
            if let Err(error) = devices.note(&dispatcher.accounts()).await {
                let cause = error.0.to_string();
                tracing::debug!(%error, cause, "whose devices are there could not be noted");
            }
        }
    };
    draining.run_until_cancelled(noting).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::{AccountId, Shard, TenantId};
    use pushmail_pacer_embedded::EmbeddedDevices;
    use pushmail_runtime::SystemClock;
    use std::collections::HashSet;

    #[tokio::test(start_paused = true)]
    async fn the_accounts_of_open_sessions_are_noted_each_minute() {
        let dispatcher = Arc::new(Dispatcher::default());
        let devices = Arc::new(EmbeddedDevices::new(Arc::new(SystemClock)));
        let draining = CancellationToken::new();
        let noting = keep_noting(dispatcher.clone(), devices.clone(), draining.clone());
        let noting = tokio::spawn(noting);
        let tenant = TenantId::from_bytes([1; 16]);
        let account = |number| AccountId::from_bytes([number; 16]);
        let seen = async |number| devices.seen(Shard::of(account(number))).await.unwrap();
        let gone = dispatcher.attach(tenant, &[account(1)], 1).await.unwrap();
        drop(gone);
        let accounts = [account(2), account(3)];
        let _session = dispatcher.attach(tenant, &accounts, 1).await.unwrap();
        assert_eq!(seen(2).await, HashSet::new());
        // Time is paused: the note is the only other thing that happens until then.
        tokio::time::sleep(EACH + Duration::from_millis(1)).await;
        assert_eq!(seen(1).await, HashSet::new());
        assert_eq!(seen(2).await, HashSet::from([account(2)]));
        assert_eq!(seen(3).await, HashSet::from([account(3)]));
        draining.cancel();
        noting.await.unwrap();
    }
}
