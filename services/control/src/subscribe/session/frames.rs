//! Frames as the API writes them.

use crate::subscribe::delivery_id::DeliveryId;
use crate::subscribe::lane::Reach;
use crate::subscribe::window::{GapReason, Sending};
use pushmail_domain::AccountId;
use pushmail_eventlog::Stored;
use pushmail_proto::convert::timestamp;
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::subscribe_response::gap::Reason;
use pushmail_proto::v1::subscribe_response::{Delivery, Frame, Gap, GoAway, Opened, Superseded};
use pushmail_registry::Mark;
use std::time::Duration;

/// How far the log was read with this event.
pub(super) const fn reach(stored: &Stored) -> Reach {
    Reach {
        sequence: stored.position.sequence,
        current_at: stored.stored_at,
    }
}

pub(super) fn opened(resumed: bool, marks: &[Mark]) -> Frame {
    let position_time = marks.iter().map(|mark| mark.current_at).min();
    Frame::Opened(Opened {
        resumed,
        position_time: position_time.map(timestamp),
    })
}

pub(super) fn delivery(id: DeliveryId, sending: Sending, event: pb::Event) -> Frame {
    Frame::Delivery(Delivery {
        id: id.to_string(),
        attempt: i32::try_from(sending.attempt).unwrap_or(i32::MAX),
        event: Some(event),
    })
}

/// A gap of the whole tenant.
pub(super) fn gap(epoch: u64, sending: Sending, reason: GapReason) -> Frame {
    let reason = match reason {
        GapReason::Expired => Reason::Expired,
        GapReason::LogRebuilt => Reason::LogRebuilt,
    };
    Frame::Gap(Gap {
        id: DeliveryId::of_gap(epoch, sending.number).to_string(),
        account: String::new(),
        reason: reason.into(),
    })
}

/// In the place of a delivery whose event is kept no longer.
pub(super) fn removed(id: DeliveryId, account: AccountId) -> Frame {
    Frame::Gap(Gap {
        id: id.to_string(),
        account: account.to_string(),
        reason: Reason::Removed.into(),
    })
}

pub(super) fn go_away(after: Duration) -> Frame {
    Frame::GoAway(GoAway {
        reconnect_after: prost_types::Duration::try_from(after).ok(),
    })
}

pub(super) fn superseded() -> pb::SubscribeResponse {
    pb::SubscribeResponse {
        frame: Some(Frame::Superseded(Superseded {})),
    }
}
