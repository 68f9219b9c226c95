//! Dates and times of items (MS-ASDTYPE, sections 2.3 and 2.7.2).

use pushmail_domain::Timestamp;

const DAY: i64 = 24 * 60 * 60;

/// Reads `2009-07-29T19:25:37.817Z` as mail and tasks have it, or `20090729T192537Z` as calendars have it; `None` if it
/// is neither. A `Z` that is missing is taken as there, as the specification has no other zones.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let (date, time) = text.trim().trim_end_matches('Z').split_once('T')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !fits || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days(year, month, day) * DAY + (hour * 60 + minute) * 60 + second;
    Some(Timestamp::from_micros(
        seconds * 1_000_000 + micros(fraction)?,
    ))
}

/// Three numbers of these many digits, all with the separator between them or all without it.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let bare: String = text.split(separator).collect();
    let separators = text.len() - bare.len();
    if bare.len() != digits.iter().sum::<usize>() || !matches!(separators, 0 | 2) {
        return None;
    }
    let mut rest = bare.as_str();
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let (digits, after) = rest.split_at_checked(digits)?;
        *number = number_of(digits)?;
        rest = after;
    }
    Some(numbers)
}

fn number_of(digits: &str) -> Option<i64> {
    let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    digits?.parse().ok()
}

/// The microseconds of a fraction of a second, such as `817`.
fn micros(fraction: &str) -> Option<i64> {
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    number_of(&digits)
}

/// Days from 1970-01-01 in the Gregorian calendar. The year is taken to begin in March, so that the day that comes and
/// goes is its last one.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Option<i64> {
        parse(text).map(|at| at.micros() / 1_000_000)
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(seconds("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(seconds("2009-07-29T19:25:37.817Z"), Some(1_248_895_537));
        assert_eq!(seconds("20090729T192537Z"), Some(1_248_895_537));
        assert_eq!(seconds("2000-02-29T12:00:00Z"), Some(951_825_600));
        assert_eq!(seconds("20240301T000000Z"), Some(1_709_251_200));
    }

    #[test]
    fn fractions_are_kept_to_the_microsecond() {
        let at = parse("1970-01-01T00:00:01.5Z");
        assert_eq!(at, Some(Timestamp::from_micros(1_500_000)));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "T",
            "2009-07-29",
            "2009-13-29T19:25:37Z",
            "20090729T1925Z",
            "2009-0729T192537Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_does_harm(text: String) {
            let _read = parse(&text);
        }

        #[test]
        fn nothing_like_a_date_does_harm(text in "[0-9T:.Z-]{0,30}") {
            let _read = parse(&text);
        }
    }
}
