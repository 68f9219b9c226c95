//! Direct Push: one Ping waits for all folders (MS-ASCMD, section 2.2.1.13), as long as connections were seen to live.

use super::{EasFlow, limits};
use crate::command::Class;
use crate::command::ping::{Answer, Request, Status, Watched as Pinged};
use crate::status::Category;
use pushmail_domain::ItemClass;
use pushmail_upstream::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The waiting, from one Ping to the next.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// No Ping is sent before this.
    not_before: Duration,
    /// The parameters that the server keeps, so that they need not be sent: the heartbeat, and for how many folders.
    kept: Option<(u32, usize)>,
    /// How often in a row a Ping said at once that something had changed, and nothing had.
    deceived: u8,
    /// A Ping said so, and nothing was told since.
    expects: bool,
    /// The Ping under way: when it was sent, by the clock that only goes forward, and its heartbeat in seconds.
    pub(super) under_way: Option<(Duration, u32)>,
}

impl Waiting {
    pub(super) const fn not_before(&self) -> Duration {
        self.not_before
    }

    /// Something was told.
    pub(super) const fn brought(&mut self) {
        self.expects = false;
        self.deceived = 0;
    }

    /// The next Ping says all again.
    pub(super) const fn forget_parameters(&mut self) {
        self.kept = None;
    }

    /// Every folder is read: a Ping that promised something in vain makes the next one wait.
    pub(super) fn settle(&mut self, at: Duration) {
        if !std::mem::take(&mut self.expects) {
            return;
        }
        self.deceived = self.deceived.saturating_add(1);
        // Once is the way of servers whose key moves on by one more Sync.
        if self.deceived > 1 {
            let doublings = u32::from(self.deceived.min(8)) - 1;
            let pause = limits::PING_FLOOR * 2u32.pow(doublings);
            self.not_before = at + pause.min(limits::PING_PAUSE_MAX);
        }
    }
}

impl EasFlow {
    /// How long the next Ping waits, in seconds: not longer than until a folder is looked at that it does not watch.
    pub(super) fn heartbeat(&mut self, at: Moment) -> u32 {
        self.look_at_the_unwatched(at.elapsed);
        let looks = self.folders.iter().filter_map(|folder| folder.look_at);
        let until_look = looks.min().map(|look| look.saturating_sub(at.elapsed));
        let wished = self.learned.keep_alive.interval();
        self.within_bounds(until_look.map_or(wished, |look| look.min(wished)))
    }

    fn within_bounds(&self, wished: Duration) -> u32 {
        let (shortest, longest) = self.learned.bounds;
        u32::try_from(wished.as_secs())
            .unwrap_or(longest)
            .clamp(shortest, longest.max(shortest))
    }

    /// The most folders that a Ping watches.
    fn most(&self) -> usize {
        let most = self.learned.max_folders.unwrap_or(u32::MAX);
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Folders beyond those that a Ping watches are looked at from time to time.
    fn look_at_the_unwatched(&mut self, at: Duration) {
        let most = self.most();
        let watchable = self.folders.iter_mut().filter(|one| one.can_be_pinged());
        for (place, folder) in watchable.enumerate() {
            folder.look_at =
                (place >= most).then(|| folder.look_at.unwrap_or(at + limits::UNWATCHED));
        }
    }

    /// The body of the next Ping: empty if the server keeps what it would say.
    pub(super) fn ping(&mut self, heartbeat: u32) -> Vec<u8> {
        let folders = self.folders.iter().filter(|one| one.can_be_pinged());
        let folders: Vec<Pinged> = folders
            .take(self.most())
            .map(|one| Pinged {
                id: one.server_id.clone(),
                class: class(one.class),
            })
            .collect();
        let parameters = (heartbeat, folders.len());
        if self.waiting.kept.replace(parameters) == Some(parameters) {
            return Vec::new();
        }
        let heartbeat = Some(heartbeat);
        Request { heartbeat, folders }.encode()
    }

    /// A Ping has come back.
    pub(super) fn took_ping(
        &mut self,
        answer: &Answer,
        (sent, heartbeat): (Moment, u32),
        at: Moment,
    ) {
        let lasted = at.elapsed.saturating_sub(sent.elapsed);
        let floor = sent.elapsed + limits::PING_FLOOR;
        self.waiting.not_before = match answer.status.category() {
            Category::SendInFull | Category::Adjust => at.elapsed,
            _ => floor,
        };
        match answer.status {
            Status::Expired => {
                self.succeeded();
                let full = self.within_bounds(self.learned.keep_alive.interval());
                let passed = lasted + limits::PING_FLOOR >= Duration::from_secs(heartbeat.into());
                if passed && heartbeat >= full {
                    self.learned.keep_alive.answered();
                }
            }
            Status::Changed => self.changed(answer, at),
            Status::HeartbeatOutOfRange => self.adjust_heartbeat(answer.heartbeat, heartbeat, at),
            Status::TooManyFolders => {
                let most = answer.max_folders.filter(|most| *most > 0);
                self.learned.max_folders = Some(most.unwrap_or(1));
                self.waiting.forget_parameters();
                self.adjusted();
            }
            Status::MissingParameters => {
                self.waiting.forget_parameters();
                self.adjusted();
            }
            Status::HierarchyChanged => {
                self.succeeded();
                self.hierarchy.is_due_now();
            }
            other => self.heed(other.category(), other.number(), at),
        }
    }

    /// Something is new in these folders; if none is named, in any.
    fn changed(&mut self, answer: &Answer, at: Moment) {
        self.succeeded();
        // It waited no longer than the server had nothing to say, and nothing is to be made up for.
        self.waiting.not_before = at.elapsed;
        self.waiting.expects = true;
        for folder in &mut self.folders {
            let named = answer.folders.is_empty() || answer.folders.contains(&folder.server_id);
            folder.dirty |= named;
        }
        // Of a folder that is not watched nothing is read: it is the list that has changed.
        if !self.folders.iter().any(|folder| folder.dirty) {
            self.hierarchy.is_due_now();
        }
    }

    /// The server allows another heartbeat, which is its shortest or its longest (MS-ASCMD, section 2.2.3.87.1).
    fn adjust_heartbeat(&mut self, allowed: Option<u32>, sent: u32, at: Moment) {
        let (shortest, longest) = &mut self.learned.bounds;
        match allowed.filter(|allowed| *allowed > 0) {
            Some(allowed) if allowed > sent => *shortest = allowed,
            Some(allowed) => *longest = allowed.min(*longest),
            None => return self.heed(Category::Bug, Status::HeartbeatOutOfRange.number(), at),
        }
        *shortest = (*shortest).min(*longest);
        self.waiting.forget_parameters();
        self.adjusted();
    }
}

pub(super) const fn class(class: ItemClass) -> Class {
    match class {
        ItemClass::Message => Class::Email,
        ItemClass::Calendar => Class::Calendar,
        ItemClass::Contact => Class::Contacts,
        ItemClass::Task => Class::Tasks,
    }
}
