//! The fold of invariant 1: a checkpoint and the log after it make the true cursors.

mod continuity;
mod gaps;

pub use continuity::Continuity;
pub use gaps::{Gap, Gaps};

use pushmail_domain::{
    AccountId, AccountStatus, Cursor, Epoch, Event, EventKind, FolderCursor, FolderId, Position,
    SyncCursor, Timestamp, VersionSet,
};
use pushmail_registry::{Checkpoint, ShardCheckpoint};
use std::collections::HashMap;

/// The UIDVALIDITY of a folder whose cursor the log lost. No server has it: it is a non-zero number
/// (RFC 9051, section 9, `nz-number`). So the folder looks rebuilt, and is read from a time on. It goes into checkpoints as any
/// other.
const LOST: u32 = 0;

/// Where one account stands: how far it was read, and its phase.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How far it was read.
    pub cursor: Cursor,
    /// Its phase, as last announced.
    pub status: AccountStatus,
    /// The versions of which the log has no record, though nothing is lost, and no record says so yet.
    pub absent: VersionSet,
}

impl Standing {
    /// How far folders were read. Those of which that is lost are read as if they had been rebuilt: from the time in
    /// their cursor on.
    pub fn cursors(&self) -> Vec<FolderCursor> {
        self.cursor.folders().collect()
    }

    /// Goes back to where it stood before the log lost something. Folders of which that is not known are lost; what came
    /// before `since` is no news.
    pub fn rewind(&mut self, gap: &Gap, since: Timestamp) {
        let folders = self.cursor.folders().map(|now| now.folder);
        let before = folders.map(|id| gap.before.folder(id).unwrap_or_else(|| lost(id, since)));
        let before: Vec<FolderCursor> = before.collect();
        let syncs = self.cursor.syncs().map(|now| {
            let before = gap.before.sync(now.folder).cloned();
            before.unwrap_or_else(|| SyncCursor::lost(now, since))
        });
        let syncs: Vec<SyncCursor> = syncs.collect();
        self.cursor.rewind(before, syncs);
        self.absent.extend(&gap.missing);
    }

    /// Takes in one event of the account that the log did not store: it holds it already, of an earlier version.
    pub fn pass_over(&mut self, event: &Event) {
        let absent = self.absent.clone();
        self.apply(event);
        self.absent = absent;
        self.absent.add(event.cursor.version..=event.cursor.version);
    }

    /// Takes in one event of the account.
    pub fn apply(&mut self, event: &Event) {
        self.cursor.apply(&event.cursor);
        self.absent.subtract(&event.cursor.absent);
        if let EventKind::AccountState { phase } = event.kind
            && phase != self.status.phase
        {
            self.status.phase = phase;
            self.status.detail.clear();
            self.status.since = event.detected_at;
        }
    }
}

/// A checkpoint that can be folded onto.
#[derive(Debug, Default)]
pub struct Base {
    /// What the checkpoint holds.
    pub accounts: HashMap<AccountId, Standing>,
    /// The sequence that the checkpoint includes: fold what comes after it.
    pub after: u64,
    /// Whether `accounts` replaces what the checkpoint holds, and has to be flushed over it.
    pub replaces: bool,
}

/// Whether the log lacks something that the checkpoint saw acknowledged (invariant 3): it ends
/// before the checkpoint, or it is of an older generation, as after a restore from a backup.
pub const fn log_regressed(checkpoint: Option<Position>, epoch: Epoch, stream_last: u64) -> bool {
    match checkpoint {
        Some(position) if position.generation == epoch.generation => {
            position.sequence > stream_last
        }
        Some(position) => position.generation > epoch.generation,
        None => false,
    }
}

/// What to fold onto. A checkpoint of another log generation is worth nothing: cursors then come
/// from the log alone, and the old ones must not outlive the first flush of this generation, which
/// would make them look like its own. What came to an account before `since` is no news.
pub fn base(
    checkpoint: ShardCheckpoint,
    epoch: Epoch,
    since: impl Fn(AccountId) -> Timestamp,
) -> Base {
    match checkpoint.position {
        Some(position) if position.generation == epoch.generation => Base {
            accounts: checkpoint.accounts.into_iter().map(standing).collect(),
            after: position.sequence,
            replaces: false,
        },
        _ => Base {
            accounts: checkpoint
                .accounts
                .into_iter()
                .map(|checkpoint| forgotten(&checkpoint, since(checkpoint.account)))
                .collect(),
            after: 0,
            replaces: true,
        },
    }
}

/// Of an account that the log may no longer know, only which folders had been read is kept, and what the log never knew:
/// how often the credential was rejected.
fn forgotten(checkpoint: &Checkpoint, since: Timestamp) -> (AccountId, Standing) {
    let lost = |cursor: FolderCursor| lost(cursor.folder, since);
    let lost_keys = |cursor: &SyncCursor| SyncCursor::lost(cursor, since);
    let standing = Standing {
        cursor: Cursor::new(0, checkpoint.cursor.folders().map(lost))
            .with_syncs(checkpoint.cursor.syncs().map(lost_keys)),
        status: AccountStatus {
            rejections: checkpoint.status.rejections,
            ..AccountStatus::default()
        },
        absent: VersionSet::default(),
    };
    (checkpoint.account, standing)
}

/// The cursor of a folder of which is not known how far it was read: what came before `since` is no news.
const fn lost(folder: FolderId, since: Timestamp) -> FolderCursor {
    FolderCursor {
        read_at: since,
        ..FolderCursor::starting(folder, LOST, 1)
    }
}

fn standing(checkpoint: Checkpoint) -> (AccountId, Standing) {
    let Checkpoint {
        account,
        cursor,
        status,
        memory: _,
    } = checkpoint;
    let standing = Standing {
        cursor,
        status,
        absent: VersionSet::default(),
    };
    (account, standing)
}

#[cfg(test)]
mod tests;
