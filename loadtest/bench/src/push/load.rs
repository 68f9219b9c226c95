//! Mails to the same mailboxes, each of which has a device.

use super::PushArgs;
use super::hops::{Hops, Ways};
use crate::mail_server::MailServers;
use crate::rig::devices::Devices;
use serde::Serialize;
use std::time::Duration;
use tokio::time::{interval, timeout};

/// No mail came for so long: those that are missing are lost.
const WITHIN: Duration = Duration::from_secs(30);
/// How many mails each mailbox gets beforehand.
const WARM_UP: usize = 3;
/// How many mails a mail server is told to deliver at once, as fast as it can.
const TOGETHER: usize = 500;

/// What devices got while so many other mailboxes waited.
#[derive(Debug, Serialize)]
pub(super) struct Run {
    /// How many mailboxes waited besides those that got mail.
    pub(super) parked: usize,
    /// Mails at the given rate, and how many of them no device got.
    mails: usize,
    lost: usize,
    /// Their way.
    pub(super) hops: Hops,
    /// Mails as fast as the mail servers store them, and how many of them no device got.
    burst: usize,
    burst_lost: usize,
    /// From the first one's store until a device had the last one.
    pub(super) burst_events_per_s: f64,
}

/// What mail goes through.
pub(super) struct Load<'w> {
    pub(super) servers: &'w mut MailServers,
    pub(super) devices: &'w mut Devices,
    /// The number of the next mail.
    pub(super) next: &'w mut u64,
}

impl Load<'_> {
    /// Some mail for each, of which nothing is told: what comes first takes longer.
    pub(super) async fn warm_up(&mut self, args: &PushArgs) -> anyhow::Result<()> {
        let pause = Duration::from_secs(1) / args.rate.max(1);
        self.send(args.mailboxes, WARM_UP * args.mailboxes, (1, pause))
            .await?;
        Ok(())
    }

    pub(super) async fn run(&mut self, args: &PushArgs, parked: usize) -> anyhow::Result<Run> {
        let mails = (args.rate.max(1) * args.seconds) as usize;
        let pause = Duration::from_secs(1) / args.rate.max(1);
        let even = self.send(args.mailboxes, mails, (1, pause)).await?;
        let fast = (TOGETHER, Duration::from_millis(1));
        let burst = self.send(args.mailboxes, args.burst, fast).await?;
        Ok(Run {
            parked,
            mails,
            lost: even.lost(),
            hops: even.hops()?,
            burst: args.burst,
            burst_lost: burst.lost(),
            burst_events_per_s: rate(args.burst, burst.span()),
        })
    }

    /// Delivers so many mails to mailboxes in turn, some together and then a pause, until devices have all of them.
    async fn send(
        &mut self,
        mailboxes: usize,
        count: usize,
        (together, pause): (usize, Duration),
    ) -> anyhow::Result<Ways> {
        let first = *self.next;
        *self.next += count as u64;
        let mails: Vec<(u64, usize)> = (first..).zip((0..count).map(|n| n % mailboxes)).collect();
        let (servers, devices) = (&mut *self.servers, &mut *self.devices);
        let sending = async {
            let (mut pace, mut all) = (interval(pause), Vec::with_capacity(count));
            for some in mails.chunks(together) {
                pace.tick().await;
                all.extend(servers.deliver(some).await?);
            }
            anyhow::Ok(all)
        };
        let receiving = async {
            let mut all = Vec::with_capacity(count);
            while all.len() < count
                && let Ok(came) = timeout(WITHIN, devices.mail()).await
            {
                all.push(came?);
            }
            anyhow::Ok(all)
        };
        let (stored, came) = tokio::try_join!(sending, receiving)?;
        let mut ways = Ways::default();
        for ((number, _), stored) in mails.iter().zip(stored) {
            ways.stored(*number, stored);
        }
        servers
            .announced()
            .await?
            .into_iter()
            .for_each(|one| ways.announced(one));
        came.into_iter().for_each(|one| ways.came(one));
        Ok(ways)
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are not so many mails")]
fn rate(count: usize, within: Duration) -> f64 {
    count as f64 / within.as_secs_f64()
}

impl Run {
    pub(super) const fn lost(&self) -> usize {
        self.lost + self.burst_lost
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "  {} others parked: {} mails, {} lost; as fast as possible {:.0}/s{}",
            self.parked,
            self.mails + self.burst,
            self.lost(),
            self.burst_events_per_s,
            self.hops
        )
    }
}
