//! A large answer, event by event: where it is, what small elements say, and items put together.

use super::id::LONGEST;
use crate::item::{self, Collector, Item};
use pushmail_wbxml::{Event, Tag};
use std::fmt;

/// Keeps where an answer is, the text of the element that is being read, and the item that is being put together.
pub(super) struct Walk {
    /// The element that holds an item.
    data: Tag,
    limits: item::Limits,
    path: Vec<Tag>,
    /// The last element has ended: it is left with the next event.
    ended: bool,
    /// The text of the element that began last.
    text: String,
    item: Option<Collector>,
}

/// What an event came to. [`Walk::path`] says where.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing of interest.
    Nothing,
    /// An element has begun.
    Start,
    /// An element has ended; the text since the last beginning of an element.
    End(String),
    /// An item has ended.
    Item(Item),
}

impl Walk {
    pub(super) const fn new(data: Tag, limits: item::Limits) -> Self {
        Self {
            data,
            limits,
            path: Vec::new(),
            ended: false,
            text: String::new(),
            item: None,
        }
    }

    /// The elements that are open, the one that has just begun or ended included.
    pub(super) fn path(&self) -> &[Tag] {
        &self.path
    }

    pub(super) fn take(&mut self, event: &Event<'_>) -> Step {
        if std::mem::take(&mut self.ended) {
            self.path.pop();
        }
        if let Some(item) = &mut self.item {
            return if item.take(event) {
                self.end()
            } else {
                Step::Nothing
            };
        }
        match *event {
            Event::Start { tag, .. } => self.start(tag),
            Event::Text { text, .. } => self.append(text),
            Event::Opaque { bytes, .. } => self.append(&String::from_utf8_lossy(bytes)),
            Event::End { .. } => self.end(),
        }
    }

    fn start(&mut self, tag: Tag) -> Step {
        self.text.clear();
        if tag == self.data && !self.path.is_empty() {
            self.item = Some(Collector::new(self.limits));
        }
        self.path.push(tag);
        Step::Start
    }

    fn end(&mut self) -> Step {
        self.ended = true;
        let text = std::mem::take(&mut self.text);
        match self.item.take() {
            Some(item) => Step::Item(item.finish()),
            None => Step::End(text),
        }
    }

    /// Of what is longer than any id, enough is kept to be too long.
    fn append(&mut self, text: &str) -> Step {
        if self.text.len() <= LONGEST {
            self.text.push_str(text);
        }
        Step::Nothing
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Walk({:?}, {:?})", self.path, self.item)
    }
}
