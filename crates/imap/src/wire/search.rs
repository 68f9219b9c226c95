//! SEARCH and ESEARCH responses (RFC 3501, section 7.2.5; RFC 4731; RFC 9051, section 7.3.4).

use super::cursor::{Cursor, number};
use super::error::WireError;

/// What a search found, without the list of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchResult {
    /// The lowest number found.
    pub min: Option<u32>,
    /// How many were found.
    pub count: u32,
}

impl SearchResult {
    fn add(&mut self, found: u32) {
        self.min = Some(self.min.map_or(found, |min| min.min(found)));
        self.count = self.count.saturating_add(1);
    }
}

/// Reads `2 84 882` or `2 84 (MODSEQ 917162500)`.
pub(super) fn search(at: Cursor<'_>) -> SearchResult {
    let mut result = SearchResult::default();
    let numbers = at.rest().split(|byte| *byte == b' ');
    for word in numbers.take_while(|word| !word.starts_with(b"(")) {
        if let Some(found) = number32(word) {
            result.add(found);
        }
    }
    result
}

/// Reads `(TAG "A282") UID MIN 2 COUNT 3`. Of `ALL` only the first number is looked at.
pub(super) fn extended(mut at: Cursor<'_>) -> Result<SearchResult, WireError> {
    let mut result = SearchResult::default();
    at.spaces();
    if at.peek() == Some(b'(') {
        at.skip_value()?;
    }
    loop {
        at.spaces();
        let name = at.word().to_ascii_uppercase();
        if name.is_empty() {
            return Ok(result);
        }
        if name == b"UID" {
            continue;
        }
        at.spaces();
        let value = at.word();
        match name.as_slice() {
            b"MIN" => result.min = number32(value),
            b"COUNT" => result.count = number32(value).unwrap_or(0),
            _ => {}
        }
    }
}

fn number32(word: &[u8]) -> Option<u32> {
    number(word)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| *number > 0)
}
