//! The cursor's step of an event, and what the account's memory learns by it.

use super::{DecodeError, folder};
use pushmail_domain::{CursorStep, FolderCursor, Recall, SyncCursor, Timestamp};
use pushmail_proto::log::v1;
use std::ops::RangeInclusive;

pub(super) fn encode(step: &CursorStep) -> v1::CursorStep {
    let folders = step.folders.iter().map(|cursor| v1::FolderCursor {
        folder: cursor.folder.as_bytes().to_vec(),
        uid_validity: cursor.uid_validity,
        uid_next: cursor.uid_next,
        mod_seq: cursor.mod_seq,
        read_at: cursor.read_at.micros(),
        rebuilt_below: cursor.rebuilt_below,
    });
    let forgotten = step.forgotten.iter().map(|id| id.as_bytes().to_vec());
    v1::CursorStep {
        version: step.version,
        folders: folders.collect(),
        forgotten: forgotten.collect(),
        recalls: step.recalls.iter().map(encode_recall).collect(),
        absent: step.absent.ranges().map(encode_versions).collect(),
        syncs: step.syncs.iter().map(encode_sync).collect(),
    }
}

pub(super) fn decode(step: &v1::CursorStep) -> Result<CursorStep, DecodeError> {
    let folders = step.folders.iter().map(|cursor| {
        Ok(FolderCursor {
            folder: folder(&cursor.folder)?,
            uid_validity: cursor.uid_validity,
            uid_next: cursor.uid_next,
            mod_seq: cursor.mod_seq,
            read_at: Timestamp::from_micros(cursor.read_at),
            rebuilt_below: cursor.rebuilt_below,
        })
    });
    let forgotten = step.forgotten.iter().map(|id| folder(id));
    Ok(CursorStep {
        version: step.version,
        folders: folders.collect::<Result<_, DecodeError>>()?,
        forgotten: forgotten.collect::<Result<_, DecodeError>>()?,
        recalls: step
            .recalls
            .iter()
            .map(decode_recall)
            .collect::<Result<_, DecodeError>>()?,
        absent: step.absent.iter().map(|v| v.first..=v.last).collect(),
        syncs: step
            .syncs
            .iter()
            .map(decode_sync)
            .collect::<Result<_, DecodeError>>()?,
    })
}

fn encode_sync(sync: &SyncCursor) -> v1::SyncCursor {
    let folder = sync.folder.map(|id| id.as_bytes().to_vec());
    v1::SyncCursor {
        folder: folder.unwrap_or_default(),
        key: sync.key.to_string(),
        generation: sync.generation,
        read_at: sync.read_at.micros(),
    }
}

fn decode_sync(sync: &v1::SyncCursor) -> Result<SyncCursor, DecodeError> {
    let of_folder = (!sync.folder.is_empty()).then(|| folder(&sync.folder));
    Ok(SyncCursor {
        folder: of_folder.transpose()?,
        key: sync.key.as_str().into(),
        generation: sync.generation,
        read_at: Timestamp::from_micros(sync.read_at),
    })
}

fn encode_versions(range: &RangeInclusive<u64>) -> v1::Versions {
    v1::Versions {
        first: *range.start(),
        last: *range.end(),
    }
}

fn encode_recall(recall: &Recall) -> v1::Recall {
    use v1::recall::{Begin, Gone, Kind, Seen};
    let kind = match *recall {
        Recall::Begin { folder, floor } => Kind::Begin(Begin {
            folder: folder.as_bytes().to_vec(),
            floor,
        }),
        Recall::Seen { folder, uid, flags } => Kind::Seen(Seen {
            folder: folder.as_bytes().to_vec(),
            uid,
            flags,
        }),
        Recall::Gone { folder, uid } => Kind::Gone(Gone {
            folder: folder.as_bytes().to_vec(),
            uid,
        }),
        Recall::Announced { fingerprint } => Kind::Announced(fingerprint),
        Recall::Forget { folder } => Kind::Forget(folder.as_bytes().to_vec()),
    };
    v1::Recall { kind: Some(kind) }
}

fn decode_recall(recall: &v1::Recall) -> Result<Recall, DecodeError> {
    use v1::recall::Kind;
    Ok(
        match recall.kind.as_ref().ok_or(DecodeError::Missing("recall"))? {
            Kind::Begin(begin) => Recall::Begin {
                folder: folder(&begin.folder)?,
                floor: begin.floor,
            },
            Kind::Seen(seen) => Recall::Seen {
                folder: folder(&seen.folder)?,
                uid: seen.uid,
                flags: seen.flags,
            },
            Kind::Gone(gone) => Recall::Gone {
                folder: folder(&gone.folder)?,
                uid: gone.uid,
            },
            Kind::Announced(fingerprint) => Recall::Announced {
                fingerprint: *fingerprint,
            },
            Kind::Forget(id) => Recall::Forget {
                folder: folder(id)?,
            },
        },
    )
}
