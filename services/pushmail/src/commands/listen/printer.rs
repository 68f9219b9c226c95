//! Prints what a device receives.

use crate::output::{DeliveryLine, EventLine, rfc3339};
use async_trait::async_trait;
use pushmail_device::{Handler, HandlerError, Notice, Received};
use pushmail_domain::Timestamp;
use pushmail_proto::convert;
use serde_json::json;

pub(crate) struct Printer {
    device: String,
    json: bool,
}

impl Printer {
    pub(crate) const fn new(device: String, json: bool) -> Self {
        Self { device, json }
    }
}

fn written(at: Timestamp) -> Option<String> {
    rfc3339(&convert::timestamp(at))
}

#[async_trait]
impl Handler for Printer {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        let delivery = DeliveryLine {
            device: self.device.clone(),
            sequence: received.sequence,
            replayed: received.replayed,
            duplicate: received.duplicate,
            fetched_at: received.event.fetched_at.as_ref().and_then(rfc3339),
            logged_at: received.event.logged_at.as_ref().and_then(rfc3339),
            sent_at: received.sent_at.and_then(written),
            received_at: written(received.received_at),
        };
        if received.duplicate && !self.json {
            return Ok(());
        }
        EventLine::new(received.event, Some(delivery)).print(self.json)?;
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        if self.json {
            println!("{}", self.object(&notice));
        } else {
            eprintln!("{}", human(&notice));
        }
    }
}

impl Printer {
    fn object(&self, notice: &Notice) -> serde_json::Value {
        match notice {
            Notice::Connected { session, accounts } => json!({
                "type": "connected", "device": self.device, "session": session, "accounts": accounts,
            }),
            Notice::Gap { account, reason } => json!({
                "type": "gap", "device": self.device, "account": account, "reason": reason.as_str_name(),
            }),
            Notice::Disconnected { why, pause } => json!({
                "type": "disconnected", "device": self.device, "why": why,
                "pause_ms": u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            }),
        }
    }
}

fn human(notice: &Notice) -> String {
    match notice {
        Notice::Connected { accounts, .. } => format!("connected: {} mailboxes", accounts.len()),
        Notice::Gap { account, reason } => {
            format!(
                "{account}: events may be missing ({})",
                reason.as_str_name()
            )
        }
        Notice::Disconnected { why, pause } => {
            format!(
                "disconnected: {why}; connecting again in {:.1} s",
                pause.as_secs_f64()
            )
        }
    }
}
