//! For how long nobody watches a mailbox that a drained watcher hands over.

use super::{MOST, World};
use crate::quantiles::Millis;
use crate::rig::operator::Operator;
use crate::rig::{LOOK, PATIENCE};
use anyhow::Context as _;
use pushmail_domain::{Clock as _, Timestamp};
use pushmail_mailsim::{Mailsim, Visits};
use pushmail_runtime::SystemClock;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct HandOver {
    mailboxes: usize,
    /// From the end of the old connection to the IDLE of the new one, of each mailbox.
    gap_ms: Millis,
    /// From the operator's call until the last mailbox is in IDLE again, in seconds.
    in_all_s: f64,
}

pub(super) async fn measure(world: &World, mailboxes: usize) -> anyhow::Result<HandOver> {
    let (rig, server) = (&world.rig, &world.server);
    let control = rig.process("control", "control", 1)?;
    let operator = Operator::new(&control).await?;
    operator.accounts(mailboxes, world.port()).await?;
    let _old = rig.process("watcher", "watcher-1", MOST)?;
    server.wait_idling(mailboxes).await;
    let _new = rig.process("watcher", "watcher-2", 1)?;

    let begun = SystemClock.now();
    operator.drain("watcher-1").await?;
    let visits = moved(server, &World::users(mailboxes), begun).await?;
    let gaps = visits.iter().map(|(ended, idled)| idled.since(*ended));
    let gap_ms = Millis::of(gaps)?;
    let last = visits.iter().map(|(_, idled)| *idled).max();
    Ok(HandOver {
        mailboxes,
        gap_ms,
        in_all_s: last.unwrap_or(begun).since(begun).as_secs_f64(),
    })
}

/// When each user's old connection ended and the new one was in IDLE; waits until that is so for all but
/// those that had moved before.
async fn moved(
    server: &Mailsim,
    users: &[String],
    begun: Timestamp,
) -> anyhow::Result<Vec<(Timestamp, Timestamp)>> {
    let all = async {
        loop {
            let visits: Vec<Visits> = users.iter().map(|user| server.visits(user)).collect();
            let moved = visits.iter().filter_map(|visit| {
                let (ended, idled) = visit.ended_at.zip(visit.idled_at)?;
                (ended >= begun && idled >= begun).then_some((ended, idled))
            });
            let moved: Vec<_> = moved.collect();
            let early = visits.iter().filter(|visit| {
                visit.ended_at.is_some_and(|ended| ended < begun) && visit.idled_at > visit.ended_at
            });
            if moved.len() + early.count() == users.len() {
                return moved;
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let all = tokio::time::timeout(PATIENCE, all).await;
    all.context("mailboxes are not handed over")
}

impl std::fmt::Display for HandOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "nobody watches for {}; in all {:.1} s",
            self.gap_ms, self.in_all_s
        )
    }
}
