//! The test's hand on the mailboxes: what other clients and the delivery agent would do.

use crate::mailbox::Flags;
use crate::{Delivered, Logins, Mailsim, StoredMessage, Visits};
use pushmail_domain::Timestamp;

/// Folders and messages. Names are in plain Unicode with `/` between the levels; INBOX is always
/// there. All of it wakes the user's connections.
impl Mailsim {
    /// Appends a message to the user's INBOX and wakes the clients that idle on it.
    pub fn deliver(&self, user: &str, raw: Vec<u8>) -> Delivered {
        self.deliver_to(user, "INBOX", raw)
    }

    /// Appends a message to a folder, which is made if it is missing.
    pub fn deliver_to(&self, user: &str, folder: &str, raw: Vec<u8>) -> Delivered {
        self.deliver_at(user, folder, raw, self.server.clock.now())
    }

    /// Like [`Mailsim::deliver_to`], with this INTERNALDATE.
    pub fn deliver_at(&self, user: &str, folder: &str, raw: Vec<u8>, at: Timestamp) -> Delivered {
        let uid = self.server.user(user).mailbox.change(|folders| {
            let mail = folders.mail(raw.into(), at);
            folders.append(folder, mail, Flags::default())
        });
        Delivered {
            uid,
            delivered_at: at,
        }
    }

    /// What the user's INBOX holds, in UID order.
    pub fn messages(&self, user: &str) -> Vec<StoredMessage> {
        self.messages_in(user, "INBOX")
    }

    /// What a folder holds, in UID order; nothing if it is not there.
    pub fn messages_in(&self, user: &str, folder: &str) -> Vec<StoredMessage> {
        self.server.user(user).mailbox.read(|folders| {
            let messages = folders.get(folder).map(|folder| folder.messages());
            let messages = messages.unwrap_or_default().iter();
            messages.map(|message| message.describe()).collect()
        })
    }

    /// The names of the user's folders, sorted.
    pub fn folders(&self, user: &str) -> Vec<String> {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.read(|folders| folders.iter().map(|(name, _)| name.to_owned()).collect())
    }

    /// The folder's UIDVALIDITY; `None` if it is not there.
    pub fn uid_validity(&self, user: &str, folder: &str) -> Option<u32> {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.read(|folders| folders.get(folder).map(|folder| folder.validity))
    }

    /// Makes a folder and those above it; false if it is there and can be opened.
    pub fn create_folder(&self, user: &str, folder: &str) -> bool {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.change(|folders| folders.create(folder))
    }

    /// Renames a folder and those below it. False if it is not there, the new name is taken, or it
    /// is INBOX.
    pub fn rename_folder(&self, user: &str, old: &str, new: &str) -> bool {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.change(|folders| folders.rename(old, new))
    }

    /// Removes a folder with its messages; with folders below it, the name stays and holds only
    /// those. False if it is not there, is such a name already, or is INBOX.
    pub fn delete_folder(&self, user: &str, folder: &str) -> bool {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.change(|folders| folders.delete(folder))
    }

    /// Marks a folder, made if it is missing, as `\Sent`, `\Trash` … (RFC 6154), or as nothing.
    pub fn set_special_use(&self, user: &str, folder: &str, attribute: Option<&str>) {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.note(|folders| folders.ensure(folder).special_use = attribute.map(Into::into));
    }

    /// Makes a folder, made if it is missing, a name that only holds others (`\NoSelect`), or an
    /// ordinary one.
    pub fn set_selectable(&self, user: &str, folder: &str, selectable: bool) {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.note(|folders| folders.ensure(folder).selectable = selectable);
    }

    /// Lets a folder, made if it is missing, keep no mod-sequences, or keep them: SELECT then says
    /// `[NOMODSEQ]` (RFC 7162, section 3.1.2.2).
    pub fn set_no_modseq(&self, user: &str, folder: &str, none: bool) {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.note(|folders| folders.ensure(folder).no_modseq = none);
    }

    /// Gives a message these flags and keywords instead of its own. False if it is not there.
    pub fn set_flags(&self, user: &str, folder: &str, uid: u32, flags: &[&str]) -> bool {
        let flags = Flags::new(flags.iter().copied());
        self.server.user(user).mailbox.change(|folders| {
            let folder = folders.get(folder).map(|folder| folder.id);
            folder.is_some_and(|folder| folders.set_flags(folder, uid, &flags))
        })
    }

    /// Removes messages; the UIDs that were there.
    pub fn expunge(&self, user: &str, folder: &str, uids: &[u32]) -> Vec<u32> {
        self.server.user(user).mailbox.change(|folders| {
            let folder = folders.get_mut(folder);
            folder.map_or_else(Vec::new, |folder| folder.expunge(uids))
        })
    }

    /// Copies messages into a folder, made if it is missing: the UIDs here and there. They keep
    /// their flags, dates and EMAILIDs.
    pub fn copy_messages(&self, user: &str, from: &str, uids: &[u32], to: &str) -> Vec<(u32, u32)> {
        self.server.user(user).mailbox.change(|folders| {
            let from = folders.get(from).map(|folder| folder.id);
            from.map_or_else(Vec::new, |from| folders.copy(from, uids, to))
        })
    }

    /// Moves messages into a folder, made if it is missing: the UIDs here and there.
    pub fn move_messages(&self, user: &str, from: &str, uids: &[u32], to: &str) -> Vec<(u32, u32)> {
        self.server.user(user).mailbox.change(|folders| {
            let Some(source) = folders.get(from).map(|folder| folder.id) else {
                return Vec::new();
            };
            let copied = folders.copy(source, uids, to);
            if let Some(folder) = folders.get_mut(from) {
                folder.expunge(uids);
            }
            copied
        })
    }

    /// Gives a folder a new, larger UIDVALIDITY and its messages new UIDs, from [`crate::FIRST_UID`]
    /// on. Connections that have it open are told BYE. `None` if it is not there.
    pub fn change_uidvalidity(&self, user: &str, folder: &str) -> Option<u32> {
        let mailbox = &self.server.user(user).mailbox;
        mailbox.change(|folders| folders.renumber(folder))
    }

    /// How often the user's clients logged in.
    pub fn logins(&self, user: &str) -> Logins {
        self.server.user(user).logins()
    }

    /// How often the clients of all users logged in, and how many connections there are; the most
    /// at once is the sum of the users' own.
    pub fn all_logins(&self) -> Logins {
        let users = self.server.users();
        let each = users.iter().map(|user| user.logins());
        each.fold(Logins::default(), |sum, one| Logins {
            accepted: sum.accepted + one.accepted,
            refused: sum.refused + one.refused,
            connected: sum.connected + one.connected,
            most_connected: sum.most_connected + one.most_connected,
        })
    }

    /// When the user's connections came and went.
    pub fn visits(&self, user: &str) -> Visits {
        self.server.user(user).visits()
    }

    /// The newest commands of the user's clients, without tags and secrets, oldest first; of ActiveSync
    /// their names. As many as [`crate::Config::command_log`] says.
    pub fn commands(&self, user: &str) -> Vec<String> {
        self.server.user(user).commands()
    }
}
