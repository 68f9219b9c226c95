//! Stores that are put back to where they were.

use super::{LOG, REGISTRY, World, open_log, open_registry};
use std::path::Path;
use std::sync::Arc;

/// What a backup is of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Store {
    Log,
    Registry,
}

impl World {
    /// Keeps a copy of a store. No watcher may run.
    pub(crate) async fn back_up(&mut self, store: Store) {
        self.while_closed(|folder| copy(&folder.join(file(store)), &folder.join(backup(store))))
            .await;
    }

    /// Puts the copy in the place of the store. No watcher may run.
    pub(crate) async fn restore(&mut self, store: Store) {
        self.while_closed(|folder| copy(&folder.join(backup(store)), &folder.join(file(store))))
            .await;
    }

    async fn while_closed(&mut self, act: impl FnOnce(&Path)) {
        self.registry.close().await;
        let elsewhere = tempfile::tempdir().unwrap();
        let log = std::mem::replace(&mut self.log, open_log(elsewhere.path(), &self.clock));
        crate::watcher::eventually("the log is let go", || Arc::strong_count(&log) == 1).await;
        drop(log);
        act(self.folder.path());
        self.log = open_log(self.folder.path(), &self.clock);
        self.registry = open_registry(self.folder.path()).await;
    }
}

const fn file(store: Store) -> &'static str {
    match store {
        Store::Log => LOG,
        Store::Registry => REGISTRY,
    }
}

fn backup(store: Store) -> String {
    format!("backup-{}", file(store))
}

/// Copies a database with the files that SQLite keeps beside it.
fn copy(from: &Path, to: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let with = |path: &Path| format!("{}{suffix}", path.display());
        let (from, to) = (with(from), with(to));
        if Path::new(&from).exists() {
            std::fs::copy(from, to).unwrap();
        } else if Path::new(&to).exists() {
            std::fs::remove_file(to).unwrap();
        }
    }
}
