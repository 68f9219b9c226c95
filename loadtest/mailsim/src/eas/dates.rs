//! Dates as items have them (MS-ASDTYPE, sections 2.3 and 2.7.2).

use pushmail_domain::Timestamp;
use time::OffsetDateTime;
use time::macros::format_description;

/// As mail, contacts and tasks have them: `2009-07-29T19:25:37.817Z`.
pub(super) fn dashed(at: Timestamp) -> String {
    let form =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    utc(at).format(form).unwrap_or_default()
}

/// As calendars have them: `20090729T192537Z`.
pub(super) fn compact(at: Timestamp) -> String {
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    utc(at).format(form).unwrap_or_default()
}

fn utc(at: Timestamp) -> OffsetDateTime {
    let nanos = i128::from(at.micros()) * 1000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let at = Timestamp::from_micros(1_248_895_537_817_000);
        assert_eq!(dashed(at), "2009-07-29T19:25:37.817Z");
        assert_eq!(compact(at), "20090729T192537Z");
    }
}
