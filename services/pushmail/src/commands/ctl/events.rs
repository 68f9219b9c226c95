//! `pushmail ctl events …`

mod frames;
mod subscribe;

use super::session::{Session, refused};
use super::table::{self, Row};
use crate::output::rfc3339;
use clap::Subcommand;
use pushmail_proto::v1::{DeleteSubscriptionRequest, ListSubscriptionsRequest, Subscription};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Receives a tenant's events as its backend does, from a named position on.
    Subscribe(subscribe::SubscribeArgs),
    /// The named positions.
    #[command(subcommand)]
    Subscriptions(Subscriptions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Subscriptions {
    /// Lists a tenant's subscriptions.
    List {
        /// The tenant's id.
        tenant: String,
    },
    /// Erases a subscription and its position; an open stream of it ends.
    Delete {
        /// The tenant's id.
        tenant: String,
        /// The subscription's name.
        name: String,
    },
}

#[derive(Serialize)]
struct SubscriptionRow {
    name: String,
    tenant: String,
    open: bool,
    position_time: Option<String>,
    created_at: Option<String>,
}

impl Row for SubscriptionRow {
    const HEADINGS: &'static [&'static str] = &["SUBSCRIPTION", "OPEN", "POSITION"];

    fn cells(&self) -> Vec<String> {
        let open = if self.open { "yes" } else { "no" };
        let position = self.position_time.clone().unwrap_or_default();
        vec![self.name.clone(), open.to_owned(), position]
    }
}

impl From<Subscription> for SubscriptionRow {
    fn from(subscription: Subscription) -> Self {
        Self {
            position_time: subscription.position_time.as_ref().and_then(rfc3339),
            created_at: subscription.created_at.as_ref().and_then(rfc3339),
            name: subscription.name,
            tenant: subscription.tenant,
            open: subscription.open,
        }
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Subscribe(args) => subscribe::run(session, args).await,
        Command::Subscriptions(Subscriptions::List { tenant }) => {
            let request = ListSubscriptionsRequest { tenant };
            let listed = session.events().list_subscriptions(request).await;
            let listed = listed.map_err(refused)?.into_inner().subscriptions;
            let rows: Vec<SubscriptionRow> = listed.into_iter().map(Into::into).collect();
            table::print(&rows, session.json)
        }
        Command::Subscriptions(Subscriptions::Delete { tenant, name }) => {
            let request = DeleteSubscriptionRequest { tenant, name };
            let deleted = session.events().delete_subscription(request).await;
            deleted.map_err(refused)?;
            Ok(())
        }
    }
}
