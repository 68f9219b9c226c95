//! Mailboxes are registered, and their connections come.

use super::Parked;
use anyhow::bail;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at how many are connected.
const LOOK: Duration = Duration::from_millis(100);
/// Between two lines that tell of it.
const TELL: Duration = Duration::from_secs(5);
/// Nothing new for so long: something is wrong.
const STALLED: Duration = Duration::from_secs(180);
/// If one in so many is missing, there is nothing to measure.
const TOO_MANY_OF: usize = 1000;
/// However it goes on, so many come in a second, or it is given up; besides [`STALLED`].
const SLOWEST: usize = 100;

/// What came of it.
pub(crate) struct Filled {
    /// Accounts, in the order of their numbers.
    pub(crate) accounts: Vec<String>,
    /// Until the last one was registered.
    pub(crate) registered: Duration,
    /// Until the last one was in IDLE.
    pub(crate) connected: Duration,
}

/// While it goes on.
pub(super) struct Filling<'p> {
    parked: &'p mut Parked,
    registered: AtomicUsize,
    begun: Instant,
}

impl<'p> Filling<'p> {
    pub(super) fn new(parked: &'p mut Parked) -> Self {
        Self {
            parked,
            registered: AtomicUsize::new(0),
            begun: Instant::now(),
        }
    }

    pub(super) async fn registered(self, numbers: Range<usize>) -> anyhow::Result<Filled> {
        let ports = self.parked.servers.ports();
        let operator = &self.parked.operator;
        let registering = operator.accounts_at(numbers, &ports, &self.registered);
        let telling = async {
            loop {
                sleep(TELL).await;
                eprintln!("  {} registered", self.registered.load(Ordering::Relaxed));
            }
        };
        let accounts = tokio::select! {
            accounts = registering => accounts?,
            () = telling => Vec::new(),
        };
        let registered = self.begun.elapsed();
        let seconds = registered.as_secs_f64();
        eprintln!("  {} registered in {seconds:.1} s", accounts.len());
        Ok(Filled {
            accounts,
            registered,
            connected: registered,
        })
    }

    pub(super) async fn idling(self, numbers: Range<usize>) -> anyhow::Result<Filled> {
        let Self {
            parked,
            registered,
            begun,
        } = self;
        let ports = parked.servers.ports();
        let all = numbers.end;
        let registering = async {
            let accounts = parked
                .operator
                .accounts_at(numbers, &ports, &registered)
                .await?;
            anyhow::Ok((accounts, begun.elapsed()))
        };
        let mut progress = Progress::new(all, begun);
        let connecting = async {
            while !progress.is_over(parked.servers.idling().await?, &registered)? {
                sleep(LOOK).await;
            }
            Ok(())
        };
        let ((accounts, registered), ()) = tokio::try_join!(registering, connecting)?;
        Ok(Filled {
            accounts,
            registered,
            connected: begun.elapsed(),
        })
    }

    pub(super) async fn connected(self, all: usize) -> anyhow::Result<()> {
        let mut progress = Progress::new(all, self.begun);
        while !progress.is_over(self.parked.servers.idling().await?, &self.registered)? {
            sleep(LOOK).await;
        }
        Ok(())
    }
}

/// How far it is.
struct Progress {
    all: usize,
    begun: Instant,
    /// The most that were connected, and since when.
    most: usize,
    since: Instant,
    told: (usize, Instant),
}

impl Progress {
    fn new(all: usize, begun: Instant) -> Self {
        Self {
            all,
            begun,
            most: 0,
            since: begun,
            told: (0, begun),
        }
    }

    /// Takes note of how many are in IDLE.
    fn is_over(&mut self, idling: usize, registered: &AtomicUsize) -> anyhow::Result<bool> {
        if idling > self.most {
            (self.most, self.since) = (idling, Instant::now());
        }
        if idling >= self.all {
            return Ok(true);
        }
        let all = self.all;
        if self.since.elapsed() > STALLED {
            return self.stalled(idling);
        }
        let slowest = STALLED + Duration::from_secs((all / SLOWEST) as u64);
        if self.begun.elapsed() > slowest {
            bail!("{idling} of {all} mailboxes are connected after {slowest:?}: given up");
        }
        if self.told.1.elapsed() >= TELL {
            self.tell(idling, registered.load(Ordering::Relaxed));
        }
        Ok(false)
    }

    /// Some that are missing are for the report to tell, and more are too many for one.
    fn stalled(&self, idling: usize) -> anyhow::Result<bool> {
        let all = self.all;
        let missing = all - idling;
        if missing > all / TOO_MANY_OF {
            bail!("{idling} of {all} mailboxes are connected, and no more come");
        }
        eprintln!(
            "  {missing} of {all} mailboxes do not connect: measured without them, and failed"
        );
        Ok(true)
    }

    fn tell(&mut self, idling: usize, registered: usize) {
        let (before, at) = self.told;
        let more = u32::try_from(idling.saturating_sub(before)).unwrap_or(u32::MAX);
        let rate = f64::from(more) / at.elapsed().as_secs_f64();
        let (all, seconds) = (self.all, self.begun.elapsed().as_secs());
        eprint!("  {seconds} s: {idling} of {all} connected, {rate:.0}/s");
        match registered {
            0 => eprintln!(),
            some => eprintln!("; {some} newly registered"),
        }
        self.told = (idling, Instant::now());
    }
}
