//! Accounts.

use crate::changes::next_versions;
use crate::value::{Read, failed, found, json, limit_of_page, start_of_page, word};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{
    Account, AccountId, AccountStatus, DesiredState, Endpoint, Folder, Rejections, TenantId,
    UpstreamSpec,
};
use pushmail_registry::{
    AccountChange, AccountUpdate, Accounts, NewAccount, Page, RegistryError, RegistryErrorKind,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqliteExecutor};

const ONE: &str = "\
    SELECT account.id, account.tenant, account.address, account.host, account.port, account.security, \
        account.login, account.selection, account.listed, account.folders, account.content, \
        account.events, account.desired, account.version, account.created_at, checkpoint.phase, \
        checkpoint.detail, checkpoint.since, checkpoint.rejections, checkpoint.rejected_at, \
        checkpoint.rejected_version \
    FROM account LEFT JOIN checkpoint ON checkpoint.account = account.id \
    WHERE account.tenant = $1 AND account.id = $2";

const LIST: &str = "\
    SELECT account.id, account.tenant, account.address, account.host, account.port, account.security, \
        account.login, account.selection, account.listed, account.folders, account.content, \
        account.events, account.desired, account.version, account.created_at, checkpoint.phase, \
        checkpoint.detail, checkpoint.since, checkpoint.rejections, checkpoint.rejected_at, \
        checkpoint.rejected_version \
    FROM account LEFT JOIN checkpoint ON checkpoint.account = account.id \
    WHERE account.tenant = $1 AND (account.created_at, account.id) > ($2, $3) \
    ORDER BY account.created_at, account.id LIMIT $4";

const INSERT: &str = "INSERT INTO account (id, tenant, address, host, port, security, login, \
        credential, selection, folders, content, events, desired, version, created_at, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '[]', $10, $11, $12, $13, $14, $15)";

const UPDATE: &str = "UPDATE account SET version = $3, address = COALESCE($4, address), \
        credential = COALESCE($5, credential), selection = COALESCE($6, selection), \
        content = COALESCE($7, content), events = COALESCE($8, events) \
    WHERE tenant = $1 AND id = $2";

#[async_trait]
impl Accounts for SqlRegistry {
    async fn create_account(
        &self,
        tenant: TenantId,
        account: NewAccount,
        request_id: Option<&str>,
    ) -> Result<Account> {
        let mut tx = self.write().await?;
        let seen = "SELECT id FROM account WHERE tenant = $1 AND request_id = $2";
        if let Some(row) = sqlx::query(seen)
            .bind(tenant.to_string())
            .bind(request_id)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?
        {
            return existing(&mut *tx, tenant, row.id("id")?).await;
        }
        insert(&mut tx, tenant, &account, request_id).await?;
        let made = existing(&mut *tx, tenant, account.id).await?;
        tx.commit().await.map_err(failed)?;
        Ok(made)
    }

    async fn account(&self, tenant: TenantId, account: AccountId) -> Result<Option<Account>> {
        find(&self.readers, tenant, account).await
    }

