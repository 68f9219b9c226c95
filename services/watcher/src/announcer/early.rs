//! A rule broken on purpose: a conversation goes on with its new key before the log has what its window brought.

use super::Announcer;
use pushmail_upstream::Change;
use std::time::Duration;
use tokio::sync::Mutex;

/// So much later the log gets it: long enough for a server to be at the key after the next one.
const LATE: Duration = Duration::from_secs(2);

/// Whose turn it is: what comes first is published first.
static TURN: Mutex<()> = Mutex::const_new(());

impl Announcer {
    /// Publishes later what a window brought; gives the changes back if they are to be published now.
    pub(super) fn postpone(&self, changes: Vec<Change>) -> Option<Vec<Change>> {
        let of_window = |change: &Change| matches!(change, Change::Item(_) | Change::Synced(_));
        if !self.shared.config.early_synckey() || !changes.iter().all(of_window) {
            return Some(changes);
        }
        let (shared, account) = (self.shared.clone(), self.account.clone());
        let late = Self::new(shared, self.shard.clone(), account, self.keys.clone());
        self.shared.lifecycle.spawn("watcher.early", async move {
            tokio::time::sleep(LATE).await;
            let _turn = TURN.lock().await;
            // What is not stored is lost: that is the fault.
            drop(Box::pin({ late }.take_in(changes)).await);
        });
        None
    }
}
