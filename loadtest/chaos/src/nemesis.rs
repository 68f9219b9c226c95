//! Lets faults happen, one after the other, in an order that the seed decides.

use crate::Args;
use crate::faults;
use crate::kind::Kind;
use crate::world::World;
use anyhow::Context as _;
use pushmail_domain::Entropy as _;
use pushmail_eventlog::EventLog as _;
use pushmail_testkit::SeededEntropy;
use std::time::Duration;
use tokio::time::Instant;

/// So often a node is let to be behind for the plant, if it is not met so.
const TRIES: usize = 4;

/// The kinds of a run.
pub(crate) fn kinds(args: &Args) -> Vec<Kind> {
    match (args.plant, &args.only) {
        (Some(plant), _) => vec![Kind::that_shows(plant)],
        (None, only) if only.is_empty() => Kind::EVERY.to_vec(),
        (None, only) => only.clone(),
    }
}

/// Lets each kind happen, and then again until the time is over. Without a plan
/// of all kinds, each happens once.
pub(crate) async fn rage(world: &mut World, args: &Args) -> anyhow::Result<()> {
    let begin = Instant::now();
    let chance = SeededEntropy::new(args.seed ^ 0x006e_656d_6573_6973);
    let kinds = kinds(args);
    let whole = args.plant.is_none() && args.only.is_empty();
    let end = begin + Duration::from_secs(args.minutes * 60);
    let mut number = 0;
    loop {
        for kind in shuffled(&kinds, &chance) {
            number += 1;
            strike(world, kind, number, begin).await?;
            if kind == Kind::ReplicaBehind && args.plant.is_some() {
                strike_until_behind(world, number, begin).await?;
            }
            if number >= kinds.len() && Instant::now() >= end {
                return Ok(());
            }
        }
        if !whole {
            return Ok(());
        }
    }
}

/// Lets a node be behind again if nobody met it so: on a busy machine it may have caught up before.
async fn strike_until_behind(
    world: &mut World,
    number: usize,
    begin: Instant,
) -> anyhow::Result<()> {
    for _ in 1..TRIES {
        let surplus = world.observer.log.surplus_records().await;
        if !surplus.context("the log cannot be read")?.is_empty() {
            break;
        }
        strike(world, Kind::ReplicaBehind, number, begin).await?;
    }
    Ok(())
}

async fn strike(
    world: &mut World,
    kind: Kind,
    number: usize,
    begin: Instant,
) -> anyhow::Result<()> {
    world.devices.check()?;
    let at = begin.elapsed().as_secs_f32();
    let met = faults::strike(world, kind).await?;
    let lasted = begin.elapsed().as_secs_f32() - at;
    let well = world.until_well().await;
    let recovered = match &well {
        Ok(after) => format!("well again after {:.1} s", after.as_secs_f32()),
        Err(error) => format!("NOT well again: {error:#}"),
    };
    let millis =
        |time: Option<Duration>| time.map_or("-".to_owned(), |time| time.as_millis().to_string());
    eprintln!(
        "{at:6.1} s  {number:3} {kind:?} of {}: {lasted:.1} s, detect {} ms, takeover {} ms, {recovered}",
        met.target,
        millis(met.took.detect),
        millis(met.took.takeover),
    );
    world.tally.fault(kind, &met.target, met.took);
    Ok(())
}

/// All of them, each once; a restart of the log, which makes the backup, before its restore.
fn shuffled(kinds: &[Kind], chance: &SeededEntropy) -> Vec<Kind> {
    let mut order = kinds.to_vec();
    for last in (1..order.len()).rev() {
        let other = usize::try_from(chance.below(last as u64 + 1)).unwrap_or_default();
        order.swap(last, other);
    }
    let place = |kind| order.iter().position(|other| *other == kind);
    if let (Some(restart), Some(restore)) = (place(Kind::NatsRestarted), place(Kind::NatsRestored))
        && restore < restart
    {
        order.swap(restart, restore);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_order_of_all_kinds() {
        let order = |seed| shuffled(&Kind::EVERY, &SeededEntropy::new(seed));
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        for seed in 0..100 {
            let mut all = order(seed);
            let place = |kind| all.iter().position(|other| *other == kind);
            assert!(place(Kind::NatsRestarted) < place(Kind::NatsRestored));
            all.sort();
            assert_eq!(all, Kind::EVERY);
        }
    }
}
