//! What the gateway stored: its log, and what its registry knows of accounts.

use crate::checker::Logged;
use anyhow::Context as _;
use pushmail_domain::{AccountId, EventId, FolderId, Memory};
use pushmail_eventlog::codec;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A watched folder in the registry.
#[derive(Deserialize)]
struct Known {
    id: FolderId,
    name: String,
}

/// What the log holds, read from its file once the gateway has ended.
pub(crate) fn logged(data: &Path) -> anyhow::Result<Vec<Logged>> {
    let log = Connection::open(data.join("events.db")).context("the event log cannot be opened")?;
    let mut rows = log.prepare("SELECT id, account, seq, record FROM event ORDER BY seq")?;
    let mut rows = rows.query([])?;
    let mut logged = Vec::new();
    while let Some(row) = rows.next()? {
        let record: Vec<u8> = row.get(3)?;
        logged.push(Logged {
            event: EventId::from_bytes(row.get(0)?).to_string(),
            account: AccountId::from_bytes(row.get(1)?).to_string(),
            sequence: row.get::<_, i64>(2)?.unsigned_abs(),
            version: codec::decode_event(&record)?.cursor.version,
        });
    }
    Ok(logged)
}

/// The ids of an account's watched folders by their names, once all of them are remembered durably; `None`
/// before that.
pub(crate) fn remembered_folders(
    data: &Path,
    account: &str,
) -> anyhow::Result<Option<BTreeMap<String, String>>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let registry = Connection::open_with_flags(data.join("registry.db"), flags)?;
    registry.busy_timeout(std::time::Duration::from_secs(5))?;
    let select =
        "SELECT folders, memory FROM account JOIN account_memory ON account = id WHERE id = ?";
    let read = registry.query_row(select, [account], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
    });
    let Some((folders, memory)) = read.optional()? else {
        return Ok(None);
    };
    let folders: Vec<Known> = serde_json::from_str(&folders)?;
    let memory = Memory::decode(&memory)?;
    let all = folders.iter().all(|f| memory.folder(f.id).is_some());
    let ids = folders.into_iter().map(|f| (f.name, f.id.to_string()));
    Ok(Some(ids.collect()).filter(|_| all))
}
