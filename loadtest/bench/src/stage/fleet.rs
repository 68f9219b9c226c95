//! Roles as processes of their own.

use super::StageArgs;
use super::identity::Identity;
use super::pods::Pods;
use super::sheet::{Places, Sheet};
use super::world::{Mailboxes, World};
use crate::parked::Parked;
use crate::rig::process::Process;
use std::path::Path;

/// Starts mail servers and the fleet, and waits until it watches all mailboxes.
pub(super) async fn start(args: &StageArgs, program: &Path) -> anyhow::Result<World> {
    let mut parked = Parked::start(program, args.devices, &args.kind).await?;
    parked.watch().await?;
    let filled = parked.fill(0..args.devices).await?;
    let tokens = parked.operator.devices(&filled.accounts).await?;
    let identity = Identity::new()?;
    let settings = identity.settings();
    let start = |number| {
        let name = format!("pod-{number}");
        parked.rig.process_with("delivery", &name, &settings)
    };
    let pods: Vec<Process> = (1..=args.pods).map(start).collect::<anyhow::Result<_>>()?;
    let pods = Pods::new(pods, identity);
    let places = Places {
        gateways: pods.urls(),
        control: format!("http://{}", parked.control.grpc()),
        ca_pem: pods.ca_pem(),
        admin_key: parked.control.admin_key().await?,
    };
    Ok(World {
        sheet: Sheet::new(args, places, &parked.operator, tokens, &parked.servers)?,
        pods,
        mailboxes: Mailboxes::Watched(Box::new(parked)),
    })
}
