//! As many processes with devices as the sessions take.

use super::board::{Moved, Standing, Tally};
use super::devices::{Open, Order};
use super::report::count;
use crate::child::Child;
use crate::rig::PATIENCE;
use crate::usage::Usage;
use anyhow::ensure;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Sessions of one process: it may open 20,000 files.
const PER_GENERATOR: usize = 15_000;
/// Between two looks at how many are open.
const LOOK: Duration = Duration::from_millis(250);
/// Between two lines that tell it.
const TELL: Duration = Duration::from_secs(10);
/// Opening may take so many times what the rate says, besides [`PATIENCE`].
const SLOWER: u32 = 6;

pub(super) struct Generators {
    children: Vec<Child>,
    /// How many devices each has.
    each: usize,
}

/// What all devices are told alike.
pub(super) struct Opening {
    /// URLs of the delivery processes; devices begin at them in turn.
    pub(super) gateways: Vec<String>,
    /// What signed their certificate, in PEM.
    pub(super) ca_pem: String,
    /// Sessions a second, of all processes together.
    pub(super) rate: u32,
}

impl Generators {
    /// Enough of them, evenly filled; each has its runtime up when this returns.
    pub(super) async fn start(sessions: usize) -> anyhow::Result<Self> {
        let count = sessions.div_ceil(PER_GENERATOR).max(1);
        let mut children = Vec::new();
        for _ in 0..count {
            let mut child = Child::start("devices", &[])?;
            child.told::<()>(PATIENCE).await?;
            children.push(child);
        }
        Ok(Self {
            children,
            each: sessions.div_ceil(count).max(1),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.children.len()
    }

    pub(super) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of_all(self.children.iter().map(|child| child.id))
    }

    /// Has them begin to open a session for each token, whose account is at the same place.
    pub(super) async fn open(
        &mut self,
        opening: &Opening,
        (tokens, accounts): (&[String], &[String]),
    ) -> anyhow::Result<()> {
        let devices = tokens.iter().zip(accounts).enumerate();
        let gateways = opening.gateways.len();
        let devices: Vec<(String, String, usize)> = devices
            .map(|(number, (token, account))| (token.clone(), account.clone(), number % gateways))
            .collect();
        for (child, own) in self.children.iter_mut().zip(devices.chunks(self.each)) {
            let order = Open {
                gateways: opening.gateways.clone(),
                ca_pem: opening.ca_pem.clone(),
                devices: own.to_vec(),
                rate: f64::from(opening.rate) * count(own.len()) / count(devices.len()),
            };
            child.ask::<()>(&Order::Open(order)).await?;
        }
        Ok(())
    }

    pub(super) async fn look(&mut self) -> anyhow::Result<Standing> {
        let mut all = Standing::default();
        for child in &mut self.children {
            let one: Standing = child.ask(&Order::Look).await?;
            all.open += one.open;
            all.moved += one.moved;
            all.failed += one.failed;
            all.broken += one.broken;
            all.gaps += one.gaps;
            all.given_up += one.given_up;
        }
        Ok(all)
    }

    /// Waits until this many sessions are open, after so many moved or broke, and tells how many are meanwhile.
    pub(super) async fn opened(
        &mut self,
        (sessions, ended): (usize, u64),
        rate: u32,
    ) -> anyhow::Result<Standing> {
        let within = PATIENCE + Duration::from_secs(sessions as u64) * SLOWER / rate;
        let (begun, mut told) = (Instant::now(), Instant::now());
        loop {
            let standing = self.look().await?;
            if standing.open >= sessions && standing.moved + standing.broken >= ended {
                return Ok(standing);
            }
            ensure!(
                standing.given_up == 0 && begun.elapsed() < within,
                "not all sessions are open: {standing:?}"
            );
            if told.elapsed() > TELL {
                eprintln!(
                    "  {} are open, {} attempts failed",
                    standing.open, standing.failed
                );
                told = Instant::now();
            }
            sleep(LOOK).await;
        }
    }

    /// How long the first Welcome of each took.
    pub(super) async fn welcomed(&mut self) -> anyhow::Result<Vec<Duration>> {
        self.gather(&Order::Welcomed).await
    }

    /// Which sessions moved since this was asked last.
    pub(super) async fn moved(&mut self) -> anyhow::Result<Vec<Moved>> {
        self.gather(&Order::Moved).await
    }

    async fn gather<T: serde::de::DeserializeOwned>(
        &mut self,
        order: &Order,
    ) -> anyhow::Result<Vec<T>> {
        let mut all = Vec::new();
        for child in &mut self.children {
            all.extend(child.ask::<Vec<T>>(order).await?);
        }
        Ok(all)
    }

    /// What came of the events, given how many the account of each device had.
    pub(super) async fn tally(&mut self, sent: &[u32]) -> anyhow::Result<Tally> {
        let mut all = Tally::default();
        for (child, own) in self.children.iter_mut().zip(sent.chunks(self.each)) {
            all.add(child.ask(&Order::Tally(own.to_vec())).await?);
        }
        Ok(all)
    }
}
