//! FETCH and UID FETCH (RFC 3501, section 6.4.5; RFC 7162, sections 3.1.4.1 and 3.2.6).

mod body;
mod items;

pub(super) use items::{Item, parse_new_items};

use super::command::Command;
use super::{FLUSH_AT, Reply, Session};
use crate::faults::Poison;
use crate::line::Line;
use crate::mailbox::{Edit, Flags, Message};
use crate::wire::{Args, NumberSet, Value, ranges};
use items::parse_items;
use std::io;

/// What is sent in place of an oversized body, again and again.
const FILLER: [u8; 16 * 1024] = [b'x'; 16 * 1024];

/// A FETCH as it was read.
struct Plan {
    set: NumberSet,
    items: Vec<Item>,
    changed_since: Option<u64>,
    vanished: bool,
}

impl Session<Line> {
    pub(super) async fn fetch(&mut self, command: &Command) -> io::Result<Reply> {
        let Some(plan) = plan(command, self.enabled.qresync) else {
            return Ok("BAD not a set of messages, or an unknown item or modifier".into());
        };
        if self.selected.is_none() {
            return Ok("BAD open a folder first".into());
        }
        let features = self.server.profile.features();
        if !plan.items.iter().all(|item| item.known_with(features)) {
            return Ok("BAD unknown FETCH item".into());
        }
        if plan.items.contains(&Item::Modseq) {
            self.enable_condstore();
        }
        if plan.vanished {
            self.say_vanished(&plan);
        }
        let mut missing = false;
        for (sequence, uid) in self.chosen(&plan.set, command.by_uid()) {
            let Some(message) = self.message(uid) else {
                missing = true;
                continue;
            };
            if plan
                .changed_since
                .is_some_and(|since| message.modseq <= since)
            {
                continue;
            }
            match self.poison_of(uid) {
                Some(Poison::Refused) => return Ok("NO this message cannot be read".into()),
                Some(Poison::NotYet(_)) => continue,
                poison => self.tell_message(sequence, &message, &plan, poison).await?,
            }
            if self.ended {
                return Ok(Reply(None));
            }
        }
        Ok(match missing && !command.by_uid() {
            true => "NO [EXPUNGEISSUED] some messages no longer exist".into(),
            false => "OK FETCH done".into(),
        })
    }

    async fn tell_message(
        &mut self,
        sequence: u32,
        message: &Message,
        plan: &Plan,
        poison: Option<Poison>,
    ) -> io::Result<()> {
        if plan.items.iter().any(Item::marks_seen) {
            self.mark_seen(message);
        }
        match poison {
            Some(Poison::Oversized(size)) => {
                self.tell_filler(sequence, message, &plan.items, size)
                    .await?;
            }
            Some(Poison::CutOff) if plan.items.iter().any(Item::is_body) => {
                write_items(&mut self.output, sequence, message, &plan.items);
                self.output.truncate(self.output.len().saturating_sub(16));
                self.ended = true;
            }
            _ => write_items(&mut self.output, sequence, message, &plan.items),
        }
        if self.output.len() >= FLUSH_AT {
            self.flush().await?;
        }
        Ok(())
    }

    /// Tells a message whose body is `size` bytes of filler.
    async fn tell_filler(
        &mut self,
        sequence: u32,
        message: &Message,
        items: &[Item],
        size: u64,
    ) -> io::Result<()> {
        self.output
            .extend_from_slice(format!("* {sequence} FETCH (").as_bytes());
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.output.push(b' ');
            }
            let Item::Body(section) = item else {
                item.write(&mut self.output, message);
                continue;
            };
            let announced = format!("{} {{{size}}}\r\n", section.label());
            self.output.extend_from_slice(announced.as_bytes());
            self.flush().await?;
            self.fill(size).await?;
        }
        self.output.extend_from_slice(b")\r\n");
        Ok(())
    }

    async fn fill(&mut self, mut left: u64) -> io::Result<()> {
        while left > 0 {
            let next = usize::try_from(left).map_or(FILLER.len(), |left| left.min(FILLER.len()));
            self.stream.write_all(&FILLER[..next]).await?;
            left -= next as u64;
        }
        Ok(())
    }
}

