//! What the driver has not taken yet.

use super::gather::Told;
use pushmail_upstream::{Change, Output};
use std::collections::VecDeque;

/// Outputs in order. Many changes of one kind are packed until they are taken.
#[derive(Default)]
pub(super) struct Outputs(VecDeque<Queued>);

pub(super) enum Queued {
    Output(Box<Output>),
    Told(Box<Told>),
}

impl Outputs {
    pub(super) fn push_back(&mut self, output: Output) {
        self.0.push_back(Queued::Output(Box::new(output)));
    }

    pub(super) fn push(&mut self, queued: Queued) {
        self.0.push_back(queued);
    }

    /// What waited goes out, in its order.
    pub(super) fn append(&mut self, mut queue: VecDeque<Queued>) {
        self.0.append(&mut queue);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn pop(&mut self) -> Option<Output> {
        while let Some(front) = self.0.pop_front() {
            match front {
                Queued::Output(output) => return Some(*output),
                Queued::Told(mut told) => {
                    if let Some(change) = told.next() {
                        self.0.push_front(Queued::Told(told));
                        return Some(Output::Change(change));
                    }
                }
            }
        }
        None
    }

    /// Gives back what an empty queue does not need.
    pub(super) fn slim(&mut self) {
        if self.0.is_empty() {
            self.0 = VecDeque::new();
        }
    }

    /// TLS that was about to start does not.
    pub(super) fn keep_plain(&mut self) {
        let starts = |queued: &Queued| match queued {
            Queued::Output(output) => matches!(**output, Output::StartTls),
            Queued::Told(_) => false,
        };
        self.0.retain(|queued| !starts(queued));
    }
}

impl From<Change> for Queued {
    fn from(change: Change) -> Self {
        Self::Output(Box::new(Output::Change(change)))
    }
}
