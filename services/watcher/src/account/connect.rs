//! Making an account's connection, and leaving it in the lot.

use super::task::{AccountTask, Busy};
use super::{Connection, Life};
use crate::Shared;
use crate::connecting::{LIVE_WITHIN, too_slow};
use crate::shard::OwnedShard;
use pushmail_domain::{Account, Authentication, Fault, Protocol};
use pushmail_upstream::budget;
use pushmail_upstream::dial::Line;
use pushmail_upstream::lot::{Ended, Guest, Seat};
use pushmail_upstream::{Flow, Redial};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A connection that is not in the lot yet.
pub(super) struct Fresh {
    line: Line,
    flow: Box<dyn Flow>,
}

impl AccountTask {
    /// Connects, once it is the account's turn.
    pub(super) async fn connect(&mut self) -> Result<Fresh, Ended> {
        let stop = self.busy.stop().clone();
        if let Some(mailboxes) = self.shared().surroundings.mailboxes.clone() {
            self.start.give_back();
            let announcer = &mut self.life.announcer;
            let account = announcer.account.clone();
            let cursors = announcer.cursor().folders().collect();
            let ended = mailboxes.converse(&account, cursors, announcer, &stop);
            return Err(Box::pin(ended).await);
        }
        tokio::select! {
            biased;
            connected = self.dial_in_turn() => connected,
            () = stop.cancelled() => Err(Ended::Stopped),
        }
    }

    async fn dial_in_turn(&mut self) -> Result<Fresh, Ended> {
        let permit = self.turn().await?;
        // What takes room while it dials takes none while it waits.
        Box::pin(self.dial(permit)).await
    }

    async fn dial(&mut self, permit: budget::Permit) -> Result<Fresh, Ended> {
        let shared = self.shared().clone();
        self.life.connection = Some(Connection {
            permit,
            started: shared.clock.elapsed(),
        });
        let authentication = self.authentication().await?;
        let account = self.account();
        let endpoint = &account.upstream.endpoint;
        let dialled = shared.dialer.line_for(account.id, endpoint);
        let line = timeout(LIVE_WITHIN, dialled)
            .await
            .map_err(|elapsed| too_slow(endpoint).caused_by(elapsed))??;
        let flow = self.conversation(authentication);
        Ok(Fresh { line, flow })
    }

    /// What the account logs in with. For a conversation that will ask for it again and again it is kept, sealed: so mail is
    /// told while the registry is away.
    async fn authentication(&mut self) -> Result<Authentication, Fault> {
        let shared = self.shared().clone();
        let account = self.account();
        let sealed = shared.credentials.sealed(account).await?;
        let keys = self.life.announcer.keys();
        let authentication = pushmail_credentials::open(keys, account.id, &sealed)?;
        if let Protocol::Eas { .. } = account.upstream.protocol {
            self.life.sealed = sealed.into();
        }
        Ok(authentication)
    }

    /// Leaves the connection to the lot.
    pub(super) fn enter_lot(self, fresh: Fresh) {
        enter_lot(self.busy, self.life, fresh);
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.busy.watched().shared
    }

    pub(super) fn shard(&self) -> &Arc<OwnedShard> {
        &self.busy.watched().shard
    }

    pub(super) fn account(&self) -> &Account {
        &self.life.announcer.account
    }
}

impl Busy {
    /// Brings TLS up in the middle of the conversation.
    pub(super) async fn secure(self, life: Box<Life>, line: Line, mut flow: Box<dyn Flow>) {
        let endpoint = &life.announcer.account.upstream.endpoint;
        let lot = self.watched().shared.lot.clone();
        let left = expiry(&life).saturating_sub(lot.moment().elapsed);
        let secured = tokio::select! {
            biased;
            secured = timeout(left, line.secure()) => secured,
            () = self.stop().cancelled() => return,
        };
        let secured = secured
            .map_err(|elapsed| too_slow(endpoint).caused_by(elapsed))
            .and_then(|secured| secured);
        match secured {
            Ok(line) => {
                flow.secured(lot.moment());
                enter_lot(self, life, Fresh { line, flow });
            }
            Err(fault) => self.ended(life, fault.into(), Some(flow)).await,
        }
    }
}

impl Busy {
    /// Opens the account's credential for its conversation, which keeps none while it waits.
    pub(super) fn give_credential(self, life: Box<Life>, seat: Seat) {
        let announcer = &life.announcer;
        let account = announcer.account.id;
        let credential = pushmail_credentials::open(announcer.keys(), account, &life.sealed);
        self.park(life, |watched| {
            watched.shared.lot.give(seat, credential);
            seat
        });
    }

    /// Makes another connection for a conversation that goes on.
    pub(super) async fn redial(self, life: Box<Life>, redial: Redial, mut flow: Box<dyn Flow>) {
        let shared = self.watched().shared.clone();
        let Redial { endpoint, at } = &redial;
        let pause = at.saturating_sub(shared.lot.moment().elapsed);
        if !self.wait(pause).await {
            return;
        }
        let account = life.announcer.account.id;
        let dialled = tokio::select! {
            biased;
            dialled = timeout(LIVE_WITHIN, shared.dialer.line_for(account, endpoint)) => dialled,
            () = self.stop().cancelled() => return,
        };
        let dialled = dialled
            .map_err(|elapsed| too_slow(endpoint).caused_by(elapsed))
            .and_then(|dialled| dialled);
        match dialled {
            Ok(line) => {
                flow.redialled(shared.lot.moment());
                enter_lot(self, life, Fresh { line, flow });
            }
            Err(fault) => self.ended(life, fault.into(), Some(flow)).await,
        }
    }
}

/// By when the connection has to be live.
fn expiry(life: &Life) -> Duration {
    let started = life
        .connection
        .as_ref()
        .map(|connection| connection.started);
    started.unwrap_or_default() + LIVE_WITHIN
}

fn enter_lot(busy: Busy, life: Box<Life>, fresh: Fresh) {
    let endpoint = life.announcer.account.upstream.endpoint.clone();
    // Once it was live, a conversation that goes on elsewhere has its own patience.
    let expires = match life.announcer.live_since {
        None => Some((expiry(&life), too_slow(&endpoint))),
        Some(_) => None,
    };
    busy.park(life, |watched| {
        watched.shared.lot.enter(Guest {
            line: fresh.line,
            flow: fresh.flow,
            attendant: watched.clone(),
            expires,
        })
    });
}
