//! The texts that FETCH tells of a message: `BODY[…]` and the older `RFC822…`.

use crate::mailbox::{Mail, header_fields, split_field};

/// A part of a message's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) struct Section {
    /// As it is written in the response, without the partial.
    name: String,
    kind: Kind,
    /// Do not mark the message as seen.
    pub(super) peek: bool,
    /// The first byte, and at most so many.
    partial: Option<(usize, usize)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Whole,
    Header,
    Text,
    /// These header fields, or with `not` all others.
    Fields {
        names: Vec<String>,
        not: bool,
    },
}

impl Section {
    /// Reads `BODY.PEEK[HEADER]<0.9>` and the like, in upper case.
    pub(super) fn parse(item: &str) -> Option<Self> {
        let old = match item {
            "RFC822" => Some((Kind::Whole, false)),
            "RFC822.HEADER" => Some((Kind::Header, true)),
            "RFC822.TEXT" => Some((Kind::Text, false)),
            _ => None,
        };
        if let Some((kind, peek)) = old {
            let name = item.to_owned();
            return Some(Self {
                name,
                kind,
                peek,
                partial: None,
            });
        }
        let (peek, section) = match item.strip_prefix("BODY.PEEK[") {
            Some(section) => (true, section),
            None => (false, item.strip_prefix("BODY[")?),
        };
        let (section, partial) = section.split_once(']')?;
        Some(Self {
            name: format!("BODY[{section}]"),
            kind: Kind::parse(section)?,
            peek,
            partial: parse_partial(partial)?,
        })
    }

    /// Its name in a response.
    pub(super) fn label(&self) -> String {
        match self.partial {
            None => self.name.clone(),
            Some((offset, _)) => format!("{}<{offset}>", self.name),
        }
    }

    pub(super) fn write(&self, output: &mut Vec<u8>, mail: &Mail) {
        let (header, text) = mail.raw.split_at(mail.header);
        let fields;
        let whole: &[u8] = match &self.kind {
            Kind::Whole => &mail.raw,
            Kind::Header => header,
            Kind::Text => text,
            Kind::Fields { names, not } => {
                fields = chosen_fields(header, names, *not);
                &fields
            }
        };
        let part = match self.partial {
            None => whole,
            Some((offset, length)) => {
                let from = whole.get(offset..).unwrap_or_default();
                &from[..length.min(from.len())]
            }
        };
        let announced = format!("{} {{{}}}\r\n", self.label(), part.len());
        output.extend_from_slice(announced.as_bytes());
        output.extend_from_slice(part);
    }
}

impl Kind {
    fn parse(section: &str) -> Option<Self> {
        match section {
            "" => return Some(Self::Whole),
            "HEADER" => return Some(Self::Header),
            "TEXT" => return Some(Self::Text),
            _ => {}
        }
        let fields = section.strip_prefix("HEADER.FIELDS")?;
        let (not, names) = match fields.strip_prefix(".NOT ") {
            Some(names) => (true, names),
            None => (false, fields.strip_prefix(' ')?),
        };
        let names = names.strip_prefix('(')?.strip_suffix(')')?;
        let names = names
            .split(' ')
            .map(|name| name.trim_matches('"').to_owned());
        Some(Self::Fields {
            names: names.collect(),
            not,
        })
    }
}

/// `<0.9>` or nothing.
fn parse_partial(partial: &str) -> Option<Option<(usize, usize)>> {
    if partial.is_empty() {
        return Some(None);
    }
    let inside = partial.strip_prefix('<')?.strip_suffix('>')?;
    let (offset, length) = inside.split_once('.')?;
    Some(Some((offset.parse().ok()?, length.parse().ok()?)))
}

/// Some fields of a header, with the empty line at the end.
fn chosen_fields(header: &[u8], names: &[String], not: bool) -> Vec<u8> {
    let is_named = |field: &&[u8]| {
        let (name, _) = split_field(field);
        let named = names
            .iter()
            .any(|wanted| wanted.as_bytes().eq_ignore_ascii_case(name));
        named != not
    };
    let chosen = header_fields(header).into_iter().filter(is_named);
    let mut text = chosen.collect::<Vec<_>>().concat();
    text.extend_from_slice(b"\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use pushmail_domain::Timestamp;

    #[test]
    fn sections_cut_out_what_they_name() {
        let raw = Bytes::from_static(b"To: a\r\nSubject: x\r\n y\r\nFrom: b\r\n\r\nbody");
        let mail = Mail::new(raw, Timestamp::from_micros(0), 1);
        for (item, expected) in [
            ("BODY[TEXT]", "BODY[TEXT] {4}\r\nbody"),
            ("BODY.PEEK[]<3.4>", "BODY[]<3> {4}\r\n a\r\n"),
            ("BODY[]<900.4>", "BODY[]<900> {0}\r\n"),
            ("RFC822.TEXT", "RFC822.TEXT {4}\r\nbody"),
            (
                "BODY[HEADER.FIELDS (SUBJECT)]",
                "BODY[HEADER.FIELDS (SUBJECT)] {18}\r\nSubject: x\r\n y\r\n\r\n",
            ),
            (
                "BODY[HEADER.FIELDS.NOT (SUBJECT FROM)]",
                "BODY[HEADER.FIELDS.NOT (SUBJECT FROM)] {9}\r\nTo: a\r\n\r\n",
            ),
        ] {
            let mut output = Vec::new();
            Section::parse(item).unwrap().write(&mut output, &mail);
            assert_eq!(String::from_utf8(output).unwrap(), expected);
        }
        assert_eq!(Section::parse("BODY[1]"), None);
        assert_eq!(Section::parse("BODY[]<1>"), None);
    }
}
