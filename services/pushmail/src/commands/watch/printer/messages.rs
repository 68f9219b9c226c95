//! New mail.

use super::Printer;
use pushmail_domain::memory::flags_hash;
use pushmail_domain::{
    Content, ContentLevel, CursorStep, EventId, EventKind, Fault, FolderCursor, MessageContent,
    Recall,
};
use pushmail_mail::head;
use pushmail_upstream::NewMessage;

impl Printer {
    pub(super) fn message(&mut self, message: &NewMessage) -> Result<(), Fault> {
        let key = message.key;
        let before = self.cursor_of(key.folder);
        let before = before.filter(|cursor| cursor.uid_validity == key.uid_validity);
        let level = match message.unreadable {
            true => ContentLevel::Signal,
            false => ContentLevel::Preview,
        };
        let content = head::content(message, self.name_of(key.folder), level);
        let fingerprint = fingerprint(message, &content);
        let moved = self.state.cursor().forward(FolderCursor {
            uid_next: u64::from(key.uid) + 1,
            read_at: message.fetched_at,
            ..before.unwrap_or(FolderCursor::starting(key.folder, key.uid_validity, 1))
        });
        let seen = Recall::Seen {
            folder: key.folder,
            uid: key.uid,
            flags: flags_hash(&message.flags),
        };
        if self.is_known(message, before, fingerprint) {
            self.state.cursor_mut().confirm(moved);
            self.state.learn(&[seen]);
            return Ok(());
        }
        let announced = fingerprint.map(|fingerprint| Recall::Announced { fingerprint });
        let step = CursorStep {
            recalls: [seen].into_iter().chain(announced).collect(),
            ..self.state.cursor().step(vec![moved])
        };
        let kind = EventKind::MessageNew {
            message: key,
            arrival: message.arrival,
        };
        let content = Content::Message(Box::new(content));
        let id = EventId::of_message(self.account, key);
        self.print(id, (kind, content), message.noticed_at, step)
    }

    /// Whether the message was printed before, under another UID or in another folder.
    fn is_known(
        &self,
        message: &NewMessage,
        before: Option<FolderCursor>,
        fingerprint: Option<u64>,
    ) -> bool {
        let rebuilt = before.filter(|cursor| cursor.was_rebuilt_with(message.key.uid));
        let read = rebuilt.zip(message.internal_date);
        if read.is_some_and(|(cursor, date)| cursor.was_read_after(date)) {
            return true;
        }
        let copies = message.is_gmail() && self.folders().len() > 1;
        let known = fingerprint.is_some_and(|known| self.state.memory().announced(known));
        known && (rebuilt.is_some() || copies)
    }
}

/// By what the message is known again: the provider's identity of it, else its Message-ID.
fn fingerprint(message: &NewMessage, content: &MessageContent) -> Option<u64> {
    match message.provider_message_id.as_str() {
        "" => fingerprint_by("message-id", &content.message_id),
        id => fingerprint_by("provider", id),
    }
}

pub(super) fn fingerprint_by(kind: &str, name: &str) -> Option<u64> {
    if name.is_empty() {
        return None;
    }
    let name = format!("{kind} {name}");
    let hash = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_ref()[..8]);
    Some(u64::from_be_bytes(bytes))
}
