//! Where the account stands, as people are told.

use super::Announcer;
use super::batch::{Batch, News};
use pushmail_domain::{
    AccountPhase, Content, EventId, EventKind, Fault, Folder, FolderCursor, FolderId, Recall,
    SyncCursor, Timestamp,
};
use std::collections::BTreeSet;

impl Announcer {
    /// Says that the account entered a phase, if it was in another one.
    pub(crate) async fn enter(&mut self, phase: AccountPhase, detail: &str) -> Result<(), Fault> {
        let standing = self.shard.standings.get(self.account.id);
        if standing.status.phase != phase {
            let mut batch = Batch::new(self);
            batch.enter(phase, detail, Moves::default());
            self.publish(batch.finish().parts).await?;
            self.shown.set(phase);
        }
        self.note(detail);
        Ok(())
    }
}

/// What an event about the account moves.
#[derive(Default)]
struct Moves {
    folders: Vec<FolderCursor>,
    syncs: Vec<SyncCursor>,
    forgotten: Vec<FolderId>,
}

impl Moves {
    const fn is_empty(&self) -> bool {
        self.folders.is_empty() && self.syncs.is_empty() && self.forgotten.is_empty()
    }
}

impl Batch<'_> {
    /// The baseline is committed by the very event that says `live`: before it nothing is promised,
    /// after it everything is.
    pub(super) fn went_live(
        &mut self,
        folders: Vec<Folder>,
        (baselines, syncs): (Vec<FolderCursor>, Vec<SyncCursor>),
        (missing, left_out): (&[String], u32),
    ) {
        let announcer = self.announcer;
        let standing = announcer.shard.standings.get(announcer.account.id);
        let detail = if !missing.is_empty() {
            missing_detail(missing)
        } else if left_out > 0 {
            format!("the mailbox has more folders than are watched: {left_out} are left out")
        } else {
            String::new()
        };
        let now = announcer.shared.clock.now();
        let moves = Moves {
            folders: baselines.into_iter().map(|new| read(new, now)).collect(),
            syncs,
            forgotten: self.unselected(&folders, missing),
        };
        if !moves.is_empty() || standing.status.phase != AccountPhase::Live {
            self.enter(AccountPhase::Live, &detail, moves);
        }
        self.set_folders(folders);
        self.set_live(detail);
    }

    /// The account enters a phase in which nothing is known of these folders.
    pub(super) fn forget(&mut self, phase: AccountPhase, detail: &str, folders: Vec<FolderId>) {
        let moves = Moves {
            forgotten: folders,
            ..Moves::default()
        };
        self.enter(phase, detail, moves);
    }

    /// The folders that the selection no longer stands for: should they be selected again one day, they
    /// begin anew. Those that it still names, and those that go under the same selection, are not meant.
    fn unselected(&self, found: &[Folder], missing: &[String]) -> Vec<FolderId> {
        let account = &self.announcer.account;
        if account.listed {
            return Vec::new();
        }
        let before = account.folders.iter();
        let named = before.filter(|folder| missing.contains(&folder.name));
        let kept: BTreeSet<FolderId> = found.iter().chain(named).map(|folder| folder.id).collect();
        let read = self.cursor.folders().map(|cursor| cursor.folder);
        let synced = self.cursor.syncs().filter_map(|cursor| cursor.folder);
        let read = read.chain(synced);
        read.filter(|id| !kept.contains(id)).collect()
    }

    fn enter(&mut self, phase: AccountPhase, detail: &str, moves: Moves) {
        let version = self.cursor.version();
        let id = EventId::of_state(self.announcer.account.id, version, phase, detail);
        let content = Content::State {
            detail: detail.to_owned(),
        };
        let now = self.announcer.shared.clock.now();
        let forgotten = moves.forgotten.iter();
        let forget = forgotten.map(|id| Recall::Forget { folder: *id });
        let news = News {
            folders: moves.folders,
            syncs: moves.syncs,
            recalls: forget.collect(),
            forgotten: moves.forgotten,
            ..News::new(EventKind::AccountState { phase }, content, now)
        };
        self.push(id, news);
    }
}

/// What a new folder holds is not to be told: it counts as read now.
fn read(baseline: FolderCursor, now: Timestamp) -> FolderCursor {
    FolderCursor {
        read_at: baseline.read_at.max(now),
        ..baseline
    }
}

fn missing_detail(missing: &[String]) -> String {
    let names: Vec<String> = missing.iter().map(|name| format!("\"{name}\"")).collect();
    format!(
        "the mail server has no folder {}: it is watched as soon as there is one",
        names.join(", ")
    )
}
