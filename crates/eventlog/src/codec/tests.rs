use super::*;
use proptest::prelude::*;
use pushmail_domain::{
    AppointmentContent, ContactContent, Content, CursorStep, FolderContent, FolderCursor,
    ItemContent, ItemData, Marks, MessageContent, Recall, SyncCursor, TaskContent,
};

fn folder_id() -> impl Strategy<Value = FolderId> {
    any::<[u8; 16]>().prop_map(FolderId::from_bytes)
}

prop_compose! {
    fn folder_cursor()(
        folder in folder_id(),
        uid_validity: u32,
        uid_next: u64,
        mod_seq: u64,
        read_at: i64,
        rebuilt_below: u64,
    ) -> FolderCursor {
        FolderCursor {
            folder,
            uid_validity,
            uid_next,
            mod_seq,
            read_at: Timestamp::from_micros(read_at),
            rebuilt_below,
        }
    }
}

fn recall() -> impl Strategy<Value = Recall> {
    (folder_id(), any::<u32>(), any::<u32>(), any::<u64>(), 0..5).prop_map(
        |(folder, uid, flags, fingerprint, kind)| match kind {
            4 => Recall::Begin { folder, floor: uid },
            0 => Recall::Seen { folder, uid, flags },
            1 => Recall::Gone { folder, uid },
            2 => Recall::Announced { fingerprint },
            _ => Recall::Forget { folder },
        },
    )
}

prop_compose! {
    fn step()(
        version: u64,
        folders in prop::collection::vec(folder_cursor(), 0..4),
        forgotten in prop::collection::vec(folder_id(), 0..3),
        recalls in prop::collection::vec(recall(), 0..4),
        absent in prop::collection::vec((any::<u64>(), any::<u64>()), 0..3),
        syncs in prop::collection::vec(sync_cursor(), 0..3),
    ) -> CursorStep {
        let absent = absent.into_iter().map(|(first, last)| first..=last).collect();
        CursorStep { version, folders, syncs, forgotten, recalls, absent }
    }
}

prop_compose! {
    fn sync_cursor()(
        folder in prop::option::of(folder_id()),
        key: String,
        generation: u32,
        read_at: i64,
    ) -> SyncCursor {
        let read_at = Timestamp::from_micros(read_at);
        SyncCursor { folder, key: key.into(), generation, read_at }
    }
}

fn class() -> impl Strategy<Value = ItemClass> {
    prop::sample::select(vec![
        ItemClass::Message,
        ItemClass::Calendar,
        ItemClass::Contact,
        ItemClass::Task,
    ])
}

fn arrival() -> impl Strategy<Value = Arrival> {
    prop::sample::select(vec![Arrival::Delivered, Arrival::Added, Arrival::Bulk])
}

fn item_kind() -> impl Strategy<Value = EventKind> {
    (folder_id(), class(), arrival(), 0..4).prop_map(|(folder, class, arrival, kind)| match kind {
        0 => EventKind::ItemNew {
            folder,
            class,
            arrival,
        },
        1 => EventKind::ItemChanged { folder, class },
        2 => EventKind::ItemMarked { folder },
        _ => EventKind::ItemDeleted { folder, class },
    })
}

fn phase() -> impl Strategy<Value = AccountPhase> {
    prop::sample::select(vec![
        AccountPhase::Pending,
        AccountPhase::Live,
        AccountPhase::Retrying,
        AccountPhase::NeedsAttention,
        AccountPhase::Paused,
        AccountPhase::Wiped,
    ])
}

fn message_key() -> impl Strategy<Value = MessageKey> {
    (folder_id(), any::<u32>(), any::<u32>()).prop_map(|(folder, uid_validity, uid)| MessageKey {
        folder,
        uid_validity,
        uid,
    })
}

fn kind() -> impl Strategy<Value = EventKind> {
    let folder_event =
        (folder_id(), any::<u32>(), 0..5).prop_map(|(folder, uid_validity, kind)| match kind {
            0 => EventKind::FolderCreated { folder },
            1 => EventKind::FolderRenamed { folder },
            2 => EventKind::FolderDeleted { folder },
            3 => EventKind::FolderResync { folder },
            _ => EventKind::FolderReset {
                folder,
                uid_validity,
            },
        });
    prop_oneof![
        item_kind(),
        (message_key(), arrival())
            .prop_map(|(message, arrival)| EventKind::MessageNew { message, arrival }),
        message_key().prop_map(|message| EventKind::MessageFlags { message }),
        message_key().prop_map(|message| EventKind::MessageDeleted { message }),
        folder_event,
        Just(EventKind::Cursor),
        phase().prop_map(|phase| EventKind::AccountState { phase }),
    ]
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
        cursor in step(),
        times: (i64, i64),
        content: Vec<u8>,
        trace in prop::option::of(trace()),
    ) -> Event {
        Event {
            id: EventId::from_bytes(id),
            tenant: TenantId::from_bytes(tenant),
            account: AccountId::from_bytes(account),
            kind,
            cursor,
            detected_at: Timestamp::from_micros(times.0),
            fetched_at: Timestamp::from_micros(times.1),
            content,
            trace,
        }
    }
}

prop_compose! {
    fn message()(
        texts: (String, String, String, String, String, String),
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
            provider_message_id: texts.5,
        }
    }
}

fn moment() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of(any::<i64>().prop_map(Timestamp::from_micros))
}

prop_compose! {
    fn appointment()(
        texts: (String, String, String),
        start in moment(),
        end in moment(),
        all_day: bool,
    ) -> AppointmentContent {
        let (subject, location, organizer) = texts;
        AppointmentContent { subject, location, organizer, start, end, all_day }
    }
}

prop_compose! {
    fn task()(subject: String, start in moment(), due in moment(), complete: bool) -> TaskContent {
        TaskContent { subject, start, due, complete }
    }
}

fn item_data() -> impl Strategy<Value = ItemData> {
    prop_oneof![
        Just(ItemData::Nothing),
        message().prop_map(|message| ItemData::Message(Box::new(message))),
        any::<(Option<bool>, Option<bool>)>()
            .prop_map(|(seen, flagged)| ItemData::Marks(Marks { seen, flagged })),
        appointment().prop_map(|appointment| ItemData::Appointment(Box::new(appointment))),
        any::<(String, String, String)>().prop_map(|(name, company, email)| {
            ItemData::Contact(Box::new(ContactContent {
                name,
                company,
                email,
            }))
        }),
        task().prop_map(|task| ItemData::Task(Box::new(task))),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        (any::<String>(), item_data()).prop_map(|(server_id, data)| {
            Content::Item(Box::new(ItemContent { server_id, data }))
        }),
        message().prop_map(|message| Content::Message(Box::new(message))),
        any::<Vec<String>>().prop_map(Content::Flags),
        any::<(String, String)>()
            .prop_map(|(name, old_name)| Content::Folder(FolderContent { name, old_name })),
        Just(Content::Nothing),
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
        phase: 7,
    }));
    assert_eq!(decode(&record), Err(DecodeError::Invalid("phase")));
}

#[test]
fn a_trace_that_is_none_is_refused_by_name() {
    let mut record = record();
    record.traceparent = "00-nonsense".to_owned();
    assert_eq!(decode(&record), Err(DecodeError::Invalid("traceparent")));
}
