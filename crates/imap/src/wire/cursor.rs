//! Reading tokens (RFC 9051, section 9) out of one response.

use super::decoder::Literal;
use super::error::WireError;
use super::limits;
use std::cell::Cell;

type Result<T> = std::result::Result<T, WireError>;

/// A literal that the end of a line announces.
pub(super) struct Announced {
    /// How many bytes follow.
    pub(super) len: u64,
    /// How many bytes at the line's end announce it: `{n}` and what goes with it.
    pub(super) marker: usize,
}

/// Reads `{n}`, `{n+}` or `~{n}` at the end of a line.
pub(super) fn announced_literal(line: &[u8]) -> Result<Option<Announced>> {
    let Some(open) = line.iter().rposition(|byte| *byte == b'{') else {
        return Ok(None);
    };
    let Some(inner) = line[open + 1..].strip_suffix(b"}") else {
        return Ok(None);
    };
    let digits = inner.strip_suffix(b"+").unwrap_or(inner);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Ok(None);
    }
    let len = number(digits).ok_or(WireError::TooLarge("a literal"))?;
    let tilde = usize::from(open > 0 && line[open - 1] == b'~');
    let marker = line.len() - open + tilde;
    Ok(Some(Announced { len, marker }))
}

/// Whether the literal announced at the end of `kept` is the body of a message: `… BODY[section]<origin> {n}`.
pub(super) fn is_body_position(kept: &[u8], announced: &Announced) -> bool {
    let before = kept[..kept.len() - announced.marker].trim_ascii_end();
    let before = match before.strip_suffix(b">") {
        Some(inner) => match inner.iter().rposition(|byte| *byte == b'<') {
            Some(open) if inner[open + 1..].iter().all(u8::is_ascii_digit) => &inner[..open],
            _ => return false,
        },
        None => before,
    };
    let mut words = kept.splitn(4, |byte| *byte == b' ').skip(2);
    let fetch = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case(b"FETCH"));
    fetch && before.ends_with(b"]")
}

/// Whether the response is free text for people, where `{n}` at the end of a line means nothing.
pub(super) fn is_status_line(kept: &[u8]) -> bool {
    let mut words = kept.splitn(3, |byte| *byte == b' ');
    match words.next() {
        Some(b"*") => words.next().is_some_and(|word| {
            [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"]
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known))
        }),
        _ => true,
    }
}

/// Whether the response lists numbers, however many.
pub(super) fn is_number_list(kept: &[u8]) -> bool {
    let mut words = kept.splitn(3, |byte| *byte == b' ');
    let untagged = words.next() == Some(b"*");
    untagged
        && words.next().is_some_and(|word| {
            [&b"VANISHED"[..], b"SEARCH", b"ESEARCH"]
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known))
        })
}

/// A decimal number that fits.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Reads one response from the front to the back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    kept: &'a [u8],
    literals: &'a [Literal],
    at: usize,
    /// Whether the literal that is kept apart is the body of the message.
    is_body: &'a Cell<bool>,
}

impl<'a> Cursor<'a> {
    /// `is_body` tells whether the literal that is kept apart turned out to be the message's body.
    pub(super) const fn new(
        kept: &'a [u8],
        literals: &'a [Literal],
        is_body: &'a Cell<bool>,
    ) -> Self {
        Self {
            kept,
            literals,
            at: 0,
            is_body,
        }
    }

