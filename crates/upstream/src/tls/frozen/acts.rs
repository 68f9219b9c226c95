//! Arbitrary bytes as choices of what happens on the [`Wire`].

use super::wire::{Wire, suites};

/// Kinds of acts after which all is well.
const HARMLESS: u8 = 24;
/// All kinds.
const ALL: u8 = 32;

/// What happens on the wire.
#[derive(Debug)]
enum Act<'a> {
    Data(usize),
    /// A ticket of this length in pieces of that one, or what comes next to it.
    Nothing(u16, usize),
    Goodbye,
    /// A record of any other type.
    Else(u8, &'a [u8]),
    /// A bit of what is under way changes.
    Flip(usize, u8),
    /// Bytes that nobody sent.
    Insert(usize, &'a [u8]),
    /// So many bytes get lost.
    Lose(usize, usize),
    Replay(usize),
    /// The session sends data.
    Answer(usize),
    /// So many bytes arrive.
    Arrive(usize),
}

/// What is left of the bytes; zeros follow.
struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    fn next(&mut self) -> u8 {
        let (next, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *next
    }

    fn place(&mut self) -> usize {
        usize::from(u16::from_be_bytes([self.next(), self.next()]))
    }

    /// Mostly short; up to more than fits into two records.
    fn length(&mut self) -> usize {
        match usize::from(self.next()) {
            short @ 0..200 => short,
            long => (long - 199).pow(2) * 12,
        }
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.next()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    /// One of the first `kinds` of acts.
    fn act(&mut self, kinds: u8) -> Act<'a> {
        match self.next() % kinds {
            0..8 => Act::Data(self.length()),
            8..12 => Act::Nothing(self.next().into(), self.next().into()),
            12..16 => Act::Answer(self.length()),
            16..HARMLESS => Act::Arrive(self.length()),
            24 => Act::Goodbye,
            // What is zero is padding to TLS 1.3 (RFC 8446, section 5.4).
            25 => Act::Else(self.next().max(1), self.bytes()),
            26 => Act::Else(20 + self.next() % 4, self.bytes()),
            27 => Act::Flip(self.place(), self.next()),
            28 => Act::Insert(self.place(), self.bytes()),
            29 => Act::Lose(self.place(), self.length()),
            _ => Act::Replay(self.place()),
        }
    }
}

/// Lets happen what the bytes choose; all of it is checked. The first chooses the suite, and whether the others are
/// acts of all kinds, harmless ones, or what is on the wire.
///
/// # Panics
///
/// If anything is believed but what was said, in order; if it is not all that was said up to where something is wrong;
/// or if the connection goes on from there.
pub(super) fn play(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let first = choices.next();
    let suites = suites();
    let mut wire = Wire::new(suites[usize::from(first % 64) % suites.len()]);
    match first / 64 {
        0 | 1 => act_all(choices, ALL, &mut wire),
        2 => act_all(choices, HARMLESS, &mut wire),
        _ => garbage(choices, &mut wire),
    }
    wire.end();
}

fn act_all(mut choices: Choices<'_>, kinds: u8, wire: &mut Wire) {
    while !choices.0.is_empty() {
        choices.act(kinds).happen(wire);
    }
}

fn garbage(mut choices: Choices<'_>, wire: &mut Wire) {
    let piece = 1 + choices.length();
    wire.tamper(|under_way| under_way.extend_from_slice(choices.0));
    for _ in 0..choices.0.len() / piece {
        wire.arrive(piece);
    }
}

impl Act<'_> {
    fn happen(self, wire: &mut Wire) {
        match self {
            Self::Data(length) => wire.say(length),
            Self::Nothing(length, piece) => wire.say_nothing(length, piece),
            Self::Goodbye => wire.say_goodbye(),
            Self::Else(kind, payload) => wire.say_else(kind, payload),
            Self::Flip(at, bit) => wire.tamper(|under_way| {
                let at = at % under_way.len().max(1);
                if let Some(byte) = under_way.get_mut(at) {
                    *byte ^= 1 << (bit % 8);
                }
            }),
            Self::Insert(at, bytes) => wire.tamper(|under_way| {
                let at = at % (under_way.len() + 1);
                under_way.splice(at..at, bytes.iter().copied());
            }),
            Self::Lose(at, count) => wire.tamper(|under_way| {
                let at = at % (under_way.len() + 1);
                under_way.drain(at..(at + count).min(under_way.len()));
            }),
            Self::Replay(number) => wire.replay(number),
            Self::Answer(length) => wire.answer(length),
            Self::Arrive(count) => wire.arrive(count),
        }
    }
}
