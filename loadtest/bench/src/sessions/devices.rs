//! Devices in a process of their own.

use super::board::Board;
use super::device::Device;
use crate::child;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

/// How many first attempts of a process are under way at the same time: a machine that is slow opens fewer in a second.
const AT_ONCE: usize = 64;

/// Device sessions, led by lines on standard input, until that ends.
#[derive(Debug, Args)]
pub(crate) struct DevicesArgs {}

/// What such a process is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Open a session for each device; answered at once by `()`.
    Open(Open),
    /// Answered by a [`Standing`](super::board::Standing).
    Look,
    /// How long each first Welcome took.
    Welcomed,
    /// Which sessions moved since this was asked last: [`Moved`](super::board::Moved).
    Moved,
    /// How many events the account of each device had; answered by a [`Tally`](super::board::Tally).
    Tally(Vec<u32>),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Open {
    /// URLs of the delivery processes.
    pub(super) gateways: Vec<String>,
    pub(super) ca_pem: String,
    /// The token of each device, its account, and the number of its first delivery process.
    pub(super) devices: Vec<(String, String, usize)>,
    /// How many in a second at most.
    pub(super) rate: f64,
}

pub(crate) fn run(_: &DevicesArgs) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // On a task, so that it may block.
    runtime.block_on(async { tokio::spawn(serve()).await })??;
    // Sessions need not be closed one by one.
    runtime.shutdown_background();
    Ok(true)
}

async fn serve() -> anyhow::Result<()> {
    child::say(&())?;
    let mut board = Arc::new(Board::new(0));
    block_in_place(|| {
        for order in child::orders() {
            match order? {
                Order::Open(open) => {
                    board = Arc::new(Board::new(open.devices.len()));
                    tokio::spawn(open.all(board.clone()));
                    child::say(&())?;
                }
                Order::Look => child::say(&board.standing())?,
                Order::Welcomed => child::say(&board.took())?,
                Order::Moved => child::say(&board.moved())?,
                Order::Tally(sent) => child::say(&board.tally(&sent))?,
            }
        }
        Ok(())
    })
}

impl Open {
    /// One after the other, none before its time.
    async fn all(self, board: Arc<Board>) {
        let (gateways, ca_pem): (Arc<[String]>, Arc<str>) =
            (self.gateways.into(), self.ca_pem.into());
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        let each = Duration::from_secs_f64(1.0 / self.rate.max(0.1));
        let mut due = Instant::now();
        for (place, (token, account, first)) in self.devices.into_iter().enumerate() {
            sleep(due.saturating_duration_since(Instant::now())).await;
            let Ok(permit) = gate.clone().acquire_owned().await else {
                return;
            };
            // A delay is not made up for.
            due = (due + each).max(Instant::now());
            let device = Device {
                place,
                token,
                account,
                gateways: gateways.clone(),
                ca_pem: ca_pem.clone(),
                board: board.clone(),
            };
            tokio::spawn(device.live(first, permit));
        }
    }
}