    /// What is left, literals included.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.kept[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.kept.get(self.at).copied()
    }

    /// Takes this byte if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, byte: u8, place: &'static str) -> Result<()> {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(WireError::Syntax(place))
        }
    }

    pub(super) fn spaces(&mut self) {
        while self.eat(b' ') {}
    }

    /// Takes bytes while they fit; may be empty.
    pub(super) fn take_while(&mut self, fits: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let len = rest
            .iter()
            .position(|byte| !fits(*byte))
            .unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// A word: everything up to a space or a parenthesis.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.take_while(|byte| !matches!(byte, b' ' | b'(' | b')'))
    }

    /// A word that is a number.
    pub(super) fn number(&mut self, place: &'static str) -> Result<u64> {
        number(self.word()).ok_or(WireError::Syntax(place))
    }

    /// A word that is a number from `least` to 2^32 - 1.
    pub(super) fn number32(&mut self, least: u32, place: &'static str) -> Result<u32> {
        u32::try_from(self.number(place)?)
            .ok()
            .filter(|number| *number >= least)
            .ok_or(WireError::Syntax(place))
    }

    /// A quoted string, a literal, or `None` for the word NIL; any other word as it stands. At most `most` bytes
    /// of it.
    pub(super) fn string(&mut self, most: usize) -> Result<Option<Vec<u8>>> {
        let cut = |text: &[u8]| text[..text.len().min(most)].to_vec();
        match self.peek() {
            Some(b'"') => self.quoted(most).map(Some),
            Some(b'{' | b'~') if self.at_literal() => Ok(Some(cut(self.literal()?))),
            Some(b' ' | b'(' | b')') | None => Err(WireError::Syntax("string")),
            Some(_) => {
                let word = self.word();
                Ok((!word.eq_ignore_ascii_case(b"NIL")).then(|| cut(word)))
            }
        }
    }

    /// The body of a message; empty if it is kept apart.
    pub(super) fn body(&mut self) -> Result<Vec<u8>> {
        let apart = self.literals.first().is_some_and(|next| next.is_body);
        self.is_body.set(apart && self.at_literal());
        Ok(self.string(limits::BODY_KEPT)?.unwrap_or_default())
    }

    /// A quoted string. A backslash keeps whatever byte follows it.
    fn quoted(&mut self, most: usize) -> Result<Vec<u8>> {
        self.expect(b'"', "quoted string")?;
        let mut text = Vec::new();
        loop {
            let plain = self.take_while(|byte| !matches!(byte, b'"' | b'\\'));
            let room = most - text.len();
            text.extend_from_slice(&plain[..plain.len().min(room)]);
            if self.eat(b'"') {
                return Ok(text);
            }
            self.expect(b'\\', "quoted string")?;
            let escaped = self.peek().ok_or(WireError::Syntax("quoted string"))?;
            if text.len() < most {
                text.push(escaped);
            }
            self.at += 1;
        }
    }

    /// The end of the marker of the next literal, if that is what is next.
    fn marker_end(&self) -> Option<usize> {
        let next = self.literals.first()?.start;
        let marker = self.kept.get(self.at..next)?;
        let inner = marker.strip_prefix(b"~").unwrap_or(marker);
        let inner = inner.strip_prefix(b"{")?.strip_suffix(b"}")?;
        inner
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'+')
            .then_some(next)
    }

    fn at_literal(&self) -> bool {
        self.marker_end().is_some()
    }

    fn literal(&mut self) -> Result<&'a [u8]> {
        let (Some(start), [literal, others @ ..]) = (self.marker_end(), self.literals) else {
            return Err(WireError::Syntax("literal"));
        };
        self.literals = others;
        self.at = start + literal.len;
        self.kept
            .get(start..self.at)
            .ok_or(WireError::Syntax("literal"))
    }

    /// Skips one value: a string, a word, or a list of values in parentheses.
    pub(super) fn skip_value(&mut self) -> Result<()> {
        let mut depth = 0usize;
        loop {
            match self.peek() {
                Some(b'(') => {
                    depth += 1;
                    if depth > limits::DEPTH {
                        return Err(WireError::TooLarge("the depth of parentheses"));
                    }
                    self.at += 1;
                }
                Some(b')') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b' ') if depth > 0 => self.at += 1,
                Some(b' ' | b')') | None => return Err(WireError::Syntax("list")),
                Some(_) => drop(self.string(0)?),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}