    async fn list_accounts(&self, tenant: TenantId, page: Page<AccountId>) -> Result<Vec<Account>> {
        let seen =
            sqlx::query_scalar("SELECT created_at FROM account WHERE tenant = $1 AND id = $2")
                .bind(tenant.to_string())
                .bind(page.after.map(|id| id.to_string()))
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)?;
        let (created_at, id) = start_of_page(&page, seen)?;
        sqlx::query(LIST)
            .bind(tenant.to_string())
            .bind(created_at)
            .bind(id)
            .bind(limit_of_page(&page))
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?
            .iter()
            .map(read)
            .collect()
    }

    async fn set_desired(
        &self,
        tenant: TenantId,
        account: AccountId,
        desired: DesiredState,
    ) -> Result<Account> {
        let mut tx = self.write().await?;
        let version = next_versions(&mut tx, 1).await?;
        let update = "UPDATE account SET desired = $3, version = $4 WHERE tenant = $1 AND id = $2";
        let updated = sqlx::query(update)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(word("desired", desired)?)
            .bind(version)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        found(updated.rows_affected())?;
        let set = existing(&mut *tx, tenant, account).await?;
        tx.commit().await.map_err(failed)?;
        Ok(set)
    }

    async fn update_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        update: AccountUpdate,
    ) -> Result<Account> {
        let mut tx = self.write().await?;
        let version = next_versions(&mut tx, 1).await?;
        let selection = update.selection.map(|names| json("selection", &names));
        let content = update.content.map(|content| word("content", content));
        let events = update.events.map(|events| word("events", events));
        let updated = sqlx::query(UPDATE)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(version)
            .bind(update.address)
            .bind(update.credential)
            .bind(selection.transpose()?)
            .bind(content.transpose()?)
            .bind(events.transpose()?)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        found(updated.rows_affected())?;
        let changed = existing(&mut *tx, tenant, account).await?;
        tx.commit().await.map_err(failed)?;
        Ok(changed)
    }

    async fn set_folders(
        &self,
        tenant: TenantId,
        account: AccountId,
        selection: &[String],
        folders: &[Folder],
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let now = existing(&mut *tx, tenant, account).await?;
        if now.selection != selection {
            return Ok(());
        }
        let selection = json("selection", &selection)?;
        let set = "UPDATE account SET selection = $3, listed = $3, folders = $4 \
            WHERE tenant = $1 AND id = $2";
        sqlx::query(set)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(selection)
            .bind(json("folders", &folders)?)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn delete_account(&self, tenant: TenantId, account: AccountId) -> Result<()> {
        let mut tx = self.write().await?;
        let deleted = sqlx::query("DELETE FROM account WHERE tenant = $1 AND id = $2")
            .bind(tenant.to_string())
            .bind(account.to_string())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        found(deleted.rows_affected())?;
        let version = next_versions(&mut tx, 1).await?;
        let bury = "INSERT INTO account_tombstone (version, tenant, account) VALUES ($1, $2, $3)";
        sqlx::query(bury)
            .bind(version)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    async fn credential(&self, tenant: TenantId, account: AccountId) -> Result<Option<Vec<u8>>> {
        sqlx::query("SELECT credential FROM account WHERE tenant = $1 AND id = $2")
            .bind(tenant.to_string())
            .bind(account.to_string())
            .fetch_optional(&self.readers)
            .await
            .map_err(failed)?
            .map(|row| row.plain("credential"))
            .transpose()
    }

    async fn account_changes(&self, version: u64, limit: u32) -> Result<Vec<AccountChange>> {
        self.changes(version, limit).await
    }
}

async fn insert(
    tx: &mut SqliteConnection,
    tenant: TenantId,
    account: &NewAccount,
    request_id: Option<&str>,
) -> Result<()> {
    let version = next_versions(&mut *tx, 1).await?;
    let UpstreamSpec { endpoint, user } = &account.upstream;
    sqlx::query(INSERT)
        .bind(account.id.to_string())
        .bind(tenant.to_string())
        .bind(&account.address)
        .bind(&endpoint.host)
        .bind(i64::from(endpoint.port))
        .bind(word("security", endpoint.security)?)
        .bind(user)
        .bind(&account.credential)
        .bind(json("selection", &account.selection)?)
        .bind(word("content", account.content)?)
        .bind(word("events", account.events)?)
        .bind(word("desired", DesiredState::default())?)
        .bind(version)
        .bind(account.created_at.micros())
        .bind(request_id)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(())
}

async fn find(
    database: impl SqliteExecutor<'_>,
    tenant: TenantId,
    account: AccountId,
) -> Result<Option<Account>> {
    sqlx::query(ONE)
        .bind(tenant.to_string())
        .bind(account.to_string())
        .fetch_optional(database)
        .await
        .map_err(failed)?
        .map(|row| read(&row))
        .transpose()
}

async fn existing(
    database: impl SqliteExecutor<'_>,
    tenant: TenantId,
    account: AccountId,
) -> Result<Account> {
    find(database, tenant, account)
        .await?
        .ok_or_else(|| RegistryError::new(RegistryErrorKind::NotFound))
}

/// An account from a row of all its columns and its checkpoint's status.
pub(crate) fn read(row: &SqliteRow) -> Result<Account> {
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
fn status(row: &SqliteRow) -> Result<AccountStatus> {
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
pub(crate) fn rejections(row: &SqliteRow) -> Result<Rejections> {
    Ok(Rejections {
        count: row.number("rejections")?,
        last_at: row.moment("rejected_at")?,
        version: row.number("rejected_version")?,
    })
}
