//! Accounts from rows.

use crate::Result;
use crate::value::Read;
use pushmail_domain::{Account, AccountStatus, Endpoint, Folder, Rejections, UpstreamSpec};
use sqlx::any::AnyRow;

/// An account from a row of all its columns and its checkpoint's status.
pub(crate) fn read(row: &AnyRow) -> Result<Account> {
    let folders: Vec<Folder> = row.json("folders")?;
    let (selection, listed) = (
        row.plain::<String>("selection")?,
        row.plain::<String>("listed")?,
    );
    Ok(Account {
        id: row.id("id")?,
        tenant: row.id("tenant")?,
        address: row.plain("address")?,
        upstream: UpstreamSpec {
            protocol: row.json("protocol")?,
            endpoint: Endpoint {
                host: row.plain("host")?,
                port: row.number("port")?,
                security: row.word("security")?,
            },
            user: row.plain("login")?,
        },
        listed: !selection.is_empty() && selection == listed,
        selection: match selection.is_empty() {
            true => folders.iter().map(|folder| folder.name.clone()).collect(),
            false => row.json("selection")?,
        },
        folders,
        content: row.word("content")?,
        events: row.word("events")?,
        desired: row.word("desired")?,
        status: status(row)?,
        version: row.number("version")?,
        created_at: row.moment("created_at")?,
    })
}

/// What was flushed last; pending since the account was made, if nothing ever was.
fn status(row: &AnyRow) -> Result<AccountStatus> {
    if row.plain::<Option<String>>("phase")?.is_none() {
        return Ok(AccountStatus {
            since: row.moment("created_at")?,
            ..AccountStatus::default()
        });
    }
    Ok(AccountStatus {
        phase: row.word("phase")?,
        detail: row.plain("detail")?,
        since: row.moment("since")?,
        rejections: rejections(row)?,
    })
}

/// How often the credential was rejected, from a row of the checkpoint's columns.
pub(crate) fn rejections(row: &AnyRow) -> Result<Rejections> {
    Ok(Rejections {
        count: row.number("rejections")?,
        last_at: row.moment("rejected_at")?,
        version: row.number("rejected_version")?,
    })
}
