//! The registry, whose flushes can be held up and made to fail, and whose readings are counted.

use async_trait::async_trait;
use pushmail_domain::{
    Account, AccountId, DesiredState, DeviceId, Folder, Position, Shard, TenantId,
};
use pushmail_registry::{
    AccountChange, AccountUpdate, Accounts, Checkpoints, Device, Devices, Flushed, NewAccount,
    Page, RegistryError, RegistryErrorKind, Settings, ShardCheckpoint, ShardFlush, Tenant, Tenants,
};
use pushmail_registry_sql::SqlRegistry;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Semaphore, watch};

type Result<T> = std::result::Result<T, RegistryError>;

pub(crate) struct Gated {
    inner: SqlRegistry,
    held: watch::Sender<bool>,
    /// Flushes that were held up and may go on, to fail.
    failing: Semaphore,
    under_way: AtomicUsize,
    held_up: AtomicUsize,
    most: AtomicUsize,
    /// How often changes of more than one shard were asked for.
    readings: AtomicUsize,
}

impl Gated {
    pub(crate) fn new(inner: SqlRegistry) -> Self {
        Self {
            inner,
            held: watch::Sender::new(false),
            failing: Semaphore::new(0),
            under_way: AtomicUsize::new(0),
            held_up: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            readings: AtomicUsize::new(0),
        }
    }

    /// From now on flushes wait.
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    /// One flush that waits fails; all others go on.
    pub(crate) fn fail_one(&self) {
        self.failing.add_permits(1);
    }

    pub(crate) fn let_go(&self) {
        self.held.send_replace(false);
    }

    /// How many flushes are held up.
    pub(crate) fn held_up(&self) -> usize {
        self.held_up.load(Ordering::SeqCst)
    }

    /// How many flushes were ever under way at the same time.
    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// How often changes of more than one shard were asked for.
    pub(crate) fn readings(&self) -> usize {
        self.readings.load(Ordering::SeqCst)
    }

    /// Waits while flushes are held up; an error for the one that has to fail.
    async fn pass(&self) -> Result<()> {
        let mut held = self.held.subscribe();
        if !*held.borrow() {
            return Ok(());
        }
        self.held_up.fetch_add(1, Ordering::SeqCst);
        let passed = tokio::select! {
            biased;
            permit = self.failing.acquire() => {
                permit.unwrap().forget();
                Err(RegistryError::new(RegistryErrorKind::Unavailable))
            }
            _ = held.wait_for(|held| !held) => Ok(()),
        };
        self.held_up.fetch_sub(1, Ordering::SeqCst);
        passed
    }
}

#[async_trait]
impl Checkpoints for Gated {
    async fn shard_position(&self, shard: Shard) -> Result<Option<Position>> {
        self.inner.shard_position(shard).await
    }

    async fn load_shard(&self, shard: Shard) -> Result<ShardCheckpoint> {
        self.inner.load_shard(shard).await
    }

    async fn memories(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>> {
        self.inner.memories(accounts).await
    }

    async fn flush(&self, flushes: &[ShardFlush]) -> Result<Vec<Flushed>> {
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let passed = self.pass().await;
        let flushed = match passed {
            Ok(()) => self.inner.flush(flushes).await,
            Err(error) => Err(error),
        };
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        flushed
    }
}

#[async_trait]
impl Tenants for Gated {
    async fn create_tenant(&self, tenant: Tenant, request_id: Option<&str>) -> Result<Tenant> {
        self.inner.create_tenant(tenant, request_id).await
    }

    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>> {
        self.inner.tenant(tenant).await
    }

    async fn list_tenants(&self, page: Page<TenantId>) -> Result<Vec<Tenant>> {
        self.inner.list_tenants(page).await
    }

    async fn delete_tenant(&self, tenant: TenantId) -> Result<()> {
        self.inner.delete_tenant(tenant).await
    }
}

#[async_trait]
impl Accounts for Gated {
    async fn create_account(
        &self,
        tenant: TenantId,
        account: NewAccount,
        request_id: Option<&str>,
    ) -> Result<Account> {
        self.inner.create_account(tenant, account, request_id).await
    }

    async fn account(&self, tenant: TenantId, account: AccountId) -> Result<Option<Account>> {
        self.inner.account(tenant, account).await
    }

    async fn list_accounts(&self, tenant: TenantId, page: Page<AccountId>) -> Result<Vec<Account>> {
        self.inner.list_accounts(tenant, page).await
    }

    async fn set_desired(
        &self,
        tenant: TenantId,
        account: AccountId,
        desired: DesiredState,
    ) -> Result<Account> {
        self.inner.set_desired(tenant, account, desired).await
    }

    async fn update_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        update: AccountUpdate,
    ) -> Result<Account> {
        self.inner.update_account(tenant, account, update).await
    }

    async fn set_folders(
        &self,
        tenant: TenantId,
        account: AccountId,
        selection: &[String],
        folders: &[Folder],
    ) -> Result<()> {
        let inner = &self.inner;
        inner.set_folders(tenant, account, selection, folders).await
    }

    async fn wipe_account(&self, tenant: TenantId, account: AccountId) -> Result<()> {
        self.inner.wipe_account(tenant, account).await
    }

    async fn delete_account(&self, tenant: TenantId, account: AccountId) -> Result<()> {
        self.inner.delete_account(tenant, account).await
    }

    async fn credential(&self, tenant: TenantId, account: AccountId) -> Result<Option<Vec<u8>>> {
        self.inner.credential(tenant, account).await
    }

    async fn account_changes(&self, version: u64, limit: u32) -> Result<Vec<AccountChange>> {
        self.inner.account_changes(version, limit).await
    }

    async fn shard_changes(
        &self,
        shards: &[Shard],
        after: u64,
        limit: u32,
    ) -> Result<Vec<AccountChange>> {
        let readings = usize::from(shards.len() > 1);
        self.readings.fetch_add(readings, Ordering::SeqCst);
        self.inner.shard_changes(shards, after, limit).await
    }

    async fn shard_counts(&self) -> Result<Vec<(Shard, u64)>> {
        self.inner.shard_counts().await
    }
}

#[async_trait]
impl Devices for Gated {
    async fn create_device(&self, device: Device, request_id: Option<&str>) -> Result<Device> {
        self.inner.create_device(device, request_id).await
    }

    async fn device(&self, tenant: TenantId, device: DeviceId) -> Result<Option<Device>> {
        self.inner.device(tenant, device).await
    }

    async fn list_devices(&self, tenant: TenantId, page: Page<DeviceId>) -> Result<Vec<Device>> {
        self.inner.list_devices(tenant, page).await
    }

    async fn delete_device(&self, tenant: TenantId, device: DeviceId) -> Result<()> {
        self.inner.delete_device(tenant, device).await
    }

    async fn set_token(&self, tenant: TenantId, device: DeviceId, hash: [u8; 32]) -> Result<()> {
        self.inner.set_token(tenant, device, hash).await
    }

    async fn token(&self, tenant: TenantId, device: DeviceId) -> Result<Option<[u8; 32]>> {
        self.inner.token(tenant, device).await
    }
}

#[async_trait]
impl Settings for Gated {
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.inner.setting(name).await
    }

    async fn setting_or_insert(&self, name: &str, value: &[u8]) -> Result<Vec<u8>> {
        self.inner.setting_or_insert(name, value).await
    }

    async fn set_setting(&self, name: &str, value: &[u8]) -> Result<()> {
        self.inner.set_setting(name, value).await
    }
}
