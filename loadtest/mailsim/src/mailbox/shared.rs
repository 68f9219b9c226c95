//! Folders that many users share until they change.

use super::{Announcement, Folders};
use pushmail_domain::Timestamp;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// One user's folders. To change them makes a copy, if others have the same.
pub(crate) struct Shared(Arc<Folders>);

impl Deref for Shared {
    type Target = Folders;

    fn deref(&self) -> &Folders {
        &self.0
    }
}

impl DerefMut for Shared {
    fn deref_mut(&mut self) -> &mut Folders {
        Arc::make_mut(&mut self.0)
    }
}

impl Shared {
    pub(super) const fn new(folders: Arc<Folders>) -> Self {
        Self(folders)
    }

    /// All messages of the folder with this id are about to be announced: those that never were.
    pub(crate) fn announce(
        &mut self,
        id: u64,
        user: &Arc<str>,
        at: Timestamp,
    ) -> Vec<Announcement> {
        if !self.by_id(id).is_some_and(|(_, folder)| folder.has_news()) {
            return Vec::new();
        }
        let folder = self.by_id_mut(id);
        folder.map_or_else(Vec::new, |folder| folder.announce(user, at))
    }

    /// Some client enabled CONDSTORE in the folder with this id.
    pub(crate) fn see_condstore(&mut self, id: u64) {
        if self
            .by_id(id)
            .is_some_and(|(_, folder)| folder.condstore_seen)
        {
            return;
        }
        if let Some(folder) = self.by_id_mut(id) {
            folder.condstore_seen = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Flags;
    use super::*;
    use bytes::Bytes;

    #[test]
    fn a_change_is_one_user_s_alone_and_a_look_copies_nothing() {
        let all = Arc::new(Folders::new(None));
        let mut own = Shared::new(Arc::clone(&all));
        let (user, at) = (Arc::from("ann"), Timestamp::from_micros(1));
        let inbox = own.get("INBOX").unwrap().id;
        assert_eq!(own.announce(inbox, &user, at), []);
        assert!(Arc::ptr_eq(&own.0, &all));
        let mail = own.mail(Bytes::from_static(b"\r\n"), at);
        own.append("INBOX", mail, Flags::default());
        assert_eq!(own.announce(inbox, &user, at).len(), 1);
        assert_eq!(own.get("INBOX").unwrap().messages().len(), 1);
        assert_eq!(all.get("INBOX").unwrap().messages().len(), 0);
    }
}
