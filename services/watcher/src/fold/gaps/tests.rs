use super::*;
use crate::fold::{Standing, lost};
use pushmail_domain::{
    Arrival, CursorStep, EventId, EventKind, FolderCursor, FolderId, MessageKey, TenantId,
    Timestamp,
};

const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
/// What came before it is no news.
const SINCE: Timestamp = Timestamp::from_micros(3);
const FOLDER: FolderId = FolderId::from_bytes([3; 16]);

fn read_to(uid_next: u64) -> FolderCursor {
    FolderCursor::starting(FOLDER, 1, uid_next)
}

/// The record by which the account comes to this version: mail of which the UID is the same number.
fn mail(version: u32) -> Event {
    let message = MessageKey {
        folder: FOLDER,
        uid_validity: 1,
        uid: version,
    };
    Event {
        id: EventId::of_message(ACCOUNT, message),
        tenant: TenantId::from_bytes([2; 16]),
        account: ACCOUNT,
        kind: EventKind::MessageNew {
            message,
            arrival: Arrival::Delivered,
        },
        cursor: CursorStep {
            version: version.into(),
            folders: vec![read_to(u64::from(version) + 1)],
            ..CursorStep::default()
        },
        detected_at: Timestamp::default(),
        fetched_at: Timestamp::default(),
        content: Vec::new(),
        trace: None,
    }
}

fn checkpoint(version: u64) -> Base {
    let standing = Standing {
        cursor: Cursor::new(version, [read_to(version + 1)]),
        ..Standing::default()
    };
    Base {
        accounts: [(ACCOUNT, standing)].into(),
        after: 10,
        replaces: false,
    }
}

/// Folds the records onto the base.
fn fold(mut gaps: Gaps, mut standing: Standing, events: &[Event]) -> (Vec<Gap>, Standing) {
    for event in events {
        gaps.meet(event, || standing.cursor.clone());
        standing.apply(event);
    }
    (gaps.found().collect(), standing)
}

#[test]
fn records_that_follow_the_checkpoint_have_no_gap() {
    let base = checkpoint(4);
    let gaps = Gaps::new(&base, HashSet::new());
    let (found, _) = fold(gaps, base.accounts[&ACCOUNT].clone(), &[mail(5), mail(6)]);
    assert_eq!(found, []);
}

#[test]
fn an_account_with_a_gap_goes_back_to_before_it_and_keeps_its_version() {
    let base = checkpoint(4);
    let gaps = Gaps::new(&base, HashSet::new());
    let events = [mail(5), mail(8), mail(9)];
    let (found, mut standing) = fold(gaps, base.accounts[&ACCOUNT].clone(), &events);
    let expected = Gap {
        account: ACCOUNT,
        before: Cursor::new(5, [read_to(6)]),
        missing: [6..=7].into_iter().collect(),
    };
    assert_eq!(found, [expected]);
    standing.rewind(&found[0], SINCE);
    assert_eq!(standing.cursors(), [read_to(6)]);
    assert_eq!(standing.cursor.version(), 9);
    assert!(standing.cursor.is_rewound());
    assert_eq!(standing.absent, found[0].missing);
}

#[test]
fn a_gap_that_a_later_record_explains_is_none() {
    let base = checkpoint(4);
    let gaps = Gaps::new(&base, HashSet::new());
    let mut explains = mail(8);
    explains.cursor.absent = [5..=6].into_iter().collect();
    let (found, _) = fold(gaps, base.accounts[&ACCOUNT].clone(), &[mail(7), explains]);
    assert_eq!(found, []);
}

#[test]
fn the_first_record_that_is_left_begins_the_account_unless_none_can_have_expired() {
    let base = Base {
        replaces: true,
        ..Base::default()
    };
    let (found, _) = fold(
        Gaps::new(&base, HashSet::new()),
        Standing::default(),
        &[mail(3)],
    );
    assert_eq!(found, []);
    let whole = Gaps::new(&base, [ACCOUNT].into());
    let (found, mut standing) = fold(whole, Standing::default(), &[mail(3)]);
    assert_eq!(found[0].missing, [1..=2].into_iter().collect());
    standing.rewind(&found[0], SINCE);
    // Where the folder was read to before is not known.
    assert_eq!(standing.cursors(), [lost(FOLDER, SINCE)]);
}
