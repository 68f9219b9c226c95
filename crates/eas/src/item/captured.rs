//! The elements of an item that are wanted, with their content.

use super::limits::Limits;
use super::wanted::{Wanted, wanted};
use crate::content::{Blob, Text};
use crate::date;
use pushmail_domain::Timestamp;
use pushmail_wbxml::Tag;

/// The elements of an item that are wanted, each once, with as much of its content as is kept.
pub(super) struct Captured {
    limits: Limits,
    values: Vec<Value>,
    /// Whether the content that comes next is the last value's.
    reading: bool,
}

struct Value {
    path: Box<[Tag]>,
    bytes: Vec<u8>,
    /// How many bytes may still be added.
    room: usize,
    /// There was more than is kept.
    cut: bool,
}

impl Captured {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            values: Vec::new(),
            reading: false,
        }
    }

    /// An element begins; its path from the item down.
    pub(super) fn start(&mut self, path: &[Tag]) {
        let room = match wanted(path) {
            Wanted::Text => self.limits.text,
            Wanted::Body => self.limits.body,
            Wanted::No => 0,
        };
        self.reading = room > 0 && self.value(path).is_none();
        if self.reading {
            self.values.push(Value {
                path: path.into(),
                bytes: Vec::new(),
                room,
                cut: false,
            });
        }
    }

    pub(super) fn append(&mut self, bytes: &[u8]) {
        let Some(value) = self.values.last_mut().filter(|_| self.reading) else {
            return;
        };
        let kept = bytes.len().min(value.room);
        value.bytes.extend(&bytes[..kept]);
        value.room -= kept;
        value.cut |= kept < bytes.len();
    }

    pub(super) const fn end(&mut self) {
        self.reading = false;
    }

    /// Whether there was such an element, if only an empty one.
    pub(super) fn has(&self, path: &[Tag]) -> bool {
        self.value(path).is_some()
    }

    /// Its text; `None` if there was none, or an empty one.
    pub(super) fn text(&self, path: &[Tag]) -> Option<Text> {
        let text = self.value(path).map(Value::text)?;
        (!text.is_empty()).then(|| Text::from(text))
    }

    /// Its text, or its opaque bytes; `None` if there was no such element.
    pub(super) fn blob(&self, path: &[Tag]) -> Option<Blob> {
        self.value(path)
            .map(|value| Blob::from(value.bytes.clone()))
    }

    /// Its number; `None` if there was none.
    pub(super) fn number<N: std::str::FromStr>(&self, path: &[Tag]) -> Option<N> {
        self.value(path)?.text().trim().parse().ok()
    }

    /// Whether it says yes; `None` if there was none. An element without content says yes.
    pub(super) fn boolean(&self, path: &[Tag]) -> Option<bool> {
        let text = self.value(path)?.text();
        Some(matches!(text.trim(), "1" | "true" | ""))
    }

    /// Its date; `None` if there was none.
    pub(super) fn time(&self, path: &[Tag]) -> Option<Timestamp> {
        date::parse(&self.value(path)?.text())
    }

    /// Whether there was more of it than is kept.
    pub(super) fn was_cut(&self, path: &[Tag]) -> bool {
        self.value(path).is_some_and(|value| value.cut)
    }

    fn value(&self, path: &[Tag]) -> Option<&Value> {
        self.values.iter().find(|value| *value.path == *path)
    }
}

impl Value {
    /// Its content as text. A character that was cut in two is dropped.
    fn text(&self) -> String {
        let whole = match std::str::from_utf8(&self.bytes) {
            Err(error) if self.cut && error.error_len().is_none() => error.valid_up_to(),
            Ok(_) | Err(_) => self.bytes.len(),
        };
        String::from_utf8_lossy(&self.bytes[..whole]).into_owned()
    }
}
