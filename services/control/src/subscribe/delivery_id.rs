//! The ids that deliveries are acknowledged by: opaque to subscribers, and all that is needed to know
//! what they mean without keeping anything.
//!
//! ```text
//! epoch 8 | number 8 | stream 1 | generation 4 | sequence 8, in lower-case hexadecimal
//! ```

use super::window::Key;
use pushmail_domain::StreamId;

/// Bytes of an id.
const LENGTH: usize = 8 + 8 + 1 + 4 + 8;

/// What a delivery, or a gap, is acknowledged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeliveryId {
    /// The subscription's epoch while the stream of the API was open.
    pub(crate) epoch: u64,
    /// The number of the first sending in that stream.
    pub(crate) number: u64,
    /// The event; sequence 0 for a gap of the whole tenant.
    pub(crate) key: Key,
}

impl DeliveryId {
    /// The id of a gap of the whole tenant.
    pub(crate) const fn of_gap(epoch: u64, number: u64) -> Self {
        let key = Key {
            stream: StreamId::new(0),
            generation: 0,
            sequence: 0,
        };
        Self { epoch, number, key }
    }

    /// Whether it is a gap's.
    pub(crate) const fn is_gap(&self) -> bool {
        self.key.sequence == 0
    }

    /// The id that a subscriber gave; `None` if no gateway gave it out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if text.len() != LENGTH * 2 || !digits {
            return None;
        }
        let field = |from: usize, to: usize| u64::from_str_radix(&text[from * 2..to * 2], 16).ok();
        let number = u8::try_from(field(16, 17)?).ok()?;
        (number < StreamId::COUNT).then_some(())?;
        Some(Self {
            epoch: field(0, 8)?,
            number: field(8, 16)?,
            key: Key {
                stream: StreamId::new(number),
                generation: u32::try_from(field(17, 21)?).ok()?,
                sequence: field(21, 29)?,
            },
        })
    }
}

impl std::fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Key {
            stream,
            generation,
            sequence,
        } = self.key;
        write!(f, "{:016x}{:016x}", self.epoch, self.number)?;
        write!(f, "{:02x}{generation:08x}{sequence:016x}", stream.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_nothing_else_is_one() {
        let key = Key {
            stream: StreamId::new(15),
            generation: u32::MAX,
            sequence: 1 << 40,
        };
        let id = DeliveryId {
            epoch: 7,
            number: u64::MAX,
            key,
        };
        let text = id.to_string();
        assert_eq!(DeliveryId::parse(&text), Some(id));
        assert!(
            DeliveryId::parse(&DeliveryId::of_gap(1, 2).to_string()).is_some_and(|g| g.is_gap())
        );
        let stream = text.replacen("ffffffffffffffff0f", "ffffffffffffffff1f", 1);
        for wrong in [
            "",
            "é",
            &text[1..],
            &stream,
            &text.replace('7', "+"),
            &"é".repeat(29),
        ] {
            assert_eq!(DeliveryId::parse(wrong), None, "{wrong}");
        }
    }
}
