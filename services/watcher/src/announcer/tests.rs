use super::*;

fn at(uid_validity: u32, uid_next: u64) -> FolderCursor {
    FolderCursor {
        folder: FolderId::from_bytes([1; 16]),
        uid_validity,
        uid_next,
    }
}

#[test]
fn within_one_uidvalidity_a_cursor_never_moves_back() {
    let cursor = Cursor::new(3, [at(1, 13)]);
    assert_eq!(forward(&cursor, at(1, 12)), at(1, 13));
    assert_eq!(forward(&cursor, at(1, 14)), at(1, 14));
}

#[test]
fn another_uidvalidity_begins_where_it_says() {
    let cursor = Cursor::new(3, [at(1, 13)]);
    assert_eq!(forward(&cursor, at(2, 5)), at(2, 5));
    assert_eq!(forward(&Cursor::default(), at(1, 5)), at(1, 5));
}

#[test]
fn a_gap_names_the_moment_before_which_mail_may_be_missing() {
    let detail = lost_detail(Timestamp::from_micros(1_772_409_600_000_000));
    assert!(
        detail.contains("mail that came before 2026-03-02T00:00:00Z may not have been announced"),
        "{detail}"
    );
}
