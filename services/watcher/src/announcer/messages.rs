//! New messages: which of them are news, and what is said of them.

use super::batch::{Batch, News};
use pushmail_domain::memory::flags_hash;
use pushmail_domain::{
    Content, ContentLevel, EventId, EventKind, Fault, FolderCursor, MessageContent, Recall,
    TraceContext,
};
use pushmail_mail::head;
use pushmail_runtime::Hop;
use pushmail_upstream::NewMessage;

impl Batch<'_> {
    pub(super) async fn message(&mut self, message: &NewMessage) -> Result<(), Fault> {
        let uid = u64::from(message.key.uid);
        let before = self.cursor.folder(message.key.folder);
        let before = before.filter(|cursor| cursor.uid_validity == message.key.uid_validity);
        if before.is_some_and(|cursor| uid < cursor.uid_next) {
            // Announced before, by a worker that ended before it noted that the folder is there.
            return Ok(());
        }
        let rebuilt = before.is_some_and(|cursor| cursor.was_rebuilt_with(message.key.uid));
        let moved = moved(before, message);
        let content = self.content(message);
        let fingerprint = self.fingerprint(message, &content);
        if self.is_known(message, before, rebuilt, fingerprint).await? {
            self.confirmed(moved);
            self.remember(message);
            return Ok(());
        }
        let mut recalls: Vec<Recall> = self.seen(message).into_iter().collect();
        recalls.extend(fingerprint.map(|fingerprint| Recall::Announced { fingerprint }));
        let id = EventId::of_message(self.announcer.account.id, message.key);
        let kind = EventKind::MessageNew {
            message: message.key,
            arrival: message.arrival,
        };
        let trace = self.trace(message);
        self.push(
            id,
            News {
                kind,
                content: Content::Message(Box::new(content)),
                folders: vec![moved],
                syncs: Vec::new(),
                forgotten: Vec::new(),
                recalls,
                detected_at: message.noticed_at,
                fetched_at: message.fetched_at,
                trace,
            },
        );
        Ok(())
    }

    /// Whether the message was announced before, under another UID or in another folder.
    async fn is_known(
        &mut self,
        message: &NewMessage,
        before: Option<FolderCursor>,
        rebuilt: bool,
        fingerprint: Option<u64>,
    ) -> Result<bool, Fault> {
        let read = before.zip(message.internal_date);
        if rebuilt && read.is_some_and(|(cursor, date)| cursor.was_read_after(date)) {
            return Ok(true);
        }
        let copies = message.is_gmail() && self.folders().len() > 1;
        match fingerprint {
            Some(fingerprint) if rebuilt || copies => {
                Ok(self.memory().await?.announced(fingerprint))
            }
            _ => Ok(false),
        }
    }

    fn content(&self, message: &NewMessage) -> MessageContent {
        let level = match message.unreadable {
            true => ContentLevel::Signal,
            false => self.announcer.account.content,
        };
        head::content(message, self.name_of(message.key.folder), level)
    }

    /// By what the message is known again: the provider's identity of it, else its Message-ID.
    fn fingerprint(&self, message: &NewMessage, content: &MessageContent) -> Option<u64> {
        match message.provider_message_id.as_str() {
            "" => self.fingerprint_of(content),
            id => self.fingerprint_by(b"provider", id),
        }
    }

    /// By what a mail is known again of which nothing is known but what it says.
    pub(super) fn fingerprint_of(&self, content: &MessageContent) -> Option<u64> {
        self.fingerprint_by(b"message-id", &content.message_id)
    }

    fn fingerprint_by(&self, kind: &[u8], name: &str) -> Option<u64> {
        if name.is_empty() {
            return None;
        }
        let account = self.announcer.account.id;
        let parts = [account.as_bytes().as_slice(), kind, name.as_bytes()];
        Some(self.announcer.keys.fingerprint(&parts))
    }

    fn seen(&self, message: &NewMessage) -> Option<Recall> {
        self.all().then(|| Recall::Seen {
            folder: message.key.folder,
            uid: message.key.uid,
            flags: flags_hash(&message.flags),
        })
    }

    /// Its flags and its end are news, even if itself is not.
    fn remember(&mut self, message: &NewMessage) {
        let seen = self.seen(message);
        self.learn(seen.into_iter().collect());
    }

    fn trace(&self, message: &NewMessage) -> Option<TraceContext> {
        let telemetry = &self.announcer.shared.telemetry;
        let noticed = message.noticed_at;
        let detect = telemetry.hop(Hop::Detect, None, noticed, noticed);
        telemetry.hop(Hop::Fetch, detect, noticed, message.fetched_at)
    }
}

/// The folder's cursor behind the message.
fn moved(before: Option<FolderCursor>, message: &NewMessage) -> FolderCursor {
    let key = message.key;
    let before = before.unwrap_or(FolderCursor::starting(key.folder, key.uid_validity, 1));
    FolderCursor {
        uid_next: u64::from(key.uid) + 1,
        read_at: message.fetched_at,
        ..before
    }
}
