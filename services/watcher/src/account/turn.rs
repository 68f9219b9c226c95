//! Waiting for the right to connect: the provider has to be well, the budget and the worker to have room.

use super::task::AccountTask;
use crate::connecting::Attempt;
use crate::rejections;
use crate::starting::Start;
use pushmail_domain::{AccountPhase, Fault};
use pushmail_upstream::breaker::{Blocked, Caller, Ticket};
use pushmail_upstream::budget::{self, Ask, Kind};
use pushmail_upstream::queue::Lane;

impl AccountTask {
    /// Waits for the account's turn, and begins the attempt. The permit is the connection's.
    pub(super) async fn turn(&mut self) -> Result<budget::Permit, Fault> {
        let mut start = std::mem::take(&mut self.start);
        loop {
            let ticket = self.ticket(&mut start).await;
            let lane = self.lane().await;
            let budget = start.while_waiting(self.budget(lane)).await?;
            let connecting = &self.shared().connecting;
            let entering = connecting.enter(self.account().tenant, lane);
            let permit = start.while_waiting(entering).await;
            // The provider may have begun to fail meanwhile.
            if ticket.holds() {
                self.life.announcer.connecting =
                    Some(Box::new(Attempt::new(permit, start, ticket)));
                return Ok(budget);
            }
        }
    }

    /// Waits until logins at the provider are not held back.
    async fn ticket(&mut self, start: &mut Start) -> Ticket {
        loop {
            let caller = Caller {
                account: self.account().id,
                proven: rejections::proven(&self.status(), self.account().version),
            };
            match self.shared().breakers.admit(&self.provider, caller) {
                Ok(ticket) => return ticket,
                Err(Blocked(pause)) => {
                    start.give_back();
                    let detail = self.trouble();
                    self.enter(AccountPhase::Retrying, &detail).await;
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
        let account = self.account().id;
        if self.shard().devices.include(self.shared(), account).await {
            Lane::Device
        } else if self.life.announcer.cursor().is_empty() {
            Lane::New
        } else {
            Lane::Live
        }
    }

    async fn budget(&self, lane: Lane) -> Result<budget::Permit, Fault> {
        let (shared, account) = (self.shared(), self.account());
        let host = &account.upstream.endpoint.host;
        let ask = Ask {
            account: account.id,
            tenant: account.tenant,
            host,
            provider: &self.provider,
            limits: self.quirks.budget,
            egress: shared.dialer.source(account.id, host).await?,
            kind: Kind::Watch,
            lane,
        };
        if shared.budget.is_full(&ask) {
            self.life.announcer.note(&format!(
                "waiting for one of the gateway's connections to {} to end: there are as many as upstream.budget allows",
                ask.host
            ));
        }
        shared.budget.acquire(&ask).await
    }
}
