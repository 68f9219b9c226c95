//! Which part of a message is meant.

use std::fmt;
use std::str::FromStr;

/// How deep parts nest.
const DEPTH: usize = 16;
/// The highest number of a part among its siblings.
const HIGHEST: u32 = 9999;

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The header (RFC 5322, section 2.2) as it is, with the empty line after it.
    Headers,
    /// The part that people read, as text in UTF-8: the first one that is plain text, else the first one
    /// in HTML, reduced to its text.
    Text,
    /// One MIME part, its transfer encoding undone (RFC 2045, section 6).
    Section(Section),
    /// The whole message as it is.
    Raw,
}

/// A MIME part by its place in the message (RFC 9051, section 6.4.5.1): `1`, `2`, `2.1`, ….
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section(Vec<u32>);

/// The text names no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be numbers from 1 to 9999 with dots between, at most 16 of them, such as 2 or 1.2")]
pub struct SectionError;

impl Section {
    /// The part at this path; `None` if a number is 0 or too large, or there are none or too many.
    pub fn at(path: &[u32]) -> Option<Self> {
        let fits = (1..=DEPTH).contains(&path.len());
        let valid = fits && path.iter().all(|number| (1..=HIGHEST).contains(number));
        valid.then(|| Self(path.to_vec()))
    }

    /// The numbers, outermost first; at least one.
    pub fn path(&self) -> &[u32] {
        &self.0
    }
}

impl FromStr for Section {
    type Err = SectionError;

    fn from_str(text: &str) -> Result<Self, SectionError> {
        let number = |part: &str| {
            let digits = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        };
        let path: Option<Vec<u32>> = text.split('.').take(DEPTH + 1).map(number).collect();
        path.and_then(|path| Self::at(&path)).ok_or(SectionError)
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{number}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_reads_back_as_it_was_written() {
        for text in ["1", "2.1", "1.2.3.9999"] {
            assert_eq!(text.parse::<Section>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_path_of_numbers_is_refused() {
        let deep = ["1"; 17].join(".");
        for text in [
            "", "0", "1.", ".1", "1..2", "+1", "10000", "1.MIME", "1]", "1 2", &deep,
        ] {
            assert_eq!(text.parse::<Section>(), Err(SectionError), "{text:?}");
        }
    }
}
