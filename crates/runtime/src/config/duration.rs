//! Durations as people write them: a whole number and a unit, such as `250ms`, `5s`, `9min`, `7d`.
//!
//! For `#[serde(with = "pushmail_runtime::config::duration")]` on a [`Duration`] field. The units are
//! `us`, `ms`, `s`, `min`, `h` and `d`.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserializer, Serializer};
use std::fmt;
use std::time::Duration;

/// Units and their microseconds, from the largest.
const UNITS: [(&str, u64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("min", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

const EXPECTED: &str = "a duration such as `250ms`, `5s`, `9min`, `12h` or `7d`";

/// Reads a duration.
///
/// # Errors
///
/// If the text is not a whole number and a unit, or is more than about 584,000 years.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_str(Text)
}

/// Writes a duration in the largest unit that keeps it whole; what is below 1 us is dropped.
///
/// # Errors
///
/// Only the serializer's own.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let micros = duration.as_micros();
    let (unit, size) = UNITS
        .into_iter()
        .find(|(_, size)| micros != 0 && micros.is_multiple_of(u128::from(*size)))
        .unwrap_or(("s", 1_000_000));
    serializer.collect_str(&format_args!("{}{unit}", micros / u128::from(size)))
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

fn parse(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    let (_, size) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let micros = number.parse::<u64>().ok()?.checked_mul(size)?;
    Some(Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Wait {
        #[serde(with = "super")]
        wait: Duration,
    }

    fn written(micros: u64) -> String {
        let wait = Duration::from_micros(micros);
        toml::to_string(&Wait { wait }).unwrap()
    }

    #[test]
    fn every_unit_reads() {
        let read = |text| parse(text).unwrap().as_micros();
        assert_eq!(read("7us"), 7);
        assert_eq!(read("250ms"), 250_000);
        assert_eq!(read("5s"), 5_000_000);
        assert_eq!(read("9min"), 540_000_000);
        assert_eq!(read("12h"), 43_200_000_000);
        assert_eq!(read("7d"), 604_800_000_000);
    }

    #[test]
    fn what_is_no_whole_number_and_unit_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "1.5s",
            "5m",
            "5sec",
            "99999999999999999d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_written_in_the_largest_whole_unit_and_reads_back() {
        assert_eq!(written(604_800_000_000), "wait = \"7d\"\n");
        assert_eq!(written(90_000_000), "wait = \"90s\"\n");
        assert_eq!(written(0), "wait = \"0s\"\n");
        for micros in [0, 1, 1_500, 250_000, 90_000_000, 3_600_000_000] {
            let back: Wait = toml::from_str(&written(micros)).unwrap();
            assert_eq!(back.wait, Duration::from_micros(micros));
        }
    }
}
