//! Numbers of several bytes (`mb_u_int32`: WBXML 1.2, section 5.1).

/// Most bytes of a number.
const MOST_BYTES: u8 = 5;

/// A number that is being read: seven bits a byte, the first are the highest; the eighth says that there are more.
#[derive(Debug, Default)]
pub(super) struct Number {
    value: u32,
    bytes: u8,
}

/// A number has more than 32 bits, or more than five bytes.
pub(super) struct TooLong;

impl Number {
    /// Whether its first byte has not come.
    pub(super) const fn is_new(&self) -> bool {
        self.bytes == 0
    }

    /// Takes a byte; the number, if that was its last.
    pub(super) fn take(&mut self, byte: u8) -> Result<Option<u32>, TooLong> {
        let Self { value, bytes } = std::mem::take(self);
        let more = byte & 0x80 != 0;
        let bytes = bytes + 1;
        if value > u32::MAX >> 7 || (more && bytes == MOST_BYTES) {
            return Err(TooLong);
        }
        let value = value << 7 | u32::from(byte & 0x7F);
        if more {
            *self = Self { value, bytes };
            return Ok(None);
        }
        Ok(Some(value))
    }
}
