use super::*;
use pushmail_domain::{AccountPhase, Arrival, MessageKey};
use pushmail_domain::{CursorStep, EventId, FolderCursor, FolderId, StreamId, TenantId, Timestamp};

const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
const EPOCH: Epoch = Epoch {
    generation: 2,
    fence: 9,
};

/// What came before it is no news.
const SINCE: Timestamp = Timestamp::from_micros(3);

const fn since(_: AccountId) -> Timestamp {
    SINCE
}

fn position(generation: u32, sequence: u64) -> Option<Position> {
    Some(Position {
        stream: StreamId::new(0),
        generation,
        sequence,
    })
}

fn checkpoint(position: Option<Position>) -> ShardCheckpoint {
    let account = Checkpoint {
        account: ACCOUNT,
        cursor: Cursor::new(7, []),
        status: AccountStatus {
            phase: AccountPhase::Live,
            ..AccountStatus::default()
        },
        memory: None,
    };
    ShardCheckpoint {
        position,
        accounts: vec![account],
    }
}

fn event(version: u64, kind: EventKind, folders: Vec<FolderCursor>) -> Event {
    Event {
        id: EventId::from_bytes([0; 16]),
        tenant: TenantId::from_bytes([2; 16]),
        account: ACCOUNT,
        kind,
        cursor: CursorStep {
            version,
            folders,
            ..CursorStep::default()
        },
        detected_at: Timestamp::from_micros(5),
        fetched_at: Timestamp::from_micros(6),
        content: Vec::new(),
        trace: None,
    }
}

#[test]
fn a_log_that_ends_before_the_checkpoint_has_lost_acknowledged_events() {
    assert!(log_regressed(position(2, 11), EPOCH, 10));
    assert!(!log_regressed(position(2, 10), EPOCH, 10));
    assert!(!log_regressed(None, EPOCH, 0));
}

#[test]
fn a_log_of_an_older_generation_than_the_checkpoint_has_lost_acknowledged_events() {
    assert!(log_regressed(position(3, 1), EPOCH, 10));
    assert!(!log_regressed(position(1, 11), EPOCH, 10));
}

#[test]
fn a_checkpoint_of_this_generation_is_folded_onto() {
    let base = base(checkpoint(position(2, 50)), EPOCH, since);
    assert_eq!(base.accounts[&ACCOUNT].cursor.version(), 7);
    assert_eq!((base.after, base.replaces), (50, false));
}

#[test]
fn a_checkpoint_of_an_older_generation_is_not_trusted_and_is_replaced() {
    let base = base(checkpoint(position(1, 50)), EPOCH, since);
    assert_eq!(base.accounts[&ACCOUNT], Standing::default());
    assert_eq!((base.after, base.replaces), (0, true));
}

#[test]
fn how_often_a_credential_was_rejected_outlives_the_log() {
    let rejections = pushmail_domain::Rejections {
        count: 2,
        last_at: Timestamp::from_micros(9),
        version: 4,
    };
    let mut older = checkpoint(position(1, 50));
    older.accounts[0].status.rejections = rejections;
    let status = base(older, EPOCH, since).accounts[&ACCOUNT].status.clone();
    assert_eq!(status.rejections, rejections);
    assert_eq!(status.phase, AccountPhase::Pending);
}

#[test]
fn a_folder_that_an_older_generation_knew_is_read_by_time_until_the_log_tells_of_it() {
    let folder = FolderId::from_bytes([3; 16]);
    let read = FolderCursor::starting(folder, 4, 8);
    let mut older = checkpoint(position(1, 50));
    older.accounts[0].cursor = Cursor::new(7, [read]);
    let mut standing = base(older, EPOCH, since).accounts[&ACCOUNT].clone();
    assert_eq!(standing.cursor.version(), 0);
    assert_eq!(standing.cursors(), [lost(folder, SINCE)]);

    // What was flushed meanwhile still tells it.
    let mut flushed = checkpoint(position(2, 60));
    flushed.accounts[0].cursor = standing.cursor.clone();
    let again = base(flushed, EPOCH, since).accounts[&ACCOUNT].clone();
    assert_eq!(again.cursors(), [lost(folder, SINCE)]);

    let live = EventKind::AccountState {
        phase: AccountPhase::Live,
    };
    standing.apply(&event(1, live, vec![read]));
    assert_eq!(standing.cursors(), [read]);
}

#[test]
fn an_event_moves_the_cursor_and_a_state_the_phase_with_the_reason_gone() {
    let mut standing = Standing::default();
    standing.status.detail = "the server is gone".to_owned();
    let (folder, uid_validity) = (FolderId::from_bytes([3; 16]), 1);
    let moved = FolderCursor::starting(folder, uid_validity, 8);
    let message = MessageKey {
        folder,
        uid_validity,
        uid: 7,
    };
    let kind = EventKind::MessageNew {
        message,
        arrival: Arrival::Delivered,
    };
    standing.apply(&event(1, kind, vec![moved]));
    assert_eq!(standing.cursor, Cursor::new(1, [moved]));
    assert_eq!(standing.status.detail, "the server is gone");

    let live = EventKind::AccountState {
        phase: AccountPhase::Live,
    };
    standing.apply(&event(2, live, Vec::new()));
    let since = Timestamp::from_micros(5);
    let status = AccountStatus {
        phase: AccountPhase::Live,
        since,
        ..AccountStatus::default()
    };
    assert_eq!(standing.status, status);
    assert_eq!(standing.cursor, Cursor::new(2, [moved]));
}
