//! The arguments of a command.

use super::framer::{announced_literal, line_length};

/// How deep lists may nest.
const MAX_DEPTH: usize = 8;

/// One argument of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// An atom, as `INBOX` or `BODY.PEEK[HEADER.FIELDS (TO)]<0.9>`.
    Atom(String),
    /// A quoted string or a literal.
    Text(Vec<u8>),
    /// What is in parentheses.
    List(Vec<Value>),
}

/// Reads arguments from left to right.
pub(crate) type Args<'a> = std::slice::Iter<'a, Value>;

impl Value {
    /// All values of a command line, literals included; `None` if it cannot be read.
    pub(crate) fn parse_all(command: &[u8]) -> Option<Vec<Self>> {
        let mut reader = Reader(command);
        let values = reader.values(0)?;
        reader.0.is_empty().then_some(values)
    }

    /// An atom or a string, as text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Atom(atom) => Some(atom),
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            Self::List(_) => None,
        }
    }

    /// An atom or a string, as bytes.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Atom(atom) => Some(atom.as_bytes()),
            Self::Text(bytes) => Some(bytes),
            Self::List(_) => None,
        }
    }

    /// Whether this is the atom `word`, in any case.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Atom(atom) if atom.eq_ignore_ascii_case(word))
    }

    /// What is in parentheses.
    pub(crate) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }

    /// An atom or a string, in upper case; empty for a list.
    pub(crate) fn upper(&self) -> String {
        self.text().unwrap_or_default().to_ascii_uppercase()
    }

    /// A number.
    pub(crate) fn number<N: std::str::FromStr>(&self) -> Option<N> {
        self.text()?.parse().ok()
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Values up to the end of the input or of the list.
    fn values(&mut self, depth: usize) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        loop {
            while let [b' ', rest @ ..] = self.0 {
                self.0 = rest;
            }
            match self.0 {
                [] => return Some(values),
                [b')', ..] => return (depth > 0).then_some(values),
                [b'(', rest @ ..] if depth < MAX_DEPTH => {
                    self.0 = rest;
                    values.push(Value::List(self.values(depth + 1)?));
                    self.0 = self.0.strip_prefix(b")")?;
                }
                [b'(', ..] => return None,
                [b'"', rest @ ..] => values.push(Value::Text(self.quoted(rest)?)),
                [b'{', ..] => values.push(Value::Text(self.literal()?)),
                _ => values.push(Value::Atom(self.atom()?)),
            }
        }
    }

    /// An atom; in the section of a `BODY[…]` spaces and parentheses are part of it.
    fn atom(&mut self) -> Option<String> {
        let body = self.0.get(..4);
        let has_section = body.is_some_and(|start| start.eq_ignore_ascii_case(b"BODY"));
        let mut in_section = false;
        let end = self.0.iter().position(|byte| {
            match byte {
                b'[' => in_section = has_section,
                b']' => in_section = false,
                _ => {}
            }
            !in_section && matches!(byte, b' ' | b'(' | b')')
        });
        let (atom, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        String::from_utf8(atom.to_vec()).ok()
    }

    fn quoted(&mut self, mut rest: &'a [u8]) -> Option<Vec<u8>> {
        let mut word = Vec::new();
        loop {
            match rest {
                [b'"', after @ ..] => {
                    self.0 = after;
                    return Some(word);
                }
                [b'\\', byte, after @ ..] | [byte, after @ ..] => {
                    word.push(*byte);
                    rest = after;
                }
                [] => return None,
            }
        }
    }

    fn literal(&mut self) -> Option<Vec<u8>> {
        let end = line_length(self.0)?;
        let (size, _) = announced_literal(&self.0[..end])?;
        let (word, rest) = self.0[end + 2..].split_at_checked(size)?;
        self.0 = rest;
        Some(word.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(text: &str) -> Value {
        Value::Atom(text.to_owned())
    }

    #[test]
    fn quotes_and_escapes_are_taken_off() {
        let values = Value::parse_all(br#""a \"b\" c" {2}"#);
        assert_eq!(values, None);
        let values = Value::parse_all(b"\"a \\\"b\\\" c\" {2}\r\nxy d").unwrap();
        assert_eq!(values[0], Value::Text(b"a \"b\" c".to_vec()));
        assert_eq!(values[1], Value::Text(b"xy".to_vec()));
        assert_eq!(values[2], atom("d"));
    }

    #[test]
    fn lists_nest_and_a_body_section_is_one_atom() {
        let values = Value::parse_all(b"1 (UID BODY.PEEK[HEADER.FIELDS (TO)]<0.9> (a))").unwrap();
        let items = values[1].list().unwrap();
        assert_eq!(items[1], atom("BODY.PEEK[HEADER.FIELDS (TO)]<0.9>"));
        assert_eq!(items[2], Value::List(vec![atom("a")]));
        assert_eq!(Value::parse_all(b"(a"), None);
        assert_eq!(Value::parse_all(b"a)"), None);
        assert_eq!(Value::parse_all("(".repeat(9).as_bytes()), None);
    }
}
