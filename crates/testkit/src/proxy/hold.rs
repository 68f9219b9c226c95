//! Publishes that are kept back, and what a server answers once they come.

use super::frames::Message;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

/// The way to a server, shared by who passes on and who releases.
pub(super) type Writer = Arc<tokio::sync::Mutex<OwnedWriteHalf>>;

/// What a server says of a publish that came late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This, as JSON.
    Said(serde_json::Value),
    /// Nothing: it asked for no answer, its connection is gone, or the time was over.
    Nothing,
}

/// A publish that was held back and then sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Its subject.
    pub subject: String,
    /// Whether it asked for an answer; of a batch, only the last message does.
    pub asks: bool,
    /// What the server said.
    pub answer: Answer,
}

struct Held {
    message: Message,
    frame: Vec<u8>,
    to: Writer,
}

#[derive(Default)]
struct State {
    /// What to hold, by the beginning of the subject; `None` if nothing is.
    subjects: Option<String>,
    held: Vec<Held>,
    /// By where they are awaited.
    answers: HashMap<String, Option<serde_json::Value>>,
}

/// Of one proxy.
#[derive(Default)]
pub(super) struct Hold {
    state: Mutex<State>,
    answered: Notify,
}

impl Hold {
    pub(super) fn begin(&self, subjects: &str) {
        self.lock().subjects = Some(subjects.to_owned());
    }

    pub(super) fn count(&self) -> usize {
        self.lock().held.len()
    }

    fn take(&self) -> Vec<Held> {
        std::mem::take(&mut self.lock().held)
    }

    /// Forgets what is held, and holds no more.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.subjects = None;
        state.held.clear();
    }

    /// Whether the publish is kept back; `frame` is all of it.
    pub(super) fn keeps(&self, message: &Message, frame: &[u8], to: &Writer) -> bool {
        let mut state = self.lock();
        let subjects = state.subjects.as_deref();
        let is_meant = subjects.is_some_and(|subjects| message.subject.starts_with(subjects));
        if is_meant {
            state.held.push(Held {
                message: message.clone(),
                frame: frame.to_vec(),
                to: Arc::clone(to),
            });
        }
        is_meant
    }

    /// A message for the client went by.
    pub(super) fn hears(&self, subject: &str, payload: &[u8]) {
        if let Some(answer) = self.lock().answers.get_mut(subject) {
            *answer = serde_json::from_slice(payload).ok();
            self.answered.notify_one();
        }
    }

    pub(super) async fn release(&self, patience: Duration) -> Vec<Late> {
        let mut late = Vec::new();
        loop {
            let held = self.take();
            if held.is_empty() {
                break;
            }
            for held in held {
                late.push(self.send(held).await);
            }
        }
        self.end();
        drop(tokio::time::timeout(patience, self.all_answered()).await);
        let mut answers = std::mem::take(&mut self.lock().answers);
        let heard = late.into_iter().map(|(message, is_sent)| {
            let reply = message.reply.filter(|_| is_sent);
            let answer = reply.as_ref().and_then(|reply| answers.remove(reply)?);
            Late {
                subject: message.subject,
                asks: reply.is_some(),
                answer: answer.map_or(Answer::Nothing, Answer::Said),
            }
        });
        heard.collect()
    }

    async fn send(&self, held: Held) -> (Message, bool) {
        if let Some(reply) = &held.message.reply {
            self.lock().answers.insert(reply.clone(), None);
        }
        let is_sent = held.to.lock().await.write_all(&held.frame).await.is_ok();
        if !is_sent && let Some(reply) = &held.message.reply {
            self.lock().answers.remove(reply);
        }
        (held.message, is_sent)
    }

    async fn all_answered(&self) {
        while self.lock().answers.values().any(Option::is_none) {
            self.answered.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
