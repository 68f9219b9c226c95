//! Events for random accounts, at a steady rate.

use crate::deliver::feed::Feed;
use pushmail_domain::Entropy as _;
use pushmail_runtime::SystemEntropy;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, interval, sleep};
use tokio_util::sync::CancellationToken;

/// How often events are appended that are due.
const TICK: Duration = Duration::from_millis(5);

pub(super) struct Events {
    feed: Arc<Feed>,
    /// How many the log took of each account.
    appended: Arc<[AtomicU32]>,
    devices_per_account: usize,
}

/// Events that come until they are stopped.
pub(super) struct Coming {
    stop: CancellationToken,
    appending: JoinHandle<anyhow::Result<usize>>,
}

impl Events {
    pub(super) fn new(feed: Arc<Feed>, accounts: usize, devices_per_account: usize) -> Self {
        Self {
            feed,
            appended: (0..accounts).map(|_| AtomicU32::new(0)).collect(),
            devices_per_account,
        }
    }

    /// So many a second for this time: how many that were, and how long it took until the log had them.
    pub(super) async fn come(
        &mut self,
        rate: u32,
        within: Duration,
    ) -> anyhow::Result<(usize, Duration)> {
        let begun = Instant::now();
        let mut coming = self.start(rate);
        sleep(within).await;
        Ok((coming.stop().await?, begun.elapsed()))
    }

    /// So many a second from now on.
    pub(super) fn start(&mut self, rate: u32) -> Coming {
        let stop = CancellationToken::new();
        let (feed, appended) = (self.feed.clone(), self.appended.clone());
        let appending = tokio::spawn(append(feed, appended, rate, stop.clone()));
        Coming { stop, appending }
    }

    /// How many there were so far for each device.
    pub(super) fn sent(&self) -> Vec<u32> {
        let counts = self.appended.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        counts
            .flat_map(|count| std::iter::repeat_n(count, self.devices_per_account))
            .collect()
    }
}

impl Coming {
    /// No more of them: how many there were, once the log has all.
    pub(super) async fn stop(&mut self) -> anyhow::Result<usize> {
        self.stop.cancel();
        (&mut self.appending).await?
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn append(
    feed: Arc<Feed>,
    appended: Arc<[AtomicU32]>,
    rate: u32,
    stop: CancellationToken,
) -> anyhow::Result<usize> {
    let (begun, mut sent) = (Instant::now(), 0);
    let (mut ticks, mut appends) = (interval(TICK), JoinSet::new());
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let due = begun.elapsed().as_micros() * u128::from(rate) / 1_000_000;
        while sent < usize::try_from(due)? {
            let account = usize::try_from(SystemEntropy.below(appended.len() as u64))?;
            let (feed, appended) = (feed.clone(), appended.clone());
            appends.spawn(async move {
                feed.append(account, 1).await?;
                appended[account].fetch_add(1, Ordering::Relaxed);
                anyhow::Ok(())
            });
            sent += 1;
        }
        while let Some(append) = appends.try_join_next() {
            append??;
        }
    }
    while let Some(append) = appends.join_next().await {
        append??;
    }
    Ok(sent)
}
