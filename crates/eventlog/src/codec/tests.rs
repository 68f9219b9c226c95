use super::*;
use proptest::prelude::*;
use pushmail_domain::{Content, MessageContent};

fn folder_cursor() -> impl Strategy<Value = FolderCursor> {
    (any::<[u8; 16]>(), any::<u32>(), any::<u64>()).prop_map(|(folder, uid_validity, uid_next)| {
        FolderCursor {
            folder: FolderId::from_bytes(folder),
            uid_validity,
            uid_next,
        }
    })
}

fn phase() -> impl Strategy<Value = AccountPhase> {
    prop::sample::select(vec![
        AccountPhase::Pending,
        AccountPhase::Live,
        AccountPhase::Retrying,
        AccountPhase::NeedsAttention,
        AccountPhase::Paused,
    ])
}

fn kind() -> impl Strategy<Value = EventKind> {
    let message =
        (any::<[u8; 16]>(), any::<u32>(), any::<u32>()).prop_map(|(folder, uid_validity, uid)| {
            EventKind::MessageNew {
                message: MessageKey {
                    folder: FolderId::from_bytes(folder),
                    uid_validity,
                    uid,
                },
                arrival: Arrival::Delivered,
            }
        });
    let state = phase().prop_map(|phase| EventKind::AccountState { phase });
    prop_oneof![message, state]
}

fn trace() -> impl Strategy<Value = TraceContext> {
    (1u128.., 1u64.., any::<bool>()).prop_map(|(trace, span, sampled)| TraceContext {
        trace_id: trace.to_be_bytes(),
        span_id: span.to_be_bytes(),
        sampled,
    })
}

prop_compose! {
    fn event()(
        id: [u8; 16],
        tenant: [u8; 16],
        account: [u8; 16],
        kind in kind(),
        version: u64,
        folders in prop::collection::vec(folder_cursor(), 0..4),
        times: (i64, i64),
        content: Vec<u8>,
        trace in prop::option::of(trace()),
    ) -> Event {
        Event {
            id: EventId::from_bytes(id),
            tenant: TenantId::from_bytes(tenant),
            account: AccountId::from_bytes(account),
            kind,
            cursor: CursorStep { version, folders },
            detected_at: Timestamp::from_micros(times.0),
            fetched_at: Timestamp::from_micros(times.1),
            content,
            trace,
        }
    }
}

prop_compose! {
    fn message()(
        texts: (String, String, String, String, String),
        to: Vec<String>,
        dates: (Option<i64>, Option<i64>),
        size: u64,
        flags: Vec<String>,
    ) -> MessageContent {
        MessageContent {
            folder: texts.0,
            message_id: texts.1,
            from: texts.2,
            to,
            subject: texts.3,
            date: dates.0.map(Timestamp::from_micros),
            internal_date: dates.1.map(Timestamp::from_micros),
            size,
            flags,
            preview: texts.4,
        }
    }
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        message().prop_map(|message| Content::Message(Box::new(message))),
        any::<String>().prop_map(|detail| Content::State { detail }),
    ]
}

proptest! {
    #[test]
    fn an_event_reads_back_as_it_was_written(event in event()) {
        prop_assert_eq!(decode_event(&encode_event(&event)), Ok(event));
    }

    #[test]
    fn a_content_reads_back_as_it_was_written(content in content()) {
        prop_assert_eq!(decode_content(&encode_content(&content)), Ok(content));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
        drop(decode_event(&bytes));
        drop(decode_content(&bytes));
    }

    #[test]
    fn damaged_records_never_make_the_decoder_panic(event in event(), at: prop::sample::Index, flip in 1u8..) {
        let mut bytes = encode_event(&event);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        drop(decode_event(&bytes));
        drop(decode_event(&bytes[..at]));
    }
}

fn record() -> v1::Record {
    v1::Record {
        id: vec![1; 16],
        tenant: vec![2; 16],
        account: vec![3; 16],
        cursor: Some(v1::CursorStep::default()),
        kind: Some(v1::record::Kind::AccountState(v1::AccountState {
            phase: 1,
        })),
        ..v1::Record::default()
    }
}

fn decode(record: &v1::Record) -> Result<Event, DecodeError> {
    decode_event(&record.encode_to_vec())
}

#[test]
fn an_empty_record_is_refused() {
    assert_eq!(decode_event(&[]), Err(DecodeError::Missing("cursor")));
    assert_eq!(decode_content(&[]), Err(DecodeError::Missing("kind")));
}

#[test]
fn an_id_of_another_length_is_refused_by_name() {
    let mut record = record();
    record.account.pop();
    assert_eq!(decode(&record), Err(DecodeError::Invalid("account")));
}

#[test]
fn an_unknown_phase_is_refused_by_name() {
    let mut record = record();
    record.kind = Some(v1::record::Kind::AccountState(v1::AccountState {
        phase: 6,
    }));
    assert_eq!(decode(&record), Err(DecodeError::Invalid("phase")));
}

#[test]
fn a_trace_that_is_none_is_refused_by_name() {
    let mut record = record();
    record.traceparent = "00-nonsense".to_owned();
    assert_eq!(decode(&record), Err(DecodeError::Invalid("traceparent")));
}
