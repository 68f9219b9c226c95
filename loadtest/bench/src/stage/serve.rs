//! One process that does everything.

use super::StageArgs;
use super::identity::Identity;
use super::pods::{Pods, url};
use super::sheet::{Places, Sheet};
use super::world::{Mailboxes, World};
use crate::mail_server::MailServers;
use crate::rig::operator::Operator;
use crate::rig::{self, LOOK, PATIENCE};
use anyhow::Context as _;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use tokio::time::{sleep, timeout};

/// Starts mail servers and the gateway, and waits until it watches all mailboxes.
pub(super) async fn start(args: &StageArgs, program: &Path) -> anyhow::Result<World> {
    let kind = &args.kind;
    let count = MailServers::for_mailboxes(args.devices);
    let mut servers = MailServers::start(count, kind.chain_bytes, kind.protocol).await?;
    let identity = Identity::new()?;
    let settings = kind.settings()? + &identity.settings();
    let serve = rig::serve(program, &servers.authorities(), &settings)?;
    let operator = Operator::by_tls(&serve, &identity.ca_pem).await?;
    let operator = operator.speaking(kind.protocol);
    let (registered, ports) = (AtomicUsize::new(0), servers.ports());
    let numbers = 0..args.devices;
    let accounts = operator.accounts_at(numbers, &ports, &registered).await?;
    let tokens = operator.devices(&accounts).await?;
    watched(&mut servers, args.devices).await?;
    let (control, admin_key) = (url(&serve), serve.admin_key().await?);
    let pods = Pods::new(vec![serve], identity);
    let places = Places {
        gateways: pods.urls(),
        control,
        ca_pem: pods.ca_pem(),
        admin_key,
    };
    Ok(World {
        sheet: Sheet::new(args, places, &operator, tokens, &servers)?,
        pods,
        mailboxes: Mailboxes::Served(servers),
    })
}

async fn watched(servers: &mut MailServers, mailboxes: usize) -> anyhow::Result<()> {
    let watched = async {
        while servers.idling().await? < mailboxes {
            sleep(LOOK).await;
        }
        Ok(())
    };
    let watched = timeout(PATIENCE, watched).await;
    watched.context("not all mailboxes are watched")?
}
