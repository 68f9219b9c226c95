//! From the mail server's EXISTS to the device's frame.

use super::{FleetArgs, World};
use crate::quantiles::Millis;
use crate::rig::devices::Devices;
use crate::rig::operator::Operator;
use anyhow::Context as _;
use serde::Serialize;
use std::collections::HashMap;
use std::time::Duration;

/// How many watchers, and how many delivery processes.
const PROCESSES: usize = 2;

#[derive(Serialize)]
pub(super) struct Push {
    mailboxes: usize,
    mails: u32,
    rate: u32,
    watchers: usize,
    delivery_processes: usize,
    /// The mail server writes EXISTS; the device has the frame.
    exists_to_device_ms: Millis,
}

pub(super) async fn measure(world: &World, args: &FleetArgs) -> anyhow::Result<Push> {
    let (rig, server) = (&world.rig, &world.server);
    let control = rig.process("control", "control", 1)?;
    let operator = Operator::new(&control).await?;
    let accounts = operator.accounts(args.mailboxes, world.port()).await?;
    let tokens = operator.devices(&accounts).await?;
    let (mut watchers, mut pods) = (Vec::new(), Vec::new());
    for number in 1..=PROCESSES {
        watchers.push(rig.process("watcher", &format!("watcher-{number}"), 1)?);
        pods.push(rig.process("delivery", &format!("pod-{number}"), 1)?);
    }
    let mut devices = Devices::connect(&tokens, &pods).await?;
    server.wait_idling(args.mailboxes).await;

    let users = World::users(args.mailboxes);
    let sending = async {
        let mut pace = tokio::time::interval(Duration::from_secs(1) / args.rate.max(1));
        for (number, user) in (0..args.mails).zip(users.iter().cycle()) {
            pace.tick().await;
            server.deliver(user, pushmail_mailsim::message(number.into(), user));
        }
    };
    let receiving = async {
        let mut received = HashMap::new();
        for _ in 0..args.mails {
            let came = devices.mail().await?;
            received.insert(came.message_id, came.received_at);
        }
        anyhow::Ok(received)
    };
    let ((), received) = tokio::join!(sending, receiving);
    let received = received?;
    let announced = server.announcements().into_iter().map(|announced| {
        let id = announced.message_id.trim_matches(['<', '>']);
        let at = received.get(id).with_context(|| format!("{id} is lost"))?;
        Ok(at.since(announced.announced_at))
    });
    let took: Vec<Duration> = announced.collect::<anyhow::Result<_>>()?;
    Ok(Push {
        mailboxes: args.mailboxes,
        mails: args.mails,
        rate: args.rate,
        watchers: watchers.len(),
        delivery_processes: pods.len(),
        exists_to_device_ms: Millis::of(took)?,
    })
}

impl std::fmt::Display for Push {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EXISTS to device: {}", self.exists_to_device_ms)
    }
}
