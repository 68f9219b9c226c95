//! `pushmail ctl tail`

use super::session::{Session, refused};
use crate::output::EventLine;
use clap::Args;
use pushmail_proto::v1::{TailEventsRequest, tail_events_response::Item};

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// The tenant's id.
    tenant: String,
    /// Only this account's events.
    #[arg(long)]
    account: Option<String>,
    /// First print up to this many of the account's newest events; needs --account.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(i32).range(0..=1000))]
    replay: i32,
}

pub(crate) async fn run(session: &Session, args: TailArgs) -> anyhow::Result<()> {
    let request = TailEventsRequest {
        tenant: args.tenant,
        account: args.account.unwrap_or_default(),
        replay: args.replay,
    };
    let mut events = session
        .events()
        .tail_events(request)
        .await
        .map_err(refused)?
        .into_inner();
    while let Some(answer) = events.message().await.map_err(refused)? {
        match answer.item {
            Some(Item::Event(event)) => EventLine::new(event, None).print(session.json)?,
            Some(Item::Skipped(_)) => {
                eprintln!("some events were passed over: this reader is too slow");
            }
            None => {}
        }
    }
    Ok(())
}
