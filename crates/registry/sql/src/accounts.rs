//! Accounts.

use crate::changes::next_versions;
use crate::value::{Read, failed, found, json, limit_of_page, start_of_page, word};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{
    Account, AccountId, AccountStatus, DesiredState, Endpoint, TenantId, UpstreamSpec,
};
use pushmail_registry::{
    AccountChange, Accounts, NewAccount, Page, RegistryError, RegistryErrorKind,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{SqliteConnection, SqliteExecutor};

const ONE: &str = "\
    SELECT account.id, account.tenant, account.address, account.host, account.port, account.security, \
        account.login, account.folders, account.content, account.desired, account.version, \
        account.created_at, checkpoint.phase, checkpoint.detail, checkpoint.since \
    FROM account LEFT JOIN checkpoint ON checkpoint.account = account.id \
    WHERE account.tenant = $1 AND account.id = $2";

const LIST: &str = "\
    SELECT account.id, account.tenant, account.address, account.host, account.port, account.security, \
        account.login, account.folders, account.content, account.desired, account.version, \
        account.created_at, checkpoint.phase, checkpoint.detail, checkpoint.since \
    FROM account LEFT JOIN checkpoint ON checkpoint.account = account.id \
    WHERE account.tenant = $1 AND (account.created_at, account.id) > ($2, $3) \
    ORDER BY account.created_at, account.id LIMIT $4";

const INSERT: &str = "INSERT INTO account (id, tenant, address, host, port, security, login, \
        credential, folders, content, desired, version, created_at, request_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

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
        .bind(json("folders", &account.folders)?)
        .bind(word("content", account.content)?)
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
        folders: row.json("folders")?,
        content: row.word("content")?,
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
    })
}
