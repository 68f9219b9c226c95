//! What precedes the document's elements (WBXML 1.2, sections 5.4 to 5.7).

use super::{Decoder, State, Step};
use crate::error::{Error, ErrorKind, Limit};

/// Versions 1.1 to 1.3; 1.0 had another header.
const VERSIONS: std::ops::RangeInclusive<u8> = 0x01..=0x03;
/// The public identifier that says that the real one is in the string table.
const PUBLIC_ID_IN_TABLE: u32 = 0;
/// Character sets (IANA's MIBenum): 0 is unknown and taken as UTF-8, ASCII is part of it.
const CHARSETS: [u32; 3] = [0, 3, 106];

/// A field of the header that is a number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    PublicId,
    /// Where the public identifier is in the string table.
    PublicIdAt,
    Charset,
    TableLength,
}

impl Decoder {
    pub(super) fn version(&mut self, bytes: &mut &[u8]) -> Result<Step, Error> {
        let version = self.byte(bytes)?;
        if !VERSIONS.contains(&version) {
            return Err(self.error(ErrorKind::Version(version)));
        }
        self.state = State::Header(Field::PublicId);
        Ok(Step::Again)
    }

    /// Reads some of a field. What ActiveSync does not use is skipped: public identifiers, for there is only one kind of
    /// document, and the string table, to which nothing may refer.
    pub(super) fn header(&mut self, field: Field, bytes: &mut &[u8]) -> Result<Step, Error> {
        if self.number.is_new() {
            self.at = self.offset;
        }
        if let Some(number) = self.number(bytes)? {
            self.state = self.after(field, number)?;
        }
        Ok(Step::Again)
    }

    /// What comes after this field with this value.
    fn after(&self, field: Field, number: u32) -> Result<State, Error> {
        match field {
            Field::PublicId if number == PUBLIC_ID_IN_TABLE => Ok(State::Header(Field::PublicIdAt)),
            Field::PublicId | Field::PublicIdAt => Ok(State::Header(Field::Charset)),
            Field::Charset if CHARSETS.contains(&number) => Ok(State::Header(Field::TableLength)),
            Field::Charset => Err(self.error(ErrorKind::Charset(number))),
            Field::TableLength if number > self.limits.string_table => {
                Err(self.error(ErrorKind::TooLarge(Limit::StringTable)))
            }
            Field::TableLength => Ok(table_left(number)),
        }
    }

    /// Skips some of the string table, of which so many bytes are left.
    pub(super) fn table(&mut self, left: u32, bytes: &mut &[u8]) -> Result<Step, Error> {
        let part = self.within(bytes)?.len();
        let part = u32::try_from(part).unwrap_or(u32::MAX).min(left);
        self.skip(bytes, part as usize);
        self.state = table_left(left - part);
        Ok(Step::Again)
    }
}

/// What comes when so much of the string table is left.
const fn table_left(left: u32) -> State {
    match left {
        0 => State::Token,
        _ => State::Table(left),
    }
}
