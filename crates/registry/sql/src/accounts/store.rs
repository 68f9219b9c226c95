//! Making, changing and deleting accounts.

use super::existing;
use crate::changes::next_versions;
use crate::value::{Read, failed, found, json, word};
use crate::{Result, SqlRegistry};
use pushmail_domain::{Account, AccountId, DesiredState, Folder, Shard, TenantId, UpstreamSpec};
use pushmail_registry::{AccountUpdate, NewAccount};
use sqlx::AnyConnection;

const INSERT: &str = "INSERT INTO account (id, tenant, address, host, port, security, login, \
        credential, selection, folders, content, events, desired, version, created_at, request_id, shard, protocol) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '[]', $10, $11, $12, $13, $14, $15, $16, $17)";

const UPDATE: &str = "UPDATE account SET version = $3, address = COALESCE($4, address), \
        credential = COALESCE($5, credential), selection = COALESCE($6, selection), \
        content = COALESCE($7, content), events = COALESCE($8, events) \
    WHERE tenant = $1 AND id = $2";

const BURY: &str = "INSERT INTO account_tombstone (version, tenant, account, shard) \
    VALUES ($1, $2, $3, $4)";

impl SqlRegistry {
    pub(super) async fn insert_account(
        &self,
        tenant: TenantId,
        account: &NewAccount,
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
        insert(&mut tx, tenant, account, request_id).await?;
        let made = existing(&mut *tx, tenant, account.id).await?;
        tx.commit().await.map_err(failed)?;
        Ok(made)
    }

    pub(super) async fn store_desired(
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

    pub(super) async fn store_update(
        &self,
        tenant: TenantId,
        account: AccountId,
        update: &AccountUpdate,
    ) -> Result<Account> {
        let mut tx = self.write().await?;
        let version = next_versions(&mut tx, 1).await?;
        let selection = update.selection.as_ref();
        let selection = selection.map(|names| json("selection", names));
        let content = update.content.map(|content| word("content", content));
        let events = update.events.map(|events| word("events", events));
        let updated = sqlx::query(UPDATE)
            .bind(tenant.to_string())
            .bind(account.to_string())
            .bind(version)
            .bind(&update.address)
            .bind(&update.credential)
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

    pub(super) async fn store_folders(
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

async fn insert(
    tx: &mut AnyConnection,
    tenant: TenantId,
    account: &NewAccount,
    request_id: Option<&str>,
) -> Result<()> {
    let version = next_versions(&mut *tx, 1).await?;
    let UpstreamSpec {
        protocol,
        endpoint,
        user,
    } = &account.upstream;
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
        .bind(i64::from(Shard::of(account.id).number()))
        .bind(json("protocol", protocol)?)
        .execute(tx)
        .await
        .map_err(failed)?;
    Ok(())
}
