//! `date-time` (RFC 9051, section 9): `17-Jul-1996 02:44:25 -0700`.

use super::cursor::number;
use pushmail_domain::Timestamp;

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// Reads INTERNALDATE; `None` if it is not a valid moment. A day may have one digit or a space before it.
pub(super) fn internal_date(text: &[u8]) -> Option<Timestamp> {
    let mut words = text.trim_ascii().split(|byte| *byte == b' ');
    let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let seconds = days(date)? * 86_400 + seconds(time)? - offset(zone)?;
    seconds.checked_mul(1_000_000).map(Timestamp::from_micros)
}

/// The day as SEARCH takes it (RFC 9051, section 9, `date`): `1-Feb-1994`, in UTC.
pub fn search_date(at: Timestamp) -> String {
    let days = at.micros().div_euclid(86_400 * 1_000_000);
    let mut year = 1970 + days.div_euclid(366);
    while days_of(year + 1, 0) <= days {
        year += 1;
    }
    let month = (1..12).rfind(|month| days_of(year, *month) <= days);
    let month = month.unwrap_or(0);
    let day = days - days_of(year, month) + 1;
    let [first, rest @ ..] = MONTHS[month] else {
        return String::new();
    };
    let rest = String::from_utf8_lossy(rest);
    format!(
        "{day}-{}{rest}-{year}",
        char::from(first.to_ascii_uppercase())
    )
}

/// Days from 1970-01-01 to `dd-Mmm-yyyy`.
fn days(date: &[u8]) -> Option<i64> {
    let mut parts = date.split(|byte| *byte == b'-');
    let day = small(parts.next()?, 2)?;
    let name = parts.next()?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|month| *month == name)?;
    let year = small(parts.next()?, 4)?;
    let valid = parts.next().is_none() && year >= 1 && day >= 1 && day <= month_length(year, month);
    valid.then(|| days_of(year, month) + day - 1)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_length(year: i64, month: usize) -> i64 {
    match month {
        1 => 28 + i64::from(is_leap(year)),
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the first of the month, which counts from 0.
fn days_of(year: i64, month: usize) -> i64 {
    let before = year - 1;
    let leaps = before / 4 - before / 100 + before / 400;
    let months: i64 = (0..month).map(|month| month_length(year, month)).sum();
    before * 365 + leaps - 719_162 + months
}

/// Seconds since midnight. A leap second counts as the one before it.
fn seconds(time: &[u8]) -> Option<i64> {
    let mut parts = time.split(|byte| *byte == b':');
    let (hour, minute, second) = (
        small(parts.next()?, 2)?,
        small(parts.next()?, 2)?,
        small(parts.next()?, 2)?,
    );
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    valid.then(|| hour * 3600 + minute * 60 + second.min(59))
}

/// The zone's offset from UTC in seconds: `+hhmm` or `-hhmm`.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let value = small(digits, 4)?;
    let (hours, minutes) = (value / 100, value % 100);
    (digits.len() == 4 && hours < 24 && minutes < 60)
        .then_some(sign * (hours * 3600 + minutes * 60))
}

/// A number of at most this many digits.
fn small(digits: &[u8], most: usize) -> Option<i64> {
    if digits.len() > most {
        return None;
    }
    number(digits).and_then(|value| i64::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values made with `date -d … +%s`, not with this code.
    #[test]
    fn known_dates_read_as_their_unix_time() {
        for (text, seconds) in [
            ("17-Jul-1996 02:44:25 -0700", 837_596_665),
            (" 1-Jan-1970 00:00:00 +0000", 0),
            ("1-jan-1970 01:00:00 +0100", 0),
            ("29-Feb-2024 23:59:59 +0530", 1_709_231_399),
            ("31-Dec-1969 23:59:59 +0000", -1),
        ] {
            let expected = Timestamp::from_micros(seconds * 1_000_000);
            assert_eq!(internal_date(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "17-Jul-1996",
            "30-Feb-2024 00:00:00 +0000",
            "17-Foo-1996 02:44:25 -0700",
            "17-Jul-1996 24:44:25 -0700",
            "17-Jul-1996 02:44:25 0700",
            "17-Jul-1996 02:44:25 -0700 x",
            "17-Jul-99999999999 02:44:25 -0700",
        ] {
            assert_eq!(internal_date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_written_as_it_is_read() {
        for text in [
            "1-Jan-1970",
            "29-Feb-2000",
            "31-Dec-1999",
            "1-Mar-2100",
            "25-Nov-2026",
        ] {
            let at = internal_date(format!("{text} 23:59:59 +0000").as_bytes()).unwrap();
            assert_eq!(search_date(at), text);
        }
    }
}
