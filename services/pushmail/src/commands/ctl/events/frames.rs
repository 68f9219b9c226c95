//! What a subscription's stream brings, printed.

use crate::output::{EventLine, rfc3339};
use pushmail_proto::v1::subscribe_response::{Delivery, Gap, Opened};
use serde::Serialize;
use serde_json::json;

/// A delivery as `--json` prints it: the event, and what it is acknowledged by.
#[derive(Serialize)]
struct DeliveredLine {
    delivery: String,
    attempt: i32,
    #[serde(flatten)]
    event: EventLine,
}

/// Prints to standard output for programs, notices for people to standard error.
#[derive(Clone, Copy)]
pub(super) struct Printer {
    pub(super) json: bool,
    /// Whether people need the ids of deliveries.
    pub(super) ids: bool,
}

impl Printer {
    pub(super) fn opened(self, opened: &Opened) {
        let since = opened.position_time.as_ref().and_then(rfc3339);
        let since = since.unwrap_or_default();
        let how = if opened.resumed { "resumed" } else { "new" };
        self.notice(
            &json!({ "type": "opened", "resumed": opened.resumed, "position_time": since }),
            &format!("subscribed ({how}, done up to {since})"),
        );
    }

    /// Prints the delivery; its id.
    pub(super) fn delivery(self, delivery: Delivery) -> anyhow::Result<String> {
        let Delivery { id, attempt, event } = delivery;
        let event = EventLine::new(event.unwrap_or_default(), None);
        if self.json {
            let line = DeliveredLine {
                delivery: id.clone(),
                attempt,
                event,
            };
            println!("{}", serde_json::to_string(&line)?);
            return Ok(id);
        }
        let again = match attempt {
            1 => String::new(),
            attempt => format!("  (attempt {attempt})"),
        };
        let shown = if self.ids { &id[..] } else { "" };
        println!("{}{again}  {shown}", event.human());
        Ok(id)
    }

    /// Prints the gap; its id.
    pub(super) fn gap(self, gap: Gap) -> String {
        let reason = gap.reason().as_str_name();
        let whose = match &gap.account[..] {
            "" => "some account",
            account => account,
        };
        let mut text = format!("{whose}: events may be missing ({reason})");
        if self.ids {
            text = format!("{text}  {}", gap.id);
        }
        self.notice(
            &json!({
                "type": "gap", "delivery": gap.id, "account": gap.account, "reason": reason,
            }),
            &text,
        );
        gap.id
    }

    pub(super) fn disconnected(self, why: &str, pause: std::time::Duration) {
        let ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self.notice(
            &json!({ "type": "disconnected", "why": why, "pause_ms": ms }),
            &format!("disconnected: {why}; subscribing again in {ms} ms"),
        );
    }

    fn notice(self, object: &serde_json::Value, text: &str) {
        if self.json {
            println!("{object}");
        } else {
            eprintln!("{text}");
        }
    }
}
