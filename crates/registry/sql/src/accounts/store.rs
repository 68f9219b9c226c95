//! Making, changing and deleting accounts.

use super::existing;
use crate::changes::next_versions;
use crate::value::{Read, failed, found, json, word};
use crate::{Result, SqlRegistry};
use pushmail_domain::{
    Account, AccountId, AccountStatus, DesiredState, Folder, Shard, TenantId, UpstreamSpec,
};
use pushmail_registry::{AccountUpdate, NewAccount};
use sqlx::AssertSqlSafe;

/// After [`Engine::with_next_version`](crate::engine::Engine::with_next_version).
const INSERT: &str = "INSERT INTO account (id, tenant, address, host, port, security, login, \
        credential, selection, folders, content, events, desired, version, created_at, request_id, shard, protocol) \
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, '[]', $10, $11, $12, next.value, $13, $14, $15, $16 FROM next \
    RETURNING version";

/// The same.
const UPDATE: &str = "UPDATE account SET version = next.value, address = COALESCE($3, address), \
        credential = COALESCE($4, credential), selection = COALESCE($5, selection), \
        content = COALESCE($6, content), events = COALESCE($7, events) \
    FROM next WHERE tenant = $1 AND id = $2 RETURNING version";

/// The same.
const DESIRE: &str = "UPDATE account SET desired = $3, version = next.value \
    FROM next WHERE tenant = $1 AND id = $2 RETURNING version";

const BURY: &str = "INSERT INTO account_tombstone (version, tenant, account, shard) \
    VALUES ($1, $2, $3, $4)";

impl SqlRegistry {
    pub(super) async fn insert_account(
        &self,
        tenant: TenantId,
        account: &NewAccount,
        request_id: Option<&str>,
    ) -> Result<Account> {
        if let Some(request_id) = request_id
            && let Some(made) = self.made_by(tenant, request_id).await?
        {
            return existing(&self.writers, tenant, made).await;
        }
        // Another request of this id that came in between violates a constraint: then all of this is done again.
        self.insert(tenant, account, request_id).await
    }

    /// The account that a request of this id has made.
    async fn made_by(&self, tenant: TenantId, request_id: &str) -> Result<Option<AccountId>> {
        sqlx::query("SELECT id FROM account WHERE tenant = $1 AND request_id = $2")
            .bind(tenant.to_string())
            .bind(request_id)
            .fetch_optional(&self.writers)
            .await
            .map_err(failed)?
            .map(|row| row.id("id"))
            .transpose()
    }

    async fn insert(
        &self,
        tenant: TenantId,
        account: &NewAccount,
        request_id: Option<&str>,
    ) -> Result<Account> {
        let UpstreamSpec {
            protocol,
            endpoint,
            user,
        } = &account.upstream;
        let statement = self.engine.with_next_version(INSERT);
        let insert = sqlx::query(AssertSqlSafe(statement))
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
            .bind(account.created_at.micros())
            .bind(request_id)
            .bind(i64::from(Shard::of(account.id).number()))
            .bind(json("protocol", protocol)?);
        let version = self.at_next_version(insert).await?;
        Ok(made(tenant, account, version))
    }

    pub(super) async fn store_desired(
        &self,
        tenant: TenantId,
        account: AccountId,
        desired: DesiredState,
    ) -> Result<Account> {
        let statement = self.engine.with_next_version(DESIRE);
        let update = sqlx::query(AssertSqlSafe(statement))
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(word("desired", desired)?);
        self.at_next_version(update).await?;
        existing(&self.writers, tenant, account).await
    }

    pub(super) async fn store_update(
        &self,
        tenant: TenantId,
        account: AccountId,
        update: &AccountUpdate,
    ) -> Result<Account> {
        let selection = update.selection.as_ref();
        let selection = selection.map(|names| json("selection", names));
        let content = update.content.map(|content| word("content", content));
        let events = update.events.map(|events| word("events", events));
        let statement = self.engine.with_next_version(UPDATE);
        let update = sqlx::query(AssertSqlSafe(statement))
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(&update.address)
            .bind(&update.credential)
            .bind(selection.transpose()?)
            .bind(content.transpose()?)
            .bind(events.transpose()?);
        self.at_next_version(update).await?;
        existing(&self.writers, tenant, account).await
    }

    pub(super) async fn store_folders(
        &self,
        tenant: TenantId,
        account: AccountId,
        selection: &[String],
        folders: &[Folder],
    ) -> Result<()> {
        let set = "UPDATE account SET listed = $3, folders = $4 \
            WHERE tenant = $1 AND id = $2 AND selection = $3";
        let set = sqlx::query(set)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(json("selection", &selection)?)
            .bind(json("folders", &folders)?)
            .execute(&self.writers)
            .await
            .map_err(failed)?;
        match set.rows_affected() {
            0 => {
                self.replace_folders(tenant, account, selection, folders)
                    .await
            }
            _ => Ok(()),
        }
    }

    /// The same where one statement changed nothing: the account is gone, has another selection, or was made before there were any.
    async fn replace_folders(
        &self,
        tenant: TenantId,
        account: AccountId,
        selection: &[String],
        folders: &[Folder],
    ) -> Result<()> {
        let mut tx = self.write().await?;
        // Changes nothing but locks the row, so that the selection stays as it is read.
        let lock = "UPDATE account SET listed = listed WHERE tenant = $1 AND id = $2";
        let locked = sqlx::query(lock)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        found(locked.rows_affected())?;
        let now = existing(&mut *tx, tenant, account).await?;
        if now.selection != selection {
            return Ok(());
        }
        let set = "UPDATE account SET selection = $3, listed = $3, folders = $4 \
            WHERE tenant = $1 AND id = $2";
        sqlx::query(set)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(json("selection", &selection)?)
            .bind(json("folders", &folders)?)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn erase_account(&self, tenant: TenantId, account: AccountId) -> Result<()> {
        let mut tx = self.write().await?;
        let erase =
            "UPDATE account SET credential = $3, folders = '[]' WHERE tenant = $1 AND id = $2";
        let erased = sqlx::query(erase)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(Vec::new())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        found(erased.rows_affected())?;
        tx.commit().await.map_err(failed)
    }

    pub(super) async fn remove_account(&self, tenant: TenantId, account: AccountId) -> Result<()> {
        let mut tx = self.write().await?;
        let version = next_versions(&mut tx, 1).await?;
        let deleted = sqlx::query("DELETE FROM account WHERE tenant = $1 AND id = $2")
            .bind(tenant.to_string())
            .bind(account.to_string())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        found(deleted.rows_affected())?;
        sqlx::query(BURY)
            .bind(version)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(i64::from(Shard::of(account).number()))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }
}

/// The account as it is once it was inserted.
fn made(tenant: TenantId, account: &NewAccount, version: u64) -> Account {
    let account = account.clone();
    Account {
        id: account.id,
        tenant,
        address: account.address,
        upstream: account.upstream,
        selection: account.selection,
        folders: Vec::new(),
        listed: false,
        content: account.content,
        events: account.events,
        desired: DesiredState::default(),
        status: AccountStatus {
            since: account.created_at,
            ..AccountStatus::default()
        },
        version,
        created_at: account.created_at,
    }
}
