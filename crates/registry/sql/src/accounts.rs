//! Accounts.

mod row;
mod store;

pub(crate) use row::{read, rejections};

use crate::value::{Read, failed, limit_of_page, signed, start_of_page};
use crate::{Result, SqlRegistry};
use async_trait::async_trait;
use pushmail_domain::{Account, AccountId, DesiredState, Folder, SHARD_COUNT, Shard, TenantId};
use pushmail_registry::{
    AccountChange, AccountUpdate, Accounts, NewAccount, Page, RegistryError, RegistryErrorKind,
};
use sqlx::any::AnyExecutor;
use std::collections::BTreeSet;

const ONE: &str = "\
    SELECT account.id, account.tenant, account.address, account.host, account.port, account.security, \
        account.login, account.protocol, account.selection, account.listed, account.folders, \
        account.content, \
        account.events, account.desired, account.version, account.created_at, checkpoint.phase, \
        checkpoint.detail, checkpoint.since, checkpoint.rejections, checkpoint.rejected_at, \
        checkpoint.rejected_version \
    FROM account LEFT JOIN checkpoint ON checkpoint.account = account.id \
    WHERE account.tenant = $1 AND account.id = $2";

const LIST: &str = "\
    SELECT account.id, account.tenant, account.address, account.host, account.port, account.security, \
        account.login, account.protocol, account.selection, account.listed, account.folders, \
        account.content, \
        account.events, account.desired, account.version, account.created_at, checkpoint.phase, \
        checkpoint.detail, checkpoint.since, checkpoint.rejections, checkpoint.rejected_at, \
        checkpoint.rejected_version \
    FROM account LEFT JOIN checkpoint ON checkpoint.account = account.id \
    WHERE account.tenant = $1 AND (account.created_at, account.id) > ($2, $3) \
    ORDER BY account.created_at, account.id LIMIT $4";

#[async_trait]
impl Accounts for SqlRegistry {
    async fn create_account(
        &self,
        tenant: TenantId,
        account: NewAccount,
        request_id: Option<&str>,
    ) -> Result<Account> {
        self.run(|| self.insert_account(tenant, &account, request_id))
            .await
    }

    async fn account(&self, tenant: TenantId, account: AccountId) -> Result<Option<Account>> {
        self.run(|| find(&self.readers, tenant, account)).await
    }

    async fn list_accounts(&self, tenant: TenantId, page: Page<AccountId>) -> Result<Vec<Account>> {
        self.run(|| self.page_of_accounts(tenant, &page)).await
    }

    async fn set_desired(
        &self,
        tenant: TenantId,
        account: AccountId,
        desired: DesiredState,
    ) -> Result<Account> {
        self.run(|| self.store_desired(tenant, account, desired))
            .await
    }

    async fn update_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        update: AccountUpdate,
    ) -> Result<Account> {
        self.run(|| self.store_update(tenant, account, &update))
            .await
    }

    async fn set_folders(
        &self,
        tenant: TenantId,
        account: AccountId,
        selection: &[String],
        folders: &[Folder],
    ) -> Result<()> {
        self.run(|| self.store_folders(tenant, account, selection, folders))
            .await
    }

    async fn wipe_account(&self, tenant: TenantId, account: AccountId) -> Result<()> {
        self.run(|| self.erase_account(tenant, account)).await
    }

    async fn delete_account(&self, tenant: TenantId, account: AccountId) -> Result<()> {
        self.run(|| self.remove_account(tenant, account)).await
    }

    async fn credential(&self, tenant: TenantId, account: AccountId) -> Result<Option<Vec<u8>>> {
        self.run(|| async {
            sqlx::query("SELECT credential FROM account WHERE tenant = $1 AND id = $2")
                .bind(tenant.to_string())
                .bind(account.to_string())
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)?
                .map(|row| row.plain("credential"))
                .transpose()
        })
        .await
    }

    async fn account_changes(&self, version: u64, limit: u32) -> Result<Vec<AccountChange>> {
        let version = signed("version", version)?;
        self.run(|| self.changes(None, version, limit)).await
    }

    async fn shard_changes(
        &self,
        shards: &[Shard],
        after: u64,
        limit: u32,
    ) -> Result<Vec<AccountChange>> {
        let version = signed("version", after)?;
        let shards: BTreeSet<Shard> = shards.iter().copied().collect();
        let some = match shards.len() {
            0 => return Ok(Vec::new()),
            all if all == usize::from(SHARD_COUNT) => None,
            _ => Some(&shards),
        };
        self.run(|| self.changes(some, version, limit)).await
    }

    async fn shard_counts(&self) -> Result<Vec<(Shard, u64)>> {
        self.run(|| self.counts()).await
    }
}

impl SqlRegistry {
    async fn page_of_accounts(
        &self,
        tenant: TenantId,
        page: &Page<AccountId>,
    ) -> Result<Vec<Account>> {
        let seen =
            sqlx::query_scalar("SELECT created_at FROM account WHERE tenant = $1 AND id = $2")
                .bind(tenant.to_string())
                .bind(page.after.map(|id| id.to_string()))
                .fetch_optional(&self.readers)
                .await
                .map_err(failed)?;
        let (created_at, id) = start_of_page(page, seen)?;
        sqlx::query(LIST)
            .bind(tenant.to_string())
            .bind(created_at)
            .bind(id)
            .bind(limit_of_page(page))
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?
            .iter()
            .map(read)
            .collect()
    }
}

async fn find(
    database: impl AnyExecutor<'_>,
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
    database: impl AnyExecutor<'_>,
    tenant: TenantId,
    account: AccountId,
) -> Result<Account> {
    find(database, tenant, account)
        .await?
        .ok_or_else(|| RegistryError::new(RegistryErrorKind::NotFound))
}
