//! Whether a batch whose answer was lost is stored: what an account's newest event in the log says.

use pushmail_domain::{Event, Position};
use pushmail_eventlog::Stored;

/// Where the account's newest event stands, if it is a record of this very batch: the same event,
/// read to the same version of the account's cursor.
///
/// The id alone would not do. An event of the batch may be stored since long, so that the log passes
/// over it (a dedupe hit): the record found is then an older one, with a lower version, or the batch's
/// event before it. A higher version under another id is a newer owner's: sent again, the batch is
/// refused, and the shard stops.
pub(super) fn record(batch: &[Event], newest: Option<&Stored>) -> Option<Position> {
    let newest = newest?;
    let own = |event: &&Event| {
        event.account == newest.event.account
            && event.id == newest.event.id
            && event.cursor.version == newest.event.cursor.version
    };
    batch.iter().find(own).map(|_| newest.position)
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

    #[test]
    fn a_batch_is_stored_if_its_last_event_is_the_accounts_newest() {
        let batch = [event(1, 1, 7), event(1, 2, 8)];
        let newest = stored(event(1, 2, 8));
        assert_eq!(record(&batch, Some(&newest)), Some(at(40)));
    }

    #[test]
    fn a_batch_is_stored_even_if_its_last_event_had_been_before() {
        let batch = [event(1, 1, 7), event(1, 2, 8)];
        let newest = stored(event(1, 1, 7));
        assert_eq!(record(&batch, Some(&newest)), Some(at(40)));
    }

    #[test]
    fn an_older_record_of_an_event_does_not_tell_that_the_batch_is_stored() {
        let batch = [event(1, 1, 7), event(1, 2, 8)];
        let newest = stored(event(1, 2, 6));
        assert_eq!(record(&batch, Some(&newest)), None);
    }

    #[test]
    fn another_event_or_none_tells_that_the_batch_is_not_stored() {
        let batch = [event(1, 1, 7)];
        for newest in [
            None,
            Some(stored(event(1, 3, 6))),
            Some(stored(event(1, 3, 7))),
        ] {
            assert_eq!(record(&batch, newest.as_ref()), None);
        }
    }
}