impl<S> Session<S> {
    /// The messages of a set that the client knows: (sequence number, UID).
    pub(super) fn chosen(&self, set: &NumberSet, by_uid: bool) -> Vec<(u32, u32)> {
        let Some(selected) = &self.selected else {
            return Vec::new();
        };
        let view = &selected.view;
        let last = match by_uid {
            true => view.last_uid(),
            false => u32::try_from(view.len()).unwrap_or(u32::MAX),
        };
        let number = |(sequence, uid): (u32, u32)| if by_uid { uid } else { sequence };
        view.numbers()
            .filter(|pair| set.contains(number(*pair), last))
            .collect()
    }

    /// A message of the open folder as it is now.
    pub(super) fn message(&self, uid: u32) -> Option<Message> {
        let (owner, selected) = (self.owner.as_ref()?, self.selected.as_ref()?);
        owner.user.mailbox.read(|folders| {
            let (_, folder) = folders.by_id(selected.view.folder)?;
            folder.get(uid).cloned()
        })
    }

    fn poison_of(&self, uid: u32) -> Option<Poison> {
        let (owner, selected) = (self.owner.as_ref()?, self.selected.as_ref()?);
        let user = &owner.user;
        user.faults(|faults| faults.poison_of(selected.view.folder, uid))
    }

    /// Reading a body marks it as seen, except after EXAMINE; the client is told with the answer.
    fn mark_seen(&mut self, message: &Message) {
        let (Some(owner), Some(selected)) = (&self.owner, &self.selected) else {
            return;
        };
        if !selected.read_only && !message.flags.contains("\\Seen") {
            let seen = message.flags.edited(Edit::Add, &Flags::new(["\\Seen"]));
            let folder = selected.view.folder;
            let mailbox = &owner.user.mailbox;
            mailbox.change(|folders| folders.set_flags(folder, message.uid, &seen));
        }
    }

    /// Which of the asked UIDs were expunged since the mod-sequence (RFC 7162, section 3.2.6).
    fn say_vanished(&mut self, plan: &Plan) {
        let (Some(owner), Some(selected)) = (&self.owner, &self.selected) else {
            return;
        };
        let since = plan.changed_since.unwrap_or_default();
        let vanished = owner.user.mailbox.read(|folders| {
            let (_, folder) = folders.by_id(selected.view.folder)?;
            let last = folder.uid_next - 1;
            let mut uids = folder.vanished_since(since);
            uids.retain(|uid| plan.set.contains(*uid, last));
            Some(ranges(uids))
        });
        if let Some(uids) = vanished.filter(|uids| !uids.is_empty()) {
            self.say(&format!("* VANISHED (EARLIER) {uids}"));
        }
    }
}

/// A FETCH response.
pub(super) fn write_items(output: &mut Vec<u8>, sequence: u32, message: &Message, items: &[Item]) {
    output.extend_from_slice(format!("* {sequence} FETCH (").as_bytes());
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            output.push(b' ');
        }
        item.write(output, message);
    }
    output.extend_from_slice(b")\r\n");
}

fn plan(command: &Command, qresync: bool) -> Option<Plan> {
    let by_uid = command.by_uid();
    let mut args = command.args.iter();
    let set = NumberSet::parse(args.next()?.text()?)?;
    let items = parse_items(args.next()?, by_uid)?;
    let mut plan = Plan {
        set,
        items,
        changed_since: None,
        vanished: false,
    };
    if let Some(modifiers) = args.next() {
        read_modifiers(&mut plan, modifiers.list()?.iter())?;
    }
    let with_modseq = plan.changed_since.is_some() && !plan.items.contains(&Item::Modseq);
    if with_modseq {
        plan.items.push(Item::Modseq);
    }
    let vanished_fits = by_uid && qresync && plan.changed_since.is_some();
    (!plan.vanished || vanished_fits).then_some(plan)
}

fn read_modifiers(plan: &mut Plan, mut modifiers: Args<'_>) -> Option<()> {
    while let Some(modifier) = modifiers.next() {
        match modifier.upper().as_str() {
            "CHANGEDSINCE" => plan.changed_since = Some(modifiers.next().and_then(Value::number)?),
            "VANISHED" => plan.vanished = true,
            _ => return None,
        }
    }
    Some(())
}
