//! How long the mailboxes of a watcher that was killed wait until another one watches them.

use super::{MOST, World, handshakes};
use crate::rig::operator::Operator;
use crate::rig::{LEASE_TTL, LOOK, PATIENCE};
use anyhow::Context as _;
use pushmail_domain::{Clock as _, Timestamp};
use pushmail_mailsim::Mailsim;
use pushmail_runtime::SystemClock;
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
pub(super) struct TakeOver {
    mailboxes: usize,
    lease_ttl_s: f64,
    /// From the kill until the first, and until all mailboxes are in IDLE again.
    first_s: f64,
    all_s: f64,
    /// The latter without the lease's TTL.
    after_ttl_s: f64,
    /// TCP, TLS and LOGIN of as many connections, in this process.
    handshakes_s: f64,
    /// How many times as long the takeover takes after the TTL.
    after_ttl_against_handshakes: f64,
}

pub(super) async fn measure(world: &World, mailboxes: usize) -> anyhow::Result<TakeOver> {
    let (rig, server) = (&world.rig, &world.server);
    let control = rig.process("control", "control", 1)?;
    let operator = Operator::new(&control).await?;
    operator.accounts(mailboxes, world.port()).await?;
    let users = World::users(mailboxes);
    let bare = handshakes::measure(server, &users).await?;
    let mut old = rig.process("watcher", "watcher-1", MOST)?;
    server.wait_idling(mailboxes).await;
    let _new = rig.process("watcher", "watcher-2", 1)?;

    let killed = SystemClock.now();
    tokio::task::block_in_place(|| old.kill());
    let (first, all) = taken(server, &users, killed).await?;
    let after = all.saturating_sub(LEASE_TTL).as_secs_f64();
    Ok(TakeOver {
        mailboxes,
        lease_ttl_s: LEASE_TTL.as_secs_f64(),
        first_s: first.as_secs_f64(),
        all_s: all.as_secs_f64(),
        after_ttl_s: after,
        handshakes_s: bare.as_secs_f64(),
        after_ttl_against_handshakes: after / bare.as_secs_f64(),
    })
}

/// How long after the kill the first mailbox was in IDLE again, and the last one.
async fn taken(
    server: &Mailsim,
    users: &[String],
    killed: Timestamp,
) -> anyhow::Result<(Duration, Duration)> {
    let all = async {
        // The server is still learning of the ends of connections.
        while server.idling() >= users.len() / 2 {
            tokio::time::sleep(LOOK).await;
        }
        while server.idling() < users.len() {
            tokio::time::sleep(LOOK).await;
        }
    };
    let all = tokio::time::timeout(PATIENCE, all).await;
    all.context("the mailboxes are not taken over")?;
    let idled = users.iter().filter_map(|user| server.visits(user).idled_at);
    let mut idled: Vec<Timestamp> = idled.filter(|idled| *idled > killed).collect();
    idled.sort_unstable();
    let at = |moment: Option<&Timestamp>| moment.map(|moment| moment.since(killed));
    at(idled.first())
        .zip(at(idled.last()))
        .context("no mailbox was taken over")
}

impl std::fmt::Display for TakeOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "all in IDLE after {:.1} s, {:.1} s after the lease's TTL; bare handshakes {:.1} s: {:.2} times as long",
            self.all_s, self.after_ttl_s, self.handshakes_s, self.after_ttl_against_handshakes
        )
    }
}
