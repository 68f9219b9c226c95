//! Waiting for the right to connect: the provider has to be well, the budget and the worker to have room.

use super::AccountTask;
use crate::announcer::Announcer;
use crate::connecting::Attempt;
use crate::rejections;
use pushmail_domain::{AccountPhase, Fault};
use pushmail_upstream::breaker::{Blocked, Caller, Ticket};
use pushmail_upstream::budget::{self, Ask, Kind};
use pushmail_upstream::queue::Lane;
use tokio_util::sync::CancellationToken;

impl AccountTask {
    /// Waits for the account's turn, and begins the attempt. The permit is the connection's.
    pub(super) async fn turn(
        &self,
        announcer: &mut Announcer,
        over: &CancellationToken,
    ) -> Result<budget::Permit, Fault> {
        loop {
            let ticket = self.ticket(announcer).await;
            let lane = self.lane().await;
            let budget = self.budget(announcer, lane).await?;
            let connecting = &self.shared.connecting;
            let permit = connecting.enter(self.account.tenant, lane).await;
            // The provider may have begun to fail meanwhile.
            if ticket.holds() {
                announcer.connecting = Some(Attempt::new(permit, ticket, over.clone()));
                return Ok(budget);
            }
        }
    }

    /// Waits until logins at the provider are not held back.
    async fn ticket(&self, announcer: &mut Announcer) -> Ticket {
        loop {
            let caller = Caller {
                account: self.account.id,
                proven: rejections::proven(&self.status(), self.account.version),
            };
            match self.shared.breakers.admit(&self.provider, caller) {
                Ok(ticket) => return ticket,
                Err(Blocked(pause)) => {
                    let detail = self.trouble();
                    self.enter(announcer, AccountPhase::Retrying, &detail).await;
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// The provider's trouble, for people.
    pub(super) fn trouble(&self) -> String {
        format!(
            "many logins at {} fail at the same time: that is not this account's fault, and it is tried again when they succeed",
            self.provider
        )
    }

    /// How urgent the connection is: somebody's device waits for it; or it is missed; or it never was.
    async fn lane(&self) -> Lane {
        let account = self.account.id;
        if self.shard.devices.include(&self.shared, account).await {
            Lane::Device
        } else if self.shard.standings.get(account).cursors().is_empty() {
            Lane::New
        } else {
            Lane::Live
        }
    }

    async fn budget(&self, announcer: &Announcer, lane: Lane) -> Result<budget::Permit, Fault> {
        let host = &self.account.upstream.endpoint.host;
        let ask = Ask {
            account: self.account.id,
            tenant: self.account.tenant,
            host,
            provider: &self.provider,
            limits: self.quirks.budget,
            egress: self.shared.dialer.source(self.account.id, host).await?,
            kind: Kind::Watch,
            lane,
        };
        if self.shared.budget.is_full(&ask) {
            announcer.note(&format!(
                "waiting for one of the gateway's connections to {} to end: there are as many as upstream.budget allows",
                ask.host
            ));
        }
        self.shared.budget.acquire(&ask).await
    }
}
