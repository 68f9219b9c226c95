//! A run in which mail only comes.

use super::{BETWEEN_MESSAGES, Run, SETTLE};
use crate::checker::{Sent, Verdict};
use crate::fleet::Fleet;
use crate::stored;
use std::sync::Arc;

impl Run<'_> {
    pub(super) async fn sending(mut self) -> anyhow::Result<Verdict> {
        let args = self.args;
        self.gateway.start().await?;
        let registered = self.gateway.provision(&self.fleet, args).await?;
        self.gateway
            .wait_live(&registered.tenant, args.mailboxes)
            .await?;
        let devices = self.device(&registered.token).await?;
        self.say("every mailbox is live, the device is connected; sending");

        let sender = tokio::spawn(send(self.fleet.clone(), args.messages, args.mailboxes));
        self.kill_and_restart().await?;
        sender.await??;
        let sent = held(&self.fleet, args.mailboxes).await?;
        devices.wait_mails(sent.len(), SETTLE).await?;
        let received = devices.stop().await?.events;
        self.gateway.stop().await?;
        self.count_refused();
        let logged = stored::logged(&self.gateway.data())?;
        let expected = args.messages.into();
        Ok(Verdict::new(
            expected,
            &sent,
            &received,
            &logged,
            self.history,
        ))
    }
}

async fn send(fleet: Arc<Fleet>, messages: u32, mailboxes: u32) -> anyhow::Result<()> {
    for number in 0..messages {
        fleet.deliver(number, number % mailboxes).await?;
        tokio::time::sleep(BETWEEN_MESSAGES).await;
    }
    Ok(())
}

/// What the mail servers hold.
async fn held(fleet: &Fleet, mailboxes: u32) -> anyhow::Result<Vec<Sent>> {
    let mut sent = Vec::new();
    for mailbox in 0..mailboxes {
        let ids = fleet.message_ids(mailbox).await?;
        sent.extend(ids.into_iter().map(|message_id| Sent { message_id }));
    }
    Ok(sent)
}
