//! Replaces every process of a running fleet by another version of the gateway, one after the other, and then by the first one again.

use crate::fleet::Member;
use crate::history::Noticed;
use crate::world::{DELIVERIES, WATCHERS, World};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// So many mailboxes are registered by each version once it has replaced the other one: what it stores has to be good for the next.
const REGISTERED: u32 = 6;

/// What was replaced, and what devices noticed of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Upgrade {
    pub(crate) passes: Vec<Pass>,
    #[serde(flatten)]
    pub(crate) noticed: Noticed,
}

/// All processes, replaced once.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Pass {
    /// The program that runs from then on.
    pub(crate) to: PathBuf,
    pub(crate) seconds: f32,
    /// In the order in which it was done.
    pub(crate) replaced: Vec<Replaced>,
}

/// One process that was replaced.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Replaced {
    pub(crate) process: String,
    /// From the signal until it had ended.
    pub(crate) end_ms: u64,
    /// From then until the next one was ready.
    pub(crate) start_ms: u64,
    /// From then until every mailbox was watched, and every mail received.
    pub(crate) well_ms: u64,
}

/// A process, by its place.
#[derive(Debug, Clone, Copy)]
enum Which {
    Watcher(usize),
    Delivery(usize),
    Control,
}

/// In the order in which operators replace them.
fn every() -> impl Iterator<Item = Which> {
    let watchers = (0..WATCHERS).map(Which::Watcher);
    let deliveries = (0..DELIVERIES).map(Which::Delivery);
    watchers.chain(deliveries).chain([Which::Control])
}

/// Replaces the processes of the old gateway, which all run it, by the new one, and then by the old one. They are drained, or
/// killed.
pub(crate) async fn there_and_back(
    world: &mut World,
    old: &Path,
    new: &Path,
    in_order: bool,
) -> anyhow::Result<Upgrade> {
    world.history.notice_anew();
    let mut passes = Vec::new();
    for program in [new, old] {
        passes.push(pass(world, program, in_order).await?);
    }
    Ok(Upgrade {
        passes,
        noticed: Noticed::default(),
    })
}

async fn pass(world: &mut World, program: &Path, in_order: bool) -> anyhow::Result<Pass> {
    eprintln!("to {}", program.display());
    let begin = Instant::now();
    let mut replaced = Vec::new();
    for which in every() {
        world.devices.check()?;
        let one = replace(world, which, program, in_order).await?;
        eprintln!(
            "{:6.1} s  {}: ended in {} ms, ready in {} ms, well in {} ms; {:?}",
            begin.elapsed().as_secs_f32(),
            one.process,
            one.end_ms,
            one.start_ms,
            one.well_ms,
            world.history.noticed(),
        );
        replaced.push(one);
    }
    world.register(REGISTERED, world.balancer.addr()).await?;
    Ok(Pass {
        to: program.to_owned(),
        seconds: begin.elapsed().as_secs_f32(),
        replaced,
    })
}

async fn replace(
    world: &mut World,
    which: Which,
    program: &Path,
    in_order: bool,
) -> anyhow::Result<Replaced> {
    let patience = world.profile.patience;
    let member: &mut Member = match which {
        Which::Watcher(place) => &mut world.watchers[place],
        Which::Delivery(place) => &mut world.deliveries[place],
        Which::Control => &mut world.control,
    };
    let process = member.name.clone();
    let took = tokio::task::block_in_place(|| member.replace(program, in_order, patience))?;
    let well = world.until_well().await?;
    Ok(Replaced {
        process,
        end_ms: millis(took.end),
        start_ms: millis(took.start),
        well_ms: millis(well),
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
