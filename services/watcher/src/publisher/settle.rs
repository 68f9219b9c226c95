//! How much of a batch is stored whose answer was lost: what an account's newest event in the log says.

use pushmail_domain::{Event, Position};
use pushmail_eventlog::Stored;

/// How far an account's events of a batch are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// Up to this version of the account's cursor.
    version: u64,
    /// Where the newest of them stands.
    pub(super) position: Position,
}

impl Reach {
    /// Whether the account's event, one of the batch, is stored.
    pub(super) const fn covers(&self, event: &Event) -> bool {
        event.cursor.version <= self.version
    }
}

/// How far the account's events are stored, if its newest event in the log is a record of this very batch:
/// the same event, read to the same version of the account's cursor. What is above has to be sent: a log
/// that stores a batch event by event may have stored its beginning.
///
/// The id alone would not do. An event of the batch may be stored since long, so that the log passes
/// over it (a dedupe hit): the record found is then an older one, with a lower version, or the batch's
/// event before it. A higher version under another id is a newer owner's: sent again, the batch is
/// refused, and the shard stops.
pub(super) fn reach(batch: &[Event], newest: Option<&Stored>) -> Option<Reach> {
    let newest = newest?;
    let own = |event: &&Event| {
        event.account == newest.event.account
            && event.id == newest.event.id
            && event.cursor.version == newest.event.cursor.version
    };
    batch.iter().find(own).map(|event| Reach {
        version: event.cursor.version,
        position: newest.position,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::{
        AccountId, AccountPhase, CursorStep, EventId, EventKind, StreamId, TenantId, Timestamp,
    };

    fn event(account: u8, id: u8, version: u64) -> Event {
        Event {
            id: EventId::from_bytes([id; 16]),
            tenant: TenantId::from_bytes([9; 16]),
            account: AccountId::from_bytes([account; 16]),
            kind: EventKind::AccountState {
                phase: AccountPhase::Live,
            },
            cursor: CursorStep {
                version,
                ..CursorStep::default()
            },
            detected_at: Timestamp::default(),
            fetched_at: Timestamp::default(),
            content: Vec::new(),
            trace: None,
        }
    }

    fn at(sequence: u64) -> Position {
        Position {
            stream: StreamId::new(0),
            generation: 1,
            sequence,
        }
    }

    fn stored(event: Event) -> Stored {
        Stored {
            event,
            position: at(40),
            stored_at: Timestamp::default(),
        }
    }

    /// Which of the batch's events are stored.
    fn covered(batch: &[Event], newest: &Stored) -> Vec<bool> {
        let reach = reach(batch, Some(newest)).unwrap();
        assert_eq!(reach.position, at(40));
        batch.iter().map(|event| reach.covers(event)).collect()
    }

    #[test]
    fn a_batch_is_stored_if_its_last_event_is_the_accounts_newest() {
        let batch = [event(1, 1, 7), event(1, 2, 8)];
        assert_eq!(covered(&batch, &stored(event(1, 2, 8))), [true, true]);
    }

    #[test]
    fn what_is_above_the_accounts_newest_event_is_not_stored() {
        let batch = [event(1, 1, 7), event(1, 2, 8), event(1, 3, 9)];
        assert_eq!(
            covered(&batch, &stored(event(1, 1, 7))),
            [true, false, false]
        );
    }

    #[test]
    fn an_older_record_of_an_event_does_not_tell_that_the_batch_is_stored() {
        let batch = [event(1, 1, 7), event(1, 2, 8)];
        let newest = stored(event(1, 2, 6));
        assert_eq!(reach(&batch, Some(&newest)), None);
    }

    #[test]
    fn another_event_or_none_tells_that_the_batch_is_not_stored() {
        let batch = [event(1, 1, 7)];
        for newest in [
            None,
            Some(stored(event(1, 3, 6))),
            Some(stored(event(1, 3, 7))),
        ] {
            assert_eq!(reach(&batch, newest.as_ref()), None);
        }
    }
}
