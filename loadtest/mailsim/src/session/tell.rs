//! Unsolicited responses about the open folder (RFC 3501, section 7; RFC 7162, section 3.2.10).

use super::fetch::write_items;
use super::notify::Notify;
use super::{Enabled, Selected, Session};
use crate::mailbox::{Message, View};
use crate::server::Server;
use crate::user::User;
use crate::wire::ranges;

/// Which changes are told.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub(super) new: bool,
    pub(super) expunges: bool,
    pub(super) flags: bool,
}

const ALL: Told = Told {
    new: true,
    expunges: true,
    flags: true,
};

impl<S> Session<S> {
    /// Tells what is due after a command. What was expunged waits while numbers in commands on their
    /// way could mean other messages (RFC 3501, section 7.4.1).
    pub(super) fn tell_after(&mut self, command: &str) {
        let deaf = command == "IDLE" && self.deaf_idle();
        if !deaf && !self.server.profile.quirks().news_at_select_only {
            let expunges = !matches!(command, "FETCH" | "STORE" | "SEARCH");
            self.tell(Told { expunges, ..ALL });
        }
        self.tell_others();
    }

    /// Tells what is due without a command: in IDLE everything, else what NOTIFY asked for.
    pub(super) fn tell_unasked(&mut self) {
        if self.idle.is_some() {
            self.tell_unasked_in_idle();
        } else if !self.server.profile.quirks().notify_needs_idle
            && let Some(told) = self.notify.as_deref().and_then(Notify::unasked)
        {
            self.tell(told);
        }
        self.tell_others();
    }

    pub(super) fn tell_unasked_in_idle(&mut self) {
        if !self.deaf_idle() && !self.server.profile.quirks().news_at_select_only {
            self.tell(ALL);
        }
    }

    fn deaf_idle(&self) -> bool {
        let owner = self.owner.as_ref();
        owner.is_some_and(|owner| owner.user.faults(|faults| faults.deaf_idle))
    }

    /// Tells what changed in the open folder; says goodbye if it is gone or renumbered.
    fn tell(&mut self, told: Told) {
        let (Some(owner), Some(selected)) = (&self.owner, &mut self.selected) else {
            return;
        };
        let user = &owner.user;
        let Some(news) = take(&self.server, user, selected, told) else {
            self.selected = None;
            let text = self.server.profile.texts().folder_gone.clone();
            self.bye(&text);
            return;
        };
        self.say_expunged(&news.expunged);
        if news.count > 0 {
            self.say(&format!("* {} EXISTS", news.exists));
            self.say_new(&news);
        }
        let moved = news.count > 0 || !news.expunged.is_empty();
        if moved && self.enabled.qresync && self.server.profile.quirks().modseq_after_changes {
            self.say_modseq();
        }
        for (sequence, message) in &news.flags {
            let line = flags_line(*sequence, message, &self.enabled);
            self.say(&line);
        }
    }

    /// Tells HIGHESTMODSEQ of the open folder.
    pub(super) fn say_modseq(&mut self) {
        if let Some(modseq) = self.highest_modseq() {
            self.say(&format!("* OK [HIGHESTMODSEQ {modseq}] Highest"));
        }
    }

    /// HIGHESTMODSEQ of the open folder, if it has one.
    pub(super) fn highest_modseq(&self) -> Option<u64> {
        let (owner, selected) = (self.owner.as_ref()?, self.selected.as_ref()?);
        owner.user.mailbox.read(|folders| {
            let (_, folder) = folders.by_id(selected.view.folder)?;
            (!folder.no_modseq).then_some(folder.modseq)
        })
    }

    fn say_expunged(&mut self, expunged: &[(u32, u32)]) {
        if expunged.is_empty() {
            return;
        }
        if self.enabled.qresync {
            let uids = ranges(expunged.iter().map(|(_, uid)| *uid));
            self.say(&format!("* VANISHED {uids}"));
            return;
        }
        for (sequence, _) in expunged {
            self.say(&format!("* {sequence} EXPUNGE"));
        }
    }

    /// The FETCH that NOTIFY may ask for with new messages (RFC 5465, section 5.2).
    fn say_new(&mut self, news: &News) {
        let Some(items) = self.notify.as_ref().and_then(|notify| notify.new_items()) else {
            return;
        };
        for (sequence, message) in &news.new {
            write_items(&mut self.output, *sequence, message, items);
        }
    }
}

/// What a client was not told yet.
struct News {
    expunged: Vec<(u32, u32)>,
    /// How many messages came, and how many there are.
    count: usize,
    exists: usize,
    /// What came, with sequence numbers, if NOTIFY may want it.
    new: Vec<(u32, Message)>,
    flags: Vec<(u32, Message)>,
}

fn take(server: &Server, user: &User, selected: &mut Selected, told: Told) -> Option<News> {
    let view = &mut selected.view;
    let (news, announced) = user.mailbox.note(|folders| {
        let (_, folder) = folders.by_id(view.folder)?;
        if folder.validity != view.validity {
            return None;
        }
        let expunged = match told.expunges {
            true => view.take_expunged(folder),
            false => Vec::new(),
        };
        let count = match told.new {
            true => view.take_new(folder),
            false => 0,
        };
        let changed = match told.flags {
            true => view.take_flags(folder),
            false => Vec::new(),
        };
        let message = |(sequence, uid): (u32, u32)| Some((sequence, folder.get(uid)?.clone()));
        let news = News {
            expunged,
            count,
            exists: view.len(),
            new: newest(view, count)
                .into_iter()
                .filter_map(message)
                .collect(),
            flags: changed.into_iter().filter_map(message).collect(),
        };
        let announced = match count {
            0 => Vec::new(),
            _ => folders.announce(view.folder, &user.name, server.clock.now()),
        };
        Some((news, announced))
    })?;
    server.announced(announced);
    Some(news)
}

/// The last `count` messages of a view.
fn newest(view: &View, count: usize) -> Vec<(u32, u32)> {
    view.numbers().skip(view.len() - count).collect()
}

/// A FETCH response that tells flags.
pub(super) fn flags_line(sequence: u32, message: &Message, enabled: &Enabled) -> String {
    let uid = match enabled.qresync {
        true => format!("UID {} ", message.uid),
        false => String::new(),
    };
    let modseq = match enabled.condstore {
        true => format!(" MODSEQ ({})", message.modseq),
        false => String::new(),
    };
    format!("* {sequence} FETCH ({uid}FLAGS {}{modseq})", message.flags)
}
