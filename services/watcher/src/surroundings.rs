//! What a simulation puts in the place of the world outside.

use async_trait::async_trait;
use pushmail_domain::{Account, FolderCursor, Shard};
use pushmail_upstream::driver::Sink;
use pushmail_upstream::lot::Ended;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Where accounts' changes come from, if not from mail servers.
#[async_trait]
pub trait Mailboxes: Send + Sync {
    /// Holds one conversation about the account, from its login on: hands what changed after `cursors` to
    /// `sink`, until it ends or `stop` is cancelled.
    async fn converse(
        &self,
        account: &Account,
        cursors: Vec<FolderCursor>,
        sink: &mut dyn Sink,
        stop: &CancellationToken,
    ) -> Ended;
}

/// The world outside of a watcher. The default is the real one.
#[derive(Clone)]
pub struct Surroundings {
    /// Where accounts' changes come from instead of mail servers.
    pub mailboxes: Option<Arc<dyn Mailboxes>>,
    /// The shards that there are to be leased: all of them, outside of a simulation.
    pub shards: Arc<[Shard]>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            mailboxes: None,
            shards: Shard::all().collect(),
        }
    }
}
