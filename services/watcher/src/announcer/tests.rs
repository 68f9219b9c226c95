mod changes;
mod folders;
mod messages;
mod world;

use super::phase::lost_detail;
use pushmail_domain::Timestamp;

#[test]
fn a_gap_names_the_moment_before_which_mail_may_be_missing() {
    let detail = lost_detail(Timestamp::from_micros(1_772_409_600_000_000));
    assert!(
        detail.contains("mail that came before 2026-03-02T00:00:00Z may not have been announced"),
        "{detail}"
    );
}
